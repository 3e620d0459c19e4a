"""Where the time, the work and the bytes of one batch go: one row a stage."""

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.figures.drawing import LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import StageCosts

WHOLE = "the whole"


def draw_stage_costs(costs: StageCosts, *, name: str = "stage-costs") -> Drawing:
    """Draw one row for each stage: a bar begins where the bar of the stage before it ends.

    The last row is the whole, measured in runs of its own. Beside each stage stand the bytes
    that it gives.

    >>> from prefetchlab.measure import Prefix
    >>> read = Prefix("read", 2, 2000, (0.001,), (0.001,))
    >>> decode = Prefix("decode", 2, 8000, (0.004,), (0.005,))
    >>> draw_stage_costs(StageCosts((read, decode), (0.004,), {})).alt
    'For one batch. read: 1.0 ms, CPU work 1.0 ms, gives 1 kB. decode: 3.0 ms, CPU work 4.0 ms, \
gives 4 kB. Together 4.0 ms; the whole took 4.0 ms.'

    **Arguments:**

    - `costs`: what `measure.stage_costs` returned.
    - `name`: a word for ids in the picture, unique on a page.

    **Raises:** `InputError` if it is no `StageCosts`.
    """
    given.a(StageCosts, "costs", costs)
    with mpl.rc_context(STYLE):
        height_inches = 1.1 + 0.36 * len(costs.stages)
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        times, sizes = figure.subplots(1, 2, sharey=True, width_ratios=(2.2, 1))
        _draw_times(times, costs)
        _draw_sizes(sizes, costs)
        figure.legend(loc="outside upper center", ncols=2, frameon=False, columnspacing=1.2)
    return Drawing(figure, name, _caption(costs), _alt(costs), _note(costs))


def _draw_times(axes: Axes, costs: StageCosts) -> None:
    start_s = 0.0
    for row, stage in enumerate(costs.stages):
        _bar(axes, row, start_s, stage.time_s, stage.cpu_s, labelled=row == 0)
        start_s += stage.time_s
    _bar(axes, len(costs.stages), 0.0, costs.whole_s, costs.cpu_s, labelled=False)
    names = [*(stage.name for stage in costs.stages), WHOLE]
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("milliseconds a batch")


def _bar(
    axes: Axes, row: int, start_s: float, time_s: float, cpu_s: float, *, labelled: bool
) -> None:
    """The time of one row, and below it the CPU work; only one row is labelled, for the legend."""
    time, work = ("time", "CPU work") if labelled else ("_", "_")  # "_" is in no legend
    axes.barh(
        row - 0.13, time_s * 1e3, left=start_s * 1e3, height=0.46, label=time,
        facecolor=LANE_COLOURS["load"], edgecolor=PAGE_INK, linewidth=0.6,
    )  # fmt: skip
    axes.barh(
        row + 0.25, cpu_s * 1e3, left=start_s * 1e3, height=0.22, label=work,
        facecolor="none", edgecolor=PAGE_INK, linewidth=0.8,
    )  # fmt: skip


def _draw_sizes(axes: Axes, costs: StageCosts) -> None:
    largest = max(stage.bytes for stage in costs.stages) or 1.0
    for row, stage in enumerate(costs.stages):
        axes.barh(
            row, stage.bytes, height=0.5,
            facecolor=PAGE_INK, alpha=0.35, edgecolor=PAGE_INK, linewidth=0.6,
        )  # fmt: skip
        axes.text(stage.bytes + 0.04 * largest, row, shown_bytes(stage.bytes), va="center_baseline")
    axes.set_xlim(0, 1.9 * largest)  # room for the words beside the longest bar
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("bytes out")


def shown_bytes(size: float) -> str:
    """Bytes as they are told, with three digits at most.

    >>> shown_bytes(250_100), shown_bytes(6_291_712), shown_bytes(12)
    ('250 kB', '6.3 MB', '12 B')

    **Raises:** `InputError` if it is no number from 0.
    """
    size = given.amount("size", size)
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale * 0.9995:  # what would be shown as 1000 of the smaller unit
            digits = 1 if unit != "kB" and size < 9.95 * scale else 0
            return f"{size / scale:.{digits}f} {unit}"
    return f"{size:.0f} B"


def _caption(costs: StageCosts) -> str:
    costliest = costs.costliest
    return (
        f"Measured. What each stage adds to the time of one batch, and how many bytes it gives. "
        f"Most time goes into {costliest.name}: {costliest.time_s * 1e3:.1f} of "
        f"{costs.sum_s * 1e3:.1f} ms. The last row is all of it, measured in runs of its own. "
        "Where CPU work is clearly longer than time, more than one core worked."
    )


def _alt(costs: StageCosts) -> str:
    stages = " ".join(
        f"{stage.name}: {stage.time_s * 1e3:.1f} ms, CPU work {stage.cpu_s * 1e3:.1f} ms, "
        f"gives {shown_bytes(stage.bytes)}."
        for stage in costs.stages
    )
    return (
        f"For one batch. {stages} Together {costs.sum_s * 1e3:.1f} ms; the whole took "
        f"{costs.whole_s * 1e3:.1f} ms."
    )


def _note(costs: StageCosts) -> str:
    return f"{measured_on(costs.versions)} {costs.peace or ''}".strip()
