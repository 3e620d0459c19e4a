"""A sheet for pictures of boxes and arrows: its unit is the point, and y counts from the top."""

from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.textpath import TextPath

from prefetchlab.figures.drawing import HATCH, PAGE_INK, STYLE, TEXT_POINTS, WIDTH_INCHES

WIDTH = WIDTH_INCHES * 72
LINE = 1.35 * TEXT_POINTS  # from one line of text to the next


@dataclass(frozen=True, eq=False)
class Sheet:
    """An empty figure to draw boxes, arrows and words on.

    Attributes:
        figure: the matplotlib figure, `WIDTH` points wide.
        axes: all of it; lengths in points.
    """

    figure: Figure
    axes: Axes

    @classmethod
    def of_height(cls, height: float) -> "Sheet":
        """A sheet so many points high."""
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(WIDTH_INCHES, height / 72))
            axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        axes.set_axis_off()
        return cls(figure, axes)

    def box(
        self, x: float, y: float, width: float, height: float, fill: str = "none", line: str = "-"
    ) -> None:
        """A box from its upper left corner."""
        box = Rectangle((x, y), width, height, facecolor=fill, edgecolor=PAGE_INK, linestyle=line)
        self.axes.add_patch(box)

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        """A box of somebody who waits."""
        with mpl.rc_context(STYLE):
            box = Rectangle((x, y), width, height, fill=False, edgecolor=PAGE_INK, hatch=HATCH)
        self.axes.add_patch(box)

    def ground(self, x: float, y: float, width: float, height: float) -> None:
        """A tinted ground behind what belongs together."""
        rounded = "round,pad=0,rounding_size=6"
        ground = FancyBboxPatch(
            (x, y), width, height, boxstyle=rounded, facecolor=PAGE_INK, alpha=0.09, linewidth=0
        )
        self.axes.add_patch(ground)

    def arrow(self, start: float, end: float, y: float) -> None:
        """An arrow from left to right."""
        arrow = FancyArrowPatch(
            (start, y), (end, y), arrowstyle="->", mutation_scale=9, color=PAGE_INK, linewidth=1,
            shrinkA=0, shrinkB=0,
        )  # fmt: skip
        self.axes.add_patch(arrow)

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        align: str = "left",
        bold: bool = False,
        ink: str = PAGE_INK,
    ) -> None:
        """Words around the height y; x is where they begin, or their middle."""
        self.axes.text(
            x, y, text, ha=align, va="center_baseline", fontsize=TEXT_POINTS, linespacing=1.3,
            color=ink, fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def lines(self, x: float, y: float, text: str, *, ink: str = PAGE_INK) -> None:
        """Words of several lines, around the middle x, y."""
        lines = text.split("\n")
        top = y - (len(lines) - 1) * LINE / 2
        for place, words in enumerate(lines):
            self.words(x, top + place * LINE, words, align="center", ink=ink)


def width_of(text: str) -> float:
    """How wide the longest line of a text is, in points."""
    font = FontProperties(size=TEXT_POINTS)
    return max(TextPath((0, 0), line, prop=font).get_extents().width for line in text.split("\n"))
