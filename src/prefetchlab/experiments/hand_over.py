"""Chapter 6: what it costs to hand an element over to another thread, for elements of any size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prefetchlab import figures, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.grid import Grid, Row
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Peace, interleave_in_peace, run_steps, versions
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline
from prefetchlab.workloads.bounds import whole

SIZES = (4, 400_000, 4_000_000)  # bytes
_COLUMNS = {0: "no slot", 1: "1 slot", 64: "64 slots"}
SLOTS = tuple(_COLUMNS)
_FLOAT = 4  # bytes
_ELEMENTS = 100  # that a step takes; then Python's part of a step is small
_MAKE, _USE = "make", "use"
_TO_READ = (
    "Microseconds an element. One stage makes it, and the next one goes through its numbers; "
    "between the two stands a buffer of so many slots, or none."
)
_READING = (
    "Medians of the rounds; below making and using the least and the most of a round, below the "
    "others how many times as fast it is as without a slot. Both stages are operations of "
    "TensorFlow in one pipeline, and Python takes every hundredth element."
)


@dataclass(frozen=True, eq=False, repr=False)
class HandOver(Grid):
    """What an element takes through two stages, with a buffer between them and without.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        sizes: bytes of an element, in order.
        repeats_s: by size, and by "make" and "use" alone or the slots between them, the time of an
            element in each round, in seconds.
        versions: machine and versions, by name.
        peace: how quiet the machine was.
        timelines: none; an element takes less time than it would take to record it.
    """

    sizes: tuple[int, ...]
    repeats_s: Mapping[tuple[int, str | int], Sequence[float]]
    versions: dict[str, str]
    peace: Peace
    timelines: dict[str, Timeline] = field(default_factory=dict)

    title = "Two stages and a buffer between them"

    def element_s(self, size: int, what: str | int) -> float:
        """The time of an element in seconds: the median of the rounds.

        **Arguments:**

        - `size`: one of `sizes`, in bytes.
        - `what`: "make" or "use", each alone, or how many slots stand between the two.

        **Raises:** `InputError` if that was not measured.
        """
        if (size, what) not in self.repeats_s:
            raise InputError(f"{what!r} for {size} bytes was not measured")
        return float(np.median(self.repeats_s[size, what]))

    def ideal_s(self, size: int, slots: int) -> float:
        """What an element would take if to hand it over cost nothing, in seconds."""
        both = self.element_s(size, _MAKE), self.element_s(size, _USE)
        return max(both) if slots else sum(both)

    def gain(self, size: int, slots: int) -> float:
        """How many times as fast it is with these slots as without any."""
        return self.element_s(size, 0) / self.element_s(size, slots)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each size and number of slots, with the title."""
        return [self._row(size, slots) for size in self.sizes for slots in SLOTS]

    def _row(self, size: int, slots: int) -> dict[str, Any]:
        measured_s, limit_s = self.element_s(size, slots), self.ideal_s(size, 1)
        return {
            "experiment": self.title,
            "name": f"{figures.shown_bytes(size)}, prefetch({slots})",
            "element_bytes": size,
            "repeats_s": list(self.repeats_s[size, slots]),
            "measured_s": measured_s,
            "predicted_s": self.ideal_s(size, slots),
            "limit_s": limit_s,
            "efficiency": limit_s / measured_s,
            "run_ahead": None,
            "versions": self.versions,
            "peace": self.peace.to_dict(),
        }

    def _headings(self) -> list[str]:
        return ["element", _MAKE, _USE, *_COLUMNS.values()]

    def _rows(self) -> Iterator[Row]:
        for size in self.sizes:
            alone = [self._alone(size, what) for what in (_MAKE, _USE)]
            both = [self._both(size, slots) for slots in SLOTS]
            yield figures.shown_bytes(size), [*alone, *both]

    def _alone(self, size: int, what: str) -> tuple[str, str]:
        rounds = self.repeats_s[size, what]
        reach = f"{_shown(min(rounds))}–{_shown(max(rounds))}"
        return _shown(self.element_s(size, what)), reach

    def _both(self, size: int, slots: int) -> tuple[str, str]:
        return _shown(self.element_s(size, slots)), f"{self.gain(size, slots):.2f} ×"

    def _notes(self) -> Notes:
        return Notes(_TO_READ, measured_on(self.versions), _READING, self.peace)


def _shown(time_s: float) -> str:
    return f"{time_s * 1e6:.0f}"


def hand_over(
    pace: Pace, *, sizes: Sequence[int] = SIZES, progress: Progress | None = None
) -> HandOver:
    """Measure what an element takes through two stages, with no slot between them, 1 or 64.

    **Arguments:**

    - `pace`: how many steps, of a hundred elements each, and how many rounds.
    - `sizes`: bytes of an element, from 4.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a size is not whole or too small, or there is none.
    """
    sizes = tuple(whole("sizes", size, least=_FLOAT) for size in sizes)
    if not sizes:
        raise InputError("sizes: there is none; give the bytes of an element")
    runs = {
        (size, what): _timed(make, pace.steps)
        for size in sizes
        for what, make in _pipelines(size // _FLOAT).items()
    }
    repeats_s, peace = interleave_in_peace(
        runs, repeats=pace.repeats, again=pace.again, progress=progress
    )
    return HandOver(sizes, repeats_s, versions(), peace)


def _pipelines(floats: int) -> dict[str | int, tf.data.Dataset]:
    """What is timed, by name: each stage alone, and both with so many slots between them."""
    numbers = tf.data.Dataset.range(np.iinfo(np.int64).max)
    made = numbers.map(lambda number: tf.fill([floats], tf.cast(number, tf.float32)))
    ready = tf.data.Dataset.from_tensors(tf.zeros([floats])).repeat()
    alone = {_MAKE: made, _USE: ready.map(tf.reduce_sum)}
    return alone | {slots: made.prefetch(slots).map(tf.reduce_sum) for slots in SLOTS}


def _timed(dataset: tf.data.Dataset, steps: int) -> Callable[[], float]:
    some = graph.as_written(dataset.shard(_ELEMENTS, 0))
    return lambda: run_steps(some, steps=steps).mean_s / _ELEMENTS
