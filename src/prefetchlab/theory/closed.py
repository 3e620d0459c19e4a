"""The mean step in closed form, in the long run: for no slot, one slot, and many.

"In the long run" means that what happens at the ends of a run no longer counts. A run of a few
elements may do better: its first load lies before the first step, so that no step waits for it.
"""

import math

import numpy as np

from prefetchlab.errors import InputError
from prefetchlab.theory import bounds
from prefetchlab.theory.bounds import UNBOUNDED, Times


def serial_step(load_s: Times, train_s: Times) -> float:
    """The mean step with no slot: E[L] + E[T], for any distribution.

    >>> serial_step([0.010], [0.010])
    0.02

    **Arguments:**

    - `load_s`, `train_s`: samples in seconds, shapes (n,) and (m,).

    **Raises:** `InputError` if a sample is empty, or holds what is no time.

    **Source:** `replay` with k = 0: taken[n + 1] = taken[n] + T[n] + L[n + 1].
    """
    load, train = bounds.samples("load_s", load_s), bounds.samples("train_s", train_s)
    return float(load.mean() + train.mean())


def one_slot_step(load_s: Times, train_s: Times) -> float:
    """The mean step with one slot: E[max(L, T)], for L and T independent of each other.

    Loading element n + 1 and training on element n begin at the same instant: when element n is
    taken. The step is over when the longer of the two is. So what counts is the load of the next
    element and the training on this one. Where a long load tends to meet a long step, or a short
    one, the two are not independent: use `replay`.

    >>> one_slot_step([0.005, 0.015], [0.010, 0.010])
    0.0125

    **Arguments:**

    - `load_s`, `train_s`: samples in seconds, shapes (n,) and (m,). Every load is held against
      every train time, since which meets which is chance.

    **Raises:** `InputError` if a sample is empty, or holds what is no time.

    **Source:** `replay` with k = 1: taken[n + 1] = taken[n] + max(L[n + 1], T[n]).
    """
    load, train = bounds.samples("load_s", load_s), np.sort(bounds.samples("train_s", train_s))
    shorter = np.searchsorted(train, load)  # how many train times lie below each load
    longer_s = np.append(np.cumsum(train[::-1])[::-1], 0.0)  # sums of the train times from i on
    return float((load * shorter + longer_s[shorter]).mean() / len(train))


def unbounded_step(load_s: Times, train_s: Times) -> float:
    """The mean step with a buffer without bound, in the long run: max(E[L], E[T]).

    No buffer does better in the long run. A few elements may: see the start of this module.

    >>> unbounded_step([0.005, 0.015], [0.010, 0.010])
    0.01

    **Arguments:**

    - `load_s`, `train_s`: samples in seconds, shapes (n,) and (m,).

    **Raises:** `InputError` if a sample is empty, or holds what is no time.
    """
    load, train = bounds.samples("load_s", load_s), bounds.samples("train_s", train_s)
    return float(max(load.mean(), train.mean()))


def exponential_step(load_s: float, train_s: float, slots: float) -> float:
    """The mean step when L and T are exponential: E[L](1 - ρ^(k+2)) / (1 - ρ^(k+1)), ρ = E[T]/E[L].

    Where one mean is 0, the step is the other.

    >>> [round(exponential_step(1.0, 1.0, k), 3) for k in (0, 1, 2, 4)]
    [2.0, 1.5, 1.333, 1.2]

    **Arguments:**

    - `load_s`, `train_s`: the mean times in seconds; L and T are independent of each other.
    - `slots`: the buffer's size k in elements, from 0, or `UNBOUNDED`.

    **Raises:** `InputError` for what is no time, or no buffer's size.

    **Source:** the queue M/M/1 with k + 1 places. It is also `Node::ComputeWaitTime` in
    TensorFlow's `core/framework/model.cc`, plus the consumer's own time.
    """
    means_s = bounds.time("load_s", load_s), bounds.time("train_s", train_s)
    slots = bounds.slots(slots)
    least, most = sorted(means_s)  # the formula gives the same for L and T exchanged
    ratio = least / most if least else 0.0
    if slots == UNBOUNDED or ratio == 0:
        return most
    if ratio == 1:
        return most * (slots + 2) / (slots + 1)
    power = math.log(ratio)  # 1 - ρ^n is -expm1(n log ρ): exact, too, where ρ is nearly 1
    return most * math.expm1((slots + 2) * power) / math.expm1((slots + 1) * power)


def speedup(load_s: float, train_s: float) -> float:
    """What one prefetch can make of a serial step, at most: (L + T) / max(L, T), never above 2.

    The prefetch stands at the end of a pipeline with one serial producer. It holds in the long run
    for the means of any two distributions, where the sides do not slow each other down. A prefetch
    elsewhere, inside an `interleave` say, lets several elements load at once, and may do better.

    >>> speedup(0.010, 0.010), round(speedup(0.030, 0.010), 3)
    (2.0, 1.333)

    **Arguments:**

    - `load_s`, `train_s`: the mean times in seconds; one of them above 0.

    **Raises:** `InputError` for what is no time, or if both are 0.
    """
    load_s, train_s = bounds.time("load_s", load_s), bounds.time("train_s", train_s)
    if load_s == train_s == 0:
        raise InputError("load_s and train_s: both are 0; give one of them above 0")
    return (load_s + train_s) / max(load_s, train_s)
