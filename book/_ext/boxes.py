"""Turn quotes that begin with certain bold words into boxes.

A notebook writes a box as a Markdown quote, which reads well in JupyterLab,
too; a directive would stand there as raw text. A quote that begins
otherwise stays a quote.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

KINDS = {
    "In one line": "line",
    "Myth": "myth",
    "Pitfall": "pitfall",
    "What you need": "need",
    "Try it": "try",
}
_FIRST_WORDS = re.compile(rf"({'|'.join(KINDS)})(?=\W|$)")


class Box(nodes.General, nodes.Element):  # type: ignore[misc]
    """What the quote held, with the words that say its kind as `word`."""


class Boxes(SphinxPostTransform):
    """Puts a `Box` in place of each quote that begins with such words."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Look at the quotes of one page."""
        for quote in list(self.document.findall(nodes.block_quote)):
            if word := word_of(quote):
                quote.replace_self(Box("", *quote.children, word=word))


def word_of(quote: nodes.block_quote) -> str | None:
    """The words of `KINDS` with which a quote begins in bold, or None."""
    opening = next(iter(quote.children), None)
    if isinstance(opening, nodes.paragraph):
        # MyST puts an empty text before bold words.
        opening = next((part for part in opening if part.astext()), None)
    if not isinstance(opening, nodes.strong):
        return None
    found = _FIRST_WORDS.match(opening.astext())
    return found[1] if found else None


def _enter(translator: HTML5Translator, box: Box) -> None:
    word = box["word"]
    kind = f"pl-box pl-box-{KINDS[word]}"
    opening = f'<div class="{kind}" role="note" aria-label="{word}">'
    translator.body.append(f"{opening}\n")


def _leave(translator: HTML5Translator, box: Box) -> None:
    translator.body.append("</div>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the box and what makes it."""
    app.add_node(Box, html=(_enter, _leave))
    app.add_post_transform(Boxes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
