"""Two lanes under one clock, as a measured and a calculated timeline both are drawn."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from prefetchlab.figures.drawing import (
    HATCH,
    INK_ON_BARS,
    LANE_COLOURS,
    PAGE_INK,
    STYLE,
    WIDTH_INCHES,
)
from prefetchlab.timeline import Event, Interval, Timeline

_LANES = ("train", "copy", "load")  # from the bottom up
_ALWAYS = ("train", "load")  # whether they are empty or not
_HEADING = 46  # characters: what fits on a line above the lanes
_HEIGHT = 0.72  # of a bar, where a lane is 1
_KEPT = "\N{NO-BREAK SPACE}"  # between a number and its unit
_EMPTY = 0.01  # of the span: less is not seen
_NUMBER = 0.022  # of the whole span: a shorter bar has no room for its number


def draw_lanes(named: Mapping[str, Timeline], *, per_second: float, unit: str) -> Figure:
    """Draw timelines above each other, on one axis; training that waits is hatched.

    **Arguments:**

    - `named`: a heading for each timeline; lanes "load" and "train", seconds. Loads that overlap
      are drawn on rows of their own.
    - `per_second`: how many of the unit are in a second of a timeline.
    - `unit`: the unit of the axis, in letters.
    """
    span = per_second * max(timeline.span_s for timeline in named.values())
    headings = [_heading(*item, per_second, unit) for item in named.items()]
    lines = sum(heading.count("\n") for heading in headings)
    copies = any("copy" in timeline.lanes for timeline in named.values())
    lanes = [_drawn(timeline, copies) for timeline in named.values()]
    heights = list(map(len, lanes))
    height_inches = 0.4 + 0.3 * len(named) + 0.45 * sum(heights) + 0.2 * lines
    with mpl.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(hspace=0.1)
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout=layout)
        rows = figure.subplots(len(named), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, heading, timeline, drawn in zip(
            rows, headings, named.values(), lanes, strict=True
        ):
            axes.set_title(heading, loc="left")
            _draw(axes, timeline, drawn, per_second, _NUMBER * span)
        rows[-1].set_xlabel({"ms": "milliseconds", "s": "seconds"}.get(unit, unit))
        rows[-1].set_xlim(0, span)
    return figure


def _drawn(timeline: Timeline, copies: bool) -> tuple[str, ...]:
    """The rows of a timeline that are drawn, from the bottom up: a copy only where one is made.

    A lane whose events overlap, as loads of several workers do, has a row for each at once.
    """
    lanes = (lane for lane in _LANES if copies or lane in _ALWAYS)
    return tuple(row for lane in lanes for row in reversed(timeline.rows(lane) or {lane: ()}))


def _heading(heading: str, timeline: Timeline, per_second: float, unit: str) -> str:
    """The heading, how long it took, and how much of that training waited."""
    waited_s = sum(end - start for start, end in waits(timeline))
    text = (
        f"{heading}: {shown(timeline.span_s * per_second)}{_KEPT}{unit}, "
        f"training waits {shown(waited_s * per_second)}{_KEPT}{unit}"
    )
    return textwrap.fill(text, _HEADING)


def shown(time: float) -> str:
    """A time as it is told: whole from 10 on, with a digit after the point below.

    >>> shown(80.04), shown(4.0), shown(1.25)
    ('80', '4', '1.2')
    """
    return f"{time:.0f}" if time >= 10 else f"{round(time, 1):g}"


def _draw(
    axes: Axes, timeline: Timeline, lanes: Sequence[str], per_second: float, least: float
) -> None:
    axes.set_yticks(range(len(lanes)), lanes)
    axes.set_ylim(-0.5, len(lanes) - 0.5)
    axes.tick_params(axis="y", length=0)
    first = first_batch(timeline)
    rows = {row: events for lane in _LANES for row, events in timeline.rows(lane).items()}
    for height, row in enumerate(lanes):
        for event in rows.get(row, ()):
            _bar(axes, height, event, per_second)
            if event.duration_s * per_second >= least:
                _number(axes, height, event, per_second, first)
    for start_s, end_s in waits(timeline):
        axes.barh(
            0, (end_s - start_s) * per_second, left=start_s * per_second, height=_HEIGHT,
            facecolor="none", edgecolor=PAGE_INK, hatch=HATCH, linewidth=0,
        )  # fmt: skip


def first_batch(timeline: Timeline) -> int:
    """The index of the first batch that is trained on here: the one that is numbered 1."""
    return min((event.index for event in timeline.lane("train")), default=0)


def _bar(axes: Axes, height: int, event: Event, per_second: float) -> None:
    axes.barh(
        height, event.duration_s * per_second, left=event.start_s * per_second, height=_HEIGHT,
        facecolor=LANE_COLOURS[event.lane], edgecolor=PAGE_INK,
    )  # fmt: skip


def _number(axes: Axes, height: int, event: Event, per_second: float, first: int) -> None:
    middle = (event.start_s + event.end_s) / 2 * per_second
    axes.text(
        middle, height, str(event.index - first + 1),
        ha="center", va="center_baseline", color=INK_ON_BARS, clip_on=True,
    )  # fmt: skip


def waits(timeline: Timeline) -> list[Interval]:
    """The stretches before a train event in which nothing is trained, seconds from the start."""
    trained = timeline.lane("train")
    ends = [0.0, *(event.end_s for event in trained)]
    return [
        (end, event.start_s)
        for end, event in zip(ends, trained, strict=False)
        if event.start_s > end
    ]


def describe(heading: str, timeline: Timeline, *, per_second: float, unit: str) -> str:
    """What the lanes of one timeline show, in words and numbers, without a full stop."""
    batches = len(timeline.lane("train"))
    overlap_s = timeline.overlap_s("load", "train")
    copied_s = timeline.busy_s("copy")
    copying = f"; copies take {shown(copied_s * per_second)} {unit}" if copied_s else ""
    return (
        f"{heading}: {batches} batch{'es' if batches != 1 else ''} in "
        f"{shown(timeline.span_s * per_second)} {unit}; "
        f"training waits {timeline.idle_share('train') * 100:.0f} % of the time; "
        f"loading and training overlap {shown(overlap_s * per_second)} {unit}{copying}"
    )


def legend(timelines: Iterable[Timeline]) -> str:
    """What numbers, hatching and empty stretches mean, as far as they are there."""
    text = "The number on a bar is the batch; a hatched stretch is training that waits."
    if any(timeline.idle_share("load") > _EMPTY for timeline in timelines):
        text += (
            " An empty stretch of the load lane means that nobody asks for a batch, that the slots "
            "are full, or that all is loaded."
        )
    return text
