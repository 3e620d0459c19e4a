"""The bound of one prefetch, as a curve with what was measured on it."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from prefetchlab import theory
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing


def draw_bound(
    loads_s: Sequence[float], train_s: float, measured: Sequence[float], *, name: str = "bound"
) -> Drawing:
    """Draw the most that one prefetch can buy over L / T, and the speed-ups measured.

    >>> draw_bound([0.010], 0.010, [1.97]).alt
    'Loading 10 ms, training 10 ms: measured 1.97, at most 2.00.'

    **Arguments:**

    - `loads_s`: the loads that were measured, in seconds.
    - `train_s`: the train time of all of them, in seconds.
    - `measured`: the serial step over the step with one slot, one for each load.
    - `name`: a word for ids in the picture, unique on a page.
    """
    ratios = np.geomspace(0.1, 10, 201)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 2.9))
        axes = figure.subplots()
        axes.plot(
            ratios, [theory.speedup(ratio, 1.0) for ratio in ratios],
            color=LANE_COLOURS["train"], linewidth=2, label="at most: (L + T) / max(L, T)",
        )  # fmt: skip
        axes.plot(
            [load_s / train_s for load_s in loads_s], measured, "o", label="measured",
            color=LANE_COLOURS["load"], markeredgecolor=PAGE_INK, markersize=7,
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks([0.1, 1, 10], ["L = T / 10", "L = T", "L = 10 T"])
        axes.set_ylim(0.95, 2.1)
        axes.set_ylabel("speed-up")
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small"
        )
    alt = " ".join(
        f"Loading {load_s * 1e3:g} ms, training {train_s * 1e3:g} ms: measured {gain:.2f}, "
        f"at most {theory.speedup(load_s, train_s):.2f}."
        for load_s, gain in zip(loads_s, measured, strict=True)
    )
    caption = (
        f"Speed-up of one prefetch slot over a serial loop. Best measured: {max(measured):.2f}, "
        "where loading takes about as long as training."
    )
    return Drawing(figure, name, caption, alt)
