"""Task 4: the seconds of each step, after the first ones, on a device that works on its own."""

from collections.abc import Sequence

import numpy as np

from prefetchlab.grading.assignment_2.bench import Bench, by_chance
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same_all
from prefetchlab.grading.words import listed, plural


@for_test_cell
def step_times(
    answer: StudentFunction,
    *,
    loading: Sequence[float] | None = None,
    training: Sequence[float] = (),
    warmup: int = 1,
) -> None:
    """Check the times that a student's loop measures; the check moves the clock.

    >>> step_times(lambda *bench: [3.5], loading=[1, 2], training=[1.5, 1.5])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: There are 2 batches, 0 to 1, and the device was given none. ...

    **Arguments:**

    - `answer`: the student's function of (batches, device, clock, warmup), to a list of seconds.
    - `loading`, `training`: seconds for each batch; several machines by chance if left out.
    - `warmup`: how many steps to leave out at the beginning.

    **Raises:** `Mistake` that names the mistake.
    """
    if loading is not None:
        _check(answer, Bench(loading, training), warmup)
        return
    for steps in range(6):
        _check(answer, by_chance(), steps % 4)


def _check(answer: StudentFunction, bench: Bench, warmup: int) -> None:
    returned = answer(bench.batches, bench.device, bench.clock, warmup)
    _check_trained(bench)
    if not bench.reads:
        raise Mistake("Your function never reads the clock that it is given: call clock().")
    wanted = "Return a list of numbers: the seconds of each step after the first ones."
    got = plain_numbers(returned, wanted)
    steps = [load + train for load, train in zip(bench.loading, bench.training, strict=True)]
    if not same_all(got, steps[warmup:]):
        shown = [f"{one:.5g}" for one in got[:3]] + ["…"] * (len(got) > 3)
        raise Mistake(
            f"With warmup = {warmup} and {len(steps)} batches you return [{', '.join(shown)}]. "
            f"{_fault(got, bench, warmup)}"
        )


def _check_trained(bench: Bench) -> None:
    batches = list(range(len(bench.loading)))
    if bench.trained != batches:
        given = listed(bench.trained) if bench.trained else "none"
        raise Mistake(
            f"There are {len(batches)} batches, 0 to {batches[-1]}, and the device was given "
            f"{given}. Hand it each batch once, as it comes; those of the warm-up, too."
        )
    if bench.early != 1:
        raise Mistake(
            f"When the device is given its first batch, {bench.early} are loaded already, and no "
            "step holds their loading. Go over the batches one by one, and train on each as it "
            "comes."
        )


def _fault(got: list[float], bench: Bench, warmup: int) -> str:
    steps = [load + train for load, train in zip(bench.loading, bench.training, strict=True)]
    wanted = steps[warmup:]
    if len(got) != len(wanted):
        return (
            f"Those are {len(got)} {plural('step', len(got))}: {len(steps)} were made, and "
            f"{warmup} {'is' if warmup == 1 else 'are'} to be left out at the beginning."
        )
    if any(bench.reads):
        return (
            f"{sum(bench.reads)} of your {len(bench.reads)} readings of the clock came while the "
            "device was still training: train only hands it the batch."
        )
    if same_all(got, bench.training[warmup:]):
        return (
            "That is training alone. A step begins where the one before ends, and holds the "
            "wait for its batch."
        )
    if all(one % _float32_step(bench) == 0 for one in got):
        return (
            f"This machine's clock says {bench.clock():,.0f} seconds. How finely can the type tell "
            "two times apart that holds your time stamps?"
        )
    if max(abs(one - right) for one, right in zip(got, wanted, strict=True)) < _ROUNDED_S:
        return "That is near, and not exact. Look for a rounding."
    if same_all(got, np.cumsum(wanted)) or same_all(got, np.cumsum(steps)[warmup:]):
        return "Your times grow from step to step: from when does each of them count?"
    if same_all(got, [sum(wanted) / len(wanted)] * len(wanted)):
        return "All your times are alike. Read the clock once for each step."
    return "From where to where does your loop measure one step?"


_ROUNDED_S = 0.006


def _float32_step(bench: Bench) -> float:
    """From one number of float32 to the next, where the clock is now."""
    return float(np.spacing(np.float32(bench.clock())))
