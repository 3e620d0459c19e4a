"""The same two lanes for a terminal: a character is a slice of time."""

from collections.abc import Mapping

from rich.text import Text

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import INK_ON_BARS, LANE_COLOURS
from prefetchlab.figures.lanes import first_batch
from prefetchlab.timeline import Event, Timeline

_LABEL = 7  # characters in front of a lane
_WITHOUT_COLOUR = {"load": "░", "train": "▒"}  # so that bars show in a file, too


def draw_timelines_as_text(named: Mapping[str, Timeline], *, width: int = 72) -> Text:
    """Draw measured timelines in characters, all to one scale.

    >>> from prefetchlab.timeline import Event
    >>> one = Timeline.of([Event(0.0, 0.01, "load", 0), Event(0.01, 0.02, "train", 0)])
    >>> print(draw_timelines_as_text({"serial": one}, width=15))
    serial
    load   ░1░░
    train      ▒1▒▒
    0 to 20 ms, measured

    **Arguments:**

    - `named`: a heading for each timeline; lanes "load" and "train", seconds.
    - `width`: of the picture, in characters.

    **Returns:** the text. Batches are numbered from 1, the first that is trained on here.

    **Raises:** `InputError` if there is no timeline, or no such width.
    """
    given.mapping("named", named, "timelines")
    width = given.whole("width", width, least=_LABEL + 1)
    span_s = max(timeline.span_s for timeline in named.values())
    if not span_s:
        raise InputError("named: no timeline has an event that takes time; record one first")
    scale = (width - _LABEL) / span_s
    text = Text()
    for heading, timeline in named.items():
        text.append(f"{heading}\n", style="bold")
        for lane in ("load", "train"):
            for row, events in (timeline.rows(lane) or {lane: ()}).items():
                text.append(row.ljust(_LABEL))
                text.append_text(_lane(events, scale, first_batch(timeline)))
                text.append("\n")
    return text.append(f"0 to {span_s * 1e3:.0f} ms, measured", style="dim")


def _lane(events: tuple[Event, ...], scale: float, first: int) -> Text:
    line = Text()
    for event in events:
        start, end = round(event.start_s * scale), round(event.end_s * scale)
        line.append(" " * (start - len(line)))
        line.append(
            _bar(event, end - len(line), event.index - first + 1),
            style=f"{INK_ON_BARS} on {LANE_COLOURS[event.lane]}",
        )
    return line


def _bar(event: Event, length: int, number: int) -> str:
    """The batch's number in a bar; bars are told apart by where their number stands."""
    fill = _WITHOUT_COLOUR[event.lane]
    return f"{fill}{number}".ljust(length, fill)[: max(0, length)]
