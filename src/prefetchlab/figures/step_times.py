"""Measured, predicted and limit side by side, one row a variant."""

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.measure import Result


def draw_steps(results: Sequence[Result], *, name: str = "steps") -> Drawing:
    """Draw one row for each variant: a bar measured, a diamond predicted, a line for the limit.

    >>> one = Result("one slot", (0.0102,), 0.0101, 0.01, "training", (2, 3, 4), {})
    >>> draw_steps([one]).alt
    'one slot: measured 10.2 ms a step, predicted 10.1 ms, limit 10.0 ms set by training.'

    **Arguments:**

    - `results`: the variants, the first on top; times in seconds.
    - `name`: a word for ids in the picture, unique on a page.
    """
    rows = range(len(results))
    measured_ms = [result.measured_s * 1e3 for result in results]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 0.36 * len(results)))
        axes = figure.subplots()
        axes.barh(
            rows, measured_ms, xerr=_spread_ms(results), height=0.55, label="measured",
            facecolor=LANE_COLOURS["load"], edgecolor=PAGE_INK, ecolor=PAGE_INK, linewidth=0.6,
        )  # fmt: skip
        axes.plot(
            [result.predicted_s * 1e3 for result in results], rows, "D", label="predicted",
            color=LANE_COLOURS["train"], markeredgecolor=PAGE_INK, markersize=6,
        )  # fmt: skip
        limits_ms = [result.limit_s * 1e3 for result in results]
        axes.vlines(
            limits_ms, [row - 0.4 for row in rows], [row + 0.4 for row in rows],
            color=PAGE_INK, linewidth=2, label="limit",
        )  # fmt: skip
        axes.set_yticks(rows, [result.name for result in results])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("milliseconds a step")
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small"
        )
    alt = " ".join(map(_describe, results))
    return Drawing(figure, name, _caption(results), alt)


def _spread_ms(results: Sequence[Result]) -> list[list[float]]:
    """From the median down to the fastest repeat and up to the slowest, shape (2, variants), ms."""
    below = [(result.measured_s - min(result.repeats_s)) * 1e3 for result in results]
    above = [(max(result.repeats_s) - result.measured_s) * 1e3 for result in results]
    return [below, above]


def _describe(result: Result) -> str:
    return (
        f"{result.name}: measured {result.measured_s * 1e3:.1f} ms a step, "
        f"predicted {result.predicted_s * 1e3:.1f} ms, "
        f"limit {result.limit_s * 1e3:.1f} ms set by {result.limit_set_by}."
    )


def _caption(results: Sequence[Result]) -> str:
    versions = results[0].versions
    machine = ", ".join(
        f"{label}{versions[key]}"
        for key, label in (("tensorflow", "TensorFlow "), ("device", ""), ("cores", "cores: "))
        if key in versions
    )
    repeats = len(results[0].repeats_s)
    spread = f"Median of {repeats} interleaved repeats; whiskers reach the fastest and slowest."
    return f"{spread} Measured on {machine}." if machine else spread
