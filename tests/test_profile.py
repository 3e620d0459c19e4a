"""What TensorFlow's profiler records, read as a timeline; debug mode for a block; batches kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XSpace

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import run_ahead
from prefetchlab.timeline import Event, Timeline
from tests.small_datasets import numbers, plus_one

GET_NEXT = "IteratorGetNextOp::DoCompute"


def within(outer: Event, inner: Event) -> bool:
    return outer.start_s <= inner.start_s and inner.end_s <= outer.end_s


@pytest.fixture(scope="module")
def seen() -> Timeline:
    """Three steps over batches of two, each marked as a step of training."""

    def train() -> None:
        iterator = iter(graph.as_written(numbers().map(plus_one).batch(2)))
        for step in range(3):
            with tf.profiler.experimental.Trace("train", step_num=step, _r=1):
                next(iterator)

    return graph.profile(train)


def test_each_marked_step_is_an_event_and_holds_the_call_that_got_its_batch(
    seen: Timeline,
) -> None:
    steps, calls = seen.lane("train"), seen.lane(GET_NEXT)
    assert [step.index for step in steps] == [0, 1, 2]
    assert len(calls) == 3
    assert all(within(step, call) for step, call in zip(steps, calls, strict=True))


def test_stages_have_lanes_of_their_own_each_within_the_one_behind_it(seen: Timeline) -> None:
    batches, maps = (
        seen.lane(f"Iterator::Root::{stages}") for stages in ("BatchV2", "BatchV2::Map")
    )
    assert (len(batches), len(maps)) == (3, 6)
    assert all(within(batches[place // 2], one) for place, one in enumerate(maps))


def test_time_counts_from_the_first_event(seen: Timeline) -> None:
    assert min(event.start_s for event in seen.events) == 0.0


def test_nanoseconds_and_picoseconds_of_the_host_become_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = XSpace()
    for name, names in (("/host:CPU", ["load", "train", "load"]), ("/device:GPU:0", ["copy"])):
        plane = space.planes.add(name=name)
        line = plane.lines.add(timestamp_ns=5_000)
        for place, kind in enumerate(names):
            plane.event_metadata[place].name = kind
            line.events.add(metadata_id=place, offset_ps=4_000_000 * place, duration_ps=2_000_000)

    @contextmanager
    def recorded(folder: str) -> Iterator[None]:
        yield
        (Path(folder) / "host.xplane.pb").write_bytes(space.SerializeToString())

    monkeypatch.setattr(tf.profiler.experimental, "Profile", recorded)
    events = graph.profile(lambda: None).events
    assert [(event.lane, event.index) for event in events] == [
        ("load", 0), ("train", 0), ("load", 1)
    ]  # fmt: skip
    assert [event.start_s for event in events] == pytest.approx([0.0, 4e-6, 8e-6], rel=1e-6)
    assert [event.duration_s for event in events] == pytest.approx([2e-6] * 3, rel=1e-6)


def test_an_error_in_what_is_run_comes_through_and_ends_the_profile() -> None:
    with pytest.raises(ZeroDivisionError):
        graph.profile(lambda: 1 / 0)
    assert graph.profile(lambda: None).lane("train") == ()


# --- debug mode ----------------------------------------------------------------------------------


def test_what_is_built_in_debug_mode_runs_serially_and_stays_so() -> None:
    with graph.in_debug_mode():
        inside = run_ahead(lambda source: source.batch(4).prefetch(2))
    assert inside == (4, 8, 12)
    assert run_ahead(lambda source: source.batch(4).prefetch(2)) == (12, 16, 20)


def test_debug_mode_ends_with_the_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), graph.in_debug_mode():
        raise ZeroDivisionError
    assert not graph.has_debug_mode()


def test_debug_mode_stays_where_it_was_there_before() -> None:
    with graph.in_debug_mode():
        with graph.in_debug_mode():
            pass
        assert graph.has_debug_mode()


# --- the first elements, kept --------------------------------------------------------------------


def test_kept_elements_are_made_once_for_every_iterator() -> None:
    made: list[int] = []

    def note(number: int) -> int:
        made.append(number)
        return number

    noted = numbers().map(lambda number: tf.numpy_function(note, [number], tf.int64))
    kept = graph.replayed(noted, count=3)
    assert [int(number) for number in kept.take(7)] == [0, 1, 2, 0, 1, 2, 0]
    assert [int(number) for number in kept.take(4)] == [0, 1, 2, 0]
    assert made == [0, 1, 2]


def test_kept_elements_of_a_pipeline_that_ends_on_a_device_end_there_too() -> None:
    on_device = graph.prefetch_to_device(numbers().batch(2), "CPU:0")
    kept = graph.replayed(on_device, count=2)
    assert graph.is_on_device(kept)
    assert [pair.numpy().tolist() for pair in kept.take(3)] == [[0, 1], [2, 3], [0, 1]]
