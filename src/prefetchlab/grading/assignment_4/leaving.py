"""Task 8: what more slots take away of the waiting, and what no buffer changes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_4.logs import Log, rough_log, waited_ms
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same

WORDS = ("one slot", "more slots", "no buffer")
ENOUGH = 0.01  # of the mean train time: so short a wait is none


class Waits(NamedTuple):
    """Milliseconds a step: what training waits with one slot, and the two parts of it."""

    one_slot: float
    more_slots: float
    no_buffer: float


@for_test_cell
def what_is_left(
    answer: StudentFunction,
    *,
    load: Sequence[int] | None = None,
    train: Sequence[int] = (),
) -> None:
    """Check what of the wait more slots take away, what stays with any number, and the advice.

    >>> what_is_left(lambda *log: (5, 5, 0, "more slots"), load=[8] * 9, train=[5] * 9)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that training waits 5 ms a step with one slot. ...

    **Arguments:**

    - `answer`: the student's function of (load_ms, train_ms), to three numbers and a word.
    - `load`, `train`: times of a log in whole milliseconds; many logs by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    if load is not None:
        _check(answer, Log(list(load), list(train)))
        return
    for log in _by_chance():
        _check(answer, log)


def waits(log: Log) -> Waits:
    """The wait a step with one slot, and its two parts.

    >>> waits(Log([8] * 9, [5] * 9))
    Waits(one_slot=3.0, more_slots=0.0, no_buffer=3.0)
    """
    steps = len(log.load) - 1
    one, least = (waited_ms(log, slots) / steps for slots in (1, theory.UNBOUNDED))
    return Waits(one, one - least, least)


def _by_chance() -> Iterator[Log]:
    """Of each kind some: slow on average, enough with one slot, stalls early and late."""
    rng = np.random.default_rng()
    for _ in range(_EACH):
        batches, train = int(rng.integers(40, 90)), int(rng.integers(6, 12))
        steps = [train] * batches
        slow = rng.integers(train - 3, train + 9, batches).tolist()
        quick = rng.integers(1, train + 1, batches).tolist()
        late = rough_log(batches=batches)
        early = Log(quick[:], steps)
        early.load[1] += 5 * train  # at the beginning there is no stock
        both = Log(late.load[:], late.train)
        both.load[2] += 4 * train
        for log in (Log(slow, steps), Log(quick, steps), late, early, both):
            one, more, least = waits(log)
            few = ENOUGH * float(np.mean(log.train))
            if abs(one - few) > _APART and (one < few or abs(more - least) > _APART):
                yield log


_EACH = 5
_APART = 0.01  # milliseconds: no rounding decides which word is right


def _check(answer: StudentFunction, log: Log) -> None:
    returned = answer(list(log.load), list(log.train))
    wanted = "Return four things: three numbers of milliseconds a step, and a word."
    if not isinstance(returned, tuple | list) or len(returned) != 4:
        raise Mistake(wanted)
    got, right = plain_numbers(returned[:3], wanted), waits(log)
    place = f"That is a log of {len(log.load)} batches. "
    if len(log.load) <= _SHOWN:
        place = f"That is of load_ms = {log.load} and train_ms = {log.train}. "
    for at in (0, 2, 1):  # the second is the difference of the others, and so are its faults
        if not same(got[at], right[at]):
            said = _NAMES[at].format(f"{got[at]:.6g}")
            raise Mistake(f"You say that {said}. {place}{_fault(got[at], at, log)}")
    word = returned[3]
    if not isinstance(word, str) or word not in WORDS:
        raise Mistake(f"Your word is {word!r}. Return one of these: {', '.join(WORDS)}.")
    if word != _word(log):
        raise Mistake(
            f"You say {word!r}, and the numbers are right. {place}{_word_fault(word, log)}"
        )


_SHOWN = 16
_NAMES = (
    "training waits {} ms a step with one slot",
    "more slots take {} ms a step away",
    "{} ms a step stay with any buffer",
)


def _fault(said: float, at: int, log: Log) -> str:
    right, steps = waits(log), len(log.load) - 1
    first = log.load[0] / steps
    if any(same(said * n, right[at] * steps) for n in (1, steps + 1)) and right[at]:
        return (
            "That is the wait of the whole log. Divide it by the steps."
            if same(said, right[at] * steps)
            else f"{steps + 1} batches make {steps} steps: batch 0 is waited for before them."
        )
    if any(same(said, one + first) for one in (right[at], right.one_slot, right.no_buffer)):
        return "You count the wait for the first batch, which lies before the first step."
    if said < 0:
        return "A wait is never less than nothing. Which of the two replays waits longer?"
    schedules = [theory.replay(log.load, log.train, one) for one in (1, theory.UNBOUNDED)]
    if any(same(said, one.mean_step_s) for one in schedules):
        return "That is a whole step. How much of it is waiting?"
    mean_load, mean_train = float(np.mean(log.load)), float(np.mean(log.train))
    if same(said, max(0.0, mean_load - mean_train)):
        return (
            "That follows from the means, in the long run. In this log the order counts as well: "
            "where a stall comes before there is a stock, no buffer hides it. Replay it."
        )
    others = [one for place, one in enumerate(right) if place != at]
    if any(same(said, one) for one in others):
        return "That is another of the three numbers."
    serial = waited_ms(log, 0) / steps
    if same(said, serial) or same(said, serial - right.one_slot):
        return "You begin with no slot. How long does training wait with one?"
    if any(same(said, waited_ms(log, one) / steps) for one in range(2, 12)):
        return "That is the wait with a few slots. Which number stands for a buffer of any size?"
    return "Replay the log with one slot and with theory.UNBOUNDED, and compare the waits."


def _word(log: Log) -> str:
    one, more, least = waits(log)
    if one <= ENOUGH * float(np.mean(log.train)):
        return "one slot"
    return "more slots" if more >= least else "no buffer"


def _word_fault(got: str, log: Log) -> str:
    right = _word(log)
    if right == "one slot":
        return "With one slot it waits less than the table says. Begin with rule 1."
    if got == "one slot":
        return "With one slot training waits longer than rule 1 allows."
    if right == "more slots":
        return "Which is the larger part: what more slots take away, or what stays?"
    return "Slots take the smaller part of the wait away. Compare it with what stays: see rule 2."
