"""Where a stretch of time went: one row for each thing that took some of it."""

import math
from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on

_ROOM = 1.45  # of all: space for the words beside the last bar


def draw_account(
    seconds: Mapping[str, float],
    *,
    name: str = "account",
    labels: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw one row for each thing: a bar begins where the bar of the thing before it ends.

    >>> draw_account({"training": 6.0, "waiting": 3.0, "saving": 1.0}).alt
    'Of 10.0 s: training 6.0 s, 60 %; waiting 3.0 s, 30 %; saving 1.0 s, 10 %.'

    **Arguments:**

    - `seconds`: what each thing took, the first on top; the first alone is drawn as training.
    - `name`: a word for ids in the picture, unique on a page.
    - `labels`: machine and versions, as `measure.versions` gives them.

    **Raises:** `InputError` if a time is negative or no number, or if nothing took any time.
    """
    given.mapping("seconds", seconds, "times")
    whole_s = sum(seconds.values())
    if not all(0 <= took_s < math.inf for took_s in seconds.values()) or whole_s <= 0:
        raise InputError(f"seconds: {dict(seconds)} is no account; give times that are not below 0")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 0.7 + 0.34 * len(seconds)), layout="constrained")
        axes = figure.subplots()
        start_s = 0.0
        for row, took_s in enumerate(seconds.values()):
            _draw(axes, row, start_s, took_s, whole_s)
            start_s += took_s
        axes.set_yticks(range(len(seconds)), list(seconds))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, _ROOM * whole_s)
        axes.set_xlabel("seconds")
    told = "; ".join(
        f"{thing} {took_s:.1f} s, {took_s / whole_s * 100:.0f} %"
        for thing, took_s in seconds.items()
    )
    caption = (
        f"Measured. Where {whole_s:.1f} seconds went: each bar begins where the one above it ends."
    )
    return Drawing(figure, name, caption, f"Of {whole_s:.1f} s: {told}.", measured_on(labels or {}))


def _draw(axes: Axes, row: int, start_s: float, took_s: float, whole_s: float) -> None:
    axes.barh(
        row, took_s, left=start_s, height=0.6, edgecolor=PAGE_INK, linewidth=0.6,
        facecolor=LANE_COLOURS["train" if row == 0 else "load"],
    )  # fmt: skip
    words = f"{took_s:.1f} s, {took_s / whole_s:.0%}"
    axes.text(start_s + took_s + 0.02 * whole_s, row, words, va="center_baseline")
