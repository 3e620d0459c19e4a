"""Loads that come in bursts: what a buffer hides of them, and how large it must be."""

import math

from prefetchlab.theory import bounds


def burst_step(base_s: float, stall_s: float, every: int, train_s: float, slots: float) -> float:
    """The mean step, in the long run, when every `every`-th load takes `stall_s` longer.

    >>> round(burst_step(0.002, 0.024, every=16, train_s=0.004, slots=1), 6)
    0.005375

    **Arguments:**

    - `base_s`: an ordinary load in seconds.
    - `stall_s`: what a burst adds, in seconds.
    - `every`: a burst comes once in so many elements, at just that distance.
    - `train_s`: a step's train time in seconds.
    - `slots`: the buffer's size k in elements, from 1, or `UNBOUNDED`. With no slot nothing is
      hidden, and the formula does not hold: see `serial_step`.

    **Raises:** `InputError` for what is no time, no buffer's size, or no whole distance.

    **Source:** derived from `replay`, and held against it in `tests/test_theory_bursts.py`.
    """
    base_s, stall_s = bounds.time("base_s", base_s), bounds.time("stall_s", stall_s)
    train_s = bounds.time("train_s", train_s)
    every, slots = bounds.whole("every", every, least=1), bounds.slots(slots, least=1)
    hidden_s = slots * train_s if train_s else 0.0
    unhidden_s = max(0.0, stall_s + base_s - hidden_s) / every
    return max(base_s + stall_s / every, train_s + unhidden_s)


def slots_for_burst(base_s: float, stall_s: float, train_s: float) -> int:
    """The smallest buffer that hides a burst whole: k* = ceil((S + l) / T).

    It does so once the buffer is full, and with bursts no closer than S / (T - l) elements, so
    that the buffer is full again when the next one comes. It works only if loading keeps up on
    average; no buffer makes a slow producer fast.

    >>> slots_for_burst(base_s=0.002, stall_s=0.024, train_s=0.004)
    7

    **Arguments:**

    - `base_s`: an ordinary load l in seconds.
    - `stall_s`: what a burst adds, S, in seconds.
    - `train_s`: a step's train time T in seconds, above 0.

    **Raises:** `InputError` for what is no time, or a `train_s` of 0.
    """
    base_s, stall_s = bounds.time("base_s", base_s), bounds.time("stall_s", stall_s)
    needed = (stall_s + base_s) / bounds.positive("train_s", train_s)
    return max(1, math.ceil(round(needed, 9)))
