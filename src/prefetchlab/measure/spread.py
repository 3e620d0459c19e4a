"""How far repeats of one measurement lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefetchlab import given


@dataclass(frozen=True)
class Spread:
    """From the least to the most of some repeats.

    >>> Spread.of((3.0, 1.0, 2.0))
    Spread(least=1.0, most=3.0)

    Attributes:
        least: the smallest of the repeats.
        most: the largest.
    """

    least: float
    most: float

    @classmethod
    def of(cls, repeats: Sequence[float]) -> "Spread":
        """The spread of at least one repeat.

        **Raises:** `InputError` if there is none.
        """
        repeats = given.several("repeats", repeats, "repeats")
        return cls(min(repeats), max(repeats))

    def meets(self, other: "Spread") -> bool:
        """Whether the two overlap, so that the repeats cannot tell two values apart.

        >>> Spread(1.0, 2.0).meets(Spread(2.0, 3.0)), Spread(1.0, 2.0).meets(Spread(2.1, 3.0))
        (True, False)
        """
        return self.least <= other.most and other.least <= self.most
