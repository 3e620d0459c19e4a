"""What prefetching can and cannot do, computed: the recursion, its closed forms, the limits.

One producer makes elements in order, one after the other. A buffer of k slots holds what is made
but not yet taken. One consumer takes elements in order and trains on them. L is the time that an
element takes to load, T the time that a step takes to train, both in seconds.

Only NumPy is used here; nothing is measured. The model has one serial producer, and loading and
training do not slow each other down. Where they share cores, they do: see `limit`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
Times = Sequence[float] | Seconds  # one time for each element, in seconds

UNBOUNDED = math.inf


@dataclass(frozen=True, eq=False)
class Schedule:
    """When each element is begun, made, taken and trained on.

    >>> replay([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], slots=1).taken_s
    array([1., 2., 3.])

    Attributes:
        begun_s: when loading of element n began, shape (n,), seconds from the first `next`.
        made_s: when it was ready, shape (n,), seconds.
        taken_s: when the consumer took it, shape (n,), seconds.
        trained_s: when the step on it ended, shape (n,), seconds.
    """

    begun_s: Seconds
    made_s: Seconds
    taken_s: Seconds
    trained_s: Seconds

    @property
    def step_times_s(self) -> Seconds:
        """From the end of one step to the end of the next, shape (n - 1,), seconds."""
        return np.diff(self.trained_s)

    @property
    def mean_step_s(self) -> float:
        """The mean step in seconds, without the first: its load has nothing to hide behind."""
        return float(self.step_times_s.mean())


def replay(load_s: Times, train_s: Times, slots: float) -> Schedule:
    """Play measured load and train times through a buffer of `slots` slots, exactly.

    With no slot, loading begins when the consumer asks. With k slots the producer goes on by
    itself, and begins element n once it has made element n - 1 and element n - k has been taken:
    that is the loop of TensorFlow's prefetch thread, which waits while its buffer is full *before*
    it starts the next element.

    >>> constant = [0.010] * 100
    >>> [round(replay(constant, constant, slots).mean_step_s, 6) for slots in (0, 1, 2)]
    [0.02, 0.01, 0.01]

    **Arguments:**

    - `load_s`: the time to load each element, shape (n,), seconds.
    - `train_s`: the time to train on each element, shape (n,), seconds.
    - `slots`: the buffer's size k in elements: 0, 1, 2, … or `UNBOUNDED`.

    **Returns:** the `Schedule`.

    **Raises:** `ValueError` if the shapes differ, fewer than two elements are given, a time is
    negative, or `slots` is not a whole number from 0.

    **Source:** TensorFlow 2.21, `core/kernels/data/prefetch_dataset_op.cc`, `PrefetchThread`.
    """
    load, train = _checked(load_s, train_s, slots)
    begun, made, taken = (np.zeros(len(load)) for _ in range(3))
    for n in range(len(load)):
        asked = taken[n - 1] + train[n - 1] if n else 0.0
        if slots == 0:
            begun[n] = asked
        else:
            free = taken[n - int(slots)] if slots != UNBOUNDED and n >= slots else 0.0
            begun[n] = max(made[n - 1], free) if n else 0.0
        made[n] = begun[n] + load[n]
        taken[n] = max(made[n], asked)
    return Schedule(begun, made, taken, taken + train)


def _checked(load_s: Times, train_s: Times, slots: float) -> tuple[Seconds, Seconds]:
    load, train = np.asarray(load_s, np.float64), np.asarray(train_s, np.float64)
    if load.shape != train.shape or load.ndim != 1 or len(load) < 2:
        raise ValueError(
            f"load_s and train_s must be two rows of one length of at least 2; "
            f"got shapes {load.shape} and {train.shape}"
        )
    if load.min() < 0 or train.min() < 0:
        raise ValueError("load_s and train_s must not be negative")
    if slots != UNBOUNDED and (slots < 0 or slots != int(slots)):
        raise ValueError(f"slots must be 0, 1, 2, … or UNBOUNDED; got {slots!r}")
    return load, train


def serial_step(load_s: Times, train_s: Times) -> float:
    """The mean step with no slot: E[L] + E[T], for any distribution.

    >>> serial_step([0.010], [0.010])
    0.02
    """
    return float(np.mean(load_s) + np.mean(train_s))


def one_slot_step(load_s: Times, train_s: Times) -> float:
    """The mean step with one slot: E[max(L, T)], for independent L and T of any distribution.

    Loading element n + 1 and training on element n begin at the same instant: when element n is
    taken. The step is over when the longer of the two is.

    >>> one_slot_step([0.005, 0.015], [0.010, 0.010])
    0.0125

    **Arguments:**

    - `load_s`, `train_s`: samples in seconds, shapes (n,) and (m,). Every load is held against
      every train time, since which meets which is chance.

    **Source:** `replay` with k = 1: taken[n + 1] = taken[n] + max(L[n + 1], T[n]).
    """
    return float(np.maximum.outer(np.asarray(load_s), np.asarray(train_s)).mean())


def unbounded_step(load_s: Times, train_s: Times) -> float:
    """The mean step with a buffer without bound: max(E[L], E[T]); no buffer does better.

    >>> unbounded_step([0.005, 0.015], [0.010, 0.010])
    0.01
    """
    return float(max(np.mean(load_s), np.mean(train_s)))


def exponential_step(load_s: float, train_s: float, slots: float) -> float:
    """The mean step when L and T are exponential: E[L](1 - ρ^(k+2)) / (1 - ρ^(k+1)), ρ = E[T]/E[L].

    >>> [round(exponential_step(1.0, 1.0, k), 3) for k in (0, 1, 2, 4)]
    [2.0, 1.5, 1.333, 1.2]

    **Arguments:**

    - `load_s`, `train_s`: the mean times in seconds.
    - `slots`: the buffer's size k in elements, from 0, or `UNBOUNDED`.

    **Source:** the queue M/M/1 with k + 1 places. It is also `Node::ComputeWaitTime` in
    TensorFlow's `core/framework/model.cc`, plus the consumer's own time.
    """
    if slots == UNBOUNDED:
        return max(load_s, train_s)
    ratio = train_s / load_s
    if math.isclose(ratio, 1.0, rel_tol=1e-9):
        return load_s * (slots + 2) / (slots + 1)
    if ratio > 1:  # the same formula seen from the other side: powers of 1/ρ do not overflow
        return exponential_step(train_s, load_s, slots)
    return load_s * float((1 - ratio ** (slots + 2)) / (1 - ratio ** (slots + 1)))


def burst_step(base_s: float, stall_s: float, every: int, train_s: float, slots: int) -> float:
    """The mean step when every `every`-th load takes `stall_s` longer than `base_s`.

    >>> round(burst_step(0.002, 0.024, every=16, train_s=0.004, slots=1), 6)
    0.005375

    **Arguments:**

    - `base_s`: an ordinary load in seconds, below `train_s`.
    - `stall_s`: what a burst adds, in seconds.
    - `every`: a burst comes once in so many elements, more than `slots`.
    - `train_s`: a step's train time in seconds.
    - `slots`: the buffer's size k in elements, from 1.

    **Raises:** `ValueError` outside those ranges: the formula does not hold there; use `replay`.

    **Source:** derived from `replay`, and held against it in `tests/test_theory.py`.
    """
    if not (base_s < train_s and 1 <= slots < every):
        raise ValueError("burst_step needs base_s < train_s and 1 <= slots < every; use replay")
    unhidden = max(0.0, stall_s + base_s - slots * train_s) / every
    return max(train_s, base_s + stall_s / every, train_s + unhidden)


def slots_for_burst(base_s: float, stall_s: float, train_s: float) -> int:
    """The smallest buffer that hides a burst whole: k* = ceil((S + l) / T).

    It works only if loading keeps up on average; no buffer makes a slow producer fast.

    >>> slots_for_burst(base_s=0.002, stall_s=0.024, train_s=0.004)
    7
    """
    return max(1, math.ceil(round((stall_s + base_s) / train_s, 9)))


def speedup(load_s: float, train_s: float) -> float:
    """What one prefetch can make of a serial step, at most: (L + T) / max(L, T), never above 2.

    >>> speedup(0.010, 0.010), round(speedup(0.030, 0.010), 3)
    (2.0, 1.333)
    """
    return (load_s + train_s) / max(load_s, train_s)


@dataclass(frozen=True)
class Limit:
    """The step that no order of the same work can beat, and what sets it.

    Attributes:
        step_s: the limit in seconds a step.
        set_by: the term that sets it: "loading", "training" or "cores".
        terms_s: every term in seconds a step, by name.
    """

    step_s: float
    set_by: str
    terms_s: dict[str, float]


def limit(load_s: float, train_s: float, *, cpu_work_s: float = 0.0, cores: int = 1) -> Limit:
    """The physical limit of a step for one producer: max(L, T, W / c).

    A prefetch hides waiting behind work. It adds no core: what both sides compute must still be
    computed, so a step takes at least the CPU work W of both, shared by c cores.

    >>> limit(0.010, 0.012).set_by
    'training'
    >>> limit(0.010, 0.012, cpu_work_s=0.040, cores=2)
    Limit(step_s=0.02, set_by='cores', terms_s={'loading': 0.01, 'training': 0.012, 'cores': 0.02})

    **Arguments:**

    - `load_s`, `train_s`: the mean times of each alone, in seconds a step.
    - `cpu_work_s`: CPU-seconds that loading and training use together for one step.
    - `cores`: how many cores the process may use.

    **Source:** the bottleneck law of operational analysis (Denning and Buzen, 1978).
    """
    terms = {"loading": load_s, "training": train_s, "cores": cpu_work_s / cores}
    set_by = max(terms, key=terms.__getitem__)
    return Limit(terms[set_by], set_by, terms)
