"""Events and intervals in float64 seconds from a start, and what their overlap says.

A timeline has lanes ("load", "train"). Each lane holds events, one for every element, each with a
start and an end. Times are `time.perf_counter()` less its value at the recorder's start: that clock
counts from boot, and in float32 it would move in steps of 8 ms after a day.

This module records and computes. It draws nothing: see `figures`.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from prefetchlab import given

Interval = tuple[float, float]
_READINGS = 10  # of both clocks; together they take some microseconds


@dataclass(frozen=True, order=True)
class Event:
    """One piece of work on one element.

    >>> Event(start_s=0.25, end_s=0.75, lane="load", index=3).duration_s
    0.5

    Attributes:
        start_s: when the work began, in seconds from the timeline's start.
        end_s: when it ended, in seconds from the timeline's start.
        lane: who did it, "load" or "train" say.
        index: which element it was done on, from 0.
    """

    start_s: float
    end_s: float
    lane: str
    index: int

    @property
    def duration_s(self) -> float:
        """The length of the event in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Timeline:
    """Events in order of their start.

    >>> two = Timeline.of([Event(0, 2, "load", 0), Event(2, 5, "train", 0), Event(2, 4, "load", 1)])
    >>> two.lanes, two.busy_s("load"), two.overlap_s("load", "train")
    (('load', 'train'), 4, 2)

    Attributes:
        events: the events, sorted by start, then end (seconds from the timeline's start).
    """

    events: tuple[Event, ...]

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Timeline":
        """Sort `events` into a timeline.

        **Raises:** `InputError` if one is no `Event`.
        """
        row = tuple(given.items("events", events, "events"))
        for event in row:
            given.a(Event, "events", event)
        return cls(tuple(sorted(row)))

    @property
    def lanes(self) -> tuple[str, ...]:
        """The names of the lanes, in order of first appearance."""
        return tuple(dict.fromkeys(event.lane for event in self.events))

    @property
    def span_s(self) -> float:
        """Seconds from the timeline's start to the last end; 0 for an empty timeline."""
        return max((event.end_s for event in self.events), default=0.0)

    def lane(self, name: str) -> tuple[Event, ...]:
        """The events of one lane, in order of their start."""
        return tuple(event for event in self.events if event.lane == name)

    def rows(self, name: str) -> dict[str, tuple[Event, ...]]:
        """The events of one lane on as few rows as keep apart what overlaps, each with its name.

        >>> both = Timeline.of([Event(0, 2, "load", 0), Event(1, 3, "load", 1)])
        >>> [*both.rows("load")]
        ['load', 'load 2']
        """
        rows: list[list[Event]] = []
        for event in self.lane(name):
            free = next((row for row in rows if row[-1].end_s <= event.start_s), None)
            if free is None:
                rows.append([event])
            else:
                free.append(event)
        names = [name, *(f"{name} {number}" for number in range(2, len(rows) + 1))]
        return {named: tuple(row) for named, row in zip(names, rows, strict=False)}

    def busy_s(self, lane: str) -> float:
        """Seconds in which `lane` did anything; time covered twice counts once."""
        return _length(_union((event.start_s, event.end_s) for event in self.lane(lane)))

    def idle_share(self, lane: str) -> float:
        """The part of the timeline's span, from 0 to 1, in which `lane` did nothing."""
        span = [(0.0, self.span_s)]
        busy = _union((event.start_s, event.end_s) for event in self.lane(lane))
        return 1 - _length(_intersection(busy, span)) / self.span_s if self.span_s > 0 else 0.0

    def overlap_s(self, one: str, other: str) -> float:
        """Seconds in which both lanes worked at once."""
        lanes = (((e.start_s, e.end_s) for e in self.lane(name)) for name in (one, other))
        return _length(_intersection(*map(_union, lanes)))

    def overlap_share(self, one: str, other: str) -> float:
        """The overlap as a share, from 0 to 1, of the busy time of the less busy lane."""
        least = min(self.busy_s(one), self.busy_s(other))
        return self.overlap_s(one, other) / least if least else 0.0

    def window(self, first: int, last: int) -> "Timeline":
        """Whole steps: from the end of training before `first` to the end of training on `last`.

        Events that reach across an edge are cut there. Time counts from the first edge.
        """
        ends = {event.index: event.end_s for event in self.lane("train")}
        edges = ends[first - 1], ends[last]
        cut = [event for event in self.events if event.start_s < edges[1]]
        return Timeline.of(_between(event, *edges) for event in cut if event.end_s > edges[0])


class Recorder:
    """Collects events from any thread while a pipeline runs.

    Adding an event is one append under a lock: no file, no formatting.

    >>> recorder = Recorder()
    >>> recorder.add("load", 0, start_s=0.0, end_s=0.5)
    >>> recorder.timeline().lane("load")[0].duration_s
    0.5
    """

    def __init__(self) -> None:
        """Start the clock: every time is counted from this call."""
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._start_s, self._wall_start_s = _same_instant()

    def now(self) -> float:
        """Seconds since the recorder's start, on a clock that never goes back."""
        return time.perf_counter() - self._start_s

    def from_wall(self, wall_s: float) -> float:
        """Translate a stamp of the wall clock into seconds from the recorder's start.

        TensorFlow can only stamp with the wall clock (`tf.timestamp`). If that clock is set while
        a recording runs, the stamps after it are off by as much. At the start both clocks are read
        ten times; a stamp is off by up to half of what the shortest reading took, too.

        **Arguments:**

        - `wall_s`: seconds since the epoch, float64.
        """
        return float(wall_s) - self._wall_start_s

    def add(self, lane: str, index: int, start_s: float, end_s: float) -> None:
        """Record that `lane` worked on element `index` from `start_s` to `end_s`."""
        event = Event(start_s, end_s, lane, index)
        with self._lock:
            self._events.append(event)

    def timeline(self) -> Timeline:
        """Everything recorded so far."""
        with self._lock:
            return Timeline.of(self._events)


def _same_instant() -> tuple[float, float]:
    """`time.perf_counter()` and `time.time()` at one instant, in seconds.

    The wall clock is read between two readings of the other one, and belongs to their middle. A
    thread may be stopped in between, and then the two lie far apart; so the closest pair counts.
    """
    closest = min((_clocks() for _ in range(_READINGS)), key=lambda read: read[2] - read[0])
    before_s, wall_s, after_s = closest
    return (before_s + after_s) / 2, wall_s


def _clocks() -> tuple[float, float, float]:
    return time.perf_counter(), time.time(), time.perf_counter()


def _between(event: Event, start_s: float, end_s: float) -> Event:
    inside = max(event.start_s, start_s), min(event.end_s, end_s)
    return replace(event, start_s=inside[0] - start_s, end_s=inside[1] - start_s)


def _union(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _intersection(one: list[Interval], other: list[Interval]) -> list[Interval]:
    common, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            common.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return common


def _length(intervals: list[Interval]) -> float:
    return sum(end - start for start, end in intervals)
