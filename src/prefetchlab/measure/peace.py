"""Measure in peace: notice a machine that was disturbed, measure again, and say what was seen.

Two things disturb a measurement and show in none of its own numbers. A core may become slower for
a while, without any counter that says so; a fixed piece of work, timed between the runs, does. And
other programs may take the cores; the kernel's counters of idle time, less our own work, do.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.measure.fixed_work import fixed_work_s
from prefetchlab.measure.others import OTHERS_BOUND, CpuTimes, cpu_times, others_share
from prefetchlab.measure.step_times import turns
from prefetchlab.progress import Progress

Key = TypeVar("Key")  # names a variant
T = TypeVar("T")  # what one run gives

# More than the fixed work varies by itself on a quiet machine, less than what spoils a comparison.
WORK_BOUND = 1.05
_ONE_ROUND = "PREFETCHLAB_ONE_ROUND"
_READINGS = 5  # at most, where the work is slow; together 0.06 s


@dataclass(frozen=True)
class Peace:
    """How quiet the machine was while something was measured.

    >>> seen = Peace(work_ratio=1.34, felt_ratio=1.34, others_share=0.02, rounds=10, disturbed=3)
    >>> seen.quiet
    False

    Attributes:
        work_ratio: the longest time of the fixed work over the shortest; 1 is a steady machine.
        felt_ratio: what that makes of a step, at most: the same where a step only computes, and 1
            where it only waits.
        others_share: the largest share of the cores that others took in a round, from 0 to 1; None
            where the system does not tell.
        rounds: how many rounds were run, those that were measured again included.
        disturbed: how many of the rounds that were kept were disturbed all the same.
    """

    work_ratio: float
    felt_ratio: float
    others_share: float | None
    rounds: int
    disturbed: int

    @property
    def quiet(self) -> bool:
        """Whether every round that was kept was quiet."""
        return self.disturbed == 0

    def to_dict(self) -> dict[str, Any]:
        """What was seen as plain values, fit for JSON."""
        return asdict(self) | {"quiet": self.quiet}

    def __str__(self) -> str:
        """One or two sentences for the note under a table."""
        told = self._quiet() if self.quiet else self._disturbed()
        if self.others_share is None:
            told += " Whether other programs took the cores cannot be seen here."
        return told

    def _quiet(self) -> str:
        shown = self._work()
        if self.others_share is not None:
            shown += f", and other programs took at most {self.others_share:.0%} of the cores"
        return f"Measured in peace: {shown}."

    def _disturbed(self) -> str:
        seen = []
        if self.felt_ratio > WORK_BOUND:
            seen.append(self._work())
        if self.others_share is not None and self.others_share > OTHERS_BOUND:
            seen.append(f"other programs took up to {self.others_share:.0%} of the cores")
        return (
            f"Not measured in peace: {', and '.join(seen)}; "
            "these rows are not to be trusted to better than that."
        )

    def _work(self) -> str:
        varied, felt = _percent(self.work_ratio - 1), _percent(self.felt_ratio - 1)
        shown = f"a fixed piece of work, repeated between the runs, varied by {varied}, "
        if felt == varied:
            return shown + "and so may these times"
        return shown + f"and these times, which are partly waits, by at most {felt}"


def _percent(share: float) -> str:
    """In percent, with a decimal where the bound of 5 % is near."""
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


@dataclass(frozen=True)
class Watch:
    """What is read while a machine is watched; a test puts its own clocks in.

    Attributes:
        work_s: does the fixed work and returns how long it took, in seconds.
        times: reads the clocks of this process and of the cores.
    """

    work_s: Callable[[], float] = fixed_work_s
    times: Callable[[], CpuTimes] = cpu_times


class _Core:
    """The fixed work on the core that runs it now, and the shortest that it ever took."""

    def __init__(self, work_s: Callable[[], float]) -> None:
        self._work_s = work_s
        self.shortest_s = min(work_s() for _ in range(_READINGS))

    def read_s(self) -> float:
        """How long the fixed work takes on a core that is awake, in seconds."""
        works_s = [self._work_s()]
        while min(works_s) > WORK_BOUND * self.shortest_s and len(works_s) < _READINGS:
            works_s.append(self._work_s())
        self.shortest_s = min(self.shortest_s, *works_s)
        return min(works_s)


@dataclass(frozen=True, eq=False)
class _Round(Generic[Key, T]):
    """One run of every variant, and what was seen of the machine meanwhile.

    Attributes:
        runs: what each variant's run gave.
        works_s: the fixed work before, between and after the runs, in seconds.
        computes: the share of its time in which the run that computes most does so.
        others: the share of the cores that others took; None where the system does not tell.
    """

    runs: Mapping[Key, T]
    works_s: Sequence[float]
    computes: float
    others: float | None

    def work_ratio(self, shortest_s: float) -> float:
        """The longest time of the fixed work over the shortest ever seen."""
        return max(self.works_s) / shortest_s

    def felt_ratio(self, shortest_s: float) -> float:
        """What a slower core made of a step, at most: while a run waits it does not feel it."""
        return 1 + self.computes * (self.work_ratio(shortest_s) - 1)

    def unrest(self, shortest_s: float) -> float:
        """How disturbed the round was: above 1 it is too much."""
        moved = (self.felt_ratio(shortest_s) - 1) / (WORK_BOUND - 1)
        return max(moved, (self.others or 0.0) / OTHERS_BOUND)


def one_round() -> bool:
    """Whether little is to be measured, because `PREFETCHLAB_ONE_ROUND=1` is in the environment.

    That is for tests that run what measures and compare no times.
    """
    return os.environ.get(_ONE_ROUND) == "1"


def interleave_in_peace(
    variants: Mapping[Key, Callable[[], T]],
    *,
    repeats: int,
    again: bool = True,
    computes: Callable[[T], float] = lambda run: 1.0,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> tuple[dict[Key, list[T]], Peace]:
    """Run variants in turns as `interleave` does, and measure disturbed rounds again.

    A fixed piece of work is timed before the first run and after each. The shortest time of all is
    that of an undisturbed core. A round in which the work took more than 5 % longer, or in which
    others took more than a twentieth of the cores, is disturbed. Rounds are added until `repeats`
    were quiet, but at most as many again. The calmest are kept, whatever they measured. Runs that
    only wait do not feel a slow core, and cores that only wait do become slow: so the 5 % are of
    what a run can feel.

    Where the work is slow it is timed again, at most four times, and the shortest counts: a core
    that idled during a run may wake slowly. So a slow spell is seen only if it lasts for such a
    reading, about 0.06 s; one that lies between two readings is not.

    Where `one_round()` there is one round, whatever is asked for.

    >>> runs, peace = interleave_in_peace({"a": lambda: 1, "b": lambda: 2}, repeats=3)
    >>> runs
    {'a': [1, 1, 1], 'b': [2, 2, 2]}
    >>> 3 <= peace.rounds <= 6
    True

    **Arguments:**

    - `variants`: a name and a function without arguments for each variant.
    - `repeats`: how many rounds to keep.
    - `again`: whether a round is added for one that was disturbed.
    - `computes`: the share of a run's time in which it computes, from 0 to 1; all of it if not
      given.
    - `progress`: told before each run the variant's name; see `Progress`.
    - `watch`: what is read of the machine; None reads its own clocks.

    **Returns:** for each variant what its runs gave, in the order of the rounds kept; and what was
    seen of the machine.

    **Raises:** `InputError` if there is no variant, or no round to keep.
    """
    given.mapping("variants", variants, "variants")
    repeats = given.whole("repeats", repeats, least=1)
    watch = watch or Watch()
    core = _Core(watch.work_s)
    rounds: list[_Round[Key, T]] = []
    if one_round():
        repeats, again = 1, False
    quiet, most = 0, 2 * repeats if again else repeats
    while len(rounds) < most and quiet < repeats:
        # Only a round that is still missing is promised: how many will be disturbed is not known.
        total = min(len(rounds) + repeats - quiet, most)
        rounds.append(_one_round(variants, len(rounds), total, computes, progress, core, watch))
        # What was quiet is judged anew: all that was seen may turn out to have been slow.
        quiet = sum(each.unrest(core.shortest_s) <= 1 for each in rounds)
    calmest = sorted(rounds, key=lambda each: each.unrest(core.shortest_s))[:repeats]
    kept = [each for each in rounds if each in calmest]
    return (
        {name: [each.runs[name] for each in kept] for name in variants},
        _seen(kept, core.shortest_s, rounds=len(rounds)),
    )


def _one_round(
    variants: Mapping[Key, Callable[[], T]],
    turn: int,
    rounds: int,
    computes: Callable[[T], float],
    progress: Progress | None,
    core: _Core,
    watch: Watch,
) -> _Round[Key, T]:
    """Run each variant once, with the fixed work before, between and after them."""
    start, works_s, runs = watch.times(), [core.read_s()], {}
    for place, name in enumerate(turns(list(variants), turn)):
        if progress:
            progress(str(name), turn * len(variants) + place, rounds * len(variants))
        runs[name] = variants[name]()
        works_s.append(core.read_s())
    shares = [computes(run) for run in runs.values()]
    if not all(0 <= share <= 1 for share in shares):
        raise InputError(f"computes: it gave {shares}; let it give shares from 0 to 1")
    return _Round(runs, works_s, max(shares), others_share(start, watch.times()))


def _seen(kept: Sequence[_Round[Key, T]], shortest_s: float, *, rounds: int) -> Peace:
    shares = [each.others for each in kept if each.others is not None]
    return Peace(
        work_ratio=max(each.work_ratio(shortest_s) for each in kept),
        felt_ratio=max(each.felt_ratio(shortest_s) for each in kept),
        others_share=max(shares, default=None),
        rounds=rounds,
        disturbed=sum(each.unrest(shortest_s) > 1 for each in kept),
    )
