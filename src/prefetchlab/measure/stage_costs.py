"""What each stage of a pipeline costs as it grows: time, CPU work, elements and bytes."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from prefetchlab.measure.peace import Peace
from prefetchlab.measure.spread import Spread


@dataclass(frozen=True)
class Prefix:
    """A pipeline up to one of its stages, drained some times.

    Attributes:
        name: the name of its last stage.
        elements: how many elements it gives in one pass; counted.
        bytes: how many bytes their tensors hold together; counted. A string counts its own bytes.
        repeats_s: in each round, the time to drain it, in seconds a batch.
        cpu_repeats_s: in each round, the CPU work of the process meanwhile, in seconds a batch.
    """

    name: str
    elements: int
    bytes: int
    repeats_s: tuple[float, ...]
    cpu_repeats_s: tuple[float, ...]


@dataclass(frozen=True)
class StageCost:
    """What one stage adds to the pipeline before it; but for `elements`, all is for one batch.

    Attributes:
        name: the stage's name.
        elements: how many elements it gives in a pass; counted.
        time_s: the time that it adds, in seconds: the median of the rounds with it, less the median
            of those without. So one slow run spoils no stage.
        time_spread_s: from the least to the most that it added in a round, in seconds.
        cpu_s: the CPU work that it adds, in seconds, reckoned alike.
        bytes: how many bytes it gives.
    """

    name: str
    elements: int
    time_s: float
    time_spread_s: Spread
    cpu_s: float
    bytes: float


@dataclass(frozen=True)
class StageCosts:
    """Where the time, the work and the bytes of one batch go, stage by stage.

    >>> read = Prefix("read", 8, 80, (0.001, 0.001), (0.001, 0.001))
    >>> batch = Prefix("batch", 2, 320, (0.004, 0.006), (0.004, 0.004))
    >>> costs = StageCosts((read, batch), (0.005, 0.005), {})
    >>> [(stage.name, stage.time_s, stage.elements, stage.bytes) for stage in costs.stages]
    [('read', 0.001, 8, 40.0), ('batch', 0.004, 2, 160.0)]
    >>> costs.costliest.name, costs.sum_s, costs.whole_s
    ('batch', 0.005, 0.005)

    Attributes:
        prefixes: the pipeline as it grows; the last one gives batches.
        whole_repeats_s: in each round, the time to drain the last prefix once more, in a run of its
            own, in seconds a batch.
        versions: machine and versions, by name.
        peace: how quiet the machine was; None where nobody looked.
    """

    prefixes: tuple[Prefix, ...]
    whole_repeats_s: tuple[float, ...]
    versions: dict[str, str]
    peace: Peace | None = None

    @property
    def stages(self) -> tuple[StageCost, ...]:
        """The stages in order, each as the difference to the pipeline before it."""
        nothing = (0.0,) * len(self.whole_repeats_s)
        before = Prefix("", 0, 0, nothing, nothing)
        batches = self.prefixes[-1].elements
        return tuple(
            StageCost(
                name=after.name,
                elements=after.elements,
                time_s=_median(after.repeats_s) - _median(before.repeats_s),
                time_spread_s=Spread.of(_differences(before.repeats_s, after.repeats_s)),
                cpu_s=_median(after.cpu_repeats_s) - _median(before.cpu_repeats_s),
                bytes=after.bytes / batches,
            )
            for before, after in pairwise((before, *self.prefixes))
        )

    @property
    def costliest(self) -> StageCost:
        """The stage that adds most time."""
        return max(self.stages, key=lambda stage: stage.time_s)

    @property
    def sum_s(self) -> float:
        """The times that the stages add, together, in seconds a batch."""
        return sum(stage.time_s for stage in self.stages)

    @property
    def cpu_s(self) -> float:
        """The CPU work of all stages, in seconds a batch."""
        return sum(stage.cpu_s for stage in self.stages)

    @property
    def whole_s(self) -> float:
        """What the whole pipeline took in runs of its own, the median of the rounds, in seconds."""
        return _median(self.whole_repeats_s)

    @property
    def whole_to_sum(self) -> float:
        """The time of the whole over the sum of the stages: near 1 if the machine was steady.

        It cannot tell whether the right stage got the time. NaN where the sum is no time.
        """
        return self.whole_s / self.sum_s if self.sum_s > 0 else math.nan

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each stage, and one for the whole; seconds stay seconds."""
        common = {
            "limit_s": None, "efficiency": None, "run_ahead": None, "versions": self.versions,
            "peace": self.peace.to_dict() if self.peace else None,
        }  # fmt: skip
        stages = [
            {"name": stage.name, "measured_s": stage.time_s, "predicted_s": None}
            | {key: value for key, value in asdict(stage).items() if key not in ("name", "time_s")}
            for stage in self.stages
        ]
        whole = {
            "name": "whole", "measured_s": self.whole_s, "predicted_s": self.sum_s,
            "cpu_s": self.cpu_s,
        }  # fmt: skip
        return [row | common for row in (*stages, whole)]


def _differences(before: Sequence[float], after: Sequence[float]) -> list[float]:
    return [later - sooner for sooner, later in zip(before, after, strict=True)]


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))
