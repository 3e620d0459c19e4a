"""The buffer that TensorFlow sizes as it runs: the recursion, with the rule by which it grows."""

from dataclasses import dataclass

import numpy as np

from prefetchlab.theory import bounds
from prefetchlab.theory.bounds import Counts, Times
from prefetchlab.theory.schedule import Schedule

_DOUBLES_BELOW = 2048  # slots; from there on it grows by as many


@dataclass(frozen=True, eq=False)
class Autotuned:
    """A run through a buffer that grew, and how large it was.

    Attributes:
        schedule: when each element was begun, made, taken and trained on.
        slots: the buffer's size once element n is taken, shape (n,), elements.
    """

    schedule: Schedule
    slots: Counts


def autotuned(load_s: Times, train_s: Times) -> Autotuned:
    """Play load and train times through `prefetch(tf.data.AUTOTUNE)`, exactly.

    An iterator's buffer begins with one slot. Once the loop has found it full, and later finds it
    empty, it gets twice as many slots; from 2048 on, 2048 more. Then the loop must find it full
    again. It never becomes smaller. The loop looks when it asks and nothing is there, and when it
    takes an element. So where each element is waited for there are two slots in the end: the one
    slot was filled by the element that was waited for, and two never are.

    Memory is not counted: TensorFlow grows no further than the first element's bytes allow.

    >>> stalls = autotuned([2, 2, 2, 2, 2, 2, 2, 26] * 8, [6] * 64)
    >>> [int(stalls.slots[step]) for step in (0, 7, 15, 23, 31, 63)]
    [1, 2, 4, 8, 8, 8]
    >>> int(autotuned([5] * 100, [1] * 100).slots.max())
    2

    **Arguments:**

    - `load_s`, `train_s`: as for `replay`.

    **Returns:** the schedule and the sizes. An element that is made at the very moment at which the
    loop asks counts as there; a real machine may decide otherwise.

    **Raises:** `InputError`, as `replay` does.

    **Source:** TensorFlow 2.21, `core/kernels/data/prefetch_autotuner.cc`, and
    `prefetch_dataset_op.cc`, which calls it. `tests/test_buffers.py` holds it against the sizes
    that running pipelines report.
    """
    load, train = bounds.pairs(load_s, train_s)
    begun, made, taken = (np.zeros(len(load)) for _ in range(3))
    slots, buffer = np.zeros(len(load), np.int64), _Buffer()
    next_one, changed_s = 0, 0.0  # what is begun next, and when the buffer last changed
    for n in range(len(load)):
        asked_s = taken[n - 1] + train[n - 1] if n else 0.0
        while next_one < min(n + buffer.slots, len(load)):
            begins_s = max(made[next_one - 1] if next_one else 0.0, changed_s)
            if begins_s > asked_s:
                break
            begun[next_one], made[next_one] = begins_s, begins_s + load[next_one]
            next_one += 1
        if made[n] > asked_s:
            buffer.found(0)
        taken[n] = changed_s = max(made[n], asked_s)
        buffer.found(int(np.searchsorted(made[:next_one], taken[n], side="right")) - n)
        slots[n] = buffer.slots
    return Autotuned(Schedule(begun, made, taken, taken + train), slots)


class _Buffer:
    """How many slots there are, and whether the loop found them full since they became more."""

    def __init__(self) -> None:
        self.slots = 1
        self._was_full = False

    def found(self, elements: int) -> None:
        """The loop looked, and so many elements waited."""
        if not self._was_full:
            self._was_full = elements == self.slots
        elif elements == 0:
            self.slots += min(self.slots, _DOUBLES_BELOW)
            self._was_full = False
