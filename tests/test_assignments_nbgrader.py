"""Every assignment in stock nbgrader: released, handed in, graded, explained and exported.

`tests/test_sample_class.py` grades a whole class in one of them, so nobody hands that one in here.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tools import assignments
from tools.assignments import Answer, Assignment
from tools.repository import ROOT
from tools.sample_class import ASSIGNMENT

pytestmark = pytest.mark.long


def reference(assignment: Assignment) -> dict[str, str]:
    """The instructor's answers, by the id of the cell."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in assignment.notebook.cells
        if cell.metadata.nbgrader.solution
    }


ALL = assignments.every()
HANDED_IN = [assignment for assignment in ALL if assignment.name != ASSIGNMENT]


class Course:
    """A course directory of its own, with one assignment in view, graded by nbgrader's commands."""

    def __init__(self, root: Path, assignment: Assignment) -> None:
        self.root = root
        self.assignment = assignment
        self.name = assignment.name

    def notebook(self, *parts: str) -> nbformat.NotebookNode:
        path = self.root.joinpath(*parts, self.name, f"{self.name}.ipynb")
        text = path.read_text(encoding="utf-8")
        notebook: nbformat.NotebookNode = nbformat.reads(text, as_version=4)
        return notebook

    def submit(self, student: str, answers: dict[str, str]) -> None:
        """Put `answers` into the released notebook, by the id of the cell."""
        released = self.notebook("exercises")
        for cell in released.cells:
            cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
        folder = self.root / "submitted" / student / self.name
        folder.mkdir(parents=True)
        text = nbformat.writes(released)
        (folder / f"{self.name}.ipynb").write_text(text, encoding="utf-8")

    def scores(self) -> dict[str, dict[str, str]]:
        """The exported rows, by student."""
        with (self.root / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["assignment"] == self.name]
        return {row["student_id"]: row for row in rows}

    def auto_scores(self, student: str) -> dict[str, float | None]:
        """The points of each graded cell; None where nbgrader gives none by itself."""
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook(self.name, self.name, student).grades
            return {grade.cell.name: grade.auto_score for grade in grades}

    def waiting_for_a_person(self, student: str) -> list[str]:
        """The graded cells that nbgrader leaves to a person."""
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook(self.name, self.name, student).grades
            return [grade.cell.name for grade in grades if grade.needs_manual_grade]


@dataclass(frozen=True)
class Bob:
    """A student with right answers of every kind, wrong ones, empty cells, and a written answer.

    An unusual right answer goes before the wrong one, or the empty cell, of its task.
    """

    assignment: Assignment

    @property
    def wrong(self) -> list[Answer]:
        """The wrong answers that are handed in."""
        unusual = {answer.task for answer in self.assignment.right}
        return [answer for answer in self.assignment.wrong if answer.task not in unusual]

    @property
    def left_out(self) -> set[str]:
        """The code tasks that are left as they were released."""
        answered = {answer.task for answer in self.assignment.right} | set(self.assignment.by_hand)
        return set(self.assignment.left_out) - answered

    @property
    def answers(self) -> dict[str, str]:
        """What is written into the released notebook, by the id of the cell."""
        given = [*self.assignment.right, *self.wrong]
        answers = reference(self.assignment) | {answer.task: answer.code for answer in given}
        return {task: code for task, code in answers.items() if task not in self.left_out}

    @property
    def points(self) -> dict[str, int | None]:
        """The points of each graded cell; None for one that a person grades."""
        lost = {f"{task}-test" for task in self.left_out | {answer.task for answer in self.wrong}}
        by_hand = dict.fromkeys(self.assignment.by_hand)
        return {**self.assignment.points, **dict.fromkeys(lost, 0), **by_hand}


def nbgrader(root: Path, *arguments: str) -> None:
    # nbgrader starts `alembic` by name, so the environment's programs must be on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # A kernel that believes it is inside pytest does not watch descriptor 2.
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory with all assignments released.

    A command is for all assignments, "*", because nbgrader takes seconds to begin.
    """
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(
        ROOT / "solutions", root / "solutions", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    shutil.copy(ROOT / "nbgrader_config.py", root)
    nbgrader(root, "generate_assignment", "*", "--create")
    return root


@pytest.fixture(scope="module")
def graded(released: Path) -> Path:
    """The same, with all but one handed in, graded, and exported."""
    for assignment in HANDED_IN:
        Course(released, assignment).submit("bob", Bob(assignment).answers)
    nbgrader(released, "autograde", "*", "--create")
    nbgrader(released, "generate_feedback", "*")
    nbgrader(released, "export")
    return released


@pytest.fixture(params=ALL, ids=lambda one: one.name)
def course(request: pytest.FixtureRequest, released: Path) -> Course:
    return Course(released, request.param)


@pytest.fixture(params=HANDED_IN, ids=lambda one: one.name)
def graded_course(request: pytest.FixtureRequest, graded: Path) -> Course:
    return Course(graded, request.param)


def test_bob_hands_in_each_kind_of_answer(graded_course: Course) -> None:
    bob = Bob(graded_course.assignment)
    assert bob.wrong
    assert bob.left_out
    assert {answer.task for answer in bob.assignment.right}
    assert set(bob.assignment.tasks) - bob.left_out - {a.task for a in bob.wrong}


def test_right_answers_get_all_points_and_wrong_and_missing_ones_none(
    graded_course: Course,
) -> None:
    assert graded_course.auto_scores("bob") == Bob(graded_course.assignment).points


def test_the_exact_scores_are_exported(graded_course: Course) -> None:
    (row,) = graded_course.scores().values()
    got = sum(points or 0 for points in Bob(graded_course.assignment).points.values())
    most = sum(graded_course.assignment.points.values())
    assert (float(row["score"]), float(row["max_score"])) == (got, most)


def test_written_answers_and_nothing_else_wait_for_a_person(graded_course: Course) -> None:
    assert graded_course.waiting_for_a_person("bob") == graded_course.assignment.by_hand


def test_the_feedback_names_each_mistake(graded_course: Course) -> None:
    path = graded_course.root / "feedback" / "bob" / graded_course.name
    html = (path / f"{graded_course.name}.html").read_text(encoding="utf-8")
    page = re.sub(r"<[^>]+>", "", html)
    for answer in Bob(graded_course.assignment).wrong:
        assert re.search(str(answer.says), page), answer
    assert "There is no answer yet" in page
    assert "most recent call last" not in page


def secrets(assignment: Assignment) -> dict[str, str]:
    """What a student must not be given, by the cell that holds it."""
    parts = re.compile(
        r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL
    )  # a written answer has no marks: all of it is the solution
    tests = {cell_id: assignment.cell(cell_id).source for cell_id in assignment.points}
    return {
        cell_id: found[1].strip() if (found := parts.search(source)) else source
        for cell_id, source in (tests | reference(assignment)).items()
    }


def leaks(assignment: Assignment, notebook: nbformat.NotebookNode) -> set[str]:
    text = "\n".join(cell.source for cell in notebook.cells)
    return {cell_id for cell_id, secret in secrets(assignment).items() if secret in text}


def test_the_release_holds_no_solution_and_no_hidden_test(course: Course) -> None:
    assert leaks(course.assignment, course.notebook("exercises")) == set()


def test_a_solution_or_hidden_test_that_stays_in_is_found(course: Course) -> None:
    everything = set(course.assignment.points) | set(reference(course.assignment))
    assert leaks(course.assignment, course.notebook("solutions")) == everything
