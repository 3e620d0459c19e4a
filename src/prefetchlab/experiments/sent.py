"""Production: what it costs to take an element from another process."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from prefetchlab import given, graph, service
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.grid import Row
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes
from prefetchlab.experiments.times import Times
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import interleave_in_peace, run_steps, versions
from prefetchlab.progress import Progress

SIZES = (1_000, 100_000, 10_000_000)  # bytes
HERE, SENT, COMPRESSED = "this process", "service, as it is", "service, compressed"
WAYS = (HERE, SENT, COMPRESSED)
_TO_READ = "Milliseconds from one element to the next in a loop that does nothing else."
_READING = (
    "Medians of the rounds; below them the least and the most of a round. The bytes are drawn by "
    "chance, so compression finds nothing to save. All processes are on one machine: no network "
    "is in these times."
)


class Sent(Times):
    """How long an element takes to come from a worker of a tf.data service, and from this process.

    In a terminal and in a notebook it shows itself as a table. A size is in bytes; `WAYS` are the
    ways.
    """

    title = "An element that is ready, taken in this process and from a worker"

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each size and way, with the title."""
        return [self._row(size, way) for size in self.sizes for way in WAYS]

    def _row(self, size: int, way: str) -> dict[str, Any]:
        of_what = {"experiment": self.title, "name": f"{size} bytes, {way}", "bytes": size}
        return of_what | self._measured(size, way, limit_s=self.element_s(size, HERE))

    def _headings(self) -> list[str]:
        return ["element", *WAYS]

    def _rows(self) -> Iterator[Row]:
        for size in self.sizes:
            yield f"{size:,} bytes", [self._with_reach(size, way) for way in WAYS]

    def _notes(self) -> Notes:
        return Notes(_TO_READ, measured_on(self.versions), _READING, self.peace)

    @staticmethod
    def _shown(time_s: float) -> str:
        return f"{time_s * 1e3:.3f}"


def sent(pace: Pace, *, sizes: Sequence[int] = SIZES, progress: Progress | None = None) -> Sent:
    """Measure what a loop takes for an element that a worker has ready, and for one of its own.

    **Arguments:**

    - `pace`: how many steps, and how many rounds.
    - `sizes`: bytes of an element, from 1 to 100,000,000.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a size is not whole or out of bounds, or there is none.
    """
    given.a(Pace, "pace", pace)
    asked = given.whole_numbers("sizes", sizes, least=1, most=100_000_000)
    sizes = tuple(dict.fromkeys(asked))
    if progress:
        progress("start the worker", 0, 1)
    with service.start(workers=1) as cluster:
        runs: dict[tuple[int, str | int], Callable[[], float]] = {
            (size, way): _timed(dataset, pace.steps)
            for size in sizes
            for way, dataset in _ways(cluster, size).items()
        }
        repeats_s, peace = interleave_in_peace(
            runs, repeats=pace.repeats, again=pace.again, progress=progress
        )
    return Sent(repeats_s, versions(), peace)


def _ways(cluster: service.Cluster, size: int) -> dict[str, tf.data.Dataset]:
    """The same elements, without end, in each way; each is one that is there already."""
    drawn = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    ready = tf.data.Dataset.from_tensors(drawn).repeat()
    return {
        HERE: ready.prefetch(1),
        SENT: cluster.distribute(ready, "OFF", compression=None),
        COMPRESSED: cluster.distribute(ready, "OFF"),
    }


def _timed(dataset: tf.data.Dataset, steps: int) -> Callable[[], float]:
    some = graph.as_written(dataset)
    return lambda: run_steps(some, steps=steps).mean_s
