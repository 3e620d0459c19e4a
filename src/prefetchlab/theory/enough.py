"""The fewest slots that do what any number of them would do, for times that were logged."""

from prefetchlab.theory import bounds
from prefetchlab.theory.bounds import UNBOUNDED, Times
from prefetchlab.theory.schedule import replay

_ROUNDING = 1e-9  # relative; sums of times differ by less, in another order


def enough_slots(load_s: Times, train_s: Times, *, within: float = 0.01) -> int:
    """The fewest slots, from 1, whose step is as short as with any number of them.

    It replays the log, so it holds for loads in any order, for bursts in clusters too, and for one
    run of that log. Of a log that comes again and again, give several in a row: what follows may
    empty a buffer that one run leaves full.

    >>> enough_slots([2, 2, 2, 26] * 16, [9] * 64)
    3
    >>> enough_slots([6] * 64, [4] * 64)  # loading is too slow, and no buffer changes that
    1

    **Arguments:**

    - `load_s`, `train_s`: as for `replay`.
    - `within`: how much longer the mean step may be than with `UNBOUNDED` slots, as a share of
      that: 0.01 is one percent. Less than what your measurements vary by is of no use.

    **Raises:** `InputError`, as `replay` does, or if `within` is no number from 0.
    """
    bounds.pairs(load_s, train_s)
    more = 1 + bounds.share("within", within) + _ROUNDING
    allowed_s = replay(load_s, train_s, UNBOUNDED).mean_step_s * more

    def is_enough(slots: int) -> bool:
        return replay(load_s, train_s, slots).mean_step_s <= allowed_s

    few, enough = 0, 1
    while not is_enough(enough):
        few, enough = enough, 2 * enough
    while enough - few > 1:  # a step never grows with the slots
        middle = (few + enough) // 2
        few, enough = (few, middle) if is_enough(middle) else (middle, enough)
    return enough
