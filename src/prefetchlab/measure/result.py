"""One measured variant of an experiment, beside what theory says of it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from prefetchlab.measure.peace import Peace
from prefetchlab.measure.spread import Spread

# How far from 1 an efficiency may lie and still be told without its number.
_NEAR = 0.05


@dataclass(frozen=True)
class Result:
    """A measured step beside its prediction and the limit as it was estimated.

    The limit is measured as well, in other runs of the same rounds. Both are medians over the
    rounds, and both vary; so a measured step may lie below its limit by the noise of the two.

    >>> one = Result(
    ...     "one slot", (0.0102, 0.0101, 0.0103), (0.0101, 0.0101), (0.0099, 0.0100, 0.0101),
    ...     "training", (2, 3, 4), {},
    ... )
    >>> one.measured_s, one.limit_s, round(one.efficiency, 2), one.efficiency_text
    (0.0102, 0.01, 0.98, '1 within noise')

    Attributes:
        name: the variant's name.
        repeats_s: the mean step of each round, in seconds.
        predicted_range_s: the least and the most that theory predicts from the times of loading and
            training alone, in seconds; the same number twice where theory gives one.
        limit_repeats_s: in each round, the step that no prefetch can beat in the long run, as
            loading and training alone and their CPU work give it, in seconds.
        limit_set_by: what sets the limit: "loading", "training", or what they share: "cores", say.
        run_ahead: the source's count after the consumer took 1, 2 and 3 elements; None where the
            source is in files and cannot be counted.
        versions: machine and versions, by name.
        peace: how quiet the machine was; None where nobody looked.
        work_s: the CPU work of a step as it was measured, loading and training and all threads
            together, in seconds of an undisturbed core; None where nobody counted.
    """

    name: str
    repeats_s: tuple[float, ...]
    predicted_range_s: tuple[float, float]
    limit_repeats_s: tuple[float, ...]
    limit_set_by: str
    run_ahead: tuple[int, ...] | None
    versions: dict[str, str]
    peace: Peace | None = None
    work_s: float | None = None

    @property
    def measured_s(self) -> float:
        """The median of the rounds, in seconds."""
        return float(np.median(self.repeats_s))

    @property
    def measured_spread_s(self) -> Spread:
        """From the fastest round to the slowest, in seconds."""
        return Spread.of(self.repeats_s)

    @property
    def predicted_s(self) -> float:
        """The middle of what theory predicts, in seconds."""
        return sum(self.predicted_range_s) / 2

    @property
    def limit_s(self) -> float:
        """The limit as it was estimated: the median of the rounds, in seconds."""
        return float(np.median(self.limit_repeats_s))

    @property
    def limit_spread_s(self) -> Spread:
        """From the least estimate of a round to the most, in seconds."""
        return Spread.of(self.limit_repeats_s)

    @property
    def efficiency(self) -> float:
        """Estimated limit over measured step; near 1: as good as this pipeline gets here."""
        return self.limit_s / self.measured_s

    @property
    def at_limit(self) -> bool:
        """Whether the rounds cannot tell the measured step from its limit."""
        return self.measured_spread_s.meets(self.limit_spread_s)

    @property
    def efficiency_text(self) -> str:
        """The efficiency in words that claim no more than the rounds can tell.

        Rounds that differ much meet almost any limit; so the number stays where it is far from 1.
        """
        number = f"{self.efficiency:.2f}"
        if self.at_limit:
            near = abs(self.efficiency - 1) <= _NEAR
            return "1 within noise" if near else f"{number}: 1 within noise"
        return f"{number}: limit too high" if self.efficiency > 1 else number

    @property
    def error(self) -> float:
        """Predicted over measured step, less 1."""
        return self.predicted_s / self.measured_s - 1

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values, fit for JSON; seconds stay seconds."""
        return asdict(self) | {
            "measured_s": self.measured_s,
            "predicted_s": self.predicted_s,
            "limit_s": self.limit_s,
            "efficiency": self.efficiency,
            "at_limit": self.at_limit,
            "peace": self.peace.to_dict() if self.peace else None,
        }
