"""Measured, predicted and limit side by side, one row a variant."""

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result, Spread


def draw_steps(results: Sequence[Result], *, name: str = "steps") -> Drawing:
    """Draw one row for each variant: a bar measured, a diamond predicted, a line for the limit.

    Whiskers of a bar reach its fastest and slowest round, those of a diamond the least and the most
    that is predicted. The limit is estimated; a band of its rounds lies behind its line.

    >>> one = Result("one slot", (0.0112,), (0.0101, 0.0105), (0.01,), "training", (2, 3, 4), {})
    >>> draw_steps([one]).alt
    'one slot: measured 11.2 ms a step, predicted 10.1 to 10.5 ms, limit estimated at 10.0 ms, set \
by training; efficiency 0.89.'

    **Arguments:**

    - `results`: the variants, the first on top; times in seconds.
    - `name`: a word for ids in the picture, unique on a page.

    **Raises:** `InputError` if there is no result.
    """
    results = given.several("results", results, "results")
    with mpl.rc_context(STYLE):
        height_inches = 1.0 + 0.4 * len(results)
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        axes = figure.subplots()
        for row, result in enumerate(results):
            _draw(axes, row, result, labelled=row == 0)
        axes.set_yticks(range(len(results)), [result.name for result in results])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("milliseconds a step")
        figure.legend(loc="outside upper center", ncols=3, frameon=False, columnspacing=1.2)
    alt = " ".join(map(_describe, results))
    return Drawing(figure, name, _caption(results), alt, _note(results))


def _draw(axes: Axes, row: int, result: Result, *, labelled: bool) -> None:
    """One variant; only one row is labelled, because a legend names each mark once."""
    labels = ("measured", "predicted", "limit (estimated)")
    measured, predicted, limit = labels if labelled else ("_",) * 3  # "_" is in no legend
    axes.barh(
        row, result.measured_s * 1e3, height=0.55, label=measured,
        facecolor=LANE_COLOURS["load"], edgecolor=PAGE_INK, linewidth=0.6,
    )  # fmt: skip
    # The two whiskers would hide each other on one height.
    axes.errorbar(
        result.measured_s * 1e3, row - 0.14, fmt="none", ecolor=PAGE_INK,
        xerr=_reach_ms(result.measured_s, result.measured_spread_s),
    )  # fmt: skip
    axes.errorbar(
        result.predicted_s * 1e3, row + 0.14, label=predicted, fmt="D", markersize=6,
        xerr=_reach_ms(result.predicted_s, Spread(*result.predicted_range_s)),
        color=LANE_COLOURS["train"], markeredgecolor=PAGE_INK, ecolor=PAGE_INK,
    )  # fmt: skip
    band = result.limit_spread_s
    axes.barh(
        row, (band.most - band.least) * 1e3, left=band.least * 1e3, height=0.8,
        facecolor=PAGE_INK, alpha=0.25,
    )  # fmt: skip
    axes.vlines(
        result.limit_s * 1e3, row - 0.4, row + 0.4, color=PAGE_INK, linewidth=2, label=limit
    )


def _reach_ms(middle_s: float, spread_s: Spread) -> list[list[float]]:
    """How far a whisker reaches down and up from the middle, shape (2, 1), ms."""
    return [[(middle_s - spread_s.least) * 1e3], [(spread_s.most - middle_s) * 1e3]]


def _describe(result: Result) -> str:
    least, most = (f"{seconds * 1e3:.1f}" for seconds in result.predicted_range_s)
    predicted = least if least == most else f"{least} to {most}"
    return (
        f"{result.name}: measured {result.measured_s * 1e3:.1f} ms a step, "
        f"predicted {predicted} ms, limit estimated at {result.limit_s * 1e3:.1f} ms, "
        f"set by {result.limit_set_by}; efficiency {result.efficiency_text}."
    )


def _caption(results: Sequence[Result]) -> str:
    repeats = len(results[0].repeats_s)
    if repeats == 1:
        return "One round, so that nothing tells how far another would lie from it."
    return (
        f"Median of {repeats} interleaved rounds; whiskers reach the fastest and slowest, the band "
        "behind a limit its least and largest estimate."
    )


def _note(results: Sequence[Result]) -> str:
    peace = results[0].peace
    return f"{measured_on(results[0].versions)} {peace or ''}".strip()
