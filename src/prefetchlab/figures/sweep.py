"""The step against the number of slots: one small picture for each load."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result

_COLUMNS = 2
_ROW_INCHES = 1.75


def draw_sweep(
    named: Mapping[str, Sequence[Result]], slots: Sequence[int], *, name: str = "sweep"
) -> Drawing:
    """Draw the step over the slots for each load: predicted as a line, measured as points.

    >>> one, two = (
    ...     Result("", (step_s,), (0.0101, 0.0101), (0.01,), "training", None, {})
    ...     for step_s in (0.0112, 0.0102)
    ... )
    >>> draw_sweep({"jitter": [one, two]}, slots=[1, 2]).alt
    'jitter: 1 slot 11.2 ms, predicted 10.1; 2 slots 10.2 ms, predicted 10.1; limit 10.0 ms.'

    **Arguments:**

    - `named`: for each load what was measured, one result for each size; times in seconds.
    - `slots`: the sizes, in elements.
    - `name`: a word for ids in the picture, unique on a page.

    **Raises:** `InputError` if there is no load, or a load has not a result for each size.
    """
    given.mapping("named", named, "sweeps")
    given.whole_numbers("slots", slots, least=0)
    _check(named, slots)
    rows = -(-len(named) // _COLUMNS)
    columns = min(_COLUMNS, len(named))
    with mpl.rc_context(STYLE):
        size = (WIDTH_INCHES, 0.6 + _ROW_INCHES * rows)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels: list[Axes] = list(grid.flat)
        for panel, (load, results) in zip(panels, named.items(), strict=False):
            _draw(panel, load, results, labelled=panel is panels[0])
        for panel in panels[len(named) :]:
            panel.set_axis_off()
        for panel in panels[max(0, len(named) - columns) :]:
            panel.tick_params(labelbottom=True)
        # All panels share this axis, so no whisker of any load is cut off.
        panels[0].set_ylim(0, 1.08 * max(map(_highest_ms, named.values())))
        panels[0].set_xticks(range(len(slots)), list(map(str, slots)))
        figure.supxlabel("slots", fontsize="medium")
        figure.supylabel("milliseconds a step", fontsize="medium")
        figure.legend(loc="outside upper center", ncols=3, frameon=False, columnspacing=1.2)
    alt = " ".join(_describe(load, results, slots) for load, results in named.items())
    first = next(iter(named.values()))[0]
    note = f"{measured_on(first.versions)} {first.peace or ''}".strip()
    return Drawing(figure, name, _caption(named), alt, note)


def _check(named: Mapping[str, Sequence[Result]], slots: Sequence[int]) -> None:
    for load, results in named.items():
        if len(results) != len(slots):
            raise InputError(
                f"{load}: it has {len(results)} results for {len(slots)} sizes; give one for each"
            )


def _draw(axes: Axes, load: str, results: Sequence[Result], *, labelled: bool) -> None:
    """One load; only one is labelled, because a legend names each mark once."""
    labels = ("predicted", "measured", "limit (estimated)")
    predicted, measured, limit = labels if labelled else ("_",) * 3  # "_" is in no legend
    places = range(len(results))
    steps_ms = [result.measured_s * 1e3 for result in results]
    reach_ms = np.abs([_reach_ms(result) for result in results]).T
    axes.plot(
        places, [result.predicted_s * 1e3 for result in results],
        color=LANE_COLOURS["train"], linewidth=2, label=predicted,
    )  # fmt: skip
    axes.errorbar(
        places, steps_ms, yerr=reach_ms, fmt="o", label=measured, color=LANE_COLOURS["load"],
        markeredgecolor=PAGE_INK, ecolor=PAGE_INK, markersize=6, linewidth=1,
    )  # fmt: skip
    axes.axhline(results[-1].limit_s * 1e3, color=PAGE_INK, linewidth=1, linestyle=":", label=limit)
    axes.set_title(load)


def _reach_ms(result: Result) -> tuple[float, float]:
    """How far the rounds reach below and above their median, ms."""
    spread = result.measured_spread_s
    return (spread.least - result.measured_s) * 1e3, (spread.most - result.measured_s) * 1e3


def _highest_ms(results: Sequence[Result]) -> float:
    """The highest that anything of a load reaches, ms."""
    return max(
        max(result.measured_spread_s.most, result.predicted_s, result.limit_s) * 1e3
        for result in results
    )


def _describe(load: str, results: Sequence[Result], slots: Sequence[int]) -> str:
    steps = "; ".join(
        f"{size} slot{'s' if size != 1 else ''} {result.measured_s * 1e3:.1f} ms, predicted "
        f"{result.predicted_s * 1e3:.1f}"
        for size, result in zip(slots, results, strict=True)
    )
    return f"{load}: {steps}; limit {results[-1].limit_s * 1e3:.1f} ms."


def _caption(named: Mapping[str, Sequence[Result]]) -> str:
    repeats = len(next(iter(named.values()))[0].repeats_s)
    if repeats == 1:
        return (
            "The step for so many slots, for each kind of load. One round, so that nothing tells "
            "how far another would lie from it. The line joins what theory predicts."
        )
    return (
        f"The step for so many slots, for each kind of load. Points are medians of {repeats} "
        "rounds; whiskers reach the fastest and the slowest, and where you see none, the point "
        "hides them. The line joins what theory predicts for these sizes."
    )
