"""Waits that take, on this machine, just as long as asked for."""

from collections.abc import Sequence
from typing import Protocol

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.protocol import record
from prefetchlab.measure import Calibration, calibrate, run_steps
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import SimulatedAccelerator, slow_source


class Source(Protocol):
    """Makes a dataset of numbers that takes time to load."""

    def __call__(self, count: int, recorder: Recorder | None = None) -> tf.data.Dataset:
        """Return `count` int64 scalars; loads are recorded where a recorder is given."""


def calibrate_source(mean_s: float, steps: int) -> Calibration:
    """Find the wait of a source whose elements take `mean_s`, with all that surrounds the wait.

    **Arguments:**

    - `mean_s`: the mean time to load an element, in seconds.
    - `steps`: how many steps a trial run has.
    """
    return calibrate(
        mean_s,
        lambda wait_s: run_steps(graph.as_written(slow_source(steps + 1, wait_s)), steps=steps),
    )


def waiting_source(loads_s: Sequence[float], load: Calibration) -> Source:
    """A source whose elements take these times on this machine.

    **Arguments:**

    - `loads_s`: the times wanted, in seconds, gone through again and again.
    - `load`: what `calibrate_source` found for their mean.
    """
    surrounds_s = load.target_s - load.wait_s
    waits_s = [max(0.0, each - surrounds_s) for each in loads_s]
    return lambda count, recorder=None: slow_source(count, waits_s, recorder=recorder)


def calibrate_accelerator(train_s: float, steps: int) -> Calibration:
    """Find the wait of a simulated accelerator whose steps take `train_s`, with the loop around.

    **Arguments:**

    - `train_s`: a step's train time in seconds.
    - `steps`: how many steps a trial run has.
    """
    ready = graph.as_written(tf.data.Dataset.range(steps + 1))
    return calibrate(
        train_s, lambda wait_s: run_steps(ready, SimulatedAccelerator(wait_s), steps=steps)
    )


def waiting_accelerator(trains_s: Sequence[float], train: Calibration) -> SimulatedAccelerator:
    """A simulated accelerator whose steps take these times on this machine.

    **Arguments:**

    - `trains_s`: the times wanted, in seconds, gone through again and again.
    - `train`: what `calibrate_accelerator` found for their mean.
    """
    surrounds_s = train.target_s - train.wait_s
    return SimulatedAccelerator([max(0.0, each - surrounds_s) for each in trains_s])


def record_waits(
    source: Source, accelerator: SimulatedAccelerator, slots: int, *, batches: int = 10
) -> Timeline:
    """Record a run of a waiting source and accelerator; a few steps from the middle.

    **Arguments:**

    - `source`, `accelerator`: the two sides.
    - `slots`: of the prefetch between them; 0 for none.
    - `batches`: how many, at least 8.
    """
    recorder = Recorder()
    dataset = source(batches, recorder)
    dataset = graph.as_written(dataset.prefetch(slots) if slots else dataset)
    return record(dataset, accelerator, recorder, batches=batches)


def told(load: Calibration, train: Calibration) -> str:
    """What the title promises and this machine does not keep, as a sentence; nothing if it does.

    >>> told(Calibration(0.009, 0.010, 0.010), Calibration(0.0, 0.0015, 0.001))
    'Asked for 1 ms of training, it took 1.50 ms here.'
    """
    return " ".join(
        f"Asked for {side.target_s * 1e3:g} ms of {name}, it took {side.step_s * 1e3:.2f} ms here."
        for name, side in (("loading", load), ("training", train))
        if not side.reached
    )
