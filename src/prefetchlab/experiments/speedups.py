"""Chapter 3: what one slot buys at several loads, and the bound on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefetchlab import figures, graph
from prefetchlab.experiments import names
from prefetchlab.experiments.overlap import calibrated
from prefetchlab.experiments.protocol import Pace
from prefetchlab.measure import StepTimes, interleave, run_steps
from prefetchlab.progress import Progress


@dataclass(frozen=True)
class Speedups:
    """What one slot bought at several loads.

    Attributes:
        loads_s: the loads, in seconds.
        train_s: the train time of all of them, in seconds.
        measured: the serial step over the step with one slot, one for each load.
    """

    loads_s: tuple[float, ...]
    train_s: float
    measured: tuple[float, ...]

    def figure(self) -> figures.Drawing:
        """The measured speed-ups on the curve that bounds them."""
        return figures.draw_bound(self.loads_s, self.train_s, self.measured)


def speedups(
    loads_s: Sequence[float], train_s: float, pace: Pace, *, progress: Progress | None = None
) -> Speedups:
    """Measure the speed-up of one slot for several loads, against a simulated accelerator.

    **Arguments:**

    - `loads_s`: the loads to try, in seconds, calibrated on this machine.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps and repeats for each load.
    - `progress`: told before each run; see `Progress`.
    """
    gains = tuple(_gain(load_s, train_s, pace, progress) for load_s in loads_s)
    return Speedups(tuple(loads_s), train_s, gains)


def _gain(load_s: float, train_s: float, pace: Pace, progress: Progress | None) -> float:
    source, accelerator = calibrated([load_s], train_s, pace.steps, progress)

    def run(slots: int) -> StepTimes:
        dataset = graph.as_written(source(pace.steps + 2).prefetch(slots))
        return run_steps(dataset, accelerator, steps=pace.steps)

    # A written prefetch(0) is no prefetch: with the rewrites off it passes each request through.
    variants = {names.SERIAL: lambda: run(0), names.ONE_SLOT: lambda: run(1)}
    runs = interleave(variants, repeats=pace.repeats, progress=progress)
    serial, one_slot = (np.median([each.mean_s for each in runs[name]]) for name in variants)
    return float(serial / one_slot)
