"""The buffers that a variant may run with, as theory predicts them."""

from dataclasses import dataclass

from prefetchlab.theory import UNBOUNDED


@dataclass(frozen=True)
class Slots:
    """The least and the most slots that a buffer has while a variant runs, in elements.

    >>> Slots.exactly(1)
    Slots(least=1, most=1)

    Attributes:
        least: the smallest size, which gives the longest step.
        most: the largest size, which gives the shortest.
    """

    least: float
    most: float

    @classmethod
    def exactly(cls, slots: int) -> "Slots":
        """A buffer whose size is written in the pipeline."""
        return cls(slots, slots)


# The prefetch that TensorFlow injects starts with one slot, and doubles when the loop finds it
# empty after it was full. A fused map and batch adds room for a batch when the loop waits for one.
# How far that goes depends on the times of each run.
CHOSEN_AT_RUN_TIME = Slots(1, UNBOUNDED)
