"""Grade the reference and every named wrong solution of an assignment, in one process.

A wrong solution takes the place of the reference in the instructor's notebook; then the cells that
the task needs are run as nbgrader would run them, hidden tests included. That takes no kernel and
so no seconds of start-up; `test_assignment_3_nbgrader.py` grades with the real nbgrader.
"""

import contextlib
import functools
import io
import linecache
import re
from collections.abc import Collection
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).parents[1]
REFERENCE = "reference"
PASSED = ""

# The interface to gradebooks that hold students' points: a cell renamed here loses them.
POINTS = {
    "t1-added-test": 3,
    "t2-serial-test": 5,
    "t3-one-batch-test": 2,
    "t4-two-batches-test": 4,
    "t5-lost-result-test": 4,
    "t6-source-count-test": 4,
    "t7-step-times-test": 5,
    "t8-gain-test": 4,
    "t9-graph-loop-test": 5,
    "t10-written": 4,
}

_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n", re.DOTALL)


@functools.cache
def notebook(assignment: str = "3-overlap") -> nbformat.NotebookNode:
    """The instructor's copy."""
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    return nbformat.read(path, as_version=4)


@functools.cache
def mutants(assignment: str = "3-overlap") -> dict[str, dict[str, dict[str, str]]]:
    """By task and name: the wrong code, and the pattern that its message must hold."""
    path = Path(__file__).parent / "mutants" / f"{assignment}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def cell(grade_id: str, assignment: str = "3-overlap") -> nbformat.NotebookNode:
    """The cell with this id."""
    return next(c for c in notebook(assignment).cells if c.metadata.nbgrader.grade_id == grade_id)


def grade(task: str, answer: str, assignment: str = "3-overlap", *, hidden: bool = True) -> str:
    """Run `answer` and the test cell of `task`; the message of what failed, or `PASSED`.

    As with nbgrader, anything that the test cell writes to stderr fails it. Without `hidden`, the
    test cell is the one that the student sees.
    """
    test = cell(f"{task}-test", assignment).source
    if not hidden:
        test = _HIDDEN.sub("", test)
    namespace: dict = {"__name__": "__main__"}
    errors = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for source in (cell("setup", assignment).source, cell("data", assignment).source):
                run_cell(source, namespace)
            run_cell(answer, namespace)
            with contextlib.redirect_stderr(errors):
                run_cell(test, namespace)
    except Exception as error:  # whatever a student's code raises is a failed task
        return f"{type(error).__name__}: {error}"
    return f"stderr: {errors.getvalue()}" if errors.getvalue() else PASSED


def run_cell(source: str, namespace: dict) -> None:
    """Run one cell. AutoGraph reads a function's source, so it must be found as in a notebook."""
    name = f"<cell {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def answers(assignment: str = "3-overlap") -> dict[tuple[str, str], str]:
    """Every answer by (task, name): the reference first, then the wrong ones."""
    found = {}
    for task, wrong in mutants(assignment).items():
        found[task, REFERENCE] = cell(task, assignment).source
        found |= {(task, name): mutant["code"] for name, mutant in wrong.items()}
    return found


def verdicts(
    assignment: str = "3-overlap", only: Collection[tuple[str, str]] | None = None
) -> dict[tuple[str, str], bool]:
    """Whether each answer passes, by (task, name); of those in `only`, if it is given."""
    return {
        (task, name): grade(task, answer, assignment) == PASSED
        for (task, name), answer in answers(assignment).items()
        if only is None or (task, name) in only
    }
