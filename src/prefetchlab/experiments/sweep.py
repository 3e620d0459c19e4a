"""A sweep over sizes of the buffer: a table of loads and sizes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from prefetchlab import figures
from prefetchlab.errors import InputError
from prefetchlab.experiments.grid import Grid, Row
from prefetchlab.experiments.page_table import Notes
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result
from prefetchlab.timeline import Timeline

_TO_READ = "The step in ms for so many slots: measured, and below it what theory predicts."
_READING = "Measured are medians of the rounds; the figure shows how far the rounds reach."


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Grid):
    """The step against the number of slots, for several loads.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what was loaded and what trained on it; says "simulated" where a part is.
        loads: the names of the loads, in order.
        slots: the sizes of the buffer, in elements, in order.
        results: all of the first load, then of the next; of each load one for each size.
        note: a sentence on what was asked for and not reached; "" where all was.
        timelines: recorded, by the name of a result, in seconds from the start; none where none was
            asked for.
    """

    title: str
    loads: tuple[str, ...]
    slots: tuple[int, ...]
    results: tuple[Result, ...]
    note: str = ""
    timelines: dict[str, Timeline] = field(default_factory=dict)

    def of(self, load: str) -> tuple[Result, ...]:
        """What was measured of one load, one result for each size.

        **Raises:** `InputError` that names the loads there are.
        """
        if load not in self.loads:
            raise InputError(f"{load}: no load has this name; there are {', '.join(self.loads)}")
        first = self.loads.index(load) * len(self.slots)
        return self.results[first : first + len(self.slots)]

    def only(self, *loads: str) -> "Sweep":
        """The same sweep with these loads alone, in this order.

        **Raises:** `InputError` that names the first that is not there, or if none is named.
        """
        if not loads:
            raise InputError(f"loads: none is named; there are {', '.join(self.loads)}")
        results = tuple(result for load in loads for result in self.of(load))
        kept = {result.name for result in results}
        timelines = {name: each for name, each in self.timelines.items() if name in kept}
        return replace(self, loads=loads, results=results, timelines=timelines)

    @property
    def errors(self) -> tuple[float, ...]:
        """How far each prediction lies from what was measured, as a share of it, from 0."""
        return tuple(abs(result.error) for result in self.results)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each load and size, with the title."""
        return [{"experiment": self.title} | result.to_dict() for result in self.results]

    def figure(self) -> figures.Drawing:
        """A curve for each load: predicted as a line, measured as points."""
        return figures.draw_sweep({load: self.of(load) for load in self.loads}, self.slots)

    def _headings(self) -> list[str]:
        return ["loads", *map(str, self.slots)]

    def _rows(self) -> Iterator[Row]:
        """For each load its name, and for each size the step measured and predicted, in ms."""
        for load in self.loads:
            yield (
                load,
                [
                    (f"{result.measured_s * 1e3:.1f}", f"{result.predicted_s * 1e3:.1f}")
                    for result in self.of(load)
                ],
            )

    def _notes(self) -> Notes:
        first = self.results[0]
        told = (
            f"The {len(self.errors)} predictions are off by {np.median(self.errors):.1%} in the "
            f"median, and by {max(self.errors):.1%} at most. {self.note} "
        )
        return Notes(
            _TO_READ, f"{told.strip()} {measured_on(first.versions)}", _READING, first.peace
        )
