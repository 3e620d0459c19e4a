"""Waits that take, on this machine, just as long as asked for."""

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import Calibration, calibrate, run_steps
from prefetchlab.workloads import SimulatedAccelerator


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
