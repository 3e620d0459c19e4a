"""Step times are counted right, whatever they are, and variants take turns."""

from itertools import pairwise

import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import (
    Loop,
    interleave,
    run_steps,
    versions,
)
from prefetchlab.timeline import Recorder


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
