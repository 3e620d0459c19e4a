"""One measured variant of an experiment, beside what theory says of it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Result:
    """A measured step beside its prediction and its limit.

    >>> one = Result("one slot", (0.0102, 0.0101, 0.0103), 0.0101, 0.01, "training", (2,), {})
    >>> one.measured_s, round(one.efficiency, 2)
    (0.0102, 0.98)

    Attributes:
        name: the variant's name.
        repeats_s: the mean step of each repeat, in seconds.
        predicted_s: the step that theory predicts from load and train times, in seconds.
        limit_s: the step that no prefetch can beat, in seconds.
        limit_set_by: what sets the limit: "loading", "training" or "cores".
        run_ahead: the source's count after the consumer took 1, 2 and 3 elements; None where the
            source is in files and cannot be counted.
        versions: machine and versions, by name.
    """

    name: str
    repeats_s: tuple[float, ...]
    predicted_s: float
    limit_s: float
    limit_set_by: str
    run_ahead: tuple[int, ...] | None
    versions: dict[str, str]

    @property
    def measured_s(self) -> float:
        """The median of the repeats, in seconds."""
        return float(np.median(self.repeats_s))

    @property
    def efficiency(self) -> float:
        """Limit over measured step: 1 is the best that this machine can do."""
        return self.limit_s / self.measured_s

    @property
    def error(self) -> float:
        """Predicted over measured step, less 1."""
        return self.predicted_s / self.measured_s - 1

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values, fit for JSON; seconds stay seconds."""
        return asdict(self) | {"measured_s": self.measured_s, "efficiency": self.efficiency}
