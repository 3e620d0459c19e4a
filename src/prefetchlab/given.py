"""What a reader gives, checked before anything is done with it: each fault names the argument.

What is checked by these functions alone is what kind of thing it is. NumPy's rows of times, which
theory computes with, are checked in `prefetchlab.theory.bounds`.
"""

import contextlib
import math
import os
import reprlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TypeVar

import numpy as np

from prefetchlab.errors import InputError

Kind = TypeVar("Kind")
Key = TypeVar("Key")
Value = TypeVar("Value")
Called = TypeVar("Called", bound=Callable[..., object])

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


def amount(name: str, value: float) -> float:
    """A finite number, from 0.

    >>> amount("size", 250_100)
    250100.0

    **Raises:** `InputError` if it is anything else.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and 0 <= value < math.inf:
        with contextlib.suppress(OverflowError):  # a whole number above every float
            return float(value)
    raise InputError(f"{name}: {reprlib.repr(value)} is no amount; give a finite number from 0")


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


def whole_numbers(
    name: str, values: Iterable[int], *, least: int, most: int | None = None
) -> tuple[int, ...]:
    """A row of whole numbers, at least one of them, each within bounds.

    >>> whole_numbers("slots", [0, 1, 2], least=0)
    (0, 1, 2)

    **Raises:** `InputError` if it is no row, if it is empty, or if one is no such number.
    """
    row = several(name, values, "whole numbers")
    return tuple(whole(name, value, least=least, most=most) for value in row)


def several(name: str, values: Iterable[Value], what: str) -> tuple[Value, ...]:
    """A row of things, at least one of them.

    >>> several("slots", [0, 1], "whole numbers")
    (0, 1)

    **Arguments:**

    - `name`, `values`: what was given.
    - `what`: what is in such a row, in the plural.

    **Raises:** `InputError` if it is no row, or if it is empty. Text is no row.
    """
    row = items(name, values, what)
    if not row:
        raise InputError(f"{name}: it is empty; give at least one")
    return row


def items(name: str, values: Iterable[Value], what: str) -> tuple[Value, ...]:
    """A row of things, or an empty one.

    >>> items("events", [], "events")
    ()

    **Raises:** `InputError` if it is no row. Text is none, and neither is a mapping.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise InputError(f"{name}: {reprlib.repr(values)} is no row; give a list of {what}")
    return tuple(values)


def mapping(
    name: str, values: Mapping[Key, Value], what: str, *, least: int = 1
) -> Mapping[Key, Value]:
    """A mapping of names to things, at least one of them, or none with `least=0`.

    >>> mapping("variants", {"serial": 1}, "variants")
    {'serial': 1}

    **Raises:** `InputError` if it is no mapping, or if it is empty.
    """
    if not isinstance(values, Mapping):
        raise InputError(
            f"{name}: {reprlib.repr(values)} is no mapping; give {what} by their names"
        )
    if len(values) < least:
        raise InputError(f"{name}: it is empty; give at least one")
    return values


def function(name: str, value: Called) -> Called:
    """Something that can be called.

    >>> function("step", len)
    <built-in function len>

    **Raises:** `InputError` if it cannot.
    """
    if not callable(value):
        raise InputError(f"{name}: {reprlib.repr(value)} cannot be called; give a function")
    return value


def one_of(name: str, value: Value, known: Collection[Value]) -> Value:
    """One of the words that are known.

    >>> one_of("loop", "eager", ("eager", "graph"))
    'eager'

    **Raises:** `InputError` that names all of them.
    """
    if not isinstance(value, str) or value not in known:
        words = ", ".join(map(str, known))
        raise InputError(f"{name}: {reprlib.repr(value)} is unknown; give one of {words}")
    return value


def a(kind: type[Kind], name: str, value: object) -> Kind:
    """Something of a kind.

    >>> a(str, "lane", "load")
    'load'

    **Raises:** `InputError` that names the kind, if it is anything else.
    """
    if not isinstance(value, kind):
        given = reprlib.repr(value)
        raise InputError(f"{name}: {given} is no {kind.__name__}; give a {kind.__name__}")
    return value


def dataset(name: str, value: object) -> None:
    """Check that it is a dataset of tf.data; inside a `tf.function`, too.

    >>> dataset("dataset", 5)
    Traceback (most recent call last):
        ...
    prefetchlab...InputError: dataset: int is no tf.data.Dataset; give the pipeline itself

    **Raises:** `InputError` if it is none.
    """
    from prefetchlab._tensorflow import tf  # who has a dataset has loaded it

    if not isinstance(value, tf.data.Dataset):
        kind = type(value).__name__
        raise InputError(f"{name}: {kind} is no tf.data.Dataset; give the pipeline itself")


def device(name: str, value: str) -> str:
    """The name of a device that TensorFlow sees, in full or only its end.

    >>> device("device", "GPU:99")
    Traceback (most recent call last):
        ...
    prefetchlab...InputError: device: TensorFlow sees no 'GPU:99'; it sees CPU:0...

    **Raises:** `InputError` that names what it sees.
    """
    from prefetchlab._tensorflow import tf

    seen = [each.name.removeprefix("/device:") for each in tf.config.list_logical_devices()]
    if not isinstance(value, str) or not value.upper().endswith(tuple(seen)):
        given = reprlib.repr(value)
        raise InputError(f"{name}: TensorFlow sees no {given}; it sees {', '.join(seen)}")
    return value


def path(name: str, value: str | os.PathLike[str]) -> Path:
    """The name of a file or folder.

    >>> path("directory", "images").name
    'images'

    **Raises:** `InputError` if it is no name that the system can look for.
    """
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{name}: {reprlib.repr(value)} is no path; give the name of a file")
    found = Path(value)
    try:
        os.lstat(found)
    except (FileNotFoundError, NotADirectoryError):
        pass  # whether it must be there is another question
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = getattr(error, "strerror", None) or error
        short = reprlib.repr(str(found))
        raise InputError(f"{name}: {short}: {reason}; give another name") from None
    return found


def _short(number: int) -> str:
    """A number that a line can hold; Python itself refuses to print thousands of digits."""
    return str(number) if abs(number) < 10**20 else "a number of more than 20 digits"
