"""Fill the directive `recall` with cards: a section, and its one line.

The cards are the boxes "In one line" of the chapters, so that each of these
sentences stands once in the course, where it is shown.
"""

import re
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.nodes import make_id
from markdown_it import MarkdownIt
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_LINE = re.compile(r"^> \*\*In one line\*\* (.+)$", re.MULTILINE)


def cards_of(notebook: Path) -> list[tuple[str, str]]:
    """The sections of a chapter that close with one line, and that line.

    Of a bet the heading says nothing that one could think of.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(
        cell.source for cell in cells if cell.cell_type == "markdown"
    )
    _, *parts = _SECTION.split(text)
    sections = zip(parts[::2], parts[1::2], strict=True)
    return [
        (heading, line[1])
        for heading, body in sections
        if heading != "Predict" and (line := _LINE.search(body))
    ]


class Recall(SphinxDirective):
    """The cards of all chapters, one chapter below the other."""

    def run(self) -> list[nodes.Node]:
        """Read the chapters that are pages of this site."""
        folder = Path(self.env.doc2path(self.env.docname)).parent
        found: list[nodes.Node] = []
        for path in sorted(folder.glob("[0-9]-*.ipynb")):
            self.env.note_dependency(str(path))
            number = path.stem.partition("-")[0]
            heading = nodes.section(ids=[f"chapter-{number}"])
            heading += nodes.title("", f"Chapter {number}")
            cards = "\n".join(
                _card(front, back, f"{path.stem}.html#{make_id(front)}")
                for front, back in cards_of(path)
            )
            heading += nodes.raw("", cards, format="html")
            found.append(heading)
        return found


def _card(front: str, back: str, section: str) -> str:
    front, back = map(MarkdownIt().renderInline, (front, back))
    return (
        f'<details class="course-card"><summary>{front}</summary>'
        f'<p>{back} <a href="{section}">Read it again</a></p></details>'
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("recall", Recall)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
