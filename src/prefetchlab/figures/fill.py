"""How many elements are ready in a buffer, step by step, and how many it has room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.graph import Buffer

_ROW_INCHES = 1.2


@dataclass(frozen=True, eq=False)
class Fill:
    """What was in a buffer.

    >>> Fill(ready=[1, 0, 0], slots=2).empty
    (2, 3)

    Attributes:
        ready: how many elements were ready each time that the loop asked for the next, shape (n,).
        slots: how many there was room for, shape (n,); one number where the size stayed.
    """

    ready: Sequence[int]
    slots: Sequence[int] | int

    @classmethod
    def of(cls, watched: Sequence[Buffer]) -> "Fill":
        """What `measure.watch_buffer` saw."""
        return cls([each.elements for each in watched], [each.slots or 0 for each in watched])

    @property
    def sizes(self) -> list[int]:
        """The slots at each element."""
        return [int(size) for size in np.broadcast_to(self.slots, len(self.ready))]

    @property
    def empty(self) -> tuple[int, ...]:
        """After which elements, counted from 1, none was ready."""
        return tuple(int(n) + 1 for n in np.flatnonzero(np.asarray(self.ready) == 0))


def draw_fill(
    named: Mapping[str, Fill], *, name: str = "fill", labels: Mapping[str, str] | None = None
) -> Drawing:
    """Draw how full a buffer was, element by element, one row for each run.

    >>> draw_fill({"two slots": Fill(ready=[1, 2, 0, 1], slots=2)}).alt
    'two slots: 4 elements, 2 slots; none ready after 1 of them: 3.'

    **Arguments:**

    - `named`: what was in the buffer, by heading; at least one, and an element in each.
    - `name`: a word for ids in the picture, unique on a page.
    - `labels`: where it was measured, as `measure.versions` gives it; None says "calculated".

    **Raises:** `InputError` if there is nothing to draw, or a `Fill` has sizes for other elements.
    """
    given.mapping("named", named, "runs")
    _check(named)
    with mpl.rc_context(STYLE):
        size = (WIDTH_INCHES, 0.5 + _ROW_INCHES * len(named))
        figure = Figure(figsize=size, layout="constrained")
        panels: list[Axes] = list(figure.subplots(len(named), 1, squeeze=False, sharex=True).flat)
        for panel, (heading, fill) in zip(panels, named.items(), strict=True):
            _draw(panel, heading, fill)
        panels[-1].set_xlabel("elements taken")
    alt = " ".join(_describe(*each) for each in named.items())
    told = "Calculated" if labels is None else "Measured"
    caption = (
        f"{told}: how many elements are ready when the loop asks for the next one (filled), and "
        "how many there is room for (line). Where nothing is filled, the loop waits."
    )
    return Drawing(figure, name, caption, alt, measured_on(labels or {}))


def _check(named: Mapping[str, Fill]) -> None:
    for heading, fill in named.items():
        if not len(fill.ready) or np.size(fill.slots) not in (1, len(fill.ready)):
            raise InputError(
                f"{heading}: {len(fill.ready)} elements and {np.size(fill.slots)} sizes; give "
                "one size, or one for each element"
            )


def _draw(axes: Axes, heading: str, fill: Fill) -> None:
    places = np.arange(1, len(fill.ready) + 1)
    edges = np.append(places, places[-1] + 1) - 0.5
    axes.stairs(fill.ready, edges, fill=True, color=LANE_COLOURS["load"])
    axes.stairs(fill.sizes, edges, baseline=None, color=PAGE_INK, linewidth=1.5)
    axes.set_title(heading, loc="left")
    axes.set_ylim(0, max(1, *fill.sizes, *fill.ready) * 1.15)
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))


def _describe(heading: str, fill: Fill) -> str:
    sizes = list(dict.fromkeys(fill.sizes))
    room = f"{', then '.join(map(str, sizes))} slot{'s' * (sizes != [1])}"
    count = f"{len(fill.ready)} element{'s' * (len(fill.ready) != 1)}"
    empty = fill.empty
    if not empty:
        return f"{heading}: {count}, {room}; after each, another was ready."
    shown = ", ".join(map(str, empty[:8])) + (", …" if len(empty) > 8 else "")
    return f"{heading}: {count}, {room}; none ready after {len(empty)} of them: {shown}."
