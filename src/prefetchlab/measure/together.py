"""What the cores do together: two of them may be siblings, two threads of one physical core."""

import math
from collections.abc import Callable

from prefetchlab import given
from prefetchlab.measure.fixed_work import threads_s
from prefetchlab.measure.machine import cores
from prefetchlab.measure.others import OTHERS_BOUND, cpu_times, others_share

_PIECES = 7  # of the fixed work, about 15 milliseconds for each thread
_TRIALS = 5
_TRIES = 4


def cores_together() -> float:
    """How many cores' work the cores of this process do together, as measured now.

    As many threads as there are cores do the fixed work at once, and one does it alone. Two cores
    that are siblings, two threads of one physical core, do together less than twice what one does
    alone. Another program makes the number smaller; so while one is seen it is measured again, at
    most three times, and the largest counts.

    >>> min(1, cores()) <= cores_together() <= cores()
    True

    **Returns:** a number from 1 to `cores()`; where a quota grants less than one core, the quota.
    """
    tries = []
    for _ in range(_TRIES):
        start = cpu_times()
        tries.append(together(lambda threads: threads_s(threads, pieces=_PIECES), cores()))
        if (others_share(start, cpu_times()) or 0.0) <= OTHERS_BOUND:
            break
    return max(tries)


def together(seconds: Callable[[int], float], allowed: float) -> float:
    """How many cores' work is done by several threads at once, from timings of the same work.

    >>> together({1: 0.010, 2: 0.010}.__getitem__, 2)
    2.0
    >>> round(together({1: 0.010, 2: 0.016}.__getitem__, 2), 6)  # siblings of one core
    1.25

    **Arguments:**

    - `seconds`: times so many threads at once, each with the same work, in seconds. The quickest of
      five trials counts, because whatever disturbs one makes it longer.
    - `allowed`: how many cores the process may use; a quota may grant a part of one.

    **Returns:** a number from 1 to `allowed`, or `allowed` where that is less than 1.
    """
    threads = math.ceil(allowed)
    if threads == 1:
        return allowed
    alone_s, at_once_s = (min(seconds(count) for _ in range(_TRIALS)) for count in (1, threads))
    return min(max(1.0, threads * alone_s / at_once_s), allowed)


def core_work_s(cpu_s: float, wall_s: float, *, allowed: float, together: float) -> float:
    """CPU-seconds as an undisturbed core would need them, from those that were counted.

    CPU-seconds count the same on a core whose sibling rests and on one whose sibling works, which
    does less. A run that used more than one core for a while counted too many of them.

    >>> round(core_work_s(0.020, 0.010, allowed=2, together=1.3), 9)  # both siblings all along
    0.013
    >>> core_work_s(0.006, 0.010, allowed=2, together=1.3)  # one core is enough
    0.006

    **Arguments:**

    - `cpu_s`: CPU-seconds counted in the run, of all threads.
    - `wall_s`: the seconds that the run took.
    - `allowed`: how many cores the process may use.
    - `together`: how many cores' work they do together; see `cores_together`.

    **Source:** the run had a part on all cores for (W - t) / (n - 1) seconds, which did `together`
    cores' work in that time, and a part on one core, as `theory.shared_step` has it.

    **Raises:** `InputError` if one is no finite number from 0.
    """
    cpu_s, wall_s = given.amount("cpu_s", cpu_s), given.amount("wall_s", wall_s)
    allowed, together = given.amount("allowed", allowed), given.amount("together", together)
    if cpu_s <= wall_s or allowed <= 1:
        return cpu_s
    return wall_s + (min(cpu_s, allowed * wall_s) - wall_s) * (together - 1) / (allowed - 1)
