"""Grade the answers of an assignment in one process.

An answer takes the place of the reference in the instructor's notebook; then the cells that the
task needs are run as nbgrader would run them, hidden tests included. That takes no kernel and so
no seconds of start-up; `tests/test_assignments_nbgrader.py` grades with the real nbgrader.
"""

import contextlib
import io
import linecache
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

from prefetchlab.grading import cells
from tools import assignments
from tools.assignments import Answer, Assignment

PASSED = ""
# Seconds for what never ends by itself; everything else has the limit that students have.
ENDLESS_LIMIT_S = 2.0

_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n", re.DOTALL)


def grade(assignment: Assignment, answer: Answer, *, hidden: bool = True) -> str:
    """Run an answer and the test cell of its task; the message of what failed, or `PASSED`.

    As with nbgrader, anything that the test cell writes to stderr fails it. Without `hidden`, the
    test cell is the one that the student sees.
    """
    test = assignment.cell(f"{answer.task}-test").source
    if not hidden:
        test = _HIDDEN.sub("", test)
    errors = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), _limit(answer):
            namespace = started(assignment)
            run_cell(answer.code, namespace)
            with contextlib.redirect_stderr(errors):
                run_cell(test, namespace)
    except Exception as error:  # whatever a student's code raises is a failed task
        return f"{type(error).__name__}: {error}"
    return f"stderr: {errors.getvalue()}" if errors.getvalue() else PASSED


@contextlib.contextmanager
def _limit(answer: Answer) -> Iterator[None]:
    limit_s = ENDLESS_LIMIT_S if answer.endless else cells.LIMIT_S
    with mock.patch.object(cells, "LIMIT_S", limit_s):
        yield


def started(assignment: Assignment) -> dict[str, Any]:
    """The names that a task may use: those of the cells that run first."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for grade_id in assignment.runs_first:
        run_cell(assignment.cell(grade_id).source, namespace)
    return namespace


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Run one cell. AutoGraph reads a function's source, so it must be found as in a notebook."""
    name = f"<cell {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def verdicts(*, counted_only: bool = False) -> dict[tuple[str, str, str], bool]:
    """Whether each answer of each assignment passes, by (assignment, task, name)."""
    return {
        (assignment.name, answer.task, answer.name): grade(assignment, answer) == PASSED
        for assignment in assignments.every()
        for answer in assignment.answers
        if answer.counted or not counted_only
    }
