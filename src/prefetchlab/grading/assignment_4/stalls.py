"""Tasks 5 and 6: as many slots as stalls need, and not one more."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_4.logs import Log, fewest, rough_log, waited_ms, with_stalls
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural

GROUPS = 12  # stalls in a log of task 5


@for_test_cell
def slots_for_stalls(
    answer: StudentFunction, *, cases: Sequence[tuple[int, int, int, int]] | None = None
) -> None:
    """Check the fewest slots for equal stalls, and the two waits that prove it.

    >>> slots_for_stalls(lambda *times: (4, 0, 0), cases=[(2, 24, 16, 6)])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For load_ms = 2, stall_ms = 24, ... you say 4 slots. ...

    **Arguments:**

    - `answer`: the student's function of (load_ms, stall_ms, every, train_ms), to k and the waits
      with k and k - 1 slots.
    - `cases`: what to try, milliseconds; many by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    for case in cases if cases is not None else _stalls_by_chance():
        _check_stalls(answer, *case)


def _stalls_by_chance() -> Iterator[tuple[int, int, int, int]]:
    """Stalls that a buffer can hide, also such as fill a slot to the millisecond, or need but one.

    They are so far apart that the buffer is full again, at the beginning as well.
    """
    rng = np.random.default_rng()
    for number in range(_CASES):
        load = int(rng.integers(1, 6))
        train = load + int(rng.integers(2, 7))
        slots = 1 if number == 0 else int(rng.integers(2, 9))
        stall = max(1, slots * train - load - (int(rng.integers(0, train)) if number % 2 else 0))
        yield load, stall, math.ceil(stall / (train - load)) + int(rng.integers(4, 9)), train


_CASES = 12


def _check_stalls(answer: StudentFunction, load: int, stall: int, every: int, train: int) -> None:
    wanted = "Return three numbers: the slots, and how long training waits with them and one fewer."
    got = plain_numbers(answer(load, stall, every, train), wanted)
    if len(got) != 3:
        raise Mistake(f"{wanted} You return {len(got)}.")
    log = with_stalls(load, stall, every, train, GROUPS)
    place = (
        f"For load_ms = {load}, stall_ms = {stall}, every = {every} and train_ms = {train} you say"
    )
    right = fewest(log, 0)
    if got[0] != right:
        chosen = f"{got[0]:g} {plural('slot', int(got[0]))}"
        raise Mistake(f"{place} {chosen}. {_slots_fault(got[0], load + stall, train, log)}")
    for said, slots in zip(got[1:], (right, right - 1), strict=True):
        if not same(said, waited_ms(log, slots)):
            raise Mistake(
                f"{place} that training waits {said:g} ms with {slots} {plural('slot', slots)}. "
                f"{_wait_fault(said, slots, got[1:], log)}"
            )


def _slots_fault(got: float, stalled: int, train: int, log: Log) -> str:
    if got < 1 or got % 1:
        return "Give a whole number from 1: no part of a batch waits in a slot."
    enough = waited_ms(log, got) == 0
    if not enough and got == stalled // train:
        return (
            "So many train steps cover most of the stalled load, and training waits for the rest. "
            "How long does that load take in all, and what do you round?"
        )
    if not enough:
        return "That is too few: replay the log with it, and training waits."
    if got == stalled // train + 1:
        return (
            "With one slot less training does not wait either: the stall ends at the very moment "
            "when the last batch is used up."
        )
    return "So many are enough, and fewer are, too. Which is the first number that fails?"


def _wait_fault(said: float, slots: int, both: list[float], log: Log) -> str:
    right = waited_ms(log, slots)
    schedule = theory.replay(log.load, log.train, slots)
    shorter = Log([one - log.load[0] if one > log.load[0] else one for one in log.load], log.train)
    if same(said, waited_ms(shorter, slots)) and not same(said, right):
        return "In your log a stalled load is too short: it takes longer than others by stall_ms."
    if same(said, right / GROUPS) and right:
        return f"That is the wait at one stall, and the log has {GROUPS}."
    if same(said, right + log.load[0]):
        return "You count the wait for the first batch. No buffer hides it: leave it out."
    if same(said, schedule.mean_step_s):
        return "That is the mean step. How long does training wait in all?"
    if same(said, float(schedule.step_times_s.sum())):
        return "Those are whole steps, training included."
    if same(said, right / len(log.load)) or same(said, right / (len(log.load) - 1)):
        return "You spread it over the steps. How long does training wait in all?"
    if _swapped(both, log, slots):
        return "The two waits stand in the other order."
    if slots and any(same(said, waited_ms(log, other)) for other in (slots - 1, slots + 1)):
        return "That is the wait with another number of slots."
    return (
        f"Replay the log of {GROUPS} stalls, and add up the waits before all batches but batch 0."
    )


def _swapped(both: list[float], log: Log, slots: int) -> bool:
    """Whether two waits, with so many slots and one fewer or more, are given in the other order."""
    pairs = ([waited_ms(log, one - 1), waited_ms(log, one)] for one in (slots, slots + 1) if one)
    return any(all(map(same, both, pair)) for pair in pairs)


@for_test_cell
def fewest_slots(
    answer: StudentFunction,
    *,
    load: Sequence[int] | None = None,
    train: Sequence[int] = (),
    allowed: int = 0,
) -> None:
    """Check the fewest slots with which training waits no longer than is allowed, for any log.

    >>> fewest_slots(lambda *given: 1, load=[2, 2, 30], train=[9] * 3, allowed=14)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With load_ms = [2, 2, 30], ... you say 1. With so few ...

    **Arguments:**

    - `answer`: the student's function of (load_ms, train_ms, allowed_ms), to slots or None.
    - `load`, `train`: times of a log in whole milliseconds; many logs by chance if left out.
    - `allowed`: how long training may wait in all, milliseconds.

    **Raises:** `Mistake` that names the mistake.
    """
    if load is not None:
        _check_fewest(answer, Log(list(load), list(train)), allowed)
        return
    for log, allowed_ms in _rough_by_chance():
        _check_fewest(answer, log, allowed_ms)


def _rough_by_chance() -> Iterator[tuple[Log, int]]:
    """Logs of which some wait longer than is allowed with any buffer."""
    rng = np.random.default_rng()
    for number in range(_CASES):
        log = rough_log(batches=int(rng.integers(60, 120)))
        least = int(waited_ms(log, theory.UNBOUNDED))
        if number % 3 == 2:
            log.load[1] += 50  # at the beginning there is no stock
            yield log, least + 20
        else:
            yield log, least + int(rng.integers(0, 30)) * (number % 2)


def _check_fewest(answer: StudentFunction, log: Log, allowed: int) -> None:
    returned = answer(list(log.load), list(log.train), allowed)
    right = fewest(log, allowed)
    place = f"With {_shown(log)} and allowed_ms = {allowed} you say"
    if returned is None:
        if right is not None:
            raise Mistake(
                f"{place} None (or your function returns nothing). There is a number of slots with "
                "which training waits no longer than that."
            )
        return
    got = _one_number(returned)
    if right is None:
        raise Mistake(
            f"{place} {got:g}. No number of slots does: replay the log with theory.UNBOUNDED, and "
            "see what is left of the wait."
        )
    if got != right:
        raise Mistake(f"{place} {got:g}. {_fewest_fault(got, log, allowed)}")


def _one_number(returned: Any) -> float:
    wanted = "Return one whole number of slots, or None where no number is enough."
    if np.ndim(returned) != 0:
        raise Mistake(wanted)
    got = plain_numbers([returned], wanted)[0]
    if got < 1 or got % 1:
        raise Mistake(f"{wanted} You return {got:g}.")
    return got


def _shown(log: Log) -> str:
    if len(log.load) <= _SHOWN:
        return f"load_ms = {log.load}, train_ms = {log.train}"
    return f"a log of {len(log.load)} batches"


_SHOWN = 16


def _fewest_fault(got: float, log: Log, allowed: int) -> str:
    train = float(np.mean(log.train))
    if waited_ms(log, got) > allowed:
        told = f"With so few training waits {waited_ms(log, got):g} ms in all."
        if got in [math.ceil(max(log.load) / one) for one in (train, max(log.train))]:
            return (
                f"{told} That is what the formula gives for the longest load alone. Where stalls "
                "stand close together the buffer is not full again in time: replay the log."
            )
        return f"{told} Replay the log, and go on with more slots."
    if got == len(log.load):
        return "So many slots hold the whole log. Fewer are enough: go up from 1."
    return (
        f"So many are enough, and {got - 1:g} would be, too. Is your search the one for the first "
        "number that does, and is just as long a wait as allowed still allowed?"
        if waited_ms(log, got - 1) <= allowed
        else "Replay the log."
    )
