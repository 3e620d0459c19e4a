"""Task 6: variants compared in rounds, on a machine that changes while they are measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same_all
from prefetchlab.grading.words import listed, plural


class Machine:
    """Measures variants, and gets slower with each measurement.

    A variant's first measurement takes ten times as long as the variant.

    >>> machine = Machine({"old": 20, "new": 18}, slower_by=1)
    >>> [machine.measure(name) for name in ("old", "old", "new", "new")]
    [200, 21, 182, 21]

    Attributes:
        calls: what was measured so far: (name, milliseconds), in order.
    """

    def __init__(
        self, costs: Mapping[str, int], *, slower_by: int, jolts: Mapping[int, int] | None = None
    ) -> None:
        """Take milliseconds a step by variant; `jolts` adds some to single calls, by number."""
        self._costs = dict(costs)
        self._slower_by = slower_by
        self._jolts = dict(jolts or {})
        self.calls = list[tuple[str, int]]()

    def measure(self, name: str) -> int:
        """Milliseconds a step of one variant, now."""
        number = len(self.calls)
        took = self._costs[name] + self._slower_by * number + self._jolts.get(number, 0)
        if name not in (called for called, _ in self.calls):
            took += 9 * self._costs[name]
        self.calls.append((name, took))
        return took


@for_test_cell
def compare(
    answer: StudentFunction,
    *,
    costs: Mapping[str, int] | None = None,
    rounds: int = 6,
) -> None:
    """Check the order in which variants are measured, and what is told of their times.

    >>> def in_blocks(variants, rounds, measure):
    ...     return {name: [measure(name) for _ in range(rounds)] for name in variants}
    >>> compare(in_blocks, costs={"old": 20, "new": 18}, rounds=2)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You measured old, old, new, new. ...

    **Arguments:**

    - `answer`: the student's function of (variants, rounds, measure), to a dict of
      (median, least, most) by variant.
    - `costs`: milliseconds a step by variant; several sets of variants by chance if left out.
    - `rounds`: how many rounds to ask for.

    **Raises:** `Mistake` that names the mistake.
    """
    if costs is not None:
        _check(answer, costs, rounds)
        return
    rng = np.random.default_rng()
    for count, asked in ((4, 5), (3, 7), (5, 4), (2, 3), (1, 2)):
        names = rng.choice(["plain", "cached", "fused", "ahead", "in parallel"], count, False)
        _check(answer, {str(name): int(rng.integers(10, 40)) for name in names}, asked)


_JOLT = 25  # less than what a first measurement takes: that one stays the most


def _check(answer: StudentFunction, costs: Mapping[str, int], rounds: int) -> None:
    rng, names = np.random.default_rng(), list(costs)
    jolts = {int(rng.integers(len(names), len(names) * (rounds + 1))): _JOLT}
    machine = Machine(costs, slower_by=1, jolts=jolts)
    returned = answer(list(names), rounds, machine.measure)
    _check_calls([name for name, _ in machine.calls], names, rounds)
    if not isinstance(returned, Mapping) or set(returned) != set(names):
        raise Mistake(f"Return a dict with one entry for each variant: {', '.join(names)}.")
    for name in names:
        _check_entry(name, returned[name], [took for one, took in machine.calls if one == name])


def _check_calls(called: Sequence[str], names: Sequence[str], rounds: int) -> None:
    count = len(names)
    if not called:
        raise Mistake("You measured nothing: call measure with the name of a variant.")
    place = f"You measured {', '.join(called[:_SHOWN])}{', …' if len(called) > _SHOWN else ''}."
    if count > 1 and len(set(called[:count])) < count:
        raise Mistake(
            f"{place} Before the {rounds} rounds each variant is measured once, to warm up. "
            "No variant comes twice until all have had their turn."
        )
    times = Counter(called)
    if len(called) == count * rounds and set(times.values()) == {rounds}:
        raise Mistake(
            f"{place} Each variant came {rounds} {plural('time', rounds)}: that is the rounds "
            "alone. A variant's first measurement is slow, and belongs to no round."
        )
    if set(times.values()) != {rounds + 1} or len(times) != count:
        told = listed([f"{name} {times[name]} {plural('time', times[name])}" for name in names])
        raise Mistake(
            f"You measured {told}. With {rounds} rounds each variant has its warm-up, and one "
            "measurement a round."
        )
    blocks = [called[at : at + count] for at in range(count, len(called), count)]
    for number, block in enumerate(blocks, start=1):
        if len(set(block)) < count:
            raise Mistake(
                f"Your round {number} is {', '.join(block)}. Each variant has its turn once in "
                "each round, so that all of them meet the machine in the same state."
            )
    _check_beginnings([block[0] for block in blocks], count)


_SHOWN = 12  # calls that a message holds


def _check_beginnings(first: Sequence[str], count: int) -> None:
    for at in range(len(first)):
        if len(set(first[at : at + count])) < len(first[at : at + count]):
            raise Mistake(
                f"Your rounds begin with {', '.join(first[:_SHOWN])}. In {count} rounds one after "
                "another each of the variants begins once."
            )


def _check_entry(name: str, entry: Any, took: Sequence[int]) -> None:
    wanted = f"For {name} return three numbers: the median of its rounds, the least and the most."
    got = plain_numbers(entry, wanted)
    if len(got) != 3:
        raise Mistake(f"{wanted} You return {len(got)}.")
    if not same_all(got, _summary(took[1:])):
        raise Mistake(
            f"For {name} you return {tuple(got)}, and its measurements were {list(took)}. "
            f"{_entry_fault(got, took)}"
        )


def _summary(took: Sequence[int]) -> tuple[float, int, int]:
    return float(np.median(took)), min(took), max(took)


def _entry_fault(got: list[float], took: Sequence[int]) -> str:
    median, least, most = _summary(took[1:])
    if same_all(got, _summary(took)):
        return "The first one is the warm-up: it belongs to no round."
    if same_all(got[1:], (least, most)):
        if same_all(got[:1], [float(np.mean(took[1:]))]):
            return "That begins with the mean: one jolt shifts it."
        if got[0] in took:
            return "Sort the rounds: what is the median of an even number of them?"
        return "The least and the most are right. What is the median of the rounds?"
    if sorted(got) == sorted((median, least, most)):
        return "All three are there. In which order does the task ask for them?"
    return "Take the numbers of the rounds, and of no other measurement."
