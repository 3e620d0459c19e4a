"""Chapter 6: what it costs to hand an element over to another thread, for much and little work."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.grid import Row
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes
from prefetchlab.experiments.times import Times
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import interleave_in_peace, run_steps, versions
from prefetchlab.progress import Progress
from prefetchlab.workloads import noisy_jpeg

EDGES = (8, 32, 128)  # pixels
_COLUMNS = {0: "no slot", 1: "1 slot", 64: "64 slots"}
SLOTS = tuple(_COLUMNS)
_ELEMENTS = 100  # that a step takes; then Python's part of a step is small
_DECODE, _ENCODE = "decode", "encode"
_TO_READ = (
    "Microseconds an element. One stage decodes a picture, and the next one encodes it again; "
    "between the two stands a buffer of so many slots, or none."
)
_READING = (
    "Medians of the rounds; below decoding and encoding the least and the most of a round, below "
    "the others how many times as fast it is as without a slot. Each stage computes on one core, "
    "and Python takes every hundredth element."
)


class HandOver(Times):
    """What an element takes through two stages, with a buffer between them and without.

    In a terminal and in a notebook it shows itself as a table. A size is a picture's edge in
    pixels; the ways are "decode" and "encode", each alone, and the slots between the two.
    """

    title = "Pictures that are decoded and encoded again, and a buffer between the two"

    def ideal_s(self, edge: int, slots: int) -> float:
        """What an element would take if to hand it over cost nothing, in seconds."""
        both = self.element_s(edge, _DECODE), self.element_s(edge, _ENCODE)
        return max(both) if slots else sum(both)

    def gain(self, edge: int, slots: int) -> float:
        """How many times as fast it is with these slots as without any."""
        return self.element_s(edge, 0) / self.element_s(edge, slots)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each picture and number of slots, with the title."""
        return [self._row(edge, slots) for edge in self.sizes for slots in SLOTS]

    def _row(self, edge: int, slots: int) -> dict[str, Any]:
        name = f"{_named(edge)}, prefetch({slots})"
        limit_s, predicted_s = self.ideal_s(edge, 1), self.ideal_s(edge, slots)
        of_what = {"experiment": self.title, "name": name, "edge": edge}
        return of_what | self._measured(edge, slots, limit_s=limit_s, predicted_s=predicted_s)

    def _headings(self) -> list[str]:
        return ["picture", _DECODE, _ENCODE, *_COLUMNS.values()]

    def _rows(self) -> Iterator[Row]:
        for edge in self.sizes:
            alone = [self._with_reach(edge, what) for what in (_DECODE, _ENCODE)]
            both = [self._both(edge, slots) for slots in SLOTS]
            yield _named(edge), [*alone, *both]

    def _both(self, edge: int, slots: int) -> tuple[str, str]:
        return self._shown(self.element_s(edge, slots)), f"{self.gain(edge, slots):.2f} ×"

    def _notes(self) -> Notes:
        return Notes(_TO_READ, measured_on(self.versions), _READING, self.peace)

    @staticmethod
    def _shown(time_s: float) -> str:
        return f"{time_s * 1e6:.0f}"


def _named(edge: int) -> str:
    return f"{edge} × {edge} pixels"


def hand_over(
    pace: Pace, *, edges: Sequence[int] = EDGES, progress: Progress | None = None
) -> HandOver:
    """Measure what a picture takes through two stages, with no slot between them, 1 or 64.

    **Arguments:**

    - `pace`: how many steps, of a hundred pictures each, and how many rounds.
    - `edges`: of the pictures, in pixels, from 1; a larger one is more work for both stages.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if an edge is not whole or too small, or there is none.
    """
    given.a(Pace, "pace", pace)
    edges = tuple(dict.fromkeys(given.whole_numbers("edges", edges, least=1)))
    runs = {
        (edge, what): _timed(make, pace.steps)
        for edge in edges
        for what, make in _pipelines(noisy_jpeg(edge)).items()
    }
    repeats_s, peace = interleave_in_peace(
        runs, repeats=pace.repeats, again=pace.again, progress=progress
    )
    return HandOver(repeats_s, versions(), peace)


def _pipelines(jpeg: bytes) -> dict[str | int, tf.data.Dataset]:
    """What is timed, by name: each stage alone, and both with so many slots between them."""
    decoded = tf.data.Dataset.from_tensors(jpeg).repeat().map(_decoded)
    ready = tf.data.Dataset.from_tensors(_decoded(jpeg)).repeat()
    alone = {_DECODE: decoded, _ENCODE: ready.map(tf.io.encode_jpeg)}
    return alone | {slots: decoded.prefetch(slots).map(tf.io.encode_jpeg) for slots in SLOTS}


def _decoded(jpeg: tf.Tensor | bytes) -> tf.Tensor:
    return tf.io.decode_jpeg(jpeg, channels=3)


def _timed(dataset: tf.data.Dataset, steps: int) -> Callable[[], float]:
    some = graph.as_written(dataset.shard(_ELEMENTS, 0))
    return lambda: run_steps(some, steps=steps).mean_s / _ELEMENTS
