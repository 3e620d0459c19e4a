"""Submissions that nbgrader has been through and that have no grade."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from prefetchlab.errors import InputError
from prefetchlab.grading.submissions.course import Course
from prefetchlab.grading.submissions.finding import Finding, Kind


def without_grade(course: Course) -> tuple[Finding, ...]:
    """Everyone who handed in and has no grade, once the assignment has been graded at all."""
    try:
        if not _has_gradebook(course.db_url):
            return ()
        return tuple(_without_grade(course))
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{course.db_url}: not a gradebook ({reason}); move it away") from None


def _has_gradebook(db_url: str) -> bool:
    """Whether there is a gradebook; nbgrader would make one that is missing."""
    url = make_url(db_url)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        return False
    engine = create_engine(url)
    try:
        return inspect(engine).has_table("submitted_assignment")
    finally:
        engine.dispose()


def _without_grade(course: Course) -> Iterator[Finding]:
    graded = _graded(course)
    for folder in course.submissions() if graded else ():
        student = folder.parent.name
        if student not in graded:
            reason = "autograde has not come to it"
            yield Finding(student, Kind.UNGRADED, reason, "run autograde again")
        elif not graded[student]:
            reason = "autograde gave it no grade"
            todo = f"find out why, then: nbgrader autograde {course.assignment} --force"
            yield Finding(
                student, Kind.UNGRADED, reason, f"{todo} --student={shlex.quote(student)}"
            )


def _graded(course: Course) -> dict[str, bool]:
    """Whether each student that autograde has come to has a grade."""
    with Gradebook(course.db_url, course.course_id) as book:
        if course.assignment not in {each.name for each in book.assignments}:
            return {}
        submissions = book.assignment_submissions(course.assignment)
        return {each.student_id: _has_auto_grade(each, course) for each in submissions}


def _has_auto_grade(submission: Any, course: Course) -> bool:
    return any(
        grade.auto_score is not None
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.name in course.release.tests
    )
