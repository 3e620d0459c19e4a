"""How much an experiment measures."""

from dataclasses import dataclass

from prefetchlab import given


@dataclass(frozen=True)
class Pace:
    """How much an experiment measures.

    >>> Pace(steps=0, repeats=3)
    Traceback (most recent call last):
    prefetchlab.errors.InputError: steps: 0 is too small; give at least 2

    Attributes:
        steps: timed steps in one run, at least 2: a prediction leaves out the first.
        repeats: interleaved rounds, at least 1.
        again: whether a round is added for one that was disturbed.
    """

    steps: int
    repeats: int
    again: bool = True

    def __post_init__(self) -> None:
        """Refuse what measures nothing.

        **Raises:** `InputError` if a number is not whole, or too small.
        """
        given.whole("steps", self.steps, least=2)
        given.whole("repeats", self.repeats, least=1)


FULL = Pace(steps=60, repeats=5)
QUICK = Pace(steps=10, repeats=3, again=False)
