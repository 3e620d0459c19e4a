"""What holds for every assignment: right answers pass, wrong ones fail, and are told why."""

import os
import re
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace

import pytest
from nbgrader.preprocessors import ClearSolutions

from prefetchlab import quiz
from prefetchlab.grading.mistake import NoAnswer
from tools import assignments, grading_matrix
from tools.assignments import REFERENCE, Answer, Assignment
from tools.busy import cores_busy
from tools.grading_matrix import PASSED
from tools.repository import ROOT

COURSE = assignments.every()
# The assignments of the course, and one of two tasks that is made of data and vocabulary alone.
ALL = [*COURSE, *assignments.every(ROOT / "tests" / "trial_course")]

each_assignment = pytest.mark.parametrize("assignment", ALL, ids=lambda one: one.name)


def each_answer(*, right: bool) -> pytest.MarkDecorator:
    """A test for each right or each wrong answer of each assignment.

    The course's references are run where they stand: in its instructor's notebooks, in a kernel.
    """
    cases = [
        pytest.param(
            assignment,
            answer,
            id=f"{assignment.name}-{answer.task}-{answer.name}",
        )
        for assignment in ALL
        for answer in assignment.answers
        if answer.is_right == right and (assignment not in COURSE or answer.name != REFERENCE)
    ]
    return pytest.mark.parametrize(("assignment", "answer"), cases)


# --- right and wrong answers ---------------------------------------------------------------------


@each_answer(right=True)
def test_a_right_answer_passes(assignment: Assignment, answer: Answer) -> None:
    assert grading_matrix.grade(assignment, answer) == PASSED


@each_answer(right=False)
def test_a_wrong_answer_fails_and_its_mistake_is_named(
    assignment: Assignment, answer: Answer
) -> None:
    given = grading_matrix.grade(assignment, answer)
    assert given.message.startswith("Mistake: ")
    assert re.search(str(answer.says), given.message), given.message
    assert len(given.message.splitlines()) == 1
    assert given.shown_passes == answer.shown_passes, given.message


@each_assignment
def test_every_code_task_has_three_wrong_answers(assignment: Assignment) -> None:
    tested = [grade_id.removesuffix("-test") for grade_id in assignment.points]
    assert assignment.tasks == [task for task in tested if task not in assignment.by_hand]
    for task in assignment.tasks:
        assert sum(not answer.is_right for answer in assignment.answers_to(task)) >= 3, task


@each_assignment
def test_every_hidden_test_catches_what_the_shown_ones_pass(assignment: Assignment) -> None:
    for task in assignment.tasks:
        assert any(answer.shown_passes for answer in assignment.answers_to(task)), task


@pytest.mark.long
def test_verdicts_are_the_same_while_both_cores_are_busy() -> None:
    # By turns a right and a wrong answer; `python -m tools.grading_matrix --busy` grades all.
    few = {
        one.name: (one, answer)
        for number, one in enumerate(assignments.every())
        for answer in one.answers
        if answer.counted and answer.is_right == bool(number % 2)
    }
    assert len(few) >= 5
    assignment, answer = next(case for case in few.values() if not case[1].is_right)
    planted = assignment, replace(answer, says="another mistake")
    with cores_busy():  # several at a time, because others take the most of it
        found = grading_matrix.surprises_apart([*few.values(), planted], processes=3)
    assert [line.partition(": ")[0] for line in found] == [
        f"{assignment.name}, {answer.task}, {answer.name}"
    ], "\n".join(found)


def on_one_core(code: str) -> str:
    """What Python prints that has one core: TensorFlow makes its threads but once a process."""
    core = min(os.sched_getaffinity(0))
    pinned = f"import os; os.sched_setaffinity(0, {{{core}}})\n"
    done = subprocess.run(
        [sys.executable, "-c", pinned + code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    return done.stdout


@pytest.mark.long
def test_verdicts_are_the_same_on_one_core() -> None:
    for assignment in assignments.every():
        few = grading_matrix.few_cases(assignment)
        assert {(answer.task, answer.is_right) for _, answer in few} == {
            (task, right) for task in assignment.tasks for right in (True, False)
        }
    graded = """
from tools import assignments
from tools.grading_matrix import few_cases, surprises

for assignment in assignments.every():
    print(*surprises(few_cases(assignment)), f"{assignment.name} graded", sep="\\n")
"""
    names = [assignment.name for assignment in assignments.every()]
    assert on_one_core(graded).splitlines() == [f"{name} graded" for name in names]


@pytest.mark.long
def test_a_probe_that_shares_its_one_core_with_a_loop_is_noticed() -> None:
    shared = """
from unittest import mock
from prefetchlab.measure import source
from tools.grading_matrix import all_cases, surprises

with mock.patch.object(source, "with_threads_of_its_own", lambda dataset: dataset):
    tasks = ("t3-one-batch", "t9-graph-loop", "t1-loops")
    cases = [(one, a) for one, a in all_cases() if a.name == "reference" and a.task in tasks]
    print(*surprises(cases), sep="\\n")
"""
    in_a_graph, with_two = on_one_core(shared).splitlines()
    refused = "reference: right, and refused: Mistake:"
    assert f"3-overlap, t9-graph-loop, {refused} Your loop" in in_a_graph
    assert f"6-internals, t1-loops, {refused} While the step on batch" in with_two


@each_assignment
def test_a_verdict_that_is_not_the_expected_one_is_told(assignment: Assignment) -> None:
    reference, *others = assignment.answers_to(assignment.tasks[-1])
    wrong = next(answer for answer in others if not answer.is_right and not answer.shown_passes)
    late = next(answer for answer in others if answer.shown_passes)
    planted = {
        replace(reference, code=wrong.code): "right, and refused: Mistake: ",
        replace(wrong, code=reference.code): "the shown tests say 'ok'",
        replace(late, code=reference.code): "wrong, and told 'ok'",
        replace(wrong, says="another mistake"): "wrong, and told 'Mistake: ",
        replace(wrong, shown_passes=True): "the shown tests say 'Mistake: ",
    }
    for answer, told in planted.items():
        (found,) = grading_matrix.surprises([(assignment, answer)])
        assert f"{assignment.name}, {answer.task}, {answer.name}: {told}" in found


def test_stderr_outside_a_check_fails_a_task_as_with_nbgrader() -> None:
    assignment = ALL[-1]
    reference = assignment.answers[0]
    noisy = "\nimport sys\ndef print(text):\n    sys.stderr.write(text)"
    given = grading_matrix.grade(assignment, replace(reference, code=reference.code + noisy))
    assert given.message == "stderr: Task 1: ok"


# --- the notebook --------------------------------------------------------------------------------


@each_assignment
def test_points_and_ids_are_the_published_ones(assignment: Assignment) -> None:
    marked = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in assignment.notebook.cells
        if cell.metadata.nbgrader.grade
    }
    assert marked == assignment.points


def task_texts(assignment: Assignment) -> dict[str, str]:
    """The text that opens each task, by the id of the graded cell that ends it."""
    texts, opened = {}, ""
    for cell in assignment.notebook.cells:
        if cell.source.startswith("## Task"):
            opened = cell.source
        if cell.metadata.nbgrader.grade:
            texts[cell.metadata.nbgrader.grade_id] = opened
    return texts


@each_assignment
def test_points_in_the_text_are_those_that_are_given(assignment: Assignment) -> None:
    said = {
        grade_id: [int(points) for points in re.findall(r"\*\*(\d+) points\*\*", text)]
        for grade_id, text in task_texts(assignment).items()
    }
    assert said == {grade_id: [points] for grade_id, points in assignment.points.items()}
    every = sum(assignment.points.values())
    written = sum(assignment.points[grade_id] for grade_id in assignment.by_hand)
    shares = f": {every - written} for the code and {written} for" if written else "."
    assert f"There are {every} points{shares}" in assignment.cell("intro").source


@each_assignment
def test_every_objective_has_a_graded_code_task(assignment: Assignment) -> None:
    named = {
        number
        for grade_id, text in task_texts(assignment).items()
        if grade_id not in assignment.by_hand
        for number in re.findall(r"· objective (\d+\.\d+):", text)
    }
    assert named == set(assignment.objectives)


@pytest.mark.parametrize("assignment", COURSE, ids=lambda one: one.name)
def test_an_objective_is_worded_as_in_the_chapter(assignment: Assignment) -> None:
    chapter = quiz.load(assignment.name).objectives
    for text in task_texts(assignment).values():
        for number, words in re.findall(r"· objective (\d+\.\d+): (.+)", text):
            assert words.lower() in chapter[number].lower()


@each_assignment
def test_every_test_cell_hides_a_part_and_says_ok(assignment: Assignment) -> None:
    for task in assignment.tasks:
        source = assignment.cell(f"{task}-test").source
        assert source.count("### BEGIN HIDDEN TESTS") == 1
        shown, _, rest = source.partition("### BEGIN HIDDEN TESTS\n")
        hidden, _, after = rest.partition("### END HIDDEN TESTS\n")
        assert "checks." in shown and "checks." in hidden
        assert re.fullmatch(r'print\("Task \d+: ok"\)', after)


@each_assignment
def test_an_untouched_exercise_stops_only_where_an_answer_is_missing(
    assignment: Assignment,
) -> None:
    released, _ = ClearSolutions().preprocess(deepcopy(assignment.notebook), {})
    namespace, stopped = grading_matrix.started(assignment), []
    for cell in released.cells:
        if cell.cell_type == "code":
            try:
                grading_matrix.run_cell(cell.source, namespace)
            except NoAnswer:
                stopped.append(cell.metadata.nbgrader.grade_id)
    assert stopped == [f"{task}-test" for task in assignment.tasks]
