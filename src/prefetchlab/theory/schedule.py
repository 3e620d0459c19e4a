"""The exact recursion: when each element is begun, made, taken and trained on."""

from dataclasses import dataclass

import numpy as np

from prefetchlab.theory import bounds
from prefetchlab.theory.bounds import UNBOUNDED, Counts, Seconds, Times


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
    def ready(self) -> Counts:
        """How many elements are ready when the loop, done with element n, asks on, shape (n,).

        The loop waits if it is 0. What is made at that very moment counts as ready.

        >>> replay([2.0, 2.0, 9.0, 2.0], [4.0, 4.0, 4.0, 4.0], slots=2).ready
        array([1, 0, 1, 0])
        """
        return self._made_by(self.trained_s)

    @property
    def waiting(self) -> Counts:
        """How many made elements wait in the buffer once element n is taken, shape (n,).

        What is made at that very moment counts. Where an element takes no time to load, several
        are made and taken at one moment, and more may be counted than there are slots.
        """
        return self._made_by(self.taken_s)

    def _made_by(self, instants_s: Seconds) -> Counts:
        """For each element, how many behind it are made at an instant of its own."""
        made = np.searchsorted(self.made_s, instants_s, side="right")
        return made - np.arange(1, len(self.made_s) + 1)

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

    **Raises:** `InputError` if the rows differ in length or hold fewer than two times, a time is
    negative or not finite, or `slots` is neither a whole number from 0 nor `UNBOUNDED`.

    **Source:** TensorFlow 2.21, `core/kernels/data/prefetch_dataset_op.cc`, `PrefetchThread`.
    """
    load, train = bounds.pairs(load_s, train_s)
    slots = bounds.slots(slots)
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
