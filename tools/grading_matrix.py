"""Grade the answers of an assignment, all but the endless ones in one process.

An answer takes the place of the reference in the instructor's notebook; then the cells that the
task needs are run as nbgrader would run them, hidden tests included. That takes no kernel and so
no seconds of start-up; `tests/test_assignments_nbgrader.py` grades with the real nbgrader.

Run as a program it grades every answer and prints each verdict that is not the expected one:

    python -m tools.grading_matrix --repeats 10              # on this machine as it is
    python -m tools.grading_matrix --repeats 10 --busy       # beside two busy processes a core
    taskset -c 0 python -m tools.grading_matrix --repeats 10 # on one core
"""

import argparse
import contextlib
import gc
import io
import linecache
import multiprocessing
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest import mock

from prefetchlab._tensorflow import tf
from prefetchlab.grading import cells
from tools import assignments
from tools.assignments import Answer, Assignment
from tools.busy import cores_busy

# Seconds for what never ends by itself; everything else has the limit that students have.
ENDLESS_LIMIT_S = 2.0

_HIDDEN = "### BEGIN HIDDEN TESTS"


@dataclass(frozen=True)
class Grade:
    """What the test cell of a task says to an answer.

    Attributes:
        message: of what failed; empty if nothing did.
        shown_passes: whether all passed that the student sees, which comes before what is hidden.
    """

    message: str
    shown_passes: bool


PASSED = Grade("", shown_passes=True)


def grade(assignment: Assignment, answer: Answer) -> Grade:
    """Run an answer and the whole test cell of its task.

    As with nbgrader, anything that the test cell writes to stderr fails it.

    What never ends by itself is graded in a process of its own: an exception stops it wherever it
    is, and what is left of TensorFlow then should grade nobody else.
    """
    if answer.endless:
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=apart) as process:
            return process.submit(_grade_here, assignment, answer).result()
    return _grade_here(assignment, answer)


def _grade_here(assignment: Assignment, answer: Answer) -> Grade:
    test = assignment.cell(f"{answer.task}-test").source
    errors = io.StringIO()
    _leave_out_what_is_there()
    try:
        with contextlib.redirect_stdout(io.StringIO()), _limit(answer):
            namespace = started(assignment, answer.task)
            run_cell(answer.code, namespace)
            with contextlib.redirect_stderr(errors):
                run_cell(test, namespace)
    except Exception as error:  # whatever a student's code raises is a failed task
        return Grade(f"{type(error).__name__}: {error}", _is_hidden(error, test))
    return Grade(f"stderr: {errors.getvalue()}", False) if errors.getvalue() else PASSED


def _is_hidden(error: Exception, test: str) -> bool:
    """Whether a test cell failed in the part that the student does not see."""
    shown, _, _ = test.partition(_HIDDEN)
    frames = traceback.extract_tb(error.__traceback__)
    return any(
        frame.filename == _file_of(test) and (frame.lineno or 0) > shown.count("\n")
        for frame in frames
    )


def _leave_out_what_is_there() -> None:
    """Each check collects garbage: what is no garbage now need not be looked through again."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _limit(answer: Answer) -> Iterator[None]:
    limit_s = ENDLESS_LIMIT_S if answer.endless else cells.LIMIT_S
    with mock.patch.object(cells, "LIMIT_S", limit_s):
        yield


def started(assignment: Assignment, task: str = "") -> dict[str, Any]:
    """The names that a task may use: those of the cells that run first, as in a new kernel.

    Where a task is named, cells of other tasks are left out: it needs none of them.
    """
    tf.random.set_seed(None)  # whatever else ran in this process: a new kernel has no seed
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for grade_id in assignment.runs_first:
        if not task or _task_of(grade_id) in ("", _task_of(task)):
            run_cell(assignment.cell(grade_id).source, namespace)
    return namespace


def _task_of(grade_id: str) -> str:
    """The task that a cell belongs to, as t3 for t3-one-batch; nothing for a cell of none."""
    found = re.match(r"t\d+(?=-)", grade_id)
    return found[0] if found else ""


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Run one cell. AutoGraph reads a function's source, so it must be found as in a notebook."""
    name = _file_of(source)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def _file_of(source: str) -> str:
    return f"<cell {hash(source)}>"


def surprise(assignment: Assignment, answer: Answer) -> str:
    """The verdict on an answer in one line, if it is not the expected one; else ''."""
    place = f"{assignment.name}, {answer.task}, {answer.name}"
    given = grade(assignment, answer)
    if answer.is_right:
        return f"{place}: right, and refused: {given.message}" if given != PASSED else ""
    if given.shown_passes != answer.shown_passes:
        shown = "ok" if given.shown_passes else given.message
        return f"{place}: the shown tests say {shown!r}"
    if re.match(rf"Mistake: .*{answer.says}", given.message):
        return ""
    return f"{place}: wrong, and told {given.message or 'ok'!r}"


def surprises(cases: Iterable[tuple[Assignment, Answer]]) -> list[str]:
    """Every verdict that is not the expected one."""
    return [found for case in cases if (found := surprise(*case))]


def surprises_apart(cases: Iterable[tuple[Assignment, Answer]], processes: int) -> list[str]:
    """The same, from some processes of their own: most of grading is waiting for threads."""
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=apart) as pool:
        return list(filter(None, pool.map(surprise, *zip(*cases, strict=True))))


def all_cases() -> list[tuple[Assignment, Answer]]:
    """Every answer to every assignment of the course."""
    return [(one, answer) for one in assignments.every() for answer in one.answers]


def few_cases(assignment: Assignment) -> list[tuple[Assignment, Answer]]:
    """A right and a wrong answer to each task; one whose verdict rests on counts, if it has any."""
    few: dict[tuple[str, bool], Answer] = {}
    for answer in sorted(assignment.answers, key=lambda one: not one.counted):
        few.setdefault((answer.task, answer.is_right), answer)
    return [(assignment, answer) for answer in few.values()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade, and print what surprises; exit code 1 if anything does."""
    parser = argparse.ArgumentParser(prog="grading_matrix", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=1, help="how often to grade each answer")
    parser.add_argument("--busy", action="store_true", help="keep two processes a core running")
    options = parser.parse_args(arguments)
    cases = all_cases()
    with cores_busy() if options.busy else contextlib.nullcontext():
        found = surprises(cases * options.repeats)
    print(
        *found, f"{len(cases)} answers, {options.repeats} times: {len(found)} surprises", sep="\n"
    )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
