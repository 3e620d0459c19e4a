"""What a slot holds: a batch behind `batch`, an element in front of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import INK_ON_BARS, LANE_COLOURS, Drawing
from prefetchlab.figures.sheet import LINE, WIDTH, Sheet

_SIDE, _GAP = 16.0, 2.0  # of an element, and between two; points
_INSET = 4.0  # from a slot's edge to its elements, points
_BETWEEN = 6.0  # two slots, points
_EDGE = 1.0  # so that no outline is cut off, points
_ARROW = 44.0  # from the slots to the loop, points


@dataclass(frozen=True)
class _Held:
    """What waits in the slots of one pipeline.

    Attributes:
        heading: the pipeline, as it is written.
        slots: how many there are.
        batch: how many elements the loop took.
        in_each: how many elements wait in each slot.
    """

    heading: str
    slots: int
    batch: int
    in_each: int

    @property
    def slot(self) -> float:
        """The edge of a slot, points: one sees how much of a batch is in it."""
        return _edge(max(self.in_each, self.batch)) * (_SIDE + _GAP) - _GAP + 2 * _INSET

    @property
    def loop(self) -> float:
        """Where the loop begins, points."""
        return self.slots * (self.slot + _BETWEEN) - _BETWEEN + _ARROW

    @property
    def height(self) -> float:
        """How high its row is, points."""
        return self.slot + 4.2 * LINE

    def __str__(self) -> str:
        count = self.slots * self.in_each
        wait = "samples wait" if count > 1 else "sample waits"
        each = f", {self.in_each} in each slot" if self.slots > 1 else ""
        return f"{self.heading}: {count} {wait}{each}"


def _edge(count: int) -> int:
    """How many elements stand beside each other in a square grid of so many."""
    return math.ceil(math.sqrt(count))


def draw_slots(
    named: Mapping[str, Sequence[int]], *, slots: int, batch: int, name: str = "slots"
) -> Drawing:
    """Draw what lies in each slot once the loop has taken its first batch.

    >>> counts = {"batch(4).prefetch(2)": (12, 16, 20), "prefetch(2).batch(4)": (6, 10, 14)}
    >>> draw_slots(counts, slots=2, batch=4).alt
    'batch(4).prefetch(2): 8 samples wait, 4 in each slot. prefetch(2).batch(4): 2 samples wait, \
1 in each slot.'

    **Arguments:**

    - `named`: for each pipeline, as it is written, the counts that `measure.run_ahead` gave.
    - `slots`: how many slots each pipeline has.
    - `batch`: how many elements the loop takes at a time.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** a `Drawing`. The source's elements, its samples, are counted from 1; what a slot
    holds behind `batch` is one element, too, made of many samples.

    **Raises:** `InputError` if counts are lower bounds, if the elements that wait cannot be shared
    out evenly among the slots, or if the picture would be wider than a phone.
    """
    given.mapping("named", named, "runs")
    slots = given.whole("slots", slots, least=1)
    batch = given.whole("batch", batch, least=1)
    rows = [_held(*each, slots, batch) for each in named.items()]
    heights = [row.height for row in rows]
    sheet = Sheet.of_height(sum(heights))
    for place, row in enumerate(rows):
        _draw(sheet, sum(heights[:place]), row)
    told = "; ".join(map(str, rows))
    room = "the slot" if slots == 1 else f"the {slots} slots"
    caption = f"Counted: what waits in {room} once the loop has taken {_batch(batch)}. {told}."
    return Drawing(sheet.figure, name, caption, " ".join(f"{row}." for row in rows))


def _batch(batch: int) -> str:
    return f"a batch of {batch}" if batch > 1 else "an element"


def _held(heading: str, counts: Sequence[int], slots: int, batch: int) -> _Held:
    if getattr(counts, "at_least", False):
        raise InputError(f"{heading}: its counts are lower bounds; give a pipeline that is exact")
    in_each, left = divmod(counts[0] - batch, slots)
    if left or in_each < 1:
        raise InputError(
            f"{heading}: {counts[0] - batch} elements wait, which do not fill {slots} slots "
            "evenly; give the slots and the batch that were counted"
        )
    held = _Held(heading, slots, batch, in_each)
    if held.loop + held.slot > WIDTH:
        raise InputError(
            f"{heading}: it is too wide to be drawn; give fewer slots, or less in each"
        )
    return held


def _draw(sheet: Sheet, top: float, row: _Held) -> None:
    sheet.words(0, top + 0.7 * LINE, row.heading, bold=True)
    top += 1.6 * LINE
    for place in range(row.slots):
        # The slot whose elements are taken next stands next to the loop.
        left = _EDGE + (row.slots - 1 - place) * (row.slot + _BETWEEN)
        sheet.box(left, top, row.slot, row.slot, line=":")
        first = row.batch + place * row.in_each + 1
        _draw_elements(sheet, left + _INSET, top + _INSET, first, row.in_each, "load")
    sheet.arrow(row.loop - _ARROW + 6, row.loop - 6, top + row.slot / 2)
    _draw_elements(sheet, row.loop + _INSET, top + _INSET, 1, row.batch, "train")
    below = top + row.slot + 0.8 * LINE
    sheet.words(0, below, f"{row.in_each} in each slot" if row.slots > 1 else "the slot")
    sheet.words(row.loop + row.slot / 2, below, "the loop", align="center")


def _draw_elements(
    sheet: Sheet, left: float, top: float, first: int, count: int, lane: str
) -> None:
    """Elements in a square grid, numbered from `first`."""
    edge = _edge(count)
    for place in range(count):
        x = left + place % edge * (_SIDE + _GAP)
        y = top + place // edge * (_SIDE + _GAP)
        sheet.box(x, y, _SIDE, _SIDE, LANE_COLOURS[lane])
        number = str(first + place)
        sheet.words(x + _SIDE / 2, y + _SIDE / 2, number, align="center", ink=INK_ON_BARS)
