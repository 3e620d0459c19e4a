"""Task 1: how long training had nothing to train on, read from a timeline."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same, same_all
from prefetchlab.grading.words import plural

Interval = tuple[float, float]  # start and end, seconds


@for_test_cell
def waits(answer: StudentFunction, *, train: Sequence[Interval] | None = None) -> None:
    """Check the wait before each step but the first, and the part that they are of the steps.

    >>> waits(lambda train: ([1.0], 0.5), train=[(0, 2), (5, 8)])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For train = [(0, 2), (5, 8)] you say that the waits are [1] s. ...

    **Arguments:**

    - `answer`: the student's function of the events of training, to (waits, share).
    - `train`: (start, end) of each, seconds, in order; many timelines by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    if train is not None:
        _check(answer, list(train))
        return
    for _ in range(_TIMELINES):
        _check(answer, _by_chance())


_TIMELINES = 20
_WANTED = "Return two things: a list of waits in seconds, and one number, their share of the steps."


def _by_chance() -> list[Interval]:
    """Training on a machine that has run for days, with waits of zero among the others."""
    rng = np.random.default_rng()
    steps = int(rng.integers(2, 12))
    gaps = rng.uniform(0.5, 40, steps) * rng.integers(0, 2, steps)
    gaps[rng.integers(1, steps)] = 12.3456789  # no whole milliseconds, and nothing for float32
    ends, now = list[Interval](), float(rng.integers(100_000, 900_000))
    for gap, length in zip(gaps, rng.uniform(1, 30, steps), strict=True):
        start = now + float(gap)
        now = start + float(length)
        ends.append((start, now))
    return ends


def _check(answer: StudentFunction, train: list[Interval]) -> None:
    returned = answer(list(train))
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Mistake(_WANTED)
    got = plain_numbers(returned[0], _WANTED)
    place = f"For train = {train if len(train) <= _SHOWN else f'{len(train)} events'}"
    right = [start - end for (_, end), (start, _) in pairwise(train)]
    if len(got) != len(right) or not all(map(_equal, got, right)):
        told = [float(f"{one:.6g}") for one in got[:_SHOWN]]
        said = ", ".join(f"{one:g}" for one in told) + (", …" if len(got) > _SHOWN else "")
        raise Mistake(f"{place} you say that the waits are [{said}] s. {_wait_fault(got, train)}")
    # After the waits: what makes no number of the share, float32 for example, shows there first.
    share = plain_numbers([returned[1]], _WANTED)[0]
    steps = train[-1][1] - train[0][1]
    if not _equal(share, sum(right) / steps):
        raise Mistake(
            f"{place} you say that the waits are {share:.6g} of the steps. "
            f"{_share_fault(share, right, train)}"
        )


def _equal(got: float, wanted: float) -> bool:
    """Whether two results are equal as float64 tells, of times that count from days ago."""
    return math.isclose(got, wanted, rel_tol=0, abs_tol=_EXACT_S)


_EXACT_S = 1e-8  # eleven days in float64 are told to 1e-10 s
_SHOWN = 4  # numbers or events that a message holds


def _wait_fault(got: list[float], train: list[Interval]) -> str:
    steps = len(train) - 1
    right = [start - end for (_, end), (start, _) in pairwise(train)]
    if len(got) != steps:
        counted = f"{len(got)} {plural('wait', len(got))} for {len(train)} events"
        return f"Those are {counted}: there is one before each step but the first."
    if same_all(got, [end - start for start, end in train[1:]]) or same_all(
        got, [end - start for start, end in train[:-1]]
    ):
        return "Those are times in which training was busy."
    if same_all(got, [-one for one in right]):
        return "Each has the wrong sign: from which time do you subtract which?"
    if same_all(got, [after[0] - before[0] for before, after in pairwise(train)]):
        return "From one start to the next lies a whole step, training included."
    if same_all(got, [after[1] - before[1] for before, after in pairwise(train)]):
        return "From one end to the next lies a whole step, training included."
    if max(abs(one - wanted) for one, wanted in zip(got, right, strict=True)) < _NEAR_S:
        return (
            "They are near, and not exact: look for a rounding, and for the type that holds a time."
        )
    return "When did training end before each step, and when did it begin again?"


_NEAR_S = 0.07  # what float32 makes of a time of eleven days
_NEAR_SHARE = 1e-4


def _share_fault(share: float, right: list[float], train: list[Interval]) -> str:
    waited, trained = sum(right), sum(end - start for start, end in train[1:])
    steps = [after[1] - before[1] for before, after in pairwise(train)]
    if math.isclose(share, waited / sum(steps), rel_tol=0, abs_tol=_NEAR_SHARE):
        return "It is near, and not exact: look for a rounding, and for the type that holds a time."
    if same(share, 100 * waited / sum(steps)):
        return "That is percent. A share lies between 0 and 1."
    if same(share, waited / (train[-1][1] - train[0][0])):
        return "You divide by more than the steps that you have waits for: the first one is in it."
    if same(share, waited / (trained + train[0][1] - train[0][0])) or same(share, waited / trained):
        return "You divide by the training alone. What else is part of a step?"
    if same(share, waited):
        return "That is their sum in seconds. How long are the steps in all?"
    if same(share, 1 - waited / sum(steps)):
        return "That is the part in which training was busy."
    if same(share, math.fsum(w / s for w, s in zip(right, steps, strict=True)) / len(steps)):
        return "That is the mean of the shares: a short step counts there as much as a long one."
    return "Add the waits up, and divide by all the time that these steps took."
