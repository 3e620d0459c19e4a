"""Step times are counted right, whatever they are, and variants take turns."""

import threading
from collections.abc import Callable, Iterable
from itertools import islice, pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from prefetchlab import graph, theory
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import (
    Loop,
    Outage,
    StepTimes,
    interleave,
    outage,
    run_steps,
    versions,
)
from prefetchlab.measure.outage import _Loop
from prefetchlab.measure.prefixes import _timed
from prefetchlab.service import Cluster
from prefetchlab.timeline import Recorder

LONG_S = 60.0  # nothing waits for so long


@pytest.mark.parametrize("loop", ["eager", "graph"])
def test_a_loop_trains_on_each_element_once_and_in_order(loop: Loop) -> None:
    seen = []
    steps = run_steps(
        tf.data.Dataset.range(9), lambda element: seen.append(int(element)), steps=5, loop=loop
    )
    assert seen == [0, 1, 2, 3, 4, 5]  # one before the clock starts, then five
    assert steps.seconds.shape == (5,)


def test_a_graph_loop_keeps_the_structure_of_a_batch() -> None:
    seen = []
    pairs = tf.data.Dataset.zip((tf.data.Dataset.range(4), tf.data.Dataset.range(4, 8)))
    run_steps(pairs, lambda pair: seen.append((int(pair[0]), int(pair[1]))), steps=1, loop="graph")
    assert seen == [(0, 4), (1, 5)]


def test_a_recorded_loop_has_one_train_event_a_step() -> None:
    recorder = Recorder()
    run_steps(graph.as_written(tf.data.Dataset.range(6)), steps=5, recorder=recorder)
    events = recorder.timeline().lane("train")
    assert [event.index for event in events] == [0, 1, 2, 3, 4, 5]
    assert all(a.end_s <= b.start_s for a, b in pairwise(events))


def clocks(wall_s: Iterable[float], cpu_s: Iterable[float]) -> SimpleNamespace:
    return SimpleNamespace(perf_counter=iter(wall_s).__next__, process_time=iter(cpu_s).__next__)


def test_a_step_lasts_from_end_to_end_and_its_wait_lies_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = clocks([0.0, 1.0, 3.0, 7.0, 8.0, 20.0], [0.5, 1.5, 4.5])
    monkeypatch.setattr("prefetchlab.measure.step_times.time", told)
    run = run_steps(tf.data.Dataset.range(3), steps=2)
    assert run.seconds.tolist() == [6.0, 13.0]
    assert (run.wait_s, run.cpu_s) == (1.5, 2.0)


def test_a_drain_is_told_for_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prefetchlab.measure.prefixes.time", clocks([3.0, 11.0], [1.0, 3.0]))
    run = _timed(tf.data.Dataset.range(0), 4)
    assert (run.seconds, run.cpu_s, run.computes) == (2.0, 0.5, 0.25)


def test_too_few_elements_for_the_steps_are_named() -> None:
    with pytest.raises(InputError, match="it has 3 elements, and 5 steps need 6"):
        run_steps(tf.data.Dataset.range(3), steps=5)


@pytest.mark.parametrize("steps", [0, -1])
def test_no_steps_are_refused(steps: int) -> None:
    with pytest.raises(InputError, match=f"steps: {steps} is too small; give at least 1"):
        run_steps(tf.data.Dataset.range(3), steps=steps)


def test_variants_take_turns_and_each_round_begins_with_another() -> None:
    order = []
    variants = {name: lambda name=name: order.append(name) for name in "abc"}
    interleave(variants, repeats=3)
    assert "".join(order) == "abcbcacab"


def test_progress_is_told_before_each_run_how_many_are_done() -> None:
    told = []
    interleave({"a": list, "b": list}, repeats=2, progress=lambda *tell: told.append(tell))
    assert told == [("a", 0, 4), ("b", 1, 4), ("b", 2, 4), ("a", 3, 4)]


def test_a_label_holds_no_name_of_the_machine() -> None:
    import platform

    assert platform.node() not in versions().values()


# --- what is returned ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        lambda: StepTimes(np.ones(2), cpu_s=0.0, wait_s=0.0),
        lambda: theory.Side(np.ones(2), cpu_s=0.0),
        lambda: theory.replay([1.0, 1.0], [1.0, 1.0], 1),
        lambda: theory.autotuned([1.0, 1.0], [1.0, 1.0]),
    ],
    ids=["StepTimes", "Side", "Schedule", "Autotuned"],
)
def test_what_holds_rows_of_numbers_can_be_compared_and_is_only_itself(
    rows: Callable[[], object],
) -> None:
    one, other = rows(), rows()
    assert one == one and one != other
    assert len({one, other}) == 2


def test_an_outage_tells_what_was_missing_what_was_lost_and_what_came_twice() -> None:
    seen = Outage(6, before=(2, 0), after=(5,), waited=True, later=(4, 0, 3, 4), ended=True)
    assert (seen.missing, seen.lost, seen.doubled) == ((1, 3, 4), (1,), (0, 4))


@pytest.mark.parametrize(
    ("count", "after", "said"),
    [
        (2, 1, "a loop began"),
        (1, 1, "count: 1 is too small; give at least 2"),
        (2, 2, "after: 2 is too large; give at most 1"),
        (2, 0, "after: 0 is too small; give at least 1"),
    ],
)
def test_a_worker_is_killed_after_the_first_element_and_before_the_last(
    count: int, after: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*given: object) -> None:
        raise InputError("a loop began")

    monkeypatch.setattr(Cluster, "distribute", begin)
    with pytest.raises(InputError, match=f"^{said}"):
        outage(object.__new__(Cluster), "OFF", count=count, after=after)


def test_the_loop_of_an_outage_holds_still_and_ends_with_the_program() -> None:
    before = {*threading.enumerate()}
    numbers = tf.data.Dataset.range(4)
    loop = _Loop(tf.data.Dataset.zip(numbers, numbers), pause_after=2)
    daemons = {thread.daemon for thread in {*threading.enumerate()} - before}
    first = [*islice(loop.until_still(LONG_S), 2)]
    meanwhile, ended = [*loop.until_still(0.1)], loop.ended
    loop.go_on()
    assert [*loop.until_still(LONG_S)] == [(2, 2), (3, 3)] and loop.ended
    assert daemons == {True}
    assert (first, meanwhile, ended) == ([(0, 0), (1, 1)], [], False)


def test_an_error_in_the_loop_of_an_outage_comes_through() -> None:
    numbers = tf.data.Dataset.range(2).map(lambda one: 1 // one)
    loop = _Loop(tf.data.Dataset.zip(numbers, numbers), pause_after=2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        next(loop.until_still(LONG_S))
