"""Keep what outputs of cells show out of the search.

Sphinx indexes the words of raw HTML. A question of the quiz is such HTML,
with its answers in it: a search for a word of theirs would give them away.
Tables and figures repeat what the text says, without its conditions.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class Unindexed(nodes.Element):  # type: ignore[misc]
    """HTML that is drawn, and has no words for the index."""


class Unindex(SphinxPostTransform):
    """Puts an `Unindexed` in place of each piece of raw HTML."""

    # After MyST-NB has chosen the output that a page shows.
    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Look at the raw HTML of one page."""
        for raw in list(self.document.findall(nodes.raw)):
            if "html" in raw.get("format", "").split():
                raw.replace_self(Unindexed(html=raw.astext()))


def _enter(translator: HTML5Translator, drawn: Unindexed) -> None:
    translator.body.append(drawn["html"])


def _leave(translator: HTML5Translator, drawn: Unindexed) -> None:
    pass


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the node and what makes it."""
    app.add_node(Unindexed, html=(_enter, _leave))
    app.add_post_transform(Unindex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
