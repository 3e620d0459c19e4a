"""A matplotlib figure made fit for a page: light and dark, alt text, caption, no foreign ids."""

import html
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from prefetchlab import given, page
from prefetchlab.errors import InputError

# Bars keep one colour in light and dark; the dark ink on them is readable in both (contrast > 6).
# Everything else is drawn in a colour that stands for "the page's own text colour".
LANE_COLOURS = {"load": "#5b9bd5", "copy": "#6fae7a", "train": "#e08a2e"}
INK_ON_BARS = "#101010"
PAGE_INK = "#010203"
HATCH = "////"  # of who waits
TEXT_POINTS = 10.5
WIDTH_INCHES = 4.5
_WIDEST_REM = WIDTH_INCHES * 72 / TEXT_POINTS  # there the text is as large as that of the page
_UNSEEN = "Run this cell to see the picture."
_FORMATS = {".png", ".svg", ".pdf"}

STYLE: dict[Any, Any] = {
    "text.parse_math": False,  # a heading is a reader's word, and may hold a dollar sign
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and selected
    # One size for all text: on a phone, where the picture is narrowest, it has 10 px and more.
    "font.size": TEXT_POINTS,
    "axes.titlesize": "medium",
    "axes.edgecolor": PAGE_INK,
    "axes.labelcolor": PAGE_INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "text.color": PAGE_INK,
    "xtick.color": PAGE_INK,
    "ytick.color": PAGE_INK,
    "hatch.color": PAGE_INK,
    "patch.linewidth": 0.8,
    "hatch.linewidth": 1.2,
}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure with its caption and alt text, both made from the figure's own data.

    In a notebook it shows itself as an inline SVG that follows the page's text colour.

    Attributes:
        figure: the matplotlib figure.
        name: a short word for ids inside the SVG, unique on a page.
        caption: the sentence under the figure.
        alt: what the figure shows, in words and numbers.
        note: what stands below the caption, smaller: machine, versions, how quiet it was.
    """

    figure: Figure
    name: str
    caption: str
    alt: str
    note: str = ""

    def save(self, path: Path) -> None:
        """Write the figure to a .png, .svg or .pdf file, on white.

        **Raises:** `InputError` if the ending is another, or the file cannot be written.
        """
        path = Path(path)
        check_ending(path)
        metadata = {"Title": self.caption} if path.suffix.lower() != ".svg" else {"Date": None}
        try:
            self.figure.savefig(path, dpi=200, facecolor="white", metadata=metadata)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None

    def svg(self) -> str:
        """The figure as an SVG element that takes its ink from the page around it."""
        buffer = io.StringIO()
        with mpl.rc_context(STYLE | {"svg.hashsalt": self.name}):
            self.figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
        text = buffer.getvalue()
        text = text[text.index("<svg") :]
        # A style inside an SVG would hold for the page around it; the opening tag says the same.
        text = re.sub(r"<(metadata|style)\b.*?</\1>\s*", "", text, flags=re.DOTALL)
        text = re.sub(r"font-family: [^;]*; ", "", text)  # the page's own font
        text = _own_ids(text, self.name).replace(PAGE_INK, "currentColor")
        view = re.findall(r'viewBox="[^"]+"', text)[0]
        opening = (
            f'<svg role="img" aria-label="{html.escape(self.alt)}" {view} '
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'stroke-linejoin="round" stroke-linecap="butt" '
            f'style="width:100%;max-width:{_WIDEST_REM:.2f}rem;height:auto">'
        )
        return re.sub(r"<svg [^>]*>", lambda _: opening, text, count=1)

    def _repr_html_(self) -> str:
        note = f"<br><small>{html.escape(self.note)}</small>" if self.note else ""
        caption = f"<figcaption>{html.escape(self.caption)}{note}</figcaption>"
        # JupyterLab takes style and picture out of a notebook that it does not trust yet,
        # and leaves the words of the picture; so these stand first.
        unseen = f'<p class="prefetchlab-unseen">{html.escape(f"{_UNSEEN} {self.alt}")}</p>'
        figure = f'<figure class="prefetchlab-figure">{unseen}{self.svg()}{caption}</figure>'
        return f"{page.style('figure')}\n{figure}"

    def __repr__(self) -> str:
        """The alt text: what a terminal or a screen reader gets."""
        return f"[figure] {self.caption} {self.alt} {self.note}".rstrip()


def check_ending(path: Path) -> None:
    """Refuse a name whose ending is no format of ours, before anything long is begun.

    **Raises:** `InputError` that names the file and the endings there are.
    """
    path = given.path("path", path)
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"{path}: unknown kind of picture; end the name in .png, .svg or .pdf")


def _own_ids(svg: str, name: str) -> str:
    """Keep only ids that are used, under a prefix: two figures on a page must not share any."""
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", svg)
    return re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
