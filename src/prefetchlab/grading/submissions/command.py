"""The command `prefetchlab submissions check`: what it prints and how it ends."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prefetchlab.grading.submissions.aside import set_aside
from prefetchlab.grading.submissions.checking import findings
from prefetchlab.grading.submissions.course import Course, open_course
from prefetchlab.grading.submissions.finding import Finding, one_line


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
    students = len({each.student for each in found})
    print(f"{assignment}: {count} handed in, {students or 'nobody'} to look at")
    print(*found, sep="\n", end="\n" if found else "")
    for line in _moved(course, found) if aside else _advice(found):
        print(line)
    return 1 if found else 0


def _moved(course: Course, found: Iterable[Finding]) -> Iterator[str]:
    for each in set_aside(course, found):
        yield f"{one_line(each.student)}: moved to {one_line(str(each.new))}"


def _advice(found: Iterable[Finding]) -> Iterator[str]:
    if any(each.is_refused for each in found):
        yield "To move the refused ones out of nbgrader's way, add --set-aside."
