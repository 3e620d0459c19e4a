"""A table of the time that an element takes, measured in rounds that take turns."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prefetchlab.errors import InputError
from prefetchlab.experiments.grid import Grid
from prefetchlab.measure import Peace
from prefetchlab.timeline import Timeline


@dataclass(frozen=True, eq=False, repr=False)
class Times(Grid):
    """How long an element takes, by what it is and by how it is handled.

    Attributes:
        repeats_s: by size of the element and by way, the time of one in each round, in seconds.
        versions: machine and versions, by name.
        peace: how quiet the machine was.
        timelines: none; an element takes less time than it would take to record it.
    """

    repeats_s: Mapping[tuple[int, str | int], Sequence[float]]
    versions: dict[str, str]
    peace: Peace
    timelines: dict[str, Timeline] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the elements that were timed, in order."""
        return tuple(dict.fromkeys(size for size, _ in self.repeats_s))

    def element_s(self, size: int, way: str | int) -> float:
        """The time of an element in seconds: the median of the rounds.

        **Arguments:**

        - `size`: one of `sizes`.
        - `way`: how it was handled, as a heading of the table or a number of slots names it.

        **Raises:** `InputError` if that was not measured.
        """
        if (size, way) not in self.repeats_s:
            raise InputError(f"{way!r} for an element of size {size} was not measured")
        return float(np.median(self.repeats_s[size, way]))

    @staticmethod
    @abstractmethod
    def _shown(time_s: float) -> str:
        """A time as the table shows it."""

    def _with_reach(self, size: int, way: str | int) -> tuple[str, str]:
        """The cell of a time: the median, and the least and the most of a round."""
        rounds = self.repeats_s[size, way]
        reach = f"{self._shown(min(rounds))}–{self._shown(max(rounds))}"
        return self._shown(self.element_s(size, way)), reach

    def _measured(
        self, size: int, way: str | int, *, limit_s: float, predicted_s: float | None = None
    ) -> dict[str, Any]:
        """What a row of JSON holds of one time, beside what it is of."""
        measured_s = self.element_s(size, way)
        return {
            "repeats_s": list(self.repeats_s[size, way]),
            "measured_s": measured_s,
            "predicted_s": predicted_s,
            "limit_s": limit_s,
            "efficiency": limit_s / measured_s,
            "run_ahead": None,
            "versions": self.versions,
            "peace": self.peace.to_dict(),
        }
