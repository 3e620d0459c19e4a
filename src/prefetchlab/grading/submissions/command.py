"""The command `prefetchlab submissions check`: what it prints and how it ends."""

from collections.abc import Iterable
from pathlib import Path

from prefetchlab.grading.submissions.aside import Moved, set_aside
from prefetchlab.grading.submissions.checking import findings
from prefetchlab.grading.submissions.course import open_course
from prefetchlab.grading.submissions.finding import Finding


def check_command(assignment: str, *, aside: bool = False, root: Path = Path()) -> int:
    """Print what is found in a class's submissions, one line each.

    **Arguments:**

    - `assignment`: the name of the assignment.
    - `aside`: whether to move the refused ones out of nbgrader's way.
    - `root`: the folder of the course.

    **Returns:** the exit code: 0 if nothing is found, 1 if there is something to look at.

    **Raises:** `InputError` if there is no such assignment, or nothing handed in.
    """
    course = open_course(root, assignment)
    found = findings(course)
    count = len(course.submissions())
    moved = set_aside(course, found) if aside else ()
    for line in _lines(assignment, count, found, moved):
        print(line)
    return 1 if found else 0


def _lines(
    assignment: str, count: int, found: tuple[Finding, ...], moved: Iterable[Moved]
) -> Iterable[str]:
    students = len({each.student for each in found})
    yield f"{assignment}: {count} submissions, {students or 'no'} students to look at"
    yield from map(str, found)
    if moved:
        yield from (f"{each.student}: moved to {each.new}" for each in moved)
    elif any(each.is_refused for each in found):
        yield "To move the refused ones out of nbgrader's way, add --set-aside."
