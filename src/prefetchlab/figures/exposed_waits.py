"""What a step is made of: training alone, the wait for data, and what training is slowed by."""

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.figures.drawing import HATCH, LANE_COLOURS, PAGE_INK, STYLE, WIDTH_INCHES, Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import ExposedWait

_LABELS = ("loading alone", "training alone", "exposed wait", "training slowed")


def draw_exposed_waits(named: Mapping[str, ExposedWait], *, name: str = "waits") -> Drawing:
    """Draw the step of each loop as what it is made of, and above it loading alone.

    >>> loop = ExposedWait(
    ...     load_repeats_s=(0.03,), train_repeats_s=(0.01,), step_repeats_s=(0.04,),
    ...     wait_repeats_s=(0.03,), ready_repeats_s=(0.0,), versions={},
    ... )
    >>> draw_exposed_waits({"serial": loop}).alt
    'serial: a step of 40.0 ms; in it training alone 10.0 ms, exposed wait 30.0 ms, training \
slowed by 0.0 ms; loading alone takes 30.0 ms; input-bound.'

    **Arguments:**

    - `named`: the loops, the first on top.
    - `name`: a word for ids in the picture, unique on a page.

    **Raises:** `InputError` if there is no loop.
    """
    given.mapping("named", named, "loops")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 1.2 + 0.6 * len(named)), layout="constrained")
        axes = figure.subplots()
        for row, loop in enumerate(named.values()):
            _draw(axes, row, loop, labels=_LABELS if row == 0 else ("_",) * len(_LABELS))
        axes.set_yticks(range(len(named)), list(named))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("milliseconds a step")
        figure.legend(loc="outside upper center", ncols=2, frameon=False, columnspacing=1.2)
    alt = " ".join(map(_describe, named, named.values()))
    return Drawing(figure, name, _caption(named), alt, _note(named))


def _draw(axes: Axes, row: int, loop: ExposedWait, labels: tuple[str, ...]) -> None:
    """One loop; the labels of one row alone are in the legend."""
    axes.barh(
        row - 0.3, loop.load_s * 1e3, height=0.2, label=labels[0],
        facecolor=LANE_COLOURS["load"], edgecolor=PAGE_INK, linewidth=0.6,
    )  # fmt: skip
    exposed_s, slowed_s = max(0.0, loop.exposed_s), max(0.0, loop.slowed_s)
    parts = (
        (loop.train_s, LANE_COLOURS["train"], ""),
        (exposed_s, "none", HATCH),
        (slowed_s, LANE_COLOURS["train"], ".."),
    )
    start_s = 0.0
    for label, (part_s, colour, hatch) in zip(labels[1:], parts, strict=True):
        axes.barh(
            row + 0.06, part_s * 1e3, left=start_s * 1e3, height=0.46, label=label,
            facecolor=colour, edgecolor=PAGE_INK, linewidth=0.6, hatch=hatch,
        )  # fmt: skip
        start_s += part_s


def _describe(heading: str, loop: ExposedWait) -> str:
    return (
        f"{heading}: a step of {loop.step_s * 1e3:.1f} ms; in it training alone "
        f"{loop.train_s * 1e3:.1f} ms, exposed wait {loop.exposed_s * 1e3:.1f} ms, training "
        f"slowed by {loop.slowed_s * 1e3:.1f} ms; loading alone takes {loop.load_s * 1e3:.1f} ms; "
        f"{loop.verdict}."
    )


def _caption(named: Mapping[str, ExposedWait]) -> str:
    shares = "; ".join(f"{heading} {loop.share:.0%}" for heading, loop in named.items())
    return (
        "Measured. What a step is made of, as medians of the rounds: training as long as it takes "
        "alone, the wait for a batch, and what training takes longer in the loop. The exposed wait "
        f"as a share of the step: {shares}."
    )


def _note(named: Mapping[str, ExposedWait]) -> str:
    first = next(iter(named.values()))
    return f"{measured_on(first.versions)} {first.peace or ''}".strip()
