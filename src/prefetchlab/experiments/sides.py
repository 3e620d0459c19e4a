"""Chapter 6: what a slot buys where each side waits, or computes in operations, or in Python."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.grid import Grid, Row
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes
from prefetchlab.experiments.protocol import TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.experiments.waits import calibrate_accelerator, calibrate_source, told
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result, run_ahead
from prefetchlab.measure.loops import Visit
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline
from prefetchlab.workloads import OpsWork, PythonWork, SimulatedAccelerator, slow_source

WAITS, OPS, PYTHON = "waits", "ops compute", "Python computes"
KINDS = (WAITS, OPS, PYTHON)
_SLOTS = (0, 1)
_TO_READ = (
    "How many times as fast a step is with one slot as without: measured, and below it predicted. "
    "A row says what loading does, a column what training does."
)
_READING = (
    "Medians of the rounds. The prediction knows each side alone, the cores, and that two sides in "
    "Python share its lock. Nothing here trains: a side waits, or it does some work."
)


@dataclass(frozen=True, eq=False, repr=False)
class Sides(Grid):
    """What one slot buys for every pair of what loading does and what training does.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: how long each side takes, and on how many cores.
        results: for each kind of loading, and within it for each kind of training, the step without
            a slot and the step with one.
        note: a sentence on a time that was not reached; "" where all were.
        timelines: none; these pairs are not recorded.
    """

    title: str
    results: tuple[Result, ...]
    note: str = ""
    timelines: dict[str, Timeline] = field(default_factory=dict)

    def gain(self, load: str, train: str) -> float:
        """The measured step without a slot over that with one, for two of `KINDS`."""
        serial, one_slot = self._pair(load, train)
        return serial.measured_s / one_slot.measured_s

    def predicted_gain(self, load: str, train: str) -> float:
        """What theory says of the same, from each side alone."""
        serial, one_slot = self._pair(load, train)
        return serial.predicted_s / one_slot.predicted_s

    def _pair(self, load: str, train: str) -> tuple[Result, Result]:
        place = len(_SLOTS) * (len(KINDS) * KINDS.index(load) + KINDS.index(train))
        return self.results[place], self.results[place + 1]

    @property
    def errors(self) -> tuple[float, ...]:
        """How far each prediction lies from what was measured, as a share of it, from 0."""
        return tuple(abs(result.error) for result in self.results)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each pair and size, with the title."""
        return [{"experiment": self.title} | result.to_dict() for result in self.results]

    def _headings(self) -> list[str]:
        return ["loading", *(f"training {kind}" for kind in KINDS)]

    def _rows(self) -> Iterator[Row]:
        for load in KINDS:
            pairs = [
                (f"{self.gain(load, train):.2f} ×", f"{self.predicted_gain(load, train):.2f}")
                for train in KINDS
            ]
            yield load, pairs

    def _notes(self) -> Notes:
        off = (
            f"The {len(self.errors)} predicted steps are off by {np.median(self.errors):.1%} in "
            f"the median, and by {max(self.errors):.1%} at most. {self.note}"
        )
        first = self.results[0]
        return Notes(
            _TO_READ, f"{off.strip()} {measured_on(first.versions)}", _READING, first.peace
        )


def sides(side_s: float, pace: Pace, *, progress: Progress | None = None) -> Sides:
    """Measure what one slot buys for all pairs of sides that wait or compute.

    A side waits in a sleep, decodes a picture in one operation of TensorFlow, or goes through a
    loop in Python. All take about as long. Whatever computes computes on one core.

    **Arguments:**

    - `side_s`: how long a side takes, in seconds. A wait is calibrated; what computes is chosen for
      it once, and takes what it takes.
    - `pace`: how many steps and repeats.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number.
    """
    given.a(Pace, "pace", pace)
    side_s = given.seconds("side_s", side_s)
    cores = Cores.at_work()  # first, before anything else here computes
    if progress:
        progress("calibrate the sides", 0, 1)
    loads, trains, missed = _calibrated(side_s, pace.steps)
    counts = {slots: run_ahead(lambda source, k=slots: source.prefetch(k)) for slots in _SLOTS}
    variants = [
        Variant(
            name=f"loading {load}, training {train}, prefetch({slots})",
            dataset=_made(loads[load], pace.steps + 2, slots),
            slots=Slots.exactly(slots),
            run_ahead=counts[slots],
            load=load,
            train=train,
            cores=Cores.under_the_lock() if load == train == PYTHON else None,
        )
        for load in KINDS
        for train in KINDS
        for slots in _SLOTS
    ]
    ready = _made(tf.data.Dataset.range, pace.steps + 2)
    results = compare(
        variants,
        loads={name: _made(source, pace.steps + 2) for name, source in loads.items()},
        trains={
            name: TrainAlone(ready, step, computes=name != WAITS) for name, step in trains.items()
        },
        pace=pace,
        cores=cores,
        progress=progress,
    )
    title = f"Two sides that each take about {side_s * 1e3:g} ms, cores: {cores.allowed:g}"
    return Sides(title, results, missed)


Make = Callable[[int], tf.data.Dataset]


def _calibrated(side_s: float, steps: int) -> tuple[Mapping[str, Make], Mapping[str, Visit], str]:
    """For each kind its source and its train step; and a sentence on what was not reached."""
    load, train = calibrate_source(side_s, steps), calibrate_accelerator(side_s, steps)
    ops, python = OpsWork.lasting(side_s), PythonWork.lasting(side_s)
    loads: dict[str, Make] = {
        WAITS: lambda count: slow_source(count, load.wait_s),
        OPS: ops.source,
        PYTHON: python.source,
    }
    trains: dict[str, Visit] = {
        WAITS: SimulatedAccelerator(train.wait_s),
        OPS: ops,
        PYTHON: python,
    }
    return loads, trains, told(load, train)


def _made(make: Make, count: int, slots: int = 0) -> Callable[[], tf.data.Dataset]:
    return lambda: graph.as_written(make(count).prefetch(slots))
