"""Where nbgrader keeps a course: what was released, what was handed in, and the gradebook."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from prefetchlab.errors import InputError
from prefetchlab.grading.submissions.release import Release, read_release

_CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """One assignment of a course, as nbgrader sees it.

    Attributes:
        root: the folder of the course; `nbgrader_config.py` is in it.
        assignment: the name of the assignment.
        course_id: nbgrader's name of the course.
        submitted: the folder with a folder for each student.
        db_url: the address of the gradebook.
        release: what the students were given.
    """

    root: Path
    assignment: str
    course_id: str
    submitted: Path
    db_url: str
    release: Release

    @property
    def set_aside(self) -> Path:
        """The folder for submissions that nbgrader cannot grade."""
        return self.root / "set_aside"

    def submissions(self) -> tuple[Path, ...]:
        """The folders `submitted/STUDENT/ASSIGNMENT`, sorted by student."""
        return tuple(sorted(self.submitted.glob(f"*/{self.assignment}")))


def open_course(root: Path, assignment: str) -> Course:
    """Find an assignment of the course in `root`.

    **Arguments:**

    - `root`: the folder of the course.
    - `assignment`: the name of a released assignment.

    **Returns:** a `Course`.

    **Raises:** `InputError` if there is no course, no such assignment, or nothing handed in.
    """
    directory = _course_directory(root)
    released = root / directory.release_directory
    names = sorted(path.parent.name for path in released.glob("*/*.ipynb"))
    if assignment not in names:
        there = ", ".join(names) or "none"
        raise InputError(f"{assignment}: no such assignment in {released.name}/; there is {there}")
    submitted = root / directory.submitted_directory
    if not any(submitted.glob(f"*/{assignment}")):
        raise InputError(
            f"{submitted}: nothing handed in for {assignment}; "
            f"expected {submitted.name}/STUDENT/{assignment}/{assignment}.ipynb"
        )
    release = read_release(released / assignment / f"{assignment}.ipynb")
    return Course(root, assignment, directory.course_id, submitted, str(directory.db_url), release)


def _course_directory(root: Path) -> Any:
    """Nbgrader's own view of the course."""
    if not (root / _CONFIG).is_file():
        raise InputError(f"{root / _CONFIG}: not found; run this at the root of the course")
    try:
        config = PyFileConfigLoader(_CONFIG, path=str(root)).load_config()
        return CourseDirectory(config=config, root=str(root.resolve()))
    except Exception as error:  # it is a program; it may raise anything
        reason = " ".join(str(error).split())
        raise InputError(f"{root / _CONFIG}: {reason}; correct it") from None
