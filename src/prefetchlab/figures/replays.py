"""Calculated timelines: where the time goes, by the recursion."""

from collections.abc import Mapping

import numpy as np

from prefetchlab import given
from prefetchlab.figures.drawing import Drawing
from prefetchlab.figures.lanes import describe, draw_lanes, legend
from prefetchlab.theory import Schedule, Seconds
from prefetchlab.timeline import Event, Timeline


def draw_replays(
    named: Mapping[str, Schedule], *, name: str = "replay", unit: str = "s"
) -> Drawing:
    """Draw calculated schedules above each other, in the lanes of `draw_timelines`.

    >>> from prefetchlab import theory
    >>> draw_replays({"1 slot": theory.replay([4, 1, 4], [2, 2, 2], slots=1)}).alt
    '1 slot: 3 batches in 12 s; training waits 50 % of the time; loading and training overlap 3 s.'

    **Arguments:**

    - `named`: a heading for each schedule; what `theory.replay` returned.
    - `name`: a word for ids in the picture, unique on a page.
    - `unit`: what the schedules' times count, in letters.

    **Returns:** a `Drawing`. Batches are numbered from 1.

    **Raises:** `InputError` if there is no schedule.
    """
    given.mapping("named", named, "schedules")
    timelines = {heading: _timeline(schedule) for heading, schedule in named.items()}
    alt = (describe(*item, per_second=1, unit=unit) for item in timelines.items())
    return Drawing(
        draw_lanes(timelines, per_second=1, unit=unit),
        name,
        f"Calculated. {legend(timelines.values())}",
        " ".join(f"{each}." for each in alt),
    )


def _timeline(schedule: Schedule) -> Timeline:
    return Timeline.of(
        (
            *_lane("load", schedule.begun_s, schedule.made_s),
            *_lane("train", schedule.taken_s, schedule.trained_s),
        )
    )


def _lane(lane: str, starts_s: Seconds, ends_s: Seconds) -> list[Event]:
    pairs = zip(np.asarray(starts_s).tolist(), np.asarray(ends_s).tolist(), strict=True)
    return [Event(start, end, lane, n) for n, (start, end) in enumerate(pairs)]
