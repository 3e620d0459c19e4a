"""Task 7: when a buffer is found empty, and how long it takes to be full again."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_4.logs import Log, with_stalls
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers
from prefetchlab.grading.words import plural


@for_test_cell
def empty_and_full(
    answer: StudentFunction,
    *,
    load: Sequence[int] | None = None,
    train: Sequence[int] = (),
    slots: int = 3,
) -> None:
    """Check where a full buffer is first found empty, and how many steps it needs to be full.

    >>> log = with_stalls(5, 24, every=16, train=7, groups=2)
    >>> empty_and_full(lambda *log: (0, 6), load=log.load, train=log.train)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With 3 slots and a log of 32 batches you say batch 0. ...

    **Arguments:**

    - `answer`: the student's function of (load_ms, train_ms, slots), to (batch, steps).
    - `load`, `train`: times of a log in whole milliseconds; many logs by chance if left out.
    - `slots`: of the buffer.

    **Raises:** `Mistake` that names the mistake.
    """
    if load is not None:
        _check(answer, Log(list(load), list(train)), slots)
        return
    for log, size in _by_chance():
        _check(answer, log, size)


def _by_chance() -> Iterator[tuple[Log, int]]:
    """Logs in which stalls that empty no full buffer come before one that does."""
    rng = np.random.default_rng()
    cases = 0
    while cases < _CASES:
        slots, load = int(rng.integers(2, 7)), int(rng.integers(4, 9))
        train = load + int(rng.integers(1, 3))
        log = with_stalls(load, 0, every=200, train=train, groups=1)
        log.load[2] += int(rng.integers(0, 3)) * train  # before it was full for the first time
        log.load[60] += (slots - 1) * train - load
        log.load[110] += (slots + int(rng.integers(1, 4))) * train
        log.load[112] += int(rng.integers(0, 2)) * train
        if _answer(log, slots) is not None:
            cases += 1
            yield log, slots


_CASES = 10


def found(log: Log, slots: int) -> list[int]:
    """How many batches wait when the loop asks for each one, itself included.

    >>> found(Log([2, 2, 2, 20, 2], [5] * 5), slots=2)
    [0, 2, 1, 0, 1]
    """
    ready = theory.replay(log.load, log.train, slots).ready
    return [0, *map(int, ready[:-1])]  # when it asks for the first, none is made


def _answer(log: Log, slots: int) -> tuple[int, int] | None:
    """The batch and the steps; None where the buffer is not full, then empty, and full again."""
    levels = np.asarray(found(log, slots))
    place, passed = 0, []
    for sought in (slots, 0, slots):
        there = np.flatnonzero(levels[place:] == sought)
        if not len(there):
            return None
        place += int(there[0])
        passed.append(place)
    _, emptied, refilled = passed
    return emptied, refilled - emptied


def _check(answer: StudentFunction, log: Log, slots: int) -> None:
    wanted = "Return two whole numbers: the number of a batch, and a number of steps."
    got = plain_numbers(answer(list(log.load), list(log.train), slots), wanted)
    if len(got) != 2:
        raise Mistake(f"{wanted} You return {len(got)}.")
    right = _answer(log, slots)
    place = f"With {slots} {plural('slot', slots)} and a log of {len(log.load)} batches you say"
    if right is None:
        raise ValueError("a log in which the buffer is not full, empty and full again")
    if got[0] != right[0]:
        raise Mistake(f"{place} batch {got[0]:g}. {_batch_fault(got[0], log, slots, right[0])}")
    if got[1] != right[1]:
        steps = f"{got[1]:g} {plural('step', int(got[1]))}"
        raise Mistake(f"{place} batch {right[0]:g}, which is right, and {steps}. "
                      f"{_steps_fault(got[1], log, slots, right)}")  # fmt: skip


def _batch_fault(got: float, log: Log, slots: int, right: int) -> str:
    levels = found(log, slots)
    if got == right + 1:
        return "That is one too late: batches count from 0."
    if got == 0 or (got < right and 0 <= got < len(levels) and levels[int(got)] == 0):
        return (
            "There the buffer has not been full yet: at the beginning every buffer is empty. Look "
            "behind the first moment at which the loop found it full."
        )
    if got < right and got % 1 == 0 and got > 0:
        if log.load[int(got)] > max(log.train):
            return (
                "Its load takes longer than a step, but when the loop asked for it, how many made "
                "batches were waiting?"
            )
        return f"When the loop asked for that one, the level was {levels[int(got)]}."
    if got in [n for n, level in enumerate(levels) if level == 0]:
        return "That one the loop asked for in vain, but it was not the first."
    return (
        "Compare, for each batch, when the loop asks for it and when it was made: a batch that is "
        "made at that very moment counts as waiting."
    )


def _steps_fault(got: float, log: Log, slots: int, right: tuple[int, int]) -> str:
    levels, (empty, steps) = found(log, slots), right
    stall = max(log.load) - min(log.load)
    slack = max(1, min(log.train) - min(log.load))
    if got == empty + steps:
        return "That is the number of a batch. How many steps lie between the two?"
    if abs(got - steps) == 1:
        return "That is one off. A step leads from asking for one batch to asking for the next."
    if got in (stall / slack, -(-stall // slack), stall // slack):
        return (
            "That is S / (T - l): so far apart two stalls must be, counted from where the first "
            "begins. Count from where the buffer was found empty."
        )
    if got == slots or got == slots - 1:
        return "That is as if each step brought one batch. In a step the loop takes one, too."
    after = [n for n, (one, _) in enumerate(pairwise(levels)) if n > empty and one > 0]
    if after and got == after[0] - empty:
        return "There the loop finds something again, but the buffer is not full yet."
    return "For each batch behind it: how many made batches wait when the loop asks?"
