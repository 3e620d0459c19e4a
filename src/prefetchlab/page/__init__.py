"""What makes the laboratory's HTML look right, wherever it is shown: style, and the quiz's script.

A notebook's output must stand alone, so each output carries what it needs. A site would then hold
the same text many times: it takes the copies out and links `stylesheet()` and `javascript()`
instead. A test proves that no copy is left.

The styles belong to no theme. Figures and tables take the ink of the page around them; the quiz
brings its own colours, and asks the page whether it is light or dark.
"""

import functools
import re
from importlib import resources

_STYLES = ("figure", "table", "quiz", "explorer")
_SCRIPTS = ("quiz", "explorer")
_MARK = "data-prefetchlab"
_COPY = re.compile(rf"<(style|script) {_MARK}>.*?</\1>\n?", re.DOTALL)


def style(part: str) -> str:
    """The style that one kind of output needs, as an element to stand in it.

    >>> style("figure").splitlines()[0]
    '<style data-prefetchlab>'

    **Arguments:**

    - `part`: "figure", "table", "quiz" or "explorer".
    """
    return f"<style {_MARK}>\n{_read(f'{part}.css')}</style>"


def script(part: str) -> str:
    """The script that one kind of output needs, as an element to stand in it.

    **Arguments:**

    - `part`: "quiz" or "explorer".
    """
    return f"<script {_MARK}>\n{_read(f'{part}.js')}</script>"


def stylesheet() -> str:
    """All styles, for a site to link once."""
    return "\n".join(_read(f"{part}.css") for part in _STYLES)


def javascript() -> str:
    """All scripts, for a site to link once."""
    return "\n".join(_read(f"{part}.js") for part in _SCRIPTS)


def without_copies(html: str) -> str:
    """The HTML without the styles and scripts that its outputs carry.

    >>> without_copies("<p>kept</p>" + style("figure") + script("quiz"))
    '<p>kept</p>'

    **Arguments:**

    - `html`: a page, or a part of one.

    **Returns:** the same, without every element that `style` and `script` made.
    """
    return _COPY.sub("", html)


@functools.cache
def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
