"""Faults that cost points and that nbgrader does not report."""

from collections.abc import Iterator

from nbformat import NotebookNode

from prefetchlab.grading.submissions.finding import Finding, Kind
from prefetchlab.grading.submissions.marks import known_cells
from prefetchlab.grading.submissions.release import Release


def lost_points(student: str, notebook: NotebookNode, release: Release) -> Iterator[Finding]:
    """What loses points although nbgrader runs the notebook without complaint."""
    there = list(known_cells(notebook, release))
    missing = [grade_id for grade_id in release.cells if grade_id not in there]
    if not there:
        reason = "no cell has its nbgrader id any more, so nothing is graded"
        todo = "copy the answers into a fresh copy of the exercise"
        yield Finding(student, Kind.SILENT, reason, todo)
        return
    if missing:
        reason = f"cells are missing, or have lost their ids: {', '.join(missing)}"
        yield Finding(student, Kind.SILENT, reason, "read it beside a fresh copy of the exercise")
    for test in _before_their_answer(there, release):
        reason = f"the test cell {test} is placed before its answer {release.answer_of(test)}"
        yield Finding(student, Kind.SILENT, reason, "move the test cell below the answer")


def _before_their_answer(there: list[str], release: Release) -> Iterator[str]:
    for place, grade_id in enumerate(there):
        if grade_id in release.tests and release.answer_of(grade_id) in there[place:]:
            yield grade_id


def is_blank(notebook: NotebookNode, release: Release) -> bool:
    """Whether every answer that is there is as it was released."""
    cells = known_cells(notebook, release)
    answers = [answer for answer in release.answers if answer.grade_id in cells]
    return bool(answers) and all(
        cells[answer.grade_id].source.strip() == answer.source.strip() for answer in answers
    )
