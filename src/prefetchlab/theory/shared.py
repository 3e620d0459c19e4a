"""Loading and training on the same cores: how long a step takes where both of them compute.

Each side is known from a run alone: how long an element takes, and how many CPU-seconds it uses.
Their quotient p says how many threads compute at a time.

- p at most 1: one thread, which computes for the share p of its time and waits for the rest.
- p above 1: first a part on all c cores, for (W - t) / (c - 1) seconds, then a part on one core.

While both sides are at work and ask for more than c cores together, they slow each other down.
By how much depends on what waits for the slowed thread, so the two ends are computed:

- *without loss*: no core idles, and both sides take (p_L + p_T) / c times as long;
- *waiting for the slowest thread*: a part on several cores is over when the last of its threads
  is, and that one shares its core with a thread of the other side. It is delayed for as long as
  both compute: both sides take 1 + min(1, p_L, p_T) times as long.

Both sides are slowed alike, so what meets what is as in `replay`. Only time is stretched, wherever
both are at work.

Held against seven pairs of real sides, in peace on two cores of an AMD EPYC and on one of them, the
middle of the two ends missed the measured step by 2 % in the median, and by 9 % at most. Without
sharing, but with no less than the cores need for the work, it was 12 % and 22 %.

With no slot nothing is shared, and a serial step takes L + T, on one core as on two: measured in
peace to within 2.2 %. Where a serial step took 20 to 30 % more than L + T, another program had a
part of the core (the step used 64 to 89 % of the time that passed), and the other steps grew alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.theory import bounds
from prefetchlab.theory.bounds import Seconds, Times
from prefetchlab.theory.schedule import replay

Slow = Callable[[float, float, float], float]  # from the cores both ask for, and those there are
_ROUNDING = 1e-9  # relative; less than that is no conflict


@dataclass(frozen=True, eq=False)
class Side:
    """Loading or training, as a run alone shows it.

    >>> Side([0.010, 0.012], cpu_s=0.022).cpu_s
    0.022

    Attributes:
        times_s: the time of each element alone, shape (n,), seconds.
        cpu_s: CPU-seconds that one element uses, all threads together, in the mean.
    """

    times_s: Times
    cpu_s: float


@dataclass(frozen=True)
class Range:
    """A mean step that is known up to a range.

    >>> Range(0.010, 0.012).middle_s
    0.011

    Attributes:
        least_s: the step in seconds if the cores are shared without loss.
        most_s: the step in seconds if each part waits for its slowest thread.
    """

    least_s: float
    most_s: float

    @property
    def middle_s(self) -> float:
        """The middle of the range, in seconds."""
        return (self.least_s + self.most_s) / 2


def shared_step(load: Side, train: Side, slots: float, *, cores: float) -> Range:
    """The mean step, without the first, where loading and training share `cores` cores.

    Where the sides never ask for more than the cores together, and with no slot, both ends are
    `replay`'s mean step. Two sides that wait for a part of their time may still meet on one core
    where p_L + p_T is no more than c: what they lose by that is not in the range.

    >>> load, train = Side([0.010] * 9, cpu_s=0.010), Side([0.010] * 9, cpu_s=0.010)
    >>> [round(shared_step(load, train, 1, cores=cores).middle_s, 6) for cores in (1, 1.5, 2)]
    [0.02, 0.016667, 0.01]

    **Arguments:**

    - `load`, `train`: the two sides, of n elements each.
    - `slots`: the buffer's size k in elements, from 0, or `UNBOUNDED`.
    - `cores`: how many cores c the process may use; a quota may make it 1.5.

    **Returns:** the `Range`. A side that is said to use more CPU time than the cores have in its
    time counts as one that uses them all.

    **Raises:** `InputError` for what is no `Side`, no time, no buffer's size or no number of cores;
    for rows that differ in length; and for a side that computes and takes no time.

    **Source:** "without loss" is processor sharing (Kleinrock, 1967). The two parts of a side and
    "waiting for the slowest thread" are this course's own; `tests/test_theory_shared.py` holds the
    range against what was measured.
    """
    given.a(Side, "load", load)
    given.a(Side, "train", train)
    load_s, train_s = bounds.pairs(
        load.times_s, train.times_s, names=("load.times_s", "train.times_s")
    )
    cores = bounds.positive("cores", cores)
    load_threads = _threads("load", load.cpu_s, load_s, cores)
    train_threads = _threads("train", train.cpu_s, train_s, cores)
    alone = replay(load_s, train_s, slots)
    loading = _parts(alone.begun_s, alone.made_s, load_threads, cores)
    training = _parts(alone.taken_s, alone.trained_s, train_threads, cores)
    meetings = [_Meeting.of(one, other) for one in loading for other in training]

    def stretched_s(slow: Slow) -> float:
        extra_s = sum(met.both_s * (slow(*met.demands, cores) - 1) for met in meetings)
        return alone.mean_step_s + extra_s / (len(load_s) - 1)

    return Range(stretched_s(_without_loss), stretched_s(_waiting))


def _threads(side: str, cpu_s: float, times_s: Seconds, cores: float) -> float:
    """How many threads of a side compute at a time, from 0 to `cores`."""
    cpu_s, mean_s = bounds.time(f"{side}.cpu_s", cpu_s), float(times_s.mean())
    if not cpu_s:
        return 0.0
    if not mean_s:
        raise InputError(f"{side}.times_s: all are 0, and it computes; give the times of a run")
    return min(cores, cpu_s / mean_s)


def _without_loss(load: float, train: float, cores: float) -> float:
    """How many times as long both sides take while no core idles."""
    return max(1.0, (load + train) / cores)


def _waiting(load: float, train: float, cores: float) -> float:
    """How many times as long both sides take while each waits for its slowest thread."""
    lossless = _without_loss(load, train, cores)
    return max(lossless, 1 + min(1.0, load, train)) if lossless > 1 + _ROUNDING else lossless


@dataclass(frozen=True, eq=False)
class _Parts:
    """The same part of every element: from when to when, and the cores it asks for meanwhile."""

    from_s: Seconds
    to_s: Seconds
    demand: float

    def before_s(self, instants_s: Seconds) -> Seconds:
        """How long the side was at work on these parts before each instant."""
        edges_s = np.column_stack([self.from_s, self.to_s]).ravel()
        worked_s = np.cumsum(self.to_s - self.from_s)
        at_edges_s = np.append(0.0, np.repeat(worked_s, 2)[:-1])
        before_s: Seconds = np.interp(instants_s, edges_s, at_edges_s)
        return before_s


def _parts(from_s: Seconds, to_s: Seconds, threads: float, cores: float) -> list[_Parts]:
    if threads <= 1:
        return [_Parts(from_s, to_s, threads)]
    wide = (threads - 1) / (cores - 1)  # (W - t) / (c - 1), as a share of t
    narrow_s = from_s + wide * (to_s - from_s)
    return [_Parts(from_s, narrow_s, cores), _Parts(narrow_s, to_s, 1.0)]


@dataclass(frozen=True)
class _Meeting:
    """How long a part of loading and a part of training are at work at once, in all elements.

    The first load meets no training, and the last training no load. So n - 1 of each meet, in the
    n - 1 steps that a mean without the first step counts.
    """

    both_s: float
    demands: tuple[float, float]

    @classmethod
    def of(cls, loading: _Parts, training: _Parts) -> "_Meeting":
        both_s = loading.before_s(training.to_s) - loading.before_s(training.from_s)
        return cls(float(both_s.sum()), (loading.demand, training.demand))
