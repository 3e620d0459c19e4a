"""What a number that the reader gives must be, checked before anything is done with it."""

import math
import reprlib
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np

from prefetchlab.errors import InputError

_MOST_S = 3600  # a longer wait is a mistake of units


def whole(name: str, value: object, *, least: int, most: int | None = None) -> int:
    """A whole number within bounds.

    >>> whole("count", 20, least=10)
    20

    **Arguments:**

    - `name`: what the number is, for the message.
    - `value`: what the reader gave.
    - `least`, `most`: the bounds, both included; None for no upper one.

    **Returns:** the number as an int.

    **Raises:** `InputError` if it is not whole, or out of bounds.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        given = reprlib.repr(value)
        raise InputError(f"{name}: {given} is not a whole number; give one, {least} or more")
    number = int(value)
    if number < least:
        raise InputError(f"{name}: {_short(number)} is too small; give at least {least}")
    if most is not None and number > most:
        raise InputError(f"{name}: {_short(number)} is too large; give at most {most}")
    return number


def seconds(name: str, value: object) -> float:
    """A time in seconds, from 0 to an hour.

    >>> seconds("load_s", 0.01)
    0.01

    **Raises:** `InputError` if it is anything else.
    """
    if not isinstance(value, Real) or isinstance(value, bool | np.timedelta64):
        given = reprlib.repr(value)
        raise InputError(f"{name}: {given} is no time; give seconds, 0.01 for example")
    try:
        time_s = float(value)
    except OverflowError:  # a whole number above every float
        time_s = math.inf
    if not 0 <= time_s <= _MOST_S:
        raise InputError(f"{name}: {time_s} is no time; give seconds from 0 to {_MOST_S}")
    return time_s


def waits(name: str, value: float | Sequence[float]) -> list[float]:
    """One time in seconds, or several that are gone through again and again.

    >>> waits("load_s", 0.01), waits("load_s", [0.01, 0.02])
    ([0.01], [0.01, 0.02])

    **Raises:** `InputError` if one is no time, or if there is none.
    """
    try:
        several = iter(value)  # type: ignore[arg-type]
    except TypeError:  # one number
        return [seconds(name, value)]
    times_s = [seconds(name, each) for each in several]
    if not times_s:
        raise InputError(f"{name}: there is no time in it; give at least one, in seconds")
    return times_s


def parallel(calls: int | None) -> int | None:
    """A `num_parallel_calls` that tf.data takes: None, AUTOTUNE (-1), or at least 1.

    >>> parallel(None), parallel(4)
    (None, 4)

    **Raises:** `InputError` if it is anything else.
    """
    if calls is None or (isinstance(calls, Integral) and calls == -1):
        return calls
    return whole("parallel_calls", calls, least=1, most=2**31 - 1)


def _short(number: int) -> str:
    """A number that a line can hold; Python itself refuses to print thousands of digits."""
    return str(number) if abs(number) < 10**20 else "a number of more than 20 digits"
