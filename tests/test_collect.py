"""What Moodle and Canvas give becomes one folder a student."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from prefetchlab.grading.collecting import Collected, collected, student_of
from tools.repository import ROOT

ASSIGNMENT = "3-overlap"
MOODLE = "assignsubmission_file_"


def zip_collect(course: Path, **archives: dict[str, str]) -> dict[str, str]:
    """What `nbgrader zip_collect` puts into `submitted/`: the text of each file by its place.

    An archive is given as the text of each file by its name.
    """
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "exercises" / ASSIGNMENT, course / "exercises" / ASSIGNMENT)
    folder = course / "downloaded" / ASSIGNMENT / "archive"
    folder.mkdir(parents=True)
    for system, archive in archives.items():
        with zipfile.ZipFile(folder / f"{system}.zip", "w") as file:
            for name, text in archive.items():
                file.writestr(name, text)
    done = nbgrader(course, "zip_collect", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    submitted = course / "submitted"
    return {
        path.relative_to(submitted).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(submitted.rglob("*"))
        if path.is_file()
    }


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )


def landed(student: str, notebook: str = ASSIGNMENT) -> str:
    return f"{student}/{ASSIGNMENT}/{notebook}.ipynb"


ARCHIVES: dict[str, dict[str, str]] = {
    "moodle": {
        f"Zoë O'Brien_1000001_{MOODLE}3-overlap.ipynb": "a file",
        f"Jan van Dam_1000002_{MOODLE}/3-overlap.ipynb": "a folder",
        f"Ivo Au_1000010_{MOODLE[:-1]}/3-overlap.ipynb": "a folder that ends sooner",
        f"Same Name_1000003_{MOODLE}3-overlap.ipynb": "one of two",
        f"Same Name_1000004_{MOODLE}3-overlap.ipynb": "the other",
        f"Лев Толстой_1000005_{MOODLE}3-overlap (1).ipynb": "a second download",
        f"王 芳_1000006_{MOODLE}homework.ipynb": "another name",
        f"Ann Lee_1000007_{MOODLE}3-overlap.ipynb": "the right name",
        f"Ann Lee_1000007_{MOODLE}3-overlap-Copy1.ipynb": "a copy by Jupyter",
        f"Ann Lee_1000007_{MOODLE}notes.txt": "no notebook",
        f"Ann Lee_1000007_{MOODLE}/.ipynb_checkpoints/3-overlap-checkpoint.ipynb": "by Jupyter",
        f"Eve Ng_1000008_{MOODLE}/3-overlap.IPYNB": "in capitals",
        f"Bob Ray_1000009_{MOODLE}/project.zip": "no archive",
        f"__MACOSX/._Zoë O'Brien_1000001_{MOODLE}3-overlap.ipynb": "by macOS",
    },
    "canvas": {
        "doejane_12345_678901_3-overlap.ipynb": "in time",
        "leeann_LATE_12346_678902_3-overlap-2.ipynb": "late, and handed in twice",
        "doejane_12347_678903_3-overlap.ipynb": "the same name",
        "de_la_cruz_12348_678904_3-overlap.ipynb": "lines in the name",
    },
    "files": {"carl.ipynb": "a file for each student", "dora.ipynb": "of a class"},
    "folders": {
        "ada/3-overlap.ipynb": "a folder",
        "bob/3-overlap/3-overlap.ipynb": "with the folder of the assignment in it",
    },
}
LANDED: dict[str, dict[str, str]] = {
    "moodle": {
        landed("Zoë O'Brien_1000001"): "a file",
        landed("Jan van Dam_1000002"): "a folder",
        landed("Same Name_1000003"): "one of two",
        landed("Same Name_1000004"): "the other",
        landed("Лев Толстой_1000005"): "a second download",
        landed("王 芳_1000006"): "another name",
        landed("Ann Lee_1000007"): "the right name",
        landed("Ann Lee_1000007", "3-overlap-Copy1"): "a copy by Jupyter",
        landed("Eve Ng_1000008"): "in capitals",
        landed("Ivo Au_1000010"): "a folder that ends sooner",
    },
    "canvas": {
        landed("doejane_12345"): "in time",
        landed("leeann_12346"): "late, and handed in twice",
        landed("doejane_12347"): "the same name",
        landed("de_la_cruz_12348"): "lines in the name",
    },
    "files": {landed("carl"): "a file for each student", landed("dora"): "of a class"},
    "folders": {
        landed("ada"): "a folder",
        landed("bob"): "with the folder of the assignment in it",
    },
}


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one run of nbgrader makes of all archives."""
    return zip_collect(tmp_path_factory.mktemp("course"), **ARCHIVES)


@pytest.mark.parametrize("system", ARCHIVES)
def test_each_student_of_an_archive_gets_a_folder(submitted: dict[str, str], system: str) -> None:
    assert {place: submitted.get(place) for place in LANDED[system]} == LANDED[system]


def test_nothing_else_is_collected(submitted: dict[str, str]) -> None:
    assert set(submitted) == {place for landed in LANDED.values() for place in landed}


def test_stock_collector_ends_at_the_first_student_with_two_notebooks(tmp_path: Path) -> None:
    """The fault that the plugin is there for: a pattern alone ends the whole class."""
    archive = {
        f"Ann Lee_7_{MOODLE}3-overlap.ipynb": "one",
        f"Ann Lee_7_{MOODLE}3-overlap (1).ipynb": "another",
        f"Bob Ray_8_{MOODLE}3-overlap.ipynb": "innocent",
    }
    zip_collect(tmp_path, moodle=archive)
    shutil.rmtree(tmp_path / "submitted")
    pattern = rf".*/(?P<student_id>[^/]+_\d+)_{MOODLE}(?P<file_id>{ASSIGNMENT})"
    config = (
        "c = get_config()\n"
        "c.CourseDirectory.release_directory = 'exercises'\n"
        f"c.FileNameCollectorPlugin.named_regexp = {pattern!r}\n"
    )
    (tmp_path / "nbgrader_config.py").write_text(config, encoding="utf-8")
    done = nbgrader(tmp_path, "zip_collect", ASSIGNMENT, "--force")
    assert done.returncode != 0
    assert "Duplicate submission file" in done.stderr
    assert not list(tmp_path.glob("submitted/*/*/*.ipynb"))


@pytest.mark.parametrize(
    ("place", "student"),
    [
        pytest.param(f"class/Eve Ng_9_{MOODLE}work/sub/a.ipynb", "Eve Ng_9", id="her own archive"),
        pytest.param(f"class/Participant_9_{MOODLE}a.ipynb", "Participant_9", id="blind marking"),
        pytest.param("class/anon_9_10_a.ipynb", "anon_9", id="anonymous Canvas"),
        pytest.param("class/Zoe\u0308_9_" + MOODLE + "a.ipynb", "Zo\u00eb_9", id="made on a Mac"),
        pytest.param("ada/3-overlap.ipynb", "ada", id="an archive for each student"),
        pytest.param("3-overlap.ipynb", None, id="nobody's"),
        pytest.param(f"__MACOSX/Eve Ng_9_{MOODLE}a.ipynb", None, id="made by macOS"),
    ],
)
def test_student_is_read_from_the_path(place: str, student: str | None) -> None:
    assert student_of(Path(place), ASSIGNMENT) == student


def test_no_two_notebooks_of_a_student_get_one_name() -> None:
    places = [Path(part, "ada", "3-overlap.ipynb") for part in ("first", "second", "third")]
    names = collected(places, ASSIGNMENT).values()
    assert set(names) == {
        Collected("ada", "3-overlap"),
        Collected("ada", "3-overlap-2"),
        Collected("ada", "3-overlap-3"),
    }
