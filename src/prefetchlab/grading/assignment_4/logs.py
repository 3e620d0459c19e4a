"""What the tasks about times share: logs in whole milliseconds, and how long training waits."""

from typing import NamedTuple

import numpy as np

from prefetchlab import theory


class Log(NamedTuple):
    """The times of each batch in whole milliseconds, n of both."""

    load: list[int]
    train: list[int]


def waited_ms(log: Log, slots: float) -> float:
    """How long training waits in all after its first batch, with so many slots.

    >>> waited_ms(Log([2, 9, 2], [4, 4, 4]), slots=1)
    5.0

    **Arguments:**

    - `log`: load and train times.
    - `slots`: of the buffer, from 0, or `theory.UNBOUNDED`.

    **Returns:** milliseconds.
    """
    schedule = theory.replay(log.load, log.train, slots)
    return float((schedule.taken_s[1:] - schedule.trained_s[:-1]).sum())


def fewest(log: Log, allowed_ms: float) -> int | None:
    """The fewest slots, from 1, with which training waits no longer than that; None for no number.

    >>> fewest(Log([2, 2, 2, 9] * 3, [5] * 12), allowed_ms=0), fewest(Log([9, 9], [4, 4]), 0)
    (2, None)
    """
    if waited_ms(log, theory.UNBOUNDED) > allowed_ms:
        return None
    return next(k for k in range(1, len(log.load) + 1) if waited_ms(log, k) <= allowed_ms)


def with_stalls(load: int, stall: int, every: int, train: int, groups: int) -> Log:
    """A log in which the last of every so many loads takes longer by `stall`.

    >>> with_stalls(2, 9, every=3, train=6, groups=2)
    Log(load=[2, 2, 11, 2, 2, 11], train=[6, 6, 6, 6, 6, 6])
    """
    return Log(([load] * (every - 1) + [load + stall]) * groups, [train] * every * groups)


def rough_log(seed: int | None = None, *, batches: int = 96) -> Log:
    """A log whose stalls come in clusters, at distances by chance; loading keeps up on average.

    >>> log = rough_log(seed=4)
    >>> len(log.load), sum(log.load) < sum(log.train)
    (96, True)

    **Arguments:**

    - `seed`: the same seed gives the same log; None gives another every time.
    - `batches`: how many there are.
    """
    rng = np.random.default_rng(seed)
    while True:
        log = _in_clusters(rng, batches)
        if sum(log.load) < sum(log.train):
            return log


def _in_clusters(rng: np.random.Generator, batches: int) -> Log:
    base, train = int(rng.integers(2, 5)), int(rng.integers(8, 12))
    load = rng.integers(base, base + 3, batches)
    for cluster in range(12, batches - 12, 22):
        start = cluster + int(rng.integers(0, 8))
        for place in (0, *np.cumsum(rng.integers(1, 3, int(rng.integers(1, 3)))).tolist()):
            load[start + place] += int(rng.integers(2, 5)) * train
    return Log(load.tolist(), rng.integers(train - 1, train + 2, batches).tolist())
