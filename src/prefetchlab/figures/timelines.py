"""Measured timelines: who loads, who trains, who waits."""

from collections.abc import Mapping

import numpy as np

from prefetchlab import given
from prefetchlab.figures.drawing import Drawing
from prefetchlab.figures.labels import measured_on
from prefetchlab.figures.lanes import describe, draw_lanes, first_batch, legend
from prefetchlab.timeline import Timeline

_BESIDE = 0.01  # of a train bar: what overlaps less is the noise of the two clocks


def draw_timelines(
    named: Mapping[str, Timeline],
    *,
    name: str = "timeline",
    labels: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw measured timelines above each other, on one axis of milliseconds.

    Hatched stretches are the gaps in which the train lane waits.

    >>> from prefetchlab.timeline import Event
    >>> one = Timeline.of([Event(0.0, 0.01, "load", 0), Event(0.01, 0.02, "train", 0)])
    >>> draw_timelines({"serial": one}).alt
    'serial: 1 batch in 20 ms; training waits 50 % of the time; loading and training overlap 0 ms; \
a train bar lasts 10.0 ms alone on average.'

    **Arguments:**

    - `named`: a heading for each timeline; lanes "load" and "train", seconds.
    - `name`: a word for ids in the picture, unique on a page.
    - `labels`: machine and versions, as `measure.versions` gives them.

    **Returns:** a `Drawing` whose alt text and caption are made from the timelines. Batches are
    numbered from 1, the first that is trained on here.

    **Raises:** `InputError` if there is no timeline.
    """
    given.mapping("named", named, "timelines")
    return Drawing(
        draw_lanes(named, per_second=1e3, unit="ms"),
        name,
        _caption(named),
        " ".join(map(_describe, named, named.values())),
        measured_on(labels or {}),
    )


def _describe(heading: str, timeline: Timeline) -> str:
    bars = "; ".join(f"a train bar lasts {told} on average" for told in _train_bars(timeline))
    return f"{describe(heading, timeline, per_second=1e3, unit='ms')}; {bars}."


def _caption(named: Mapping[str, Timeline]) -> str:
    middle = any(first_batch(timeline) > 0 for timeline in named.values())
    counted = " The batches are from the middle of a run, numbered from 1." if middle else ""
    told = "; ".join(
        f"{heading}, {' and '.join(_train_bars(timeline))}" for heading, timeline in named.items()
    )
    return f"Measured. {legend(named.values())}{counted} A train bar lasts on average: {told}."


def _train_bars(timeline: Timeline) -> list[str]:
    """How long a train bar lasts on average: alone, and with a load beside it, on shared cores."""
    loads = timeline.lane("load")
    lasts: dict[str, list[float]] = {"alone": [], "beside a load": []}
    for event in timeline.lane("train"):
        beside_s = Timeline.of((event, *loads)).overlap_s("load", "train")
        kind = "beside a load" if beside_s > _BESIDE * event.duration_s else "alone"
        lasts[kind].append(event.duration_s)
    return [f"{np.mean(each) * 1e3:.1f} ms {kind}" for kind, each in lasts.items() if each]
