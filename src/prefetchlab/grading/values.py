"""Numbers that a student's function returns."""

import math
from collections.abc import Iterable, Sequence

from prefetchlab.grading.mistake import Mistake

# As exact as float32 gives it: nobody is asked for more, and nothing rounded by hand reaches it.
EXACT = 1e-6


def plain_numbers(answer: object, wanted: str) -> list[float]:
    """The numbers of any sequence, array or tensor; whole ones as `int`.

    >>> plain_numbers((4, 2.5), "Return two numbers.")
    [4, 2.5]

    **Arguments:**

    - `answer`: what the student's function returned.
    - `wanted`: the message if it is no sequence of numbers.

    **Raises:** `Mistake` with that message.
    """
    try:
        return [_plain(value) for value in answer]  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):  # no number, NaN, infinity
        raise Mistake(wanted) from None


def _plain(value: float) -> float:
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
