"""Every assignment in stock nbgrader: released, handed in, graded, explained and exported."""

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

from tools import assignments
from tools.assignments import Answer, Assignment
from tools.repository import ROOT

pytestmark = pytest.mark.long


def reference(assignment: Assignment) -> dict[str, str]:
    """The instructor's answers, by the id of the cell."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in assignment.notebook.cells
        if cell.metadata.nbgrader.solution
    }


ALL = assignments.every()


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

    @property
    def points_of_bob(self) -> dict[str, int]:
        """The points left to the student with mistakes."""
        tasks = {answer.task for answer in self.assignment.wrong} | set(self.assignment.left_out)
        return {
            grade_id: 0 if grade_id.removesuffix("-test") in tasks else points
            for grade_id, points in self.assignment.points.items()
        }


def handed_in(answers: tuple[Answer, ...]) -> dict[str, str]:
    return {answer.task: answer.code for answer in answers}


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
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory: all assignments released, handed in by two students, graded, exported.

    A command is for all assignments, "*", because nbgrader takes seconds to begin.
    """
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(
        ROOT / "solutions", root / "solutions", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    shutil.copy(ROOT / "nbgrader_config.py", root)
    nbgrader(root, "generate_assignment", "*", "--create")
    for assignment in ALL:
        course = Course(root, assignment)
        right = reference(assignment)
        bob = right | handed_in(assignment.wrong)
        course.submit("ada", right | handed_in(assignment.right))
        course.submit("bob", {k: v for k, v in bob.items() if k not in assignment.left_out})
    nbgrader(root, "autograde", "*", "--create")
    nbgrader(root, "generate_feedback", "*")
    nbgrader(root, "export")
    return root


@pytest.fixture(params=ALL, ids=lambda one: one.name)
def course(request: pytest.FixtureRequest, graded: Path) -> Course:
    return Course(graded, request.param)


def test_right_answers_get_all_points_of_the_code(course: Course) -> None:
    by_hand = dict.fromkeys(course.assignment.by_hand)
    assert course.auto_scores("ada") == {**course.assignment.points, **by_hand}


def test_wrong_and_missing_answers_lose_their_points_alone(course: Course) -> None:
    assert course.auto_scores("bob") == course.points_of_bob


def test_the_exact_scores_are_exported(course: Course) -> None:
    points = course.assignment.points
    by_code = sum(points.values()) - sum(points[name] for name in course.assignment.by_hand)
    scores = {
        name: (float(r["score"]), float(r["max_score"])) for name, r in course.scores().items()
    }
    most = sum(points.values())
    assert scores == {"ada": (by_code, most), "bob": (sum(course.points_of_bob.values()), most)}


def test_written_answers_and_nothing_else_wait_for_a_person(course: Course) -> None:
    assert course.waiting_for_a_person("ada") == course.assignment.by_hand


def test_the_feedback_names_each_mistake(course: Course) -> None:
    path = course.root / "feedback" / "bob" / course.name / f"{course.name}.html"
    page = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
    for answer in course.assignment.wrong:
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
