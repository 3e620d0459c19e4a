"""Say in each page's head, for search engines, what it is about."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_LONGEST = 160  # characters; what engines show of it


def _with_description(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    words = context.get("about", "")
    for opening in doctree.findall(nodes.paragraph) if doctree else ():
        words = opening.astext()
        break
    context["description"] = _shortened(" ".join(words.split()))


def _shortened(text: str) -> str:
    """As many whole sentences as fit, or else as many words."""
    if len(text) <= _LONGEST:
        return text
    cut = text[:_LONGEST]
    sentences = cut.rpartition(". ")[0]
    return f"{sentences}." if sentences else f"{cut.rpartition(' ')[0]} …"


def setup(app: Sphinx) -> dict[str, bool]:
    """Take a page's first paragraph, or `about` of `html_context`."""
    app.connect("html-page-context", _with_description)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
