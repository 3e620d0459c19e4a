"""A tiny course for tests of grading: two tasks, and no TensorFlow, so that kernels start fast."""

import copy
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from prefetchlab.grading.submissions import Kind, check

TINY = "tiny"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "tiny-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
"""
Json = dict[str, Any]
Edit = Callable[[Json], object]


def marks(grade_id: str, **flags: object) -> Json:
    plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": plain | {"grade_id": grade_id} | flags}


def solution() -> Any:
    answer = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    test = (
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
    )
    cells = [
        new_code_cell("import math", metadata=marks("setup", locked=True)),
        new_code_cell(answer, metadata=marks("t1", solution=True)),
        new_code_cell(test, metadata=marks("t1-test", grade=True, locked=True, points=2)),
        new_markdown_cell("Why", metadata=marks("t2", grade=True, solution=True, points=1)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Tiny:
    """A course directory with one assignment."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def nbgrader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.root,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
        )

    def released(self) -> Json:
        text = (self.root / "exercises" / TINY / f"{TINY}.ipynb").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def folder(self, student: str) -> Path:
        return self.root / "submitted" / student / TINY

    def submit(self, student: str, edit: Edit = lambda notebook: None) -> Path:
        """Hand in the right answers, after `edit` has changed the notebook."""
        notebook = self.released()
        cell(notebook, "t1")["source"] = "def double(x):\n    return 2 * x"
        cell(notebook, "t2")["source"] = "Because."
        edit(notebook)
        return self.write(student, json.dumps(notebook).encode())

    def write(self, student: str, content: bytes, name: str = f"{TINY}.ipynb") -> Path:
        path = self.folder(student) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def grades(self) -> dict[str, float | None]:
        """The points of the test cell, by student, as nbgrader's gradebook has them."""
        query = """
            select student.id, grade.auto_score from grade
            join base_cell on base_cell.id = grade.cell_id
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
            join student on student.id = submitted_assignment.student_id
            where base_cell.name = 't1-test'
        """
        with sqlite3.connect(self.root / "gradebook.db") as book:
            return dict(book.execute(query).fetchall())

    def kinds(self) -> dict[str, list[Kind]]:
        found: dict[str, list[Kind]] = {}
        for each in check(TINY, self.root):
            found.setdefault(each.student, []).append(each.kind)
        return found


def cell(notebook: Json, grade_id: str) -> Json:
    found: Json = next(c for c in notebook["cells"] if mark(c).get("grade_id") == grade_id)
    return found


def mark(cell: Json) -> Json:
    found: Json = cell["metadata"].get("nbgrader", {})
    return found


def generate(root: Path) -> Path:
    """Fill a folder with the course as it is after `nbgrader generate_assignment`."""
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    (root / "solutions" / TINY).mkdir(parents=True)
    nbformat.write(solution(), root / "solutions" / TINY / f"{TINY}.ipynb")
    done = Tiny(root).nbgrader("generate_assignment", TINY, "--create")
    assert done.returncode == 0, done.stderr
    return root


# --- the ways to hand in --------------------------------------------------------------------------


def pasted(grade_id: str) -> Edit:
    return lambda notebook: notebook["cells"].append(copy.deepcopy(cell(notebook, grade_id)))


def deleted(grade_id: str) -> Edit:
    return lambda notebook: notebook["cells"].remove(cell(notebook, grade_id))


def marked(which: str, **flags: object) -> Edit:
    return lambda notebook: mark(cell(notebook, which)).update(flags)


def answered(source: str) -> Edit:
    return lambda notebook: cell(notebook, "t1").update(source=source)


def moved_up(notebook: Json) -> None:
    test = cell(notebook, "t1-test")
    notebook["cells"].remove(test)
    notebook["cells"].insert(0, test)


def stripped(notebook: Json) -> None:
    for each in notebook["cells"]:
        each["metadata"] = {}


def blank(notebook: Json) -> None:
    cell(notebook, "t1")["source"] = (
        "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    cell(notebook, "t2")["source"] = "YOUR ANSWER HERE"


def as_markdown(notebook: Json) -> None:
    each = cell(notebook, "t1")
    each["cell_type"] = "markdown"
    del each["outputs"], each["execution_count"]


KILL = "import os\n\ndef double(x):\n    os._exit(0)"
WRONG = "def double(x):\n    return x"
