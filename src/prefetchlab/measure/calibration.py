"""Find the wait that makes a step take as long as asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from prefetchlab import given
from prefetchlab.measure.step_times import StepTimes

_TOLERANCE = 0.05  # of the target


@dataclass(frozen=True)
class Calibration:
    """The best wait that was found, and the step that it gave.

    >>> Calibration(wait_s=0.0094, step_s=0.0101, target_s=0.010).reached
    True
    >>> Calibration(wait_s=0.0, step_s=0.003, target_s=0.001).reached  # no wait makes it shorter
    False

    Attributes:
        wait_s: the wait, in seconds.
        step_s: the mean step that was measured with this wait, in seconds.
        target_s: the step that was asked for, in seconds.
    """

    wait_s: float
    step_s: float
    target_s: float

    @property
    def reached(self) -> bool:
        """Whether the step lies within 5 % of the target."""
        return abs(self.step_s - self.target_s) <= _TOLERANCE * self.target_s


def calibrate(
    target_s: float, run: Callable[[float], StepTimes], *, rounds: int = 2
) -> Calibration:
    """Find the wait that makes the mean step `target_s`, all that surrounds the wait included.

    A sleep overruns, and a Python call from TensorFlow's threads takes its time, too. Both are part
    of a load; so the wait is made shorter by what they cost here and now. Each wait is measured,
    the last one too, and the best of them is kept.

    >>> import numpy as np
    >>> calibrate(0.010, lambda wait_s: StepTimes(np.array([wait_s + 0.001]), 0.0, wait_s)).reached
    True

    **Arguments:**

    - `target_s`: the mean step wanted, in seconds.
    - `run`: times a short run with a given wait in seconds.
    - `rounds`: corrections to make; there is one run more than that.

    **Returns:** the `Calibration`; ask it whether the target was `reached`. A step that takes
    longer than `target_s` without any wait does not reach it; nor may one on a busy machine.

    **Raises:** `InputError` if `target_s` is no time, `rounds` is not whole or below 0, or `run`
    cannot be called.
    """
    target_s = given.seconds("target_s", target_s)
    rounds = given.whole("rounds", rounds, least=0)
    given.function("run", run)
    tried = []
    wait_s = target_s
    for _ in range(rounds + 1):
        tried.append(Calibration(wait_s, run(wait_s).mean_s, target_s))
        wait_s = max(0.0, wait_s + target_s - tried[-1].step_s)
    return min(tried, key=lambda each: abs(each.step_s - target_s))


def calibrated_wait(
    target_s: float, run: Callable[[float], StepTimes], *, rounds: int = 2
) -> float:
    """The wait in seconds that `calibrate` finds, for callers that take what can be had.

    >>> import numpy as np
    >>> calibrated_wait(0.5, lambda wait_s: StepTimes(np.array([wait_s + 0.25]), 0.0, wait_s))
    0.25

    **Arguments:** those of `calibrate`.

    **Returns:** the wait in seconds, not below 0.
    """
    return calibrate(target_s, run, rounds=rounds).wait_s
