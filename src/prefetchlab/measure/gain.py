"""What one slot bought at one load, beside the most that it can buy."""

from dataclasses import dataclass

import numpy as np

from prefetchlab import theory
from prefetchlab.measure.spread import Spread


@dataclass(frozen=True)
class Gain:
    """A speed-up and what it is held against, each measured once a round.

    >>> gain = Gain(load_s=(0.010, 0.011), train_s=(0.010, 0.010), serial_s=(0.020, 0.021),
    ...             one_slot_s=(0.010, 0.011))
    >>> round(gain.speedup, 2), round(gain.at_most, 2), gain.at_bound
    (1.95, 1.95, True)

    Attributes:
        load_s: the mean time to load alone, in each round, seconds.
        train_s: the mean time to train alone, in each round, seconds.
        serial_s: the mean serial step, in each round, seconds.
        one_slot_s: the mean step with one slot, in each round, seconds.
    """

    load_s: tuple[float, ...]
    train_s: tuple[float, ...]
    serial_s: tuple[float, ...]
    one_slot_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Loading over training, as measured alone: the median of the rounds."""
        return float(np.median(np.divide(self.load_s, self.train_s)))

    @property
    def speedup(self) -> float:
        """The serial step over the step with one slot: the median of the rounds."""
        return float(np.median(self._speedups))

    @property
    def spread(self) -> Spread:
        """The least and the most speed-up of a round."""
        return Spread.of(self._speedups)

    @property
    def at_most(self) -> float:
        """What one slot can buy at most in the long run: the median of the rounds' estimates."""
        return float(np.median(self._bounds))

    @property
    def at_bound(self) -> bool:
        """Whether the rounds cannot tell the speed-up from the most that one slot can buy."""
        return self.spread.meets(Spread.of(self._bounds))

    @property
    def _speedups(self) -> list[float]:
        return [serial / one for serial, one in zip(self.serial_s, self.one_slot_s, strict=True)]

    @property
    def _bounds(self) -> list[float]:
        return list(map(theory.speedup, self.load_s, self.train_s))
