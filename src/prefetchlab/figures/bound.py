"""The bound of one prefetch, as a curve with what was measured on it."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from prefetchlab import given, theory
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Gain

_LEAST, _MOST = 0.95, 2.1  # of the axis where every whisker is within


def draw_bound(
    gains: Sequence[Gain],
    *,
    note: str = "",
    name: str = "bound",
    labels: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw the most that one prefetch can buy over L / T, and the speed-ups measured.

    Each point stands at the L / T that was measured; its whiskers reach the rounds with the least
    and the most speed-up.

    >>> gain = Gain(load_s=(0.0101, 0.0099), train_s=(0.010, 0.010), serial_s=(0.0202, 0.0198),
    ...             one_slot_s=(0.0101, 0.0102))
    >>> draw_bound([gain]).alt
    'Loading 10.0 ms, training 10.0 ms: measured 1.97 (1.94 to 2.00), at most 1.99 within noise.'

    **Arguments:**

    - `gains`: what was measured at each load, at least one; times in seconds.
    - `note`: a sentence for below the caption: how quiet the machine was.
    - `name`: a word for ids in the picture, unique on a page.
    - `labels`: machine and versions, as `measure.versions` gives them.

    **Raises:** `InputError` if there is no gain, or one is none.
    """
    gains = given.several("gains", gains, "gains")
    for gain in gains:
        given.a(Gain, "gains", gain)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.subplots()
        _draw_curve(axes, gains)
        _draw_points(axes, gains)
        axes.set_xscale("log")
        axes.set_xticks([0.1, 1, 10], ["L = T / 10", "L = T", "L = 10 T"])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(
            min(_LEAST, 0.98 * min(gain.spread.least for gain in gains)),
            max(_MOST, 1.02 * max(gain.spread.most for gain in gains)),
        )
        axes.set_ylabel("speed-up")
        figure.legend(loc="outside upper center", frameon=False)
    alt = " ".join(map(_describe, gains))
    told = f"{measured_on(labels or {})} {note}".strip()
    return Drawing(figure, name, _caption(gains), alt, told)


def _draw_curve(axes: Axes, gains: Sequence[Gain]) -> None:
    """From a tenth to ten times, and as far as a point lies outside of that."""
    ratios = np.geomspace(
        min(0.1, *(gain.ratio for gain in gains)), max(10, *(gain.ratio for gain in gains)), 201
    )
    axes.plot(
        ratios, [theory.speedup(ratio, 1.0) for ratio in ratios],
        color=LANE_COLOURS["train"], linewidth=2, label="at most: (L + T) / max(L, T)",
    )  # fmt: skip


def _draw_points(axes: Axes, gains: Sequence[Gain]) -> None:
    speedups = [gain.speedup for gain in gains]
    below = [gain.speedup - gain.spread.least for gain in gains]
    above = [gain.spread.most - gain.speedup for gain in gains]
    axes.errorbar(
        [gain.ratio for gain in gains], speedups, yerr=[below, above], fmt="o", label="measured",
        color=LANE_COLOURS["load"], markeredgecolor=PAGE_INK, ecolor=PAGE_INK, markersize=7,
        linewidth=1,
    )  # fmt: skip


def _describe(gain: Gain) -> str:
    load_s, train_s = np.median(gain.load_s), np.median(gain.train_s)
    above = ", estimated too low" if gain.speedup > gain.at_most else ""
    noise = " within noise" if gain.at_bound else above
    return (
        f"Loading {load_s * 1e3:.1f} ms, training {train_s * 1e3:.1f} ms: "
        f"measured {gain.speedup:.2f} ({gain.spread.least:.2f} to {gain.spread.most:.2f}), "
        f"at most {gain.at_most:.2f}{noise}."
    )


def _caption(gains: Sequence[Gain]) -> str:
    best = max(gains, key=lambda gain: gain.speedup)
    return (
        f"Speed-up of one prefetch slot over a serial loop. Best measured: {best.speedup:.2f}, "
        f"where loading takes {np.median(best.load_s) * 1e3:.1f} ms and training "
        f"{np.median(best.train_s) * 1e3:.1f} ms. The whiskers reach from the round with the "
        "smallest gain to the one with the largest; where you see none, the dot hides them. The "
        "curve is only as exact as the measured L and T."
    )
