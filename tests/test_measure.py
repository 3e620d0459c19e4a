"""Measuring: run-ahead is exact; step times are counted right, whatever they are."""

from itertools import pairwise

import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import (
    SOURCE_SIZE,
    Loop,
    Transform,
    interleave,
    run_ahead,
    run_steps,
    versions,
)
from prefetchlab.timeline import Recorder
from tools.busy import both_cores_busy

COUNTS: dict[str, tuple[Transform, tuple[int, ...]]] = {
    "as written": (lambda source: source, (1, 2, 3)),
    "prefetch(1)": (lambda source: source.prefetch(1), (2, 3, 4)),
    "prefetch(2)": (lambda source: source.prefetch(2), (3, 4, 5)),
    "prefetch(5)": (lambda source: source.prefetch(5), (6, 7, 8)),
    "batch(4)": (lambda source: source.batch(4), (4, 8, 12)),
    "batch(4).prefetch(2)": (lambda source: source.batch(4).prefetch(2), (12, 16, 20)),
    "prefetch(2).batch(4)": (lambda source: source.prefetch(2).batch(4), (6, 10, 14)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_run_ahead_counts_exactly(name: str) -> None:
    build, counts = COUNTS[name]
    assert run_ahead(build) == counts


def test_run_ahead_is_the_same_on_a_busy_machine() -> None:
    with both_cores_busy():
        assert {name: run_ahead(build) for name, (build, _) in COUNTS.items()} == {
            name: counts for name, (_, counts) in COUNTS.items()
        }


def test_by_default_an_eager_loop_gets_an_injected_prefetch() -> None:
    assert run_ahead(lambda source: source, as_written=False) == (2, 3, 4)


def test_a_graph_loop_gets_no_injected_prefetch() -> None:
    assert run_ahead(lambda source: source, as_written=False, loop="graph") == (1, 2, 3)


def test_an_explicit_prefetch_works_inside_a_tf_function() -> None:
    one = run_ahead(lambda source: source.prefetch(1), as_written=False, loop="graph")
    assert one == (2, 3, 4)


def test_a_pipeline_that_reads_everything_first_shows_the_whole_source() -> None:
    def eager_list(source: tf.data.Dataset) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices([int(element) for element in source])

    assert run_ahead(eager_list) == (SOURCE_SIZE,) * 3


def test_a_build_that_drops_its_dataset_is_named() -> None:
    with pytest.raises(InputError, match="returned NoneType, not a"):
        run_ahead(lambda source: None)


def test_a_pipeline_with_too_few_elements_is_named() -> None:
    with pytest.raises(InputError, match="gave 1 elements, and 3 were to be taken"):
        run_ahead(lambda source: source.batch(SOURCE_SIZE))


def test_an_unknown_loop_is_named() -> None:
    with pytest.raises(InputError, match="'lazy' is unknown"):
        run_ahead(lambda source: source, loop="lazy")  # type: ignore[arg-type]  # what is wrong here is the point


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
