"""Chapter 3: what one slot buys at several loads, and the bound on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from prefetchlab import figures, given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.overlap import calibrated
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.waits import Source
from prefetchlab.measure import (
    Gain,
    Peace,
    StepTimes,
    Visit,
    interleave_in_peace,
    run_steps,
    versions,
)
from prefetchlab.progress import Progress

_LOAD, _TRAIN = "load alone", "train alone"


@dataclass(frozen=True)
class Speedups:
    """What one slot bought at several loads.

    Attributes:
        loads_s: the loads that were asked for, in seconds.
        train_s: the train time that was asked for, in seconds.
        gains: what was measured, one for each load.
        peace: how quiet the machine was.
    """

    loads_s: tuple[float, ...]
    train_s: float
    gains: tuple[Gain, ...]
    peace: Peace

    @property
    def measured(self) -> tuple[float, ...]:
        """The serial step over the step with one slot, one for each load."""
        return tuple(gain.speedup for gain in self.gains)

    def figure(self) -> figures.Drawing:
        """The measured speed-ups on the curve that bounds them."""
        return figures.draw_bound(self.gains, note=str(self.peace), labels=versions())


def speedups(
    loads_s: Sequence[float], train_s: float, pace: Pace, *, progress: Progress | None = None
) -> Speedups:
    """Measure the speed-up of one slot for several loads, against a simulated accelerator.

    All loads take turns, each in a serial loop, with one slot, and loading and training alone.

    **Arguments:**

    - `loads_s`: the loads to try, in seconds, calibrated on this machine.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps and repeats for each load.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number, or if there is no load.
    """
    given.a(Pace, "pace", pace)
    asked_s, train_s = given.waits("loads_s", loads_s), given.seconds("train_s", train_s)
    runs: dict[_Run, Callable[[], StepTimes]] = {}
    for place, load_s in enumerate(asked_s):
        # A load that is not reached shows: each point stands at the times that were measured.
        source, accelerator, _ = calibrated([load_s], train_s, pace.steps, progress)
        runs |= {
            _Run(name, load_s, place): run
            for name, run in _runs(source, accelerator, pace.steps).items()
        }
    measured, peace = interleave_in_peace(
        runs,
        repeats=pace.repeats,
        again=pace.again,
        computes=attrgetter("computes"),
        progress=progress,
    )
    gains = tuple(_gain(measured, load_s, place) for place, load_s in enumerate(asked_s))
    return Speedups(tuple(asked_s), train_s, gains, peace)


@dataclass(frozen=True)
class _Run:
    """What one run measures; two loads of the same length are told apart by their place."""

    name: str
    load_s: float
    place: int

    def __str__(self) -> str:
        return f"{self.name}, load {self.load_s * 1e3:g} ms"


def _runs(source: Source, accelerator: Visit, steps: int) -> dict[str, Callable[[], StepTimes]]:
    """All that is measured at one load, by name."""

    def run(dataset: tf.data.Dataset, step: Visit | None) -> StepTimes:
        return run_steps(graph.as_written(dataset), step, steps=steps)

    count = steps + 2
    return {
        _LOAD: lambda: run(source(count), None),
        _TRAIN: lambda: run(tf.data.Dataset.range(count), accelerator),
        names.SERIAL: lambda: run(source(count), accelerator),
        names.ONE_SLOT: lambda: run(source(count).prefetch(1), accelerator),
    }


def _gain(measured: Mapping[_Run, Sequence[StepTimes]], load_s: float, place: int) -> Gain:
    load, train, serial, one_slot = (
        tuple(run.mean_s for run in measured[_Run(name, load_s, place)])
        for name in (_LOAD, _TRAIN, names.SERIAL, names.ONE_SLOT)
    )
    return Gain(load, train, serial, one_slot)
