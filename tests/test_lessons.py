"""What an instructor teaches from: bets, mutants, points and minutes are those of the course."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefetchlab import claims, quiz
from tools import assignments
from tools.exercises import generate
from tools.normalise import read
from tools.repository import ROOT

LESSONS = sorted((ROOT / "solutions").glob("*/instructor/lesson.ipynb"))
KNOWN_QUESTIONS = {q.id for path in quiz.find() for q in quiz.load(path).questions}
KNOWN_CLAIMS = {claim.id for claim in claims.load().claims}


def name_of(lesson: Path) -> str:
    return lesson.parent.parent.name


def text_of(lesson: Path) -> str:
    cells = read(lesson).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=name_of)


# --- what may be wrong with a lesson -------------------------------------------------------------


def unknown_questions(name: str, text: str) -> Iterator[str]:
    for id in re.findall(r"`(q\d-[a-z0-9-]+)", text):
        if id not in KNOWN_QUESTIONS:
            yield id


def unknown_mutants(name: str, text: str) -> Iterator[str]:
    assignment = next(one for one in assignments.every() if one.name == name)
    known = {f"{answer.task}/{answer.name}" for answer in assignment.answers}
    for mutant in re.findall(r"`(t\d+-[a-z-]+/[a-z0-9_]+)`", text):
        if mutant not in known:
            yield mutant


def bets_left_out(name: str, text: str) -> Iterator[str]:
    for question in quiz.load(name).questions:
        if question.kind == "predict" and f"`{question.id}`" not in text:
            yield question.id


def plan(text: str) -> list[tuple[int, int]]:
    """From which minute to which, for each row of the first table of minutes."""
    rows = re.findall(r"^\| *(\d+) *[–-] *(\d+) *\|", text, re.M)
    return [(int(begin), int(end)) for begin, end in rows]


def gaps_in_the_plan(name: str, text: str) -> Iterator[str]:
    minute = 0
    for begin, end in plan(text):
        if begin == 0 and minute:  # another plan, a shorter one say
            break
        if begin != minute or end <= begin:
            yield f"{begin}-{end} behind minute {minute}"
        minute = end
    if minute != 90:
        yield f"it ends at minute {minute}"


def other_points(name: str, text: str) -> Iterator[str]:
    """Tasks whose points in the table, "| 2, 5 |" or "| 2 | 5 |", are not those of the grader."""
    assignment = next(one for one in assignments.every() if one.name == name)
    right = {int(re.findall(r"\d+", cell)[0]): n for cell, n in assignment.points.items()}
    _, _, table = text.partition("| Task")
    told = {
        int(task): int(n) for task, n in re.findall(r"^\| (\d+)(?:,| \|) (\d+) \|", table, re.M)
    }
    for task in sorted(right.keys() | told.keys()):
        if right.get(task) != told.get(task):
            yield f"task {task}: {told.get(task)} points in the table, {right.get(task)} graded"


FAULTS = [unknown_questions, unknown_mutants, bets_left_out, gaps_in_the_plan, other_points]


def test_every_assignment_has_its_lesson() -> None:
    assert [name_of(lesson) for lesson in LESSONS] == [one.name for one in assignments.every()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@each_lesson
def test_a_lesson_says_of_the_course_what_is_so(lesson: Path, fault: object) -> None:
    assert list(fault(name_of(lesson), text_of(lesson))) == []  # type: ignore[operator]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (r"`q3-", "`q3-no-", unknown_questions),
        (r"`(t\d+-[a-z-]+)/", r"`\1/no_", unknown_mutants),
        (r"^\| *0 *[–-]", "| 1 –", gaps_in_the_plan),
        (r"`q3-", "q3-", bets_left_out),
        (r"^\| 2, 5 \|", "| 2, 4 |", other_points),
        (r"^\| 2, 5 .*\n", "", other_points),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_fault_of_a_lesson_is_found(old: str, new: str, fault: object) -> None:
    (lesson,) = (one for one in LESSONS if name_of(one) == "3-overlap")
    planted = re.sub(old, new, text_of(lesson), flags=re.M)
    assert list(fault("3-overlap", planted))  # type: ignore[operator]


# --- students do not get it ----------------------------------------------------------------------


def test_a_lesson_is_alone_in_its_folder_and_is_not_released(tmp_path: Path) -> None:
    for lesson in LESSONS:
        assert [path.name for path in lesson.parent.iterdir()] == ["lesson.ipynb"]
    released = {path.name for path in generate(ROOT, tmp_path).rglob("*")}
    assert "lesson.ipynb" not in released and "instructor" not in released
