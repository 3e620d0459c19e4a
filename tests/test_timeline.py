"""Timelines: what overlaps, who idles, and clocks that are fine enough to tell."""

import itertools
import threading
import time
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab import timeline
from prefetchlab.errors import InputError
from prefetchlab.timeline import Event, Recorder, Timeline

EVENTS = st.lists(
    st.builds(
        lambda start, length, lane: Event(start, start + length, lane, 0),
        st.integers(0, 40),
        st.integers(0, 15),
        st.sampled_from(["load", "train"]),
    ),
    max_size=20,
)


def seconds(events: Iterable[Event]) -> set[int]:
    """The whole seconds in which something happens, one by one: slow and plainly right."""
    return {second for event in events for second in range(int(event.start_s), int(event.end_s))}


@given(EVENTS)
def test_busy_time_counts_each_second_once(events: list[Event]) -> None:
    timeline = Timeline.of(events)
    assert timeline.busy_s("load") == len(seconds(timeline.lane("load")))


@given(EVENTS)
def test_overlap_is_the_time_in_which_both_lanes_work(events: list[Event]) -> None:
    timeline = Timeline.of(events)
    both = seconds(timeline.lane("load")) & seconds(timeline.lane("train"))
    assert timeline.overlap_s("load", "train") == len(both)
    assert timeline.overlap_s("train", "load") == len(both)


def test_a_serial_timeline_idles_half_the_time() -> None:
    serial = Timeline.of(
        event
        for n in range(5)
        for event in (Event(2 * n, 2 * n + 1, "load", n), Event(2 * n + 1, 2 * n + 2, "train", n))
    )
    assert serial.overlap_s("load", "train") == 0
    assert serial.idle_share("train") == 0.5
    assert serial.span_s == 10


def test_a_window_of_whole_steps_cuts_what_reaches_across() -> None:
    overlapped = Timeline.of(
        event
        for n in range(6)
        for event in (Event(2 * n, 2 * n + 2, "load", n), Event(2 * n + 3, 2 * n + 4, "train", n))
    )
    part = overlapped.window(2, 3)  # training on 1 ends at 6, on 3 at 10
    assert part.span_s == 4
    assert [(e.start_s, e.end_s, e.lane, e.index) for e in part.events] == [
        (0, 2, "load", 3),
        (1, 2, "train", 2),
        (2, 4, "load", 4),
        (3, 4, "train", 3),
    ]
    assert part.idle_share("train") == 0.5


def test_what_lies_before_the_start_makes_no_share_below_0_or_above_1() -> None:
    assert Timeline.of([Event(-1, 1, "load", 0)]).idle_share("load") == 0
    assert Timeline.of([Event(-2, -1, "load", 0)]).idle_share("load") == 0
    assert (
        Timeline.of([Event(-1, 1, "load", 0), Event(1, 4, "train", 0)]).idle_share("load") == 0.75
    )


def test_an_empty_timeline_is_idle_nowhere_and_raises_nothing() -> None:
    empty = Timeline.of([])
    assert (empty.span_s, empty.lanes, empty.idle_share("train")) == (0.0, (), 0.0)


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(InputError, match="events: "):
        Timeline.of([(0, 1, "load", 0)])  # type: ignore[list-item]


@given(EVENTS)
def test_no_two_events_of_a_row_overlap_and_none_is_lost(events: list[Event]) -> None:
    rows = Timeline.of(events).rows("load")
    for row in rows.values():
        assert all(one.end_s <= after.start_s for one, after in itertools.pairwise(row))
    found = sorted(event for row in rows.values() for event in row)
    assert found == sorted(event for event in events if event.lane == "load")


def test_a_lane_that_does_nothing_overlaps_by_no_share() -> None:
    assert Timeline.of([Event(0, 1, "load", 0)]).overlap_share("load", "train") == 0.0


def test_times_tell_a_microsecond_apart_after_a_year() -> None:
    recorder = Recorder()
    assert type(recorder.now()) is float
    year_s = 365 * 24 * 3600.0
    assert np.float64(year_s + 1e-6) - np.float64(year_s) > 0
    # The folklore's float32 cannot: this is why a recorder counts from its own start, in float64.
    assert np.float32(year_s + 1e-6) - np.float32(year_s) == 0


def test_a_wall_clock_stamp_lands_on_the_recorders_clock() -> None:
    recorder = Recorder()
    before = recorder.now()
    stamp = recorder.from_wall(time.time())
    after = recorder.now()
    # A millisecond covers what the clocks, read at the start and now, were set apart meanwhile.
    assert before - 1e-3 <= stamp <= after + 1e-3


class Clocks:
    """Two clocks that tell the same time, and move on by a pause around readings of the wall's.

    Each pause goes with one reading, in order: seconds before it and after it; then none are left.
    Each reading of a clock takes a microsecond of itself.
    """

    OFFSET_S = 1e9  # what the wall clock is ahead

    def __init__(self, pauses: Iterable[tuple[float, float]]) -> None:
        self.at_s = 100.0
        self.pauses = iter(pauses)

    def perf_counter(self) -> float:
        self.at_s += 1e-6
        return self.at_s

    def time(self) -> float:
        before_s, after_s = next(self.pauses, (0.0, 0.0))
        self.at_s += before_s + 1e-6
        now_s = self.at_s
        self.at_s += after_s
        return now_s + self.OFFSET_S


@pytest.mark.parametrize(
    ("pauses", "off_s"),
    [
        pytest.param([], 2e-6, id="none"),
        pytest.param([(0.003, 0)], 2e-6, id="once, before the wall clock"),
        pytest.param([(0, 0.003)], 2e-6, id="once, after the wall clock"),
        pytest.param([(0.003, 0.003)] * 9, 2e-6, id="in nine of ten readings"),
        pytest.param([(0.003, 0)] * 9 + [(0.001, 0)], 0.0006, id="in all; half of the shortest"),
    ],
)
def test_a_pause_between_reading_the_clocks_shifts_no_stamp(
    pauses: list[tuple[float, float]], off_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks(pauses)
    monkeypatch.setattr(timeline, "time", clocks)
    recorder = Recorder()
    stamp_s = recorder.from_wall(clocks.time())
    assert abs(stamp_s - recorder.now()) <= off_s


def test_events_from_many_threads_are_all_kept() -> None:
    recorder = Recorder()

    def work(lane: str) -> None:
        for index in range(500):
            recorder.add(lane, index, index, index + 1)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in ("load", "train")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(recorder.timeline().lane(lane)) for lane in ("load", "train")] == [500, 500]


def test_what_overlaps_in_a_lane_is_told_apart_in_rows() -> None:
    loads = [Event(0, 3, "load", 0), Event(1, 2, "load", 1), Event(2, 4, "load", 2)]
    timeline = Timeline.of([*loads, Event(3, 4, "train", 0)])
    rows = timeline.rows("load")
    assert {name: [event.index for event in row] for name, row in rows.items()} == {
        "load": [0],
        "load 2": [1, 2],
    }
    assert [*timeline.rows("train")] == ["train"] and timeline.rows("copy") == {}
