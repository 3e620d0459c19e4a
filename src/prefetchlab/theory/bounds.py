"""Times, slots and cores: what each may be, checked before anything is computed."""

import math
import reprlib
from collections.abc import Sequence
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from prefetchlab.errors import InputError

Seconds = NDArray[np.float64]
Counts = NDArray[np.int64]
Times = Sequence[float] | Seconds  # one time for each element, in seconds

UNBOUNDED = math.inf

# Between these, sums and quotients of times stay finite in float64, and so does every result.
_SMALLEST, _LARGEST = 1e-15, 1e15


def time(name: str, value: float) -> float:
    """A time: a finite number of seconds, from 0.

    >>> time("load_s", 0.01)
    0.01

    **Raises:** `InputError` if it is anything else.
    """
    return _between(name, value, 0.0, "give seconds from 0 to 1e15")


def positive(name: str, value: float) -> float:
    """A finite number above 0, because something is divided by it.

    >>> positive("cores", 1.5)
    1.5

    **Raises:** `InputError` if it is anything else.
    """
    return _between(name, value, _SMALLEST, "give a number above 0, from 1e-15 to 1e15")


def share(name: str, value: float) -> float:
    """A share of something, from 0; more than all of it is allowed.

    >>> share("within", 0.01)
    0.01

    **Raises:** `InputError` if it is anything else.
    """
    return _between(name, value, 0.0, "give a share from 0, 0.01 for one percent")


def samples(name: str, values: Times, *, least: int = 1) -> Seconds:
    """A row of times: at least `least` of them, each finite and not negative.

    >>> samples("load_s", [0.01, 0.02])
    array([0.01, 0.02])

    **Returns:** the times, shape (n,), float64.

    **Raises:** `InputError` if it is no row of numbers, is too short, or one is no time.
    """
    if not _is_row_of_numbers(values):
        raise InputError(f"{name}: it is no row of numbers; give one time for each element")
    times = np.asarray(values, np.float64)
    if len(times) < least:
        raise InputError(f"{name}: it holds {len(times)} times; give at least {least}")
    wrong = ~((times >= 0) & (times <= _LARGEST))  # NaN is neither
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InputError(
            f"{name}: {times[place]} at index {place} is no time; give seconds from 0 to 1e15"
        )
    return times


def pairs(
    load_s: Times, train_s: Times, *, names: tuple[str, str] = ("load_s", "train_s")
) -> tuple[Seconds, Seconds]:
    """A load and a train time for each element, of at least two elements.

    >>> pairs([1, 2], [3, 4])
    (array([1., 2.]), array([3., 4.]))

    **Returns:** both as float64, shapes (n,) and (n,).

    **Raises:** `InputError` if one is no row of at least two times, or they differ in length.
    """
    load, train = (samples(*each, least=2) for each in zip(names, (load_s, train_s), strict=True))
    if len(load) != len(train):
        raise InputError(
            f"{names[1]}: it holds {len(train)} times and {names[0]} {len(load)}; "
            "give both one time for each element"
        )
    return load, train


def whole(name: str, value: float, *, least: int) -> int:
    """A whole number, from `least`.

    >>> whole("every", 16, least=1)
    16

    **Raises:** `InputError` if it is anything else.
    """
    return _whole(name, value, least, f"give a whole number from {least}")


def slots(value: float, *, least: int = 0) -> float:
    """A buffer's size in elements: a whole number, from `least`, or `UNBOUNDED`.

    >>> slots(2), slots(UNBOUNDED)
    (2, inf)

    **Raises:** `InputError` if it is anything else.
    """
    if isinstance(value, Real) and value == UNBOUNDED:
        return UNBOUNDED
    return _whole("slots", value, least, f"give a whole number from {least}, or UNBOUNDED")


def _whole(name: str, value: float, least: int, advice: str) -> int:
    given = _between(name, value, least, advice)
    if given % 1:
        raise InputError(f"{name}: {_shown(value)} is not whole; {advice}")
    return int(given)


def _between(name: str, value: float, least: float, advice: str) -> float:
    given = _number(name, value, advice)
    if not least <= given <= _LARGEST:
        raise InputError(f"{name}: {_shown(value)} is out of range; {advice}")
    return float(given)


def _number(name: str, value: float, advice: str) -> float:
    if isinstance(value, bool | np.bool_ | np.timedelta64) or not isinstance(value, Real):
        raise InputError(f"{name}: {_shown(value)} is no number; {advice}")
    # A short float of NumPy would be compared as one, and there 1e15 is infinite.
    return float(value) if isinstance(value, np.floating) else value


def _is_row_of_numbers(values: Times) -> bool:
    if isinstance(values, bytes | bytearray) or np.ma.is_masked(values):
        return False
    if isinstance(values, Sequence) and {bool, np.bool_} & set(map(type, values)):
        return False  # beside numbers, NumPy would take True for 1
    try:
        row = np.asarray(values)
    except ValueError:  # rows of several lengths
        return False
    return row.ndim == 1 and row.dtype.kind in "iuf"


def _shown(value: object) -> str:
    try:
        return str(value) if isinstance(value, float | np.number) else reprlib.repr(value)
    except ValueError:  # Python prints no number of thousands of digits
        return "a number of thousands of digits"
