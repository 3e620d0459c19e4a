"""Assignment 3 in stock nbgrader: released, handed in, graded, explained and exported."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tools import grading_matrix
from tools.grading_matrix import POINTS, ROOT

ASSIGNMENT = "3-overlap"
MUTANTS = grading_matrix.mutants(ASSIGNMENT)
MISTAKES = {
    "t2-serial": "inject_off_only",
    "t4-two-batches": "prefetch_before_batch",
    "t6-source-count": "hard_coded_count",
    "t9-graph-loop": "prefetch_outside_loop_dropped",
}
LEFT_OUT = ("t5-lost-result", "t7-step-times", "t10-written")
RIGHT = {
    cell.metadata.nbgrader.grade_id: cell.source
    for cell in grading_matrix.notebook(ASSIGNMENT).cells
    if cell.metadata.nbgrader.solution
}


class Course:
    """A course directory of its own, graded by nbgrader's own command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            ROOT / "solutions" / ASSIGNMENT,
            root / "solutions" / ASSIGNMENT,
            ignore=shutil.ignore_patterns(".ipynb_checkpoints"),
        )
        shutil.copy(ROOT / "nbgrader_config.py", root)

    def nbgrader(self, *arguments: str) -> None:
        # nbgrader starts `alembic` by name, so the environment's programs must be on the path.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.root,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def notebook(self, *parts: str) -> nbformat.NotebookNode:
        path = self.root.joinpath(*parts, ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
        return nbformat.read(path, as_version=4)

    def submit(self, student: str, answers: dict[str, str]) -> None:
        """Put `answers` into the released notebook, by the id of the cell."""
        released = self.notebook("exercises")
        for cell in released.cells:
            cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
        folder = self.root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(released, folder / f"{ASSIGNMENT}.ipynb")

    def scores(self) -> dict[str, dict[str, str]]:
        """The exported rows, by student."""
        self.nbgrader("export")
        with (self.root / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}

    def auto_scores(self, student: str) -> dict[str, float | None]:
        """The points of each graded cell; None where nbgrader gives none by itself."""
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
            return {grade.cell.name: grade.auto_score for grade in grades}

    def waiting_for_a_person(self, student: str) -> list[str]:
        """The graded cells that nbgrader leaves to a person."""
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
            return [grade.cell.name for grade in grades if grade.needs_manual_grade]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """Released, handed in by two students, graded, with feedback."""
    course = Course(tmp_path_factory.mktemp("course"))
    course.nbgrader("generate_assignment", ASSIGNMENT, "--create")
    wrong = {task: MUTANTS[task][name]["code"] for task, name in MISTAKES.items()}
    course.submit("ada", RIGHT)
    course.submit("bob", {k: v for k, v in (RIGHT | wrong).items() if k not in LEFT_OUT})
    course.nbgrader("autograde", ASSIGNMENT, "--create")
    course.nbgrader("generate_feedback", ASSIGNMENT)
    return course


def test_nbgrader_gives_the_reference_all_points_of_the_code(course):
    assert course.auto_scores("ada") == POINTS | {"t10-written": None}


def test_nbgrader_takes_the_points_of_wrong_and_missing_answers_and_of_no_other(course):
    lost = {f"{task}-test": 0 for task in MISTAKES} | {"t5-lost-result-test": 0}
    lost |= {"t7-step-times-test": 0, "t10-written": 0}
    assert course.auto_scores("bob") == POINTS | lost


def test_nbgrader_exports_the_exact_scores(course):
    rows = course.scores()
    scores = {name: (float(row["score"]), float(row["max_score"])) for name, row in rows.items()}
    assert scores == {"ada": (36, 40), "bob": (3 + 2 + 4, 40)}


def test_the_written_answer_and_nothing_else_waits_for_a_person(course):
    assert course.waiting_for_a_person("ada") == ["t10-written"]


def test_the_feedback_names_each_mistake(course):
    path = course.root / "feedback" / "bob" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    page = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
    for task, name in MISTAKES.items():
        assert re.search(MUTANTS[task][name]["says"], page), (task, name)


def secrets() -> dict[str, str]:
    """What a student must not be given, by the cell that holds it."""
    parts = re.compile(
        r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL
    )  # a written answer has no marks: all of it is the solution
    graded_or_solved = {cell_id: grading_matrix.cell(cell_id).source for cell_id in POINTS} | RIGHT
    return {
        cell_id: found[1].strip() if (found := parts.search(source)) else source
        for cell_id, source in graded_or_solved.items()
    }


def leaks(notebook: nbformat.NotebookNode) -> set[str]:
    text = "\n".join(cell.source for cell in notebook.cells)
    return {cell_id for cell_id, secret in secrets().items() if secret in text}


def test_the_release_holds_no_solution_and_no_hidden_test(course):
    assert leaks(course.notebook("exercises")) == set()


def test_a_solution_or_hidden_test_that_stays_in_is_found(course):
    assert leaks(course.notebook("solutions")) == set(POINTS) | set(RIGHT)
