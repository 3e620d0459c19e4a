"""The parts that checks are made of, where no kernel is needed."""

import gc
import inspect
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from traitlets.config.loader import PyFileConfigLoader

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading import assignment_2, assignment_3, cells, limit
from prefetchlab.grading import vocabulary as checks
from prefetchlab.grading.counts import check_counts
from prefetchlab.grading.elements import check_cuts_nothing, check_order
from prefetchlab.grading.inputs import fresh_numbers, loader, photos
from prefetchlab.grading.loads import CountingLoad, check_loads_run_ahead
from prefetchlab.grading.mistake import Mistake, NoAnswer
from prefetchlab.measure import CountingSource, RunAhead, SourceEndedError, Transform
from tools import assignments, grading_matrix
from tools.assignments import REFERENCE
from tools.repository import ROOT

pytestmark = pytest.mark.long

NOISY = """
import logging, os, sys, threading, traceback, warnings
logging.basicConfig()
from prefetchlab.grading.cells import for_test_cell
kept = sys.stderr

@for_test_cell
def check(answer):
    answer()

def answer():
    print("note", file=sys.stderr)
    print("note", file=kept)
    print("note", file=sys.__stderr__)
    logging.warning("note")
    traceback.print_stack()
    warnings.warn("note")
    os.write(2, b"note")
    os.system("echo note >&2")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

{call}
"""


def reference_answer(name: str, task: str) -> dict[str, Any]:
    """What the reference of a task defines, with the names that it may use."""
    (assignment,) = (one for one in assignments.every() if one.name == name)
    (code,) = (one.code for one in assignment.answers_to(task) if one.name == REFERENCE)
    names = grading_matrix.started(assignment)
    grading_matrix.run_cell(code, names)
    return names


def stderr_of(call: str) -> str:
    """What a plain process that ends with `call` writes to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", NOISY.format(call=call)], capture_output=True, text=True, check=True
    )
    return done.stderr


def test_a_plain_process_writes_nothing_to_stderr_in_a_check() -> None:
    assert stderr_of("check(answer)") == ""


def test_outside_a_check_a_plain_process_writes_all_of_it() -> None:
    assert stderr_of("answer()").count("note") >= 7


def test_a_check_is_given_up_before_nbgrader_stops_its_cell() -> None:
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    assert config.ExecutePreprocessor.timeout >= 2 * cells.LIMIT_S


IN_DEBUG_MODE = """
import prefetchlab, tensorflow as tf
from prefetchlab.grading import assignment_3
from prefetchlab.grading.mistake import Mistake

def answer(numbers, load, batch_size):
    tf.data.experimental.enable_debug_mode()
    return numbers.map(load).batch(batch_size)

try:
    assignment_3.truly_serial(answer)
except Mistake as mistake:
    print(mistake)
"""


def test_a_pipeline_that_is_serial_in_debug_mode_alone_is_refused() -> None:
    done = subprocess.run(  # in a process of its own: the mode cannot be switched off
        [sys.executable, "-c", IN_DEBUG_MODE], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Debug mode is on")


def test_an_answer_that_is_missing_stays_recognisable() -> None:
    def stub() -> None:
        raise NotImplementedError

    with pytest.raises(NotImplementedError) as raised:
        cells.for_test_cell(stub)()
    assert isinstance(raised.value, NoAnswer)


def test_work_that_ends_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    assert limit.run_within(60, lambda: None) is None
    for thread in threading.enumerate():
        if thread.name == "check":
            thread.join()
    assert threading.active_count() == before


class StoppedAsItEnds(threading.Event):
    """Work that ends hears of it here; an exception that stops it may just then be on its way."""

    def set(self) -> None:
        if not self.is_set():
            super().set()
            raise SystemExit


def test_work_that_is_stopped_twice_ends_without_a_word() -> None:
    work = limit._Work(lambda: None)
    work.ended = StoppedAsItEnds()
    work.start()
    work.join()  # pytest fails on an exception that leaves a thread
    assert work.ended.is_set()


def test_an_interrupt_while_the_work_begins_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(limit._Work, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        limit.run_within(60, lambda: [None for _ in iter(int, 1)])
    assert "check" not in [thread.name for thread in threading.enumerate()]


def threads_at_rest() -> int:
    """How many threads this process has, once their number stays the same for a while."""
    seen = list[int]()
    while len(seen) < 20 or len(set(seen[-20:])) > 1:
        seen.append(len(list(Path("/proc/self/task").iterdir())))
        time.sleep(0.01)
    return seen[-1]


def test_no_check_looks_through_what_was_there_before_the_first() -> None:
    gc.unfreeze()  # as in a new kernel
    cells._leave_out_what_was_there.cache_clear()
    cells.for_test_cell(lambda: None)()
    assert gc.get_freeze_count() > 100_000  # TensorFlow, above all


def test_what_a_check_leaves_behind_ends_with_the_next() -> None:
    def check_a_loop() -> None:
        def train_epoch(batches: tf.data.Dataset, step: Any) -> Any:
            steps = 0
            for batch in batches.prefetch(1):
                step(batch)
                steps += 1
            return steps

        assignment_3.train_epoch(tf.function(train_epoch))

    gc.disable()
    try:
        check_a_loop()
        check_a_loop()
        threads = threads_at_rest()
        check_a_loop()
        assert threads_at_rest() <= threads
    finally:
        gc.enable()


def test_a_mistake_holds_nothing_of_what_was_raised_before_it() -> None:
    with pytest.raises(Mistake, match="reads its source to the end") as raised:
        assignment_3.two_batches_ahead(
            lambda numbers, load, batch_size: (
                numbers.map(load).batch(batch_size).shuffle(9_000, 0)
                if numbers.cardinality() < 0
                else numbers.map(load).batch(batch_size).prefetch(2)
            )
        )
    assert raised.value.__context__ is None


def test_loads_are_counted_when_they_run_not_when_traced() -> None:
    counted = CountingLoad(loader(photos()))
    check_loads_run_ahead(
        counted, counted.dataset.map(counted.load).batch(4).prefetch(1), (8, 12, 16)
    )
    assert counted.made == 16


def test_a_number_that_is_loaded_twice_counts_once() -> None:
    counted = CountingLoad(loader(photos()))

    def load_twice(number: tf.Tensor) -> Any:
        image, _ = counted.load(number)
        _, label = counted.load(number)
        return image, label

    check_loads_run_ahead(counted, counted.dataset.map(load_twice).batch(4), (4, 8, 12))


def test_numbers_that_wait_are_no_loads() -> None:
    counted = CountingLoad(loader(photos()))
    samples_ahead = counted.dataset.prefetch(2).map(counted.load).batch(4)
    check_loads_run_ahead(counted, samples_ahead, (4, 8, 12))


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        pytest.param((12, 16, 20), "Only numbers wait in your buffer", id="too few"),
        pytest.param((4, 8, 12), "More is loaded than your batches need", id="too many"),
    ],
)
def test_other_counts_of_loads_are_a_mistake(wanted: tuple[int, ...], named: str) -> None:
    counted = CountingLoad(loader(photos()))
    dataset = counted.dataset.map(counted.load).batch(4).prefetch(1)
    with pytest.raises(Mistake, match=named):
        check_loads_run_ahead(counted, dataset, wanted)


@pytest.mark.parametrize(
    ("got", "named"),
    [
        pytest.param([1, 2], "elements are missing: 1 of 3", id="missing"),
        pytest.param([1], "elements are missing: 2 of 3", id="two missing"),
        pytest.param([1, 2, 2, 3], "elements come more than once: 1 of 3", id="twice"),
        pytest.param([1, 1, 2, 2, 3], "elements come more than once: 2 of 3", id="two twice"),
        pytest.param([1, 2, 3, 4], "elements that the source does not have", id="foreign"),
        pytest.param([1, 3, 2], "in another order", id="in another order"),
    ],
)
def test_elements_that_differ_are_named(got: list[int], named: str) -> None:
    with pytest.raises(Mistake, match=named):
        check_order(got, [1, 2, 3])


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda numbers: numbers.map(lambda n: n).batch(7).prefetch(2), id="whole"),
        pytest.param(lambda numbers: numbers.batch(7).repeat(), id="without end"),
        pytest.param(lambda numbers: numbers.filter(lambda n: n > 9).batch(7), id="nobody knows"),
    ],
)
def test_a_size_that_is_right_or_not_known_is_not_refused(build: Transform) -> None:
    check_cuts_nothing(build, 7)


@pytest.mark.parametrize("cut", [600, 999_993])
def test_a_pipeline_that_ends_early_is_refused_however_late(cut: int) -> None:
    with pytest.raises(Mistake, match="and 142858 are wanted: some elements are missing"):
        check_cuts_nothing(lambda numbers: numbers.take(cut).batch(7), 7)


@pytest.mark.parametrize(
    ("refusal", "named"),
    [
        pytest.param(InputError("a stage: it never rests"), "a stage: it never rests", id="rest"),
        pytest.param(SourceEndedError("it ended"), "reads its source to the end", id="end"),
    ],
)
def test_what_the_probe_refuses_in_a_graph_loop_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, refusal: InputError, named: str
) -> None:
    def refuse(_: CountingSource) -> int:
        raise refusal

    def train_epoch(batches: Any, step: Any) -> Any:
        steps = 0
        for batch in batches.prefetch(1):
            step(batch)
            steps += 1
        return steps

    loop = tf.function(train_epoch)
    assignment_3.train_epoch(loop)
    monkeypatch.setattr(CountingSource, "settled", refuse)
    with pytest.raises(Mistake, match=named):
        assignment_3.train_epoch(loop)


NO_NUMBERS = [
    "4",
    b"4",
    bytearray(b"4"),
    np.str_("4"),
    np.array("4"),
    np.array(b"4"),
    tf.constant("4"),
    {4: 1},
    {4},
    [4],
    None,
    float("nan"),
]


@pytest.mark.parametrize("got", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused_where_one_is_wanted(got: object) -> None:
    with pytest.raises(Mistake, match=r"\(3\) returns \w+. Return one number\."):
        checks.returns(lambda _: got, 3, wanted=4, look="Look at it.")


@pytest.mark.parametrize(
    "got",
    [
        "45",
        b"\x04\x05",
        bytearray([4, 5]),
        {4: 1, 5: 1},
        {4, 5},
        frozenset([4, 5]),
        ["4", "5"],
        np.array(["4", "5"]),
        tf.constant(["4", "5"]),
        4,
    ],
    ids=repr,
)
def test_what_is_no_sequence_of_numbers_is_refused(got: object) -> None:
    with pytest.raises(Mistake, match=r"returns \w+. Return a list of numbers\."):
        checks.returns(lambda: got, wanted=[4, 5], look="Look at it.")


@pytest.mark.parametrize(
    "got",
    [4, 4.0, np.int64(4), np.float32(4), np.array(4), tf.constant(4.0), Fraction(4), Decimal(4)],
    ids=repr,
)
def test_a_number_of_any_type_is_right(got: object) -> None:
    checks.returns(lambda: got, wanted=4, look="Look at it.")


@pytest.mark.parametrize(
    "wanted", [[4, 5], (4, 5), np.array([4, 5]), tf.constant([4, 5])], ids=repr
)
@pytest.mark.parametrize(
    "make",
    [list, tuple, iter, np.array, tf.constant, tf.Variable, lambda pair: (n for n in pair)],
    ids=["list", "tuple", "iterator", "array", "tensor", "variable", "generator"],
)
def test_numbers_of_any_sequence_are_held_against_any(wanted: Any, make: Any) -> None:
    checks.returns(lambda: make([4, 5]), wanted=wanted, look="Look at it.")
    with pytest.raises(Mistake, match="and that is not right"):
        checks.returns(lambda: make([5, 4]), wanted=wanted, look="Look at it.")


def gives(elements: Any, wanted: list[Any]) -> None:
    checks.gives(lambda: tf.data.Dataset.from_tensor_slices(elements), wanted=wanted)


@pytest.mark.parametrize(
    ("elements", "wanted", "named"),
    [
        pytest.param(
            np.arange(3, dtype=np.float32),
            [0, 1, 2],
            "Your elements are float32, and int64 is wanted",
            id="real",
        ),
        pytest.param([0, 1], [0.0, 1.0], "are int32, and float64 is wanted", id="whole"),
        pytest.param([False, True], [0, 1], "are bool, and int64 is wanted", id="true or false"),
        pytest.param(
            ([0, 1], {"a": [0.0, 1.0]}),
            [(0, {"a": 0}), (1, {"a": 1})],
            r"are float32 at \[1\]\['a'\], and int64 is wanted",
            id="in a part",
        ),
        pytest.param([1.0, 2.0], [0, 1, 2], "elements are missing: 1 of 3", id="missing, too"),
        pytest.param([0.5, 1.0], [0, 1], "elements are missing: 1 of 2", id="another value"),
    ],
)
def test_elements_of_another_type_are_not_called_missing(
    elements: Any, wanted: list[Any], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        gives(elements, wanted)


@pytest.mark.parametrize(
    ("elements", "wanted"),
    [
        pytest.param(np.array([0, 1], np.uint8), [0, 1], id="another size"),
        pytest.param(np.array([0.1, np.nan], np.float32), [0.1, float("nan")], id="float32"),
        pytest.param(np.zeros((2, 0), np.int64), [[], []], id="empty"),
        pytest.param([b"a", b"b"], [b"a", b"b"], id="text"),
        pytest.param(
            {"a": [[1, 2], [3, 4]], "b": [0.5, 1.0]},
            [{"b": 0.5, "a": [1, 2]}, {"b": 1.0, "a": [3, 4]}],
            id="dicts",
        ),
    ],
)
def test_elements_with_the_same_values_are_right(elements: Any, wanted: list[Any]) -> None:
    gives(elements, wanted)


def test_no_two_runs_see_the_same_numbers() -> None:
    first, second = ([int(n) for n in fresh_numbers(50)] for _ in range(2))
    assert first != second


def test_a_mistake_keeps_its_place_in_a_plain_traceback() -> None:
    with pytest.raises(Mistake) as raised:
        cells.for_test_cell(lambda: check_order([1], [2]))()
    files = {Path(str(entry.path)).name for entry in raised.traceback}
    assert files == {Path(__file__).name, Path(inspect.getfile(cells)).name}


def test_the_events_of_a_night_by_chance_lie_apart_or_within_one_another() -> None:
    seen: list[list[tuple[str, float, float]]] = []
    reference = reference_answer("2-training-delays", "t9-account")["account"]

    def answer(events: list[tuple[str, float, float]], start: float, end: float) -> Any:
        seen.append(events)
        return reference(events, start, end)

    for _ in range(10):
        assignment_2.account(answer)
    assert len(seen) == 200
    for _, a, b in (pair for events in seen for pair in events):
        assert a < b
    for events in seen:
        pairs = itertools.combinations([(a, b) for _, a, b in events], 2)
        assert all(
            b <= c or d <= a or a <= c <= d <= b or c <= a <= b <= d for (a, b), (c, d) in pairs
        )


# --- rounds that begin with another variant each -------------------------------------------------


@pytest.mark.parametrize("beginnings", ["abba", "aabb", "abaa"])
def test_a_variant_that_begins_two_rounds_in_a_row_is_named(beginnings: str) -> None:
    def compare(variants: list[str], rounds: int, measure: Callable[[str], int]) -> None:
        for name in variants:
            measure(name)
        for first in beginnings:
            for name in sorted(variants, reverse=first == "b"):
                measure(name)

    told = f"Your rounds begin with {', '.join(beginnings)}. In 2 rounds one after another"
    with pytest.raises(Mistake, match=told):
        assignment_2.compare(compare, costs={"a": 20, "b": 18}, rounds=4)


# --- counts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [(4, 8, 12), (12, 16, 20), (8, 12, 20)])
def test_too_few_and_too_many_batches_ahead_are_refused(made: tuple[int, ...]) -> None:
    with pytest.raises(Mistake, match="That is not 1 batch ahead"):
        check_counts(RunAhead(made), batch_size=4, slots=1)
