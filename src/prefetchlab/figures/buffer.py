"""Who has which element at a moment: the prefetch thread, its slots, the training loop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import INK_ON_BARS, LANE_COLOURS, Drawing
from prefetchlab.figures.sheet import LINE, WIDTH, Sheet
from prefetchlab.theory import Schedule, Seconds, bounds

_MOST_SLOTS = 6  # more have no room on a phone
_SIDE, _GAP = 26.0, 4.0  # of an element, and between two slots; points
_HEAD, _ROW = 2.9 * LINE, 64.0  # heights, points
_MAKES_X, _TRAINS_X = 100.0, WIDTH - 40.0  # the middles of the two columns outside, points
_MIDDLE = (_MAKES_X + _TRAINS_X) / 2
_ROOM = 106.0  # for all slots, points


@dataclass(frozen=True)
class Moment:
    """Who has which element, counted from 1, at one moment.

    Attributes:
        at_s: the moment, seconds from the first `next`.
        makes: the element that is being made; None if the producer waits, or has made all.
        made_all: whether nothing is left to be made.
        waiting: the elements that are made and not yet taken.
        trains_on: the element that is trained on; None if the consumer waits, or has finished.
        trained_all: whether nothing is left to be trained on.
    """

    at_s: float
    makes: int | None
    made_all: bool
    waiting: tuple[int, ...]
    trains_on: int | None
    trained_all: bool

    @classmethod
    def of(cls, schedule: Schedule, at_s: float) -> "Moment":
        """Read a schedule at one moment; what ends there has ended, what begins has begun."""
        return cls(
            at_s,
            next(iter(_between(schedule.begun_s, at_s, schedule.made_s)), None),
            bool(schedule.made_s[-1] <= at_s),
            _between(schedule.made_s, at_s, schedule.taken_s),
            next(iter(_between(schedule.taken_s, at_s, schedule.trained_s)), None),
            bool(schedule.trained_s[-1] <= at_s),
        )

    def producer(self, slots: int) -> str:
        """What the producer does, in words."""
        if self.makes:
            return f"makes {self.makes}"
        if self.made_all:
            return "is done"
        return f"waits: {_plural(slots)} full" if slots else "waits until asked"

    @property
    def consumer(self) -> str:
        """What the consumer does, in words."""
        if self.trains_on:
            return f"trains on {self.trains_on}"
        return "is done" if self.trained_all else "waits"


def _plural(slots: int) -> str:
    return "slot" if slots == 1 else "slots"


def _between(starts_s: Seconds, at_s: float, ends_s: Seconds) -> tuple[int, ...]:
    """The elements, counted from 1, for which one thing has come and the next has not."""
    return tuple(int(n) + 1 for n in np.flatnonzero((starts_s <= at_s) & (at_s < ends_s)))


def draw_buffer(
    schedule: Schedule, slots: int, at_s: Sequence[float], *, name: str = "buffer", unit: str = "s"
) -> Drawing:
    """Draw what a prefetch does: a thread makes elements ahead, and its slots hold what is made.

    A row is a moment: which element is made, which wait in the slots, and which is trained on.

    >>> from prefetchlab import theory
    >>> calculated = theory.replay([4, 1, 4, 1, 4], [2, 2, 2, 2, 2], slots=1)
    >>> draw_buffer(calculated, slots=1, at_s=[5.5]).alt
    'After 5.5 s: the prefetch thread waits: slot full; element 2 waits in 1 slot; the training \
loop trains on 1.'

    **Arguments:**

    - `schedule`: what `theory.replay` returned.
    - `slots`: the buffer that it was played through, in elements: 0 to 6.
    - `at_s`: the moments, each a row, in the schedule's unit from the first `next`.
    - `name`: a word for ids in the picture, unique on a page.
    - `unit`: what the schedule's times count, in letters.

    **Returns:** a `Drawing`. Elements are counted from 1.

    **Raises:** `InputError` if there is no moment, if the slots are too many to draw, or too few
    for the schedule.
    """
    given.a(Schedule, "schedule", schedule)
    slots = given.whole("slots", slots, least=0, most=_MOST_SLOTS)
    at_s = [*bounds.samples("at_s", list(given.several("at_s", at_s, "moments")))]
    _check_room(schedule, slots)
    moments = [Moment.of(schedule, each) for each in at_s]
    sheet = Sheet.of_height(_HEAD + _ROW * len(moments))
    _draw_heads(sheet, slots, _HEAD + _ROW * len(moments))
    for row, moment in enumerate(moments):
        _draw(sheet, _HEAD + row * _ROW + 6, moment, slots, unit)
    alt = " ".join(_describe(moment, slots, unit) for moment in moments)
    return Drawing(sheet.figure, name, _caption(slots), alt)


def _check_room(schedule: Schedule, slots: int) -> None:
    fullest = max(
        len(_between(schedule.made_s, each, schedule.taken_s)) for each in schedule.made_s
    )
    if fullest > slots:
        raise InputError(
            f"slots: {slots} are too few, because {fullest} elements wait in this schedule; "
            "give the slots that it was replayed with"
        )


def _draw_heads(sheet: Sheet, slots: int, height: float) -> None:
    """Whose column it is, once; what belongs to the prefetch lies on one ground."""
    y = 2.0 * LINE
    if slots:
        left, right = _MAKES_X - 50, _slots_x(slots)[-1] + _side(slots) + 5
        sheet.ground(left, 0, right - left, height)
        title = f"prefetch({slots})"
        sheet.words((left + right) / 2, 0.8 * LINE, title, align="center", bold=True)
        sheet.words(_MIDDLE, y, f"{slots} {_plural(slots)}", align="center")
    sheet.words(_MAKES_X, y, "thread" if slots else "source", align="center")
    for line, words in enumerate(("training", "loop")):
        sheet.words(_TRAINS_X, y + (line - 1) * 1.2 * LINE, words, align="center")


def _side(slots: int) -> float:
    """The side of a slot: many are narrower."""
    return min(_SIDE, _ROOM / max(slots, 1) - _GAP)


def _slots_x(slots: int) -> list[float]:
    """The left edges of the slots, which stand in the middle."""
    step = _side(slots) + _GAP
    left = _MIDDLE - (slots * step - _GAP) / 2
    return [left + place * step for place in range(slots)]


def _draw(sheet: Sheet, y: float, moment: Moment, slots: int, unit: str) -> None:
    sheet.words(0, y + _SIDE / 2, f"{moment.at_s:g} {unit}", bold=True)
    _draw_side(sheet, _MAKES_X, y, moment.makes, LANE_COLOURS["load"], moment.made_all)
    _draw_side(sheet, _TRAINS_X, y, moment.trains_on, LANE_COLOURS["train"], moment.trained_all)
    # The element that waits longest stands next to the loop.
    filled = zip(reversed(_slots_x(slots)), (*moment.waiting, *[None] * slots), strict=False)
    for x, element in filled:
        _draw_element(sheet, x, y, element, LANE_COLOURS["load"], _side(slots))
    edges = [_MAKES_X + _SIDE / 2, _TRAINS_X - _SIDE / 2]
    if slots:
        edges[1:1] = _slots_x(slots)[0], _slots_x(slots)[-1] + _side(slots)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        sheet.arrow(start + 4, end - 4, y + _SIDE / 2)
    below = y + _SIDE + 0.9 * LINE
    sheet.words(_MAKES_X, below, moment.producer(slots), align="center")
    sheet.words(_TRAINS_X, below, moment.consumer, align="center")


def _draw_side(
    sheet: Sheet, x: float, y: float, element: int | None, fill: str, finished: bool
) -> None:
    if element is None and not finished:
        sheet.hatched(x - _SIDE / 2, y, _SIDE, _SIDE)
    else:
        _draw_element(sheet, x - _SIDE / 2, y, element, fill)


def _draw_element(
    sheet: Sheet, x: float, y: float, element: int | None, fill: str, side: float = _SIDE
) -> None:
    """A filled square with its number, or room for one."""
    sheet.box(x, y, side, _SIDE, fill=fill if element else "none", line="-" if element else ":")
    if element:
        middle = x + side / 2, y + _SIDE / 2
        sheet.words(*middle, str(element), align="center", ink=INK_ON_BARS)


def _describe(moment: Moment, slots: int, unit: str) -> str:
    who = "prefetch thread" if slots else "source"
    held = f"{_held(moment.waiting, slots)}; " if slots else ""
    return (
        f"After {moment.at_s:g} {unit}: the {who} {moment.producer(slots)}; {held}"
        f"the training loop {moment.consumer}."
    )


def _held(waiting: Sequence[int], slots: int) -> str:
    room = f"{slots} {_plural(slots)}"
    if not waiting:
        return f"no element waits in {room}"
    many = len(waiting) > 1
    named = " and ".join(map(str, waiting))
    return f"element{'s' if many else ''} {named} wait{'' if many else 's'} in {room}"


def _caption(slots: int) -> str:
    if not slots:
        return (
            "Calculated. Without a prefetch an element is made when the loop asks for it. The "
            "number is the element's; a hatched box is somebody who waits."
        )
    slot = "One can wait in its slot; while that is full"
    many = f"Up to {slots} can wait in its slots; while they are full"
    return (
        "Calculated. A prefetch is a thread that makes elements ahead. "
        f"{slot if slots == 1 else many}, the thread waits. The number is the element's; a hatched "
        "box is somebody who waits, a dotted one is empty."
    )
