"""How long a training loop has nothing to train on, and what that makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from prefetchlab.measure.peace import Peace
from prefetchlab.measure.spread import Spread

Verdict = Literal["input-bound", "training slowed", "not input-bound"]

# The bounds of TensorFlow's own profiler, as shares of a step: in its source (xprof),
# convert/op_stats_to_input_pipeline_analysis.cc.
INPUT_BOUND = 0.05
HIGHLY_INPUT_BOUND = 0.20
# The wait is a part of one run, and what training is slowed by is a difference of two; so more of
# it can be noise.
_SLOWED = 0.20


@dataclass(frozen=True, kw_only=True)
class ExposedWait:
    """What three measurements say of a training loop.

    A step is training alone, and the exposed wait, and what training takes longer than alone. Most
    often that is longer because loading takes its cores, or Python's lock. It is also longer where
    batches differ and cost more than those that training alone was measured with, or where
    something rare was in one run and not in the other. Noise can make it negative.

    >>> loop = ExposedWait(
    ...     load_repeats_s=(0.03,), train_repeats_s=(0.01,), step_repeats_s=(0.04,),
    ...     wait_repeats_s=(0.03,), ready_repeats_s=(0.0,), versions={},
    ... )
    >>> loop.exposed_s, loop.share, loop.verdict, round(loop.at_most, 2)
    (0.03, 0.75, 'input-bound', 1.33)

    Attributes:
        load_repeats_s: in each round, loading alone: the mean, in seconds a batch.
        train_repeats_s: in each round, training alone, on batches that are already there, in
            seconds a step.
        step_repeats_s: in each round, the loop as it is, in seconds a step.
        wait_repeats_s: in each round, the part of that step in which the loop got its batch.
        ready_repeats_s: in each round, the same part of the step of training alone: to be handed a
            batch that is there takes time, too.
        versions: machine and versions, by name.
        peace: how quiet the machine was; None where nobody looked.
    """

    load_repeats_s: tuple[float, ...]
    train_repeats_s: tuple[float, ...]
    step_repeats_s: tuple[float, ...]
    wait_repeats_s: tuple[float, ...]
    ready_repeats_s: tuple[float, ...]
    versions: dict[str, str]
    peace: Peace | None = None

    @property
    def load_s(self) -> float:
        """Loading alone, the median of the rounds, in seconds a batch."""
        return _median(self.load_repeats_s)

    @property
    def train_s(self) -> float:
        """Training alone, the median of the rounds, in seconds a step."""
        return _median(self.train_repeats_s)

    @property
    def step_s(self) -> float:
        """The step of the loop as it is, the median of the rounds, in seconds."""
        return _median(self.step_repeats_s)

    @property
    def step_spread_s(self) -> Spread:
        """The fastest and the slowest round of the loop as it is, in seconds."""
        return Spread.of(self.step_repeats_s)

    @property
    def exposed_s(self) -> float:
        """The exposed wait: how long training had nothing to train on, in seconds a step."""
        return _median(self._exposed_s)

    @property
    def share(self) -> float:
        """The exposed wait as a share of the step, at most 1: the median of the rounds.

        Where nothing is waited for it is about 0, and may lie below.
        """
        return _median(self._shares)

    @property
    def share_spread(self) -> Spread:
        """The least and the most share of a round."""
        return Spread.of(self._shares)

    @property
    def slowed_s(self) -> float:
        """What training took longer in the loop than alone, in seconds a step."""
        return _median(self._slowed_s)

    @property
    def slowed_share(self) -> float:
        """What training took longer than alone, as a share of the step: the median of the rounds.

        Where it is not small, something makes training slower in the loop: see the class.
        """
        return _median(np.divide(self._slowed_s, self.step_repeats_s))

    @property
    def verdict(self) -> Verdict:
        """What holds training up most, by the median of the rounds.

        "training slowed" where training takes longer than alone by a fifth of the step or more, and
        by more than it waits; else "input-bound" where the exposed wait is a twentieth of the step
        or more; else "not input-bound".

        Where others take the cores, training alone is slow already, and what loading takes of them
        shows less: "training slowed" may then be missed.
        """
        return _verdict(self.share, self.slowed_share)

    @property
    def is_clear(self) -> bool:
        """Whether each round alone says the same as the verdict."""
        slowed = np.divide(self._slowed_s, self.step_repeats_s)
        rounds = zip(self._shares, slowed, strict=True)
        return all(_verdict(*shares) == self.verdict for shares in rounds)

    @property
    def profiler_says(self) -> str:
        """What TensorFlow's profiler would call such a share of waiting for input.

        Below a twentieth it says "NOT" if it can explain nearly all of the rest of the step, and
        "POTENTIALLY input-bound" if it cannot; that is not measured here.
        """
        if self.share >= HIGHLY_INPUT_BOUND:
            return "HIGHLY input-bound"
        return "MODERATELY input-bound" if self.share >= INPUT_BOUND else "NOT or POTENTIALLY"

    @property
    def overlapped_s(self) -> float:
        """The step under perfect overlap, where the two share nothing: the longer of the two."""
        return max(self.load_s, self.train_s)

    @property
    def at_most(self) -> float:
        """How many times as fast perfect overlap would make the loop; 1 is nothing to gain.

        Below 1 the loop was faster than its parts alone: a run so short that it lived off batches
        that were made before, or noise.
        """
        return self.step_s / self.overlapped_s

    def to_dict(self) -> dict[str, Any]:
        """The medians as plain values, fit for JSON; seconds stay seconds."""
        return {
            "measured_s": self.step_s, "predicted_s": None, "limit_s": self.overlapped_s,
            "efficiency": 1 / self.at_most, "run_ahead": None, "load_s": self.load_s,
            "train_s": self.train_s, "exposed_s": self.exposed_s, "share": self.share,
            "slowed_s": self.slowed_s, "slowed_share": self.slowed_share,
            "verdict": self.verdict, "is_clear": self.is_clear,
            "profiler_says": self.profiler_says, "versions": self.versions,
            "peace": self.peace.to_dict() if self.peace else None,
        }  # fmt: skip

    @property
    def _exposed_s(self) -> list[float]:
        rounds = zip(self.wait_repeats_s, self.ready_repeats_s, strict=True)
        return [wait - ready for wait, ready in rounds]

    @property
    def _slowed_s(self) -> list[float]:
        rounds = zip(self.step_repeats_s, self.train_repeats_s, self._exposed_s, strict=True)
        return [step - train - exposed for step, train, exposed in rounds]

    @property
    def _shares(self) -> list[float]:
        rounds = zip(self._exposed_s, self.step_repeats_s, strict=True)
        return [exposed / step for exposed, step in rounds]


def _verdict(share: float, slowed_share: float) -> Verdict:
    if slowed_share >= _SLOWED and slowed_share > share:
        return "training slowed"
    return "input-bound" if share >= INPUT_BOUND else "not input-bound"


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))
