"""Two lanes and a buffer in the reader's hands: how long loads and trains, how many slots."""

import base64
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from prefetchlab import page, theory
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import INK_ON_BARS, LANE_COLOURS
from prefetchlab.figures.replays import draw_replays

_SLIDER_MS = range(1, 41)
_DRAWN = 8  # elements in the picture
_LONG_RUN = 256  # elements; in the second half steps repeat themselves
_CAPTION = (
    "Calculated, not measured: one producer and one consumer that do not slow each other down. "
    f"The picture shows {_DRAWN} elements, each with its number; a hatched stretch is training "
    "that waits. The step time below the picture is that of the long run, without the start."
)
_COLOURS = (
    f"--prefetchlab-load:{LANE_COLOURS['load']};--prefetchlab-train:{LANE_COLOURS['train']};"
    f"--prefetchlab-on-bar:{INK_ON_BARS}"
)
_PAPER = "width:100%;max-width:36rem;background-color:#ffffff"  # the ink of the picture is black


@dataclass(frozen=True)
class Explorer:
    """A schedule to play with; without a script, a picture of it with no slot and with one.

    Its numbers are milliseconds, for the recursion adds and compares only, so that whole and half
    milliseconds stay exact.

    Attributes:
        load_ms: the loads that repeat: one, or a short one and one that is three times as long.
        train_ms: how long training on an element takes.
        name: a word for ids inside the picture.
    """

    load_ms: tuple[float, ...]
    train_ms: float
    name: str

    def sentence(self, slots: int) -> str:
        """What a buffer of `slots` slots makes of these times, in the words of the page.

        >>> explore([5, 15]).sentence(slots=0)
        'Step time 20 ms with no slot. Training waits 50 % of the time.'

        **Arguments:**

        - `slots`: the buffer's size k in elements: 0, 1, 2, …

        **Raises:** `InputError` for slots that `theory.replay` refuses.
        """
        step_ms, serial_ms = self._long_run_step_ms(slots), self._long_run_step_ms(0)
        buffer = f"{slots} slot{'s' if slots > 1 else ''}" if slots else "no slot"
        gain = f", {_rounded(serial_ms)} ms without: {_rounded(serial_ms / step_ms)} times as fast"
        waits = math.floor((1 - self.train_ms / step_ms) * 100 + 0.5)
        told = f"Step time {_rounded(step_ms)} ms with {buffer}{gain if slots else ''}."
        return f"{told} Training waits {waits} % of the time."

    @property
    def alt(self) -> str:
        """What the picture shows, in words and numbers."""
        loads = " and ".join(f"{load:g}" for load in self.load_ms)
        return f"Loading {loads} ms, training {self.train_ms:g} ms. {self.sentence(slots=1)}"

    def _repr_html_(self) -> str:
        # JupyterLab drops style, script and inline SVG of a notebook that it does not trust, and
        # keeps an image.
        picture = base64.b64encode(self._picture_svg().encode()).decode()
        return (
            f"{page.style('figure')}\n{page.style('explorer')}\n"
            f'<figure class="prefetchlab-figure prefetchlab-explorer" style="{_COLOURS}" '
            f'data-load-ms="{_mean_ms(self.load_ms):g}" data-train-ms="{self.train_ms:g}" '
            f'data-uneven="{"true" if len(self.load_ms) > 1 else "false"}">\n'
            f'<div class="prefetchlab-explorer-still">'
            f'<img alt="{html.escape(self.alt)}" src="data:image/svg+xml;base64,{picture}" '
            f'style="{_PAPER}"><p>{html.escape(self.sentence(slots=1))}</p></div>\n'
            f"<figcaption>{html.escape(_CAPTION)}</figcaption>\n</figure>\n"
            f"{page.script('explorer')}"
        )

    def __repr__(self) -> str:
        """The alt text: what a terminal or a screen reader gets."""
        return f"[figure] {_CAPTION} {self.alt}"

    def _picture_svg(self) -> str:
        schedules = {"no slot": self._played(0, _DRAWN), "one slot": self._played(1, _DRAWN)}
        return draw_replays(schedules, name=self.name, unit="ms").svg()

    def _long_run_step_ms(self, slots: int) -> float:
        trained_ms = self._played(slots, _LONG_RUN).trained_s
        half = _LONG_RUN // 2
        return float(trained_ms[-1] - trained_ms[half - 1]) / half

    def _played(self, slots: int, elements: int) -> theory.Schedule:
        """The schedule, in milliseconds."""
        repeats = elements // len(self.load_ms)
        return theory.replay([*self.load_ms] * repeats, [self.train_ms] * elements, slots)


def explore(
    load_ms: Sequence[float] = (10,), train_ms: float = 10, *, name: str = "explorer"
) -> Explorer:
    """Let a reader find by hand at which load a slot gains most, and what a second one does.

    Sliders set both times; loads are even, or every other load takes three times as long as the one
    before. Buttons go from event to event and show what the buffer holds.

    >>> explore([5, 15], train_ms=10).alt
    'Loading 5 and 15 ms, training 10 ms. Step time 12.5 ms with 1 slot, 20 ms without: 1.6 times \
as fast. Training waits 20 % of the time.'

    **Arguments:**

    - `load_ms`: where the reader starts, in milliseconds: one load, or two, the second three times
      as long as the first, which then take turns. Their mean is a whole number from 1 to 40.
    - `train_ms`: the time of training on an element, a whole number of milliseconds from 1 to 40.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** an `Explorer`, which shows itself in a notebook and on a page.

    **Raises:** `InputError` for a time that no slider can show, or loads of another pattern.
    """
    for where, value in (("load_ms", _mean_ms(load_ms)), ("train_ms", train_ms)):
        if isinstance(value, bool) or value not in _SLIDER_MS:
            raise InputError(
                f"{where}: {value!r} ms is not on the slider; give whole milliseconds from 1 to 40"
            )
    return Explorer(tuple(load_ms), train_ms, name)


def _mean_ms(load_ms: Sequence[float]) -> float:
    """The mean of the loads, which is what the slider shows."""
    match load_ms:
        case [only]:
            return only
        case [int() | float() as short, int() | float() as long] if long == 3 * short:
            return 2 * short
    raise InputError(
        f"load_ms: {load_ms!r} is neither one load nor a short one and one three times as long; "
        "give [10] or [5, 15]"
    )


def _rounded(value: float) -> str:
    """To two decimals at most, halves upward: as the page rounds."""
    return f"{math.floor(value * 100 + 0.5) / 100:g}"
