"""Numbers that a student's function returns."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from prefetchlab.grading.mistake import Mistake

# As exact as float32 gives it: nobody is asked for more, and nothing rounded by hand reaches it.
EXACT = 1e-6


def plain_numbers(answer: object, wanted: str) -> list[float]:
    """The numbers of any sequence, array or tensor; whole ones as `int`.

    Digits in a text are no numbers, and what a dict or a set holds has no order of its own.

    >>> plain_numbers((4, 2.5), "Return two numbers.")
    [4, 2.5]
    >>> plain_numbers("45", "Return two numbers.")
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Return two numbers.

    **Arguments:**

    - `answer`: what the student's function returned.
    - `wanted`: the message if it is no sequence of numbers.

    **Raises:** `Mistake` with that message.
    """
    if answer is None:
        raise Mistake(f"{wanted} Yours returns nothing (None): end every branch with return.")
    if isinstance(answer, _NO_SEQUENCE):
        raise Mistake(wanted)
    try:
        values = itertools.islice(answer, _MOST)  # type: ignore[call-overload]
        return [_plain(value) for value in values]
    except (TypeError, ValueError, OverflowError):  # no number, NaN, infinity
        raise Mistake(wanted) from None


_MOST = 1000  # more than any task asks for, where an iterator never ends
_NO_SEQUENCE = (str, bytes, bytearray, Mapping, set, frozenset)


def _plain(value: Any) -> float:
    if hasattr(value, "numpy"):  # a tensor
        value = value.numpy()
    if isinstance(value, np.generic | np.ndarray):
        value = value.item()
    if not hasattr(value, "__float__"):  # a text, which int() and float() read, too
        raise TypeError
    return int(value) if int(value) == value else float(value)


def same(got: float, wanted: float) -> bool:
    """Whether two numbers are equal, as exactly as float32 tells.

    >>> same(1.3333334, 4 / 3), same(1.33, 4 / 3)
    (True, False)
    """
    return math.isclose(got, wanted, rel_tol=EXACT, abs_tol=EXACT)


def same_all(got: Sequence[float], wanted: Iterable[float]) -> bool:
    """Whether the numbers are as many, and each is the same.

    >>> same_all([1, 2], [1, 2]), same_all([1], [1, 2])
    (True, False)
    """
    wanted = list(wanted)
    return len(got) == len(wanted) and all(map(same, got, wanted))
