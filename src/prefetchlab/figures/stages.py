"""Stages of a pipeline as boxes in a row, broken into lines like words where it is long."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from prefetchlab.figures.drawing import INK_ON_BARS, PAGE_INK
from prefetchlab.figures.sheet import LINE, WIDTH, Sheet, width_of
from prefetchlab.graph import Stage

_PADDING, _ARROW = 5.0, 16.0  # beside a text, and from one box to the next; points
_GROUND = 7.0  # around the boxes, points
_LONGEST = 22  # characters on a line of a box


@dataclass(frozen=True)
class Box:
    """A stage to draw.

    Attributes:
        text: what stands in it; it may have several lines.
        mark: a word above it, "" for none.
        fill: its colour, or "none".
        line: its outline, "-" or ":".
    """

    text: str
    mark: str = ""
    fill: str = "none"
    line: str = "-"

    @classmethod
    def of(cls, stage: Stage, *, mark: str = "", fill: str = "none", line: str = "-") -> "Box":
        """The box of a stage, with its setting below its name where both do not fit."""
        return cls(_broken(str(stage)), mark, fill, line)

    @property
    def width(self) -> float:
        """How wide it is, in points, with its mark."""
        return max(width_of(self.text) + 2 * _PADDING, width_of(self.mark) if self.mark else 0)

    @property
    def height(self) -> float:
        """How high it is, in points."""
        return (self.text.count("\n") + 1) * LINE + 2 * _PADDING


@dataclass(frozen=True)
class Row:
    """Boxes with a heading above them.

    Attributes:
        heading: what the row shows.
        boxes: the stages, the source first.
        inside: how many of them are stages of the pipeline, and lie on its ground.
    """

    heading: str
    boxes: tuple[Box, ...]
    inside: int


def draw_rows(rows: Sequence[Row]) -> Sheet:
    """Draw rows of stages below each other."""
    heights = [_height(row) for row in rows]
    sheet = Sheet.of_height(sum(heights))
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        _draw(sheet, top, row)
        top += height
    return sheet


def _broken(text: str) -> str:
    if len(text) <= len("Prefetch(2)"):
        return text
    name, *rest = re.split(r"(?=[(\[])", text, maxsplit=1)
    return "\n".join([name, *textwrap.wrap("".join(rest), _LONGEST, break_long_words=False)])


def _lines(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes line by line, as many in each as fit."""
    lines: list[list[Box]] = [[]]
    for box in boxes:
        led_in = _ARROW if len(lines) > 1 else 0
        if lines[-1] and led_in + _width([*lines[-1], box]) > WIDTH - 2 * _GROUND:
            lines.append([])
        lines[-1].append(box)
    return lines


def _width(boxes: Sequence[Box]) -> float:
    return sum(box.width for box in boxes) + _ARROW * (len(boxes) - 1)


def _height(row: Row) -> float:
    return 1.6 * LINE + sum(map(_line_height, _lines(row.boxes))) + 0.8 * LINE


def _line_height(boxes: Sequence[Box]) -> float:
    marks = 1.2 * LINE if any(box.mark for box in boxes) else 0
    return marks + max(box.height for box in boxes) + 2 * _GROUND


def _draw(sheet: Sheet, top: float, row: Row) -> None:
    sheet.words(0, top + 0.7 * LINE, row.heading, bold=True)
    top += 1.6 * LINE
    lines, inside = _lines(row.boxes), row.inside
    for place, boxes in enumerate(lines):
        left = _GROUND + (_ARROW if place else 0)
        height = _line_height(boxes)
        if inside > 0:
            sheet.ground(0, top, left + _width(boxes[:inside]) + _GROUND, height)
        _draw_line(sheet, left, top + height - _GROUND, boxes, led_in=place > 0)
        inside -= len(boxes)
        top += height


def _draw_line(
    sheet: Sheet, left: float, bottom: float, boxes: Sequence[Box], *, led_in: bool
) -> None:
    height = max(box.height for box in boxes)
    middle = bottom - height / 2
    for place, box in enumerate(boxes):
        if place or led_in:
            sheet.arrow(left - _ARROW + 2, left - 2, middle)
        sheet.box(left, bottom - height, box.width, height, box.fill, box.line)
        ink = PAGE_INK if box.fill == "none" else INK_ON_BARS
        sheet.lines(left + box.width / 2, middle, box.text, ink=ink)
        if box.mark:
            sheet.words(
                left + box.width / 2, bottom - height - 0.65 * LINE, box.mark, align="center"
            )
        left += box.width + _ARROW
