"""All findings of a class."""

import warnings
from collections.abc import Iterator
from pathlib import Path

from prefetchlab.grading.submissions.course import Course, open_course
from prefetchlab.grading.submissions.ending import what_ends_the_kernel
from prefetchlab.grading.submissions.files import file_findings
from prefetchlab.grading.submissions.finding import Finding, Kind
from prefetchlab.grading.submissions.gradebook import without_grade
from prefetchlab.grading.submissions.marks import refused_marks
from prefetchlab.grading.submissions.notebook import UnreadableError, read_notebook
from prefetchlab.grading.submissions.silent import is_blank, lost_points


def check(assignment: str, root: Path = Path()) -> tuple[Finding, ...]:
    """Look through everything handed in for an assignment.

    >>> check("3-overlap", Path("nowhere"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    prefetchlab.errors.InputError: nowhere/nbgrader_config.py: not found; run this at the root...

    **Arguments:**

    - `assignment`: its name.
    - `root`: the folder of the course.

    **Returns:** the findings, by student; empty if there is nothing to look at.

    **Raises:** `InputError` if there is no such assignment, or nothing handed in.
    """
    return findings(open_course(root, assignment))


def findings(course: Course) -> tuple[Finding, ...]:
    """The findings of an open course; see `check`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's advice on the students' code is not for here
        found = [each for folder in course.submissions() for each in _of_folder(course, folder)]
    refused = {each.student for each in found if each.is_refused}
    found += [each for each in without_grade(course) if each.student not in refused]
    found += _set_aside_before(course)
    return tuple(sorted(found, key=lambda each: (each.student, list(Kind).index(each.kind))))


def _of_folder(course: Course, folder: Path) -> Iterator[Finding]:
    student = folder.parent.name
    on_files = file_findings(student, folder, course.assignment)
    yield from on_files
    path = folder / f"{course.assignment}.ipynb"
    if any(each.kind is not Kind.SEVERAL for each in on_files):
        return
    try:
        notebook = read_notebook(path)
    except UnreadableError as error:
        yield Finding(student, Kind.REFUSED, f"{path.name}: {error}", "ask for it again")
        return
    if refused := refused_marks(student, notebook, course.release):
        yield refused
        return
    yield from lost_points(student, notebook, course.release)
    if is_blank(notebook, course.release):
        yield Finding(
            student, Kind.BLANK, "no answer was changed", "ask whether it is the right file"
        )
    if call := what_ends_the_kernel(notebook, course.release):
        yield Finding(student, Kind.ENDS, f"its code calls {call}", "read that cell before grading")


def _set_aside_before(course: Course) -> list[Finding]:
    todo = f"correct it, and move it back to {course.submitted.name}/"
    return [
        Finding(folder.parent.name, Kind.ASIDE, f"it is in {course.set_aside.name}/", todo)
        for folder in sorted(course.set_aside.glob(f"*/{course.assignment}*"))
    ]
