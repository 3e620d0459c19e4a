"""One bad notebook stops no class: what the pre-check finds, beside what stock nbgrader does."""

import shutil
from pathlib import Path

import pytest

from prefetchlab import cli
from prefetchlab.grading.submissions import Kind
from tests.tiny_course import (
    KILL,
    TINY,
    WRONG,
    Edit,
    Tiny,
    answered,
    as_markdown,
    blank,
    cell,
    deleted,
    mark,
    marked,
    moved_up,
    pasted,
    stripped,
)

pytestmark = pytest.mark.long

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
    "an answer has no text": lambda notebook: cell(notebook, "t1").pop("source"),
    "a text is nothing": lambda notebook: cell(notebook, "t2").update(source=None),
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
    "an output is damaged": lambda notebook: cell(notebook, "t1").update(outputs=[{}]),
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
