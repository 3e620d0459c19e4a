"""One bad notebook never stops a class: what the pre-check finds, beside what nbgrader does."""

import copy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from prefetchlab import cli
from prefetchlab.errors import InputError
from prefetchlab.grading.submissions import Finding, Kind, check

TINY = "tiny"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "tiny-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
"""
Json = dict[str, Any]
Edit = Callable[[Json], object]


# --- a tiny course: two tasks, and no TensorFlow, so that a kernel starts in a second -------------


def marks(grade_id: str, **flags: object) -> Json:
    plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": plain | {"grade_id": grade_id} | flags}


def solution() -> Any:
    answer = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    test = (
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
    )
    cells = [
        new_code_cell("import math", metadata=marks("setup", locked=True)),
        new_code_cell(answer, metadata=marks("t1", solution=True)),
        new_code_cell(test, metadata=marks("t1-test", grade=True, locked=True, points=2)),
        new_markdown_cell("Why", metadata=marks("t2", grade=True, solution=True, points=1)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Tiny:
    """A course directory with one assignment."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def nbgrader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.root,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
        )

    def released(self) -> Json:
        text = (self.root / "exercises" / TINY / f"{TINY}.ipynb").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def folder(self, student: str) -> Path:
        return self.root / "submitted" / student / TINY

    def submit(self, student: str, edit: Edit = lambda notebook: None) -> Path:
        """Hand in the right answers, after `edit` has changed the notebook."""
        notebook = self.released()
        cell(notebook, "t1")["source"] = "def double(x):\n    return 2 * x"
        cell(notebook, "t2")["source"] = "Because."
        edit(notebook)
        return self.write(student, json.dumps(notebook).encode())

    def write(self, student: str, content: bytes, name: str = f"{TINY}.ipynb") -> Path:
        path = self.folder(student) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def grades(self) -> dict[str, float | None]:
        """The points of the test cell, by student, as nbgrader's gradebook has them."""
        query = """
            select student.id, grade.auto_score from grade
            join base_cell on base_cell.id = grade.cell_id
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
            join student on student.id = submitted_assignment.student_id
            where base_cell.name = 't1-test'
        """
        with sqlite3.connect(self.root / "gradebook.db") as book:
            return dict(book.execute(query).fetchall())

    def kinds(self) -> dict[str, list[Kind]]:
        found: dict[str, list[Kind]] = {}
        for each in check(TINY, self.root):
            found.setdefault(each.student, []).append(each.kind)
        return found


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course after `nbgrader generate_assignment`; copied for each test."""
    root = tmp_path_factory.mktemp("generated")
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    (root / "solutions" / TINY).mkdir(parents=True)
    nbformat.write(solution(), root / "solutions" / TINY / f"{TINY}.ipynb")
    done = Tiny(root).nbgrader("generate_assignment", TINY, "--create")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def tiny(generated: Path, tmp_path: Path) -> Tiny:
    return Tiny(shutil.copytree(generated, tmp_path / "course"))


def cell(notebook: Json, grade_id: str) -> Json:
    found: Json = next(c for c in notebook["cells"] if mark(c).get("grade_id") == grade_id)
    return found


def mark(cell: Json) -> Json:
    found: Json = cell["metadata"].get("nbgrader", {})
    return found


# --- the ways to hand in --------------------------------------------------------------------------


def pasted(grade_id: str) -> Edit:
    return lambda notebook: notebook["cells"].append(copy.deepcopy(cell(notebook, grade_id)))


def deleted(grade_id: str) -> Edit:
    return lambda notebook: notebook["cells"].remove(cell(notebook, grade_id))


def marked(which: str, **flags: object) -> Edit:
    return lambda notebook: mark(cell(notebook, which)).update(flags)


def answered(source: str) -> Edit:
    return lambda notebook: cell(notebook, "t1").update(source=source)


def moved_up(notebook: Json) -> None:
    test = cell(notebook, "t1-test")
    notebook["cells"].remove(test)
    notebook["cells"].insert(0, test)


def stripped(notebook: Json) -> None:
    for each in notebook["cells"]:
        each["metadata"] = {}


def blank(notebook: Json) -> None:
    cell(notebook, "t1")["source"] = (
        "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    cell(notebook, "t2")["source"] = "YOUR ANSWER HERE"


def as_markdown(notebook: Json) -> None:
    each = cell(notebook, "t1")
    each["cell_type"] = "markdown"
    del each["outputs"], each["execution_count"]


KILL = "import os\n\ndef double(x):\n    os._exit(0)"
WRONG = "def double(x):\n    return x"


# --- the class of six -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def class_of_six(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Right, wrong, blank, a pasted cell, stripped metadata, a killed kernel."""
    course = Tiny(shutil.copytree(generated, tmp_path_factory.mktemp("six") / "course"))
    course.submit("b-right")
    course.submit("c-wrong", answered(WRONG))
    course.submit("d-blank", blank)
    course.submit("a-pasted", pasted("t1"))
    course.submit("e-stripped", stripped)
    course.submit("f-killed", answered(KILL))
    return course


class TestClassOfSix:
    """In this order: each test goes on where the one before it ended."""

    def test_stock_autograde_grades_nobody_after_the_pasted_cell(self, class_of_six: Tiny) -> None:
        done = class_of_six.nbgrader("autograde", TINY)
        assert done.returncode == 1
        assert "old version" in done.stderr
        assert class_of_six.grades() == {"a-pasted": None}

    def test_check_names_who_and_what_and_ends_with_1(
        self,
        class_of_six: Tiny,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (class_of_six.root / "gradebook.db").rename(class_of_six.root / "stopped.db")
        monkeypatch.chdir(class_of_six.root)
        assert cli.main(["submissions", "check", TINY]) == 1
        out, err = capsys.readouterr()
        assert err == ""
        assert out.splitlines() == [
            "tiny: 6 handed in, 4 to look at",
            "a-pasted: stops the class: the cell t1 is there more than once; "
            "delete the copy, or its metadata",
            "d-blank: blank: no answer was changed; ask whether it is the right file",
            "e-stripped: loses points in silence: no cell has its nbgrader id any more, so nothing "
            "is graded; copy the answers into a fresh copy of the exercise",
            "f-killed: may end without a grade: its code calls os._exit(); "
            "read that cell before grading",
            "To move the refused ones out of nbgrader's way, add --set-aside.",
        ]
        assert class_of_six.folder("a-pasted").is_dir()
        (class_of_six.root / "stopped.db").rename(class_of_six.root / "gradebook.db")

    def test_all_others_are_graded_after_set_aside(
        self, class_of_six: Tiny, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handed_in = class_of_six.folder("a-pasted").joinpath(f"{TINY}.ipynb").read_bytes()
        monkeypatch.chdir(class_of_six.root)
        assert cli.main(["submissions", "check", TINY, "--set-aside"]) == 1
        aside = class_of_six.root / "set_aside" / "a-pasted" / TINY / f"{TINY}.ipynb"
        assert aside.read_bytes() == handed_in
        assert not class_of_six.folder("a-pasted").exists()
        class_of_six.nbgrader("autograde", TINY)
        assert class_of_six.grades() == {
            "a-pasted": None,
            "b-right": 2,
            "c-wrong": 0,
            "d-blank": 0,
            "e-stripped": None,
            "f-killed": None,
        }

    def test_check_after_grading_names_who_has_no_grade(self, class_of_six: Tiny) -> None:
        assert class_of_six.kinds() == {
            "a-pasted": [Kind.ASIDE],
            "d-blank": [Kind.BLANK],
            "e-stripped": [Kind.SILENT, Kind.UNGRADED],
            "f-killed": [Kind.ENDS, Kind.UNGRADED],
        }


# --- each fault, as nbgrader takes it -------------------------------------------------------------

STOPS = [
    pytest.param(pasted("setup"), id="a read-only cell is pasted"),
    pytest.param(marked("t1", schema_version=1), id="the marks are too old"),
    pytest.param(marked("t1", schema_version=4), id="the marks are too new"),
]
REFUSED: dict[str, Edit] = {
    "an id is changed": marked("t1", grade_id="other"),
    "an id is removed": lambda notebook: mark(cell(notebook, "t1")).pop("grade_id"),
    "a test cell is no test any more": marked("t1-test", grade=False),
    "the version of the marks is a text": marked("t1", schema_version="3"),
    "the format is unknown": lambda notebook: notebook.update(nbformat=5),
    "a cell is half there": lambda notebook: notebook["cells"].insert(0, {"cell_type": "code"}),
    "half a character": answered("'\ud800'"),
}
SILENT: dict[str, Edit] = {
    "all metadata is stripped": stripped,
    "the test cell is deleted": deleted("t1-test"),
    "the answer cell is deleted": deleted("t1"),
    "the test is placed before its answer": moved_up,
}
FINE: dict[str, Edit] = {
    "points are changed": marked("t1-test", points=100),
    "a test is edited": lambda notebook: cell(notebook, "t1-test").update(source="pass"),
    "an answer cell is turned into text": as_markdown,
    "exit is called": answered("def double(x):\n    return 2 * x\n\nexit()"),
}


@pytest.mark.parametrize("edit", STOPS)
def test_what_stops_the_class_is_found(tiny: Tiny, edit: Edit) -> None:
    tiny.submit("a-fault", edit)
    tiny.submit("z-right")
    assert tiny.kinds() == {"a-fault": [Kind.STOPS]}
    assert tiny.nbgrader("autograde", TINY).returncode == 1
    assert tiny.grades() == {"a-fault": None}


@pytest.fixture(scope="module")
def faulty(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """A class in which each student makes one fault, and is called after it."""
    course = Tiny(shutil.copytree(generated, tmp_path_factory.mktemp("faulty") / "course"))
    for student, edit in (REFUSED | SILENT | FINE).items():
        course.submit(student, edit)
    return course


@pytest.fixture(scope="module")
def faulty_kinds(faulty: Tiny) -> dict[str, list[Kind]]:
    """What is found before nbgrader has graded."""
    return faulty.kinds()


@pytest.fixture(scope="module")
def faulty_grades(faulty: Tiny, faulty_kinds: object) -> dict[str, float | None]:
    """What nbgrader then gives."""
    faulty.nbgrader("autograde", TINY)
    return faulty.grades()


def test_check_tells_the_kind_of_each_fault(faulty_kinds: dict[str, list[Kind]]) -> None:
    refused = {student: [Kind.REFUSED] for student in REFUSED}
    assert faulty_kinds == refused | {student: [Kind.SILENT] for student in SILENT}


@pytest.mark.parametrize("student", REFUSED)
def test_nbgrader_gives_no_grade(faulty_grades: dict[str, float | None], student: str) -> None:
    assert faulty_grades[student] is None


@pytest.mark.parametrize("student", SILENT)
def test_nbgrader_takes_the_points(faulty_grades: dict[str, float | None], student: str) -> None:
    assert not faulty_grades[student]


@pytest.mark.parametrize("student", FINE)
def test_nbgrader_gives_all_points(faulty_grades: dict[str, float | None], student: str) -> None:
    assert faulty_grades[student] == 2


# --- files and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "it is not a notebook", id="empty"),
        pytest.param(b"{", "it is not a notebook", id="broken JSON"),
        pytest.param(b"[]", "it is not a notebook", id="a list"),
        pytest.param(b"[" * 100_000, "it is not a notebook", id="nested too deep"),
        pytest.param(b"\xff", "it is not UTF-8 text", id="no text"),
    ],
)
def test_file_that_is_no_notebook_is_refused(tiny: Tiny, content: bytes, reason: str) -> None:
    tiny.write("ada", content)
    (found,) = check(TINY, tiny.root)
    assert (found.student, found.kind) == ("ada", Kind.REFUSED)
    assert reason in found.reason


def test_pipe_in_place_of_a_notebook_is_not_waited_for(tiny: Tiny) -> None:
    tiny.folder("ada").mkdir(parents=True)
    os.mkfifo(tiny.folder("ada") / f"{TINY}.ipynb")
    assert tiny.kinds() == {"ada": [Kind.REFUSED]}


def test_missing_renamed_and_second_notebooks_are_told_apart(tiny: Tiny) -> None:
    tiny.write("missing", b"", "notes.txt")
    tiny.submit("renamed").rename(tiny.folder("renamed") / "Untitled.ipynb")
    shutil.copy(tiny.submit("two"), tiny.folder("two") / "copy.ipynb")
    assert tiny.kinds() == {
        "missing": [Kind.SILENT],
        "renamed": [Kind.REFUSED],
        "two": [Kind.SEVERAL],
    }


def test_folder_names_that_nbgrader_cannot_take_are_found(tiny: Tiny) -> None:
    for name in ("line\nbreak", "ada[1]", ".hidden", "Zoë O'Brien_17", "right"):
        tiny.submit(name)
    assert tiny.kinds() == {
        "line\nbreak": [Kind.STOPS],
        "ada[1]": [Kind.REFUSED],
        ".hidden": [Kind.SILENT],
    }
    assert all("\n" not in str(each) for each in check(TINY, tiny.root))


def test_folder_with_a_line_break_is_set_aside_in_one_line(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.submit("line\nbreak")
    monkeypatch.chdir(tiny.root)
    cli.main(["submissions", "check", TINY, "--set-aside"])
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (tiny.root / "set_aside" / "line\nbreak" / TINY).is_dir()


def test_timestamp_that_is_no_time_is_found(tiny: Tiny) -> None:
    tiny.submit("good")
    tiny.write("good", b"2026-01-31 17:00:00 UTC", "timestamp.txt")
    tiny.submit("bad")
    tiny.write("bad", b"soon", "timestamp.txt")
    assert tiny.kinds() == {"bad": [Kind.REFUSED]}


@pytest.mark.parametrize(
    ("source", "call"),
    [
        pytest.param("import os\nos._exit(0)", "os._exit()", id="by its module"),
        pytest.param("from os import abort as stop\nstop()", "stop()", id="under another name"),
        pytest.param("%time 1\nos.kill(os.getppid(), 9)", "os.kill()", id="beside a magic"),
    ],
)
def test_call_that_may_end_the_kernel_is_named(tiny: Tiny, source: str, call: str) -> None:
    tiny.submit("ada", answered(source))
    (found,) = check(TINY, tiny.root)
    assert found.kind is Kind.ENDS
    assert call in found.reason


def test_word_in_a_comment_ends_no_kernel(tiny: Tiny) -> None:
    tiny.submit("ada", answered("# never call os._exit(0)\ndef double(x):\n    return 2 * x"))
    assert tiny.kinds() == {}


# --- setting aside --------------------------------------------------------------------------------


def test_nothing_set_aside_earlier_is_overwritten(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny.root)
    for content in (b"first", b"second", b"third"):
        tiny.write("ada", content)
        assert cli.main(["submissions", "check", TINY, "--set-aside"]) == 1
        tiny.submit("bob")
    places = [tiny.root / "set_aside" / "ada" / name for name in (TINY, "tiny-2", "tiny-3")]
    kept = [(place / f"{TINY}.ipynb").read_bytes() for place in places]
    assert kept == [b"first", b"second", b"third"]


def test_only_the_refused_are_set_aside(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.root)
    tiny.submit("blank", blank)
    tiny.submit("killed", answered(KILL))
    tiny.submit("stripped", stripped)
    assert cli.main(["submissions", "check", TINY, "--set-aside"]) == 1
    assert not (tiny.root / "set_aside").exists()


# --- how it ends ----------------------------------------------------------------------------------


def test_class_without_findings_ends_with_0(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.submit("ada")
    monkeypatch.chdir(tiny.root)
    assert cli.main(["submissions", "check", TINY]) == 0
    assert capsys.readouterr().out == "tiny: 1 handed in, nobody to look at\n"


def test_check_makes_no_gradebook(tiny: Tiny) -> None:
    (tiny.root / "gradebook.db").unlink()
    tiny.submit("ada")
    assert check(TINY, tiny.root) == ()
    assert not (tiny.root / "gradebook.db").exists()


def no_config(root: Path) -> None:
    (root / "nbgrader_config.py").unlink()


def broken_config(root: Path) -> None:
    (root / "nbgrader_config.py").write_text("c = ", encoding="utf-8")


def broken_release(root: Path) -> None:
    (root / "exercises" / TINY / f"{TINY}.ipynb").write_text("{", encoding="utf-8")


def broken_gradebook(root: Path) -> None:
    (root / "gradebook.db").write_text("no database, but long enough to be read as one" * 9)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        pytest.param(no_config, "run this at the root of the course", id="no course"),
        pytest.param(broken_config, "nbgrader_config.py: ", id="a broken configuration"),
        pytest.param(broken_release, "generate it again", id="a broken release"),
        pytest.param(broken_gradebook, "not a gradebook", id="a broken gradebook"),
        pytest.param(
            lambda root: shutil.rmtree(root / "submitted"), "nothing handed in", id="nothing"
        ),
        pytest.param(
            lambda root: shutil.rmtree(root / "exercises"), "no such assignment", id="no release"
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    tiny: Tiny,
    spoil: Callable[[Path], None],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny.submit("ada")
    spoil(tiny.root)
    monkeypatch.chdir(tiny.root)
    assert cli.main(["submissions", "check", TINY]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert named in err


def test_unknown_assignment_names_those_there_are(tiny: Tiny) -> None:
    with pytest.raises(InputError, match="other: no such assignment in exercises/; there is tiny"):
        check("other", tiny.root)


def test_finding_is_one_line() -> None:
    finding = Finding("a\nb", Kind.BLANK, "no answer was changed", "ask")
    assert str(finding) == r"'a\nb': blank: no answer was changed; ask"


def test_check_loads_no_tensorflow() -> None:
    code = "import sys, prefetchlab.grading.submissions; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_nbgrader_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['nbgrader'] = None\n"
        "from prefetchlab import cli; sys.exit(cli.main(['submissions', 'check', 'tiny']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("prefetchlab: nbgrader: not installed; install it: pip install")
    assert len(done.stderr.splitlines()) == 1
