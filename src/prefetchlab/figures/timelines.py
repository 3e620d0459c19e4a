"""Two lanes under one clock: who loads, who trains, who waits."""

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab.figures.drawing import (
    INK_ON_BARS,
    LANE_COLOURS,
    PAGE_INK,
    STYLE,
    WIDTH_INCHES,
    Drawing,
)
from prefetchlab.timeline import Event, Timeline

_LANES = ("train", "load")  # from the bottom up


def draw_timelines(named: Mapping[str, Timeline], *, name: str = "timeline") -> Drawing:
    """Draw measured timelines above each other, on one axis of milliseconds.

    Hatched stretches are the gaps in which the train lane waits.

    >>> from prefetchlab.timeline import Event
    >>> one = Timeline.of([Event(0.0, 0.01, "load", 0), Event(0.01, 0.02, "train", 0)])
    >>> draw_timelines({"serial": one}).alt
    'serial: 1 batch in 20 ms; training waits 50 % of the time; loading and training overlap 0 ms.'

    **Arguments:**

    - `named`: a heading for each timeline; lanes "load" and "train", seconds.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** a `Drawing` whose alt text and caption are made from the timelines.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 0.45 + 1.15 * len(named)))
        rows = figure.subplots(len(named), sharex=True, squeeze=False)[:, 0]
        figure.subplots_adjust(hspace=0.55)
        for axes, (heading, timeline) in zip(rows, named.items(), strict=True):
            _draw(axes, heading, timeline)
        rows[-1].set_xlabel("milliseconds")
        rows[-1].set_xlim(0, max(timeline.span_s for timeline in named.values()) * 1e3)
    return Drawing(figure, name, _caption(named), " ".join(map(_describe, named, named.values())))


def _draw(axes: Axes, heading: str, timeline: Timeline) -> None:
    axes.set_title(heading, loc="left", fontsize="medium")
    axes.set_yticks(range(len(_LANES)), _LANES)
    axes.set_ylim(-0.55, len(_LANES) - 0.45)
    axes.tick_params(axis="y", length=0)
    for height, lane in enumerate(_LANES):
        for event in timeline.lane(lane):
            _bar(axes, height, event)
    for start_s, end_s in _gaps(timeline):
        axes.barh(
            0, (end_s - start_s) * 1e3, left=start_s * 1e3, height=0.72,
            facecolor="none", edgecolor=PAGE_INK, hatch="////", linewidth=0, alpha=0.55,
        )  # fmt: skip


def _bar(axes: Axes, height: int, event: Event) -> None:
    left_ms, width_ms = event.start_s * 1e3, event.duration_s * 1e3
    axes.barh(
        height, width_ms, left=left_ms, height=0.72,
        facecolor=LANE_COLOURS[event.lane], edgecolor=PAGE_INK, linewidth=0.6,
    )  # fmt: skip
    axes.text(
        left_ms + width_ms / 2, height, str(event.index),
        ha="center", va="center", color=INK_ON_BARS, fontsize="small", clip_on=True,
    )  # fmt: skip


def _gaps(timeline: Timeline) -> list[tuple[float, float]]:
    """The stretches between train events in which nothing is trained, seconds from the start."""
    ends = [0.0] + [event.end_s for event in timeline.lane("train")]
    starts = [event.start_s for event in timeline.lane("train")]
    pairs = zip(ends, starts, strict=False)
    return [(end, start) for end, start in pairs if start > end]


def _describe(heading: str, timeline: Timeline) -> str:
    batches = len(timeline.lane("train"))
    return (
        f"{heading}: {batches} batch{'es' if batches != 1 else ''} in "
        f"{timeline.span_s * 1e3:.0f} ms; "
        f"training waits {timeline.idle_share('train') * 100:.0f} % of the time; "
        f"loading and training overlap {timeline.overlap_s('load', 'train') * 1e3:.0f} ms."
    )


def _caption(named: Mapping[str, Timeline]) -> str:
    return (
        "Measured. The number on a bar is the batch; a hatched stretch is training that waits. "
        + "; ".join(
            f"{heading}: waits {timeline.idle_share('train') * 100:.0f} %"
            for heading, timeline in named.items()
        )
        + "."
    )
