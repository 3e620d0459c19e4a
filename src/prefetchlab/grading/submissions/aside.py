"""Setting submissions aside, so that nbgrader can grade all others."""

import itertools
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prefetchlab.errors import InputError
from prefetchlab.grading.submissions.course import Course
from prefetchlab.grading.submissions.finding import Finding


@dataclass(frozen=True)
class Moved:
    """A submission that was moved.

    Attributes:
        student: whose it is.
        old: where it was.
        new: where it is now.
    """

    student: str
    old: Path
    new: Path


def set_aside(course: Course, findings: Iterable[Finding]) -> tuple[Moved, ...]:
    """Move every refused submission to `set_aside/STUDENT/ASSIGNMENT`; delete nothing.

    If that folder is there already, the new one is called `ASSIGNMENT-2`, and so on.

    **Arguments:**

    - `course`: the course and the assignment.
    - `findings`: what `check` found.

    **Returns:** what was moved, and where to.

    **Raises:** `InputError` if a folder cannot be moved.
    """
    students = dict.fromkeys(each.student for each in findings if each.is_refused)
    return tuple(_move(course, student) for student in students)


def _move(course: Course, student: str) -> Moved:
    old = course.submitted / student / course.assignment
    new = _free(course.set_aside / student / course.assignment)
    try:
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(old, new)
    except OSError as error:
        raise InputError(f"{old}: cannot be moved: {error.strerror}; move it yourself") from None
    return Moved(student, old, new)


def _free(path: Path) -> Path:
    names = itertools.chain([path.name], (f"{path.name}-{n}" for n in itertools.count(2)))
    return next(free for name in names if not (free := path.with_name(name)).exists())
