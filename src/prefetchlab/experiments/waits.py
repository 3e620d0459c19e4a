"""Waits that take, on this machine, just as long as asked for."""

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import calibrated_wait, run_steps
from prefetchlab.workloads import SimulatedAccelerator


def accelerator_of(train_s: float, steps: int) -> SimulatedAccelerator:
    """A simulated accelerator whose steps take `train_s` seconds, the loop around them included.

    **Arguments:**

    - `train_s`: a step's train time in seconds.
    - `steps`: how many steps a trial run has.
    """
    ready = graph.as_written(tf.data.Dataset.range(steps + 1))
    wait_s = calibrated_wait(
        train_s, lambda wait_s: run_steps(ready, SimulatedAccelerator(wait_s), steps=steps)
    )
    return SimulatedAccelerator(wait_s)
