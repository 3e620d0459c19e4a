"""Assignment 3: what is right passes; what is wrong fails, and its mistake is named."""

import re
import traceback
from pathlib import Path

import nbformat
import pytest

from prefetchlab.grading import checks
from tools import grading_matrix
from tools.busy import both_cores_busy
from tools.grading_matrix import PASSED, POINTS, REFERENCE, ROOT

ASSIGNMENT = "3-overlap"
OBJECTIVES = {"3.1", "3.2", "3.3", "3.4", "3.5"}
MUTANTS = grading_matrix.mutants(ASSIGNMENT)
WRONG = [(task, name) for task, wrong in MUTANTS.items() for name in wrong]

# Right answers that are not the reference's: counts and values decide, not the spelling.
ALSO_RIGHT = {
    ("t2-serial", "the two rewrites switched off one by one"): """
def truly_serial(numbers, load, batch_size):
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False
    options.experimental_optimization.map_and_batch_fusion = False
    options.experimental_optimization.map_parallelization = False
    return numbers.map(load).batch(batch_size).with_options(options)
""",
    ("t5-lost-result", "prefetch of zero slots"): """
def batches_with_slots(numbers, load, batch_size, slots):
    return numbers.map(load).batch(batch_size).prefetch(slots)
""",
    ("t7-step-times", "the recursion of the laboratory"): """
import numpy as np
from prefetchlab import theory

def step_times(load, train, slots):
    return np.diff(theory.replay(load, train, slots).taken_s)
""",
    ("t9-graph-loop", "a size that TensorFlow chooses"): """
@tf.function
def train_epoch(batches, step):
    steps = tf.constant(0)
    for batch in batches.prefetch(tf.data.AUTOTUNE):
        step(batch)
        steps += 1
    return steps
""",
    ("t9-graph-loop", "an iterator, for which a prefetch is injected"): """
@tf.function
def train_epoch(batches, step):
    iterator = iter(batches)
    steps = 0
    batch = iterator.get_next_as_optional()
    while batch.has_value():
        step(batch.get_value())
        steps += 1
        batch = iterator.get_next_as_optional()
    return steps
""",
}


# Answers whose verdict rests on what the probe counts: a busy machine could change it.
COUNTED = {
    ("t2-serial", REFERENCE),
    ("t2-serial", "inject_off_only"),
    ("t2-serial", "num_parallel_calls_1"),
    ("t3-one-batch", REFERENCE),
    ("t3-one-batch", "thread_based_fake"),
    ("t4-two-batches", REFERENCE),
    ("t4-two-batches", "as_many_samples_as_two_batches"),
    ("t5-lost-result", "always_one_slot"),
    ("t9-graph-loop", REFERENCE),
    ("t9-graph-loop", "not_repaired"),
}


# --- the reference and the wrong answers ---------------------------------------------------------


@pytest.mark.parametrize("task", MUTANTS)
def test_the_reference_passes(task):
    assert grading_matrix.grade(task, grading_matrix.cell(task).source) == PASSED


@pytest.mark.parametrize(("task", "how"), ALSO_RIGHT)
def test_another_right_answer_passes(task, how):
    assert grading_matrix.grade(task, ALSO_RIGHT[task, how]) == PASSED


@pytest.mark.parametrize(("task", "name"), WRONG)
def test_a_wrong_answer_fails_and_its_mistake_is_named(task, name):
    mutant = MUTANTS[task][name]
    message = grading_matrix.grade(task, mutant["code"])
    assert message.startswith("AssertionError: ")
    assert re.search(mutant["says"], message), message


def test_every_code_task_has_at_least_three_wrong_answers():
    tasks = {grade_id.removesuffix("-test") for grade_id in POINTS if grade_id.endswith("-test")}
    assert set(MUTANTS) == tasks
    assert min(len(wrong) for wrong in MUTANTS.values()) >= 3


def test_an_answer_that_only_fits_the_shown_cases_is_caught_by_a_hidden_test():
    shown = {}
    for task, name in WRONG:
        if name.startswith("hard_coded"):
            shown[task] = grading_matrix.grade(task, MUTANTS[task][name]["code"], hidden=False)
    assert shown == dict.fromkeys(
        ["t1-added", "t4-two-batches", "t6-source-count", "t7-step-times", "t8-gain"], PASSED
    ) | {"t5-lost-result": PASSED}


def shown_of_the_check(check, answer) -> set[str]:
    """The functions of the checks whose lines a notebook prints when `answer` fails."""
    with pytest.raises((AssertionError, NotImplementedError)) as failure:
        check(answer)
    places = traceback.extract_tb(failure.value.__traceback__)
    room = Path(checks.__file__).parent
    return {place.name for place in places if Path(place.filename).parent == room}


def no_steps(load, train, slots):
    return []


def not_answered(load, train, slots):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [no_steps, not_answered])
def test_a_traceback_shows_no_line_of_a_check_that_tells_the_right_answer(answer):
    assert shown_of_the_check(checks.step_times, answer) == {"checked"}
    assert "step_times" in shown_of_the_check(checks.step_times.__wrapped__, answer)


def test_what_is_written_to_stderr_fails_a_task_as_with_nbgrader():
    noisy = grading_matrix.cell("t8-gain").source.replace(
        "    speed_up", "    import sys; print('note', file=sys.stderr)\n    speed_up", 1
    )
    assert grading_matrix.grade("t8-gain", noisy).startswith("stderr: note")


@pytest.mark.parametrize("repetition", [1, 2])
def test_verdicts_are_the_same_while_both_cores_are_busy(repetition):
    with both_cores_busy():
        verdicts = grading_matrix.verdicts(ASSIGNMENT, only=COUNTED)
    assert verdicts == {key: key[1] == REFERENCE for key in COUNTED}


# --- the notebook --------------------------------------------------------------------------------


def test_points_and_ids_are_the_published_ones():
    cells = grading_matrix.notebook(ASSIGNMENT).cells
    marked = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in cells
        if cell.metadata.nbgrader.grade
    }
    assert marked == POINTS


def task_texts() -> dict[str, str]:
    """The text that opens each task, by the id of the graded cell that ends it."""
    texts, opened = {}, None
    for cell in grading_matrix.notebook(ASSIGNMENT).cells:
        if cell.source.startswith("## Task"):
            opened = cell.source
        if cell.metadata.nbgrader.grade:
            texts[cell.metadata.nbgrader.grade_id] = opened
    return texts


def test_points_in_the_text_are_those_that_are_given():
    said = {
        grade_id: int(re.search(r"\*\*(\d+) points\*\*", text)[1])
        for grade_id, text in task_texts().items()
    }
    assert said == POINTS
    intro = grading_matrix.cell("intro").source
    code = sum(POINTS.values()) - POINTS["t10-written"]
    assert f"There are {sum(POINTS.values())} points: {code} for the code and 4 for" in intro


def test_every_objective_of_the_chapter_has_a_graded_code_task():
    named = {
        re.search(r"· objective (3\.\d):", text)[1]
        for grade_id, text in task_texts().items()
        if grade_id.endswith("-test")
    }
    assert named == OBJECTIVES


def test_every_test_cell_hides_a_part_and_ends_without_a_value():
    for grade_id in POINTS:
        if grade_id.endswith("-test"):
            source = grading_matrix.cell(grade_id).source
            assert source.count("### BEGIN HIDDEN TESTS") == 1
            assert re.fullmatch(r'print\("Task \d: ok"\)', source.splitlines()[-1])


def test_an_untouched_exercise_runs_through_and_stops_only_where_an_answer_is_missing():
    path = ROOT / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    namespace, stopped = {}, []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            try:
                grading_matrix.run_cell(cell.source, namespace)
            except NotImplementedError:
                stopped.append(cell.metadata.nbgrader.grade_id)
    assert stopped == [grade_id for grade_id in POINTS if grade_id.endswith("-test")]
