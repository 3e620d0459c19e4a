"""The page of cards: each section that closes with one line, and the line behind it."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from tests.small_site import built
from tests.test_chapters import CHAPTERS
from tools.normalise import read
from tools.repository import ROOT

SITE = ROOT / "_build" / "html" / "book"  # `make test` builds it first
CARD = re.compile(
    r'<details class="course-card"><summary>(.+?)</summary><p>(.+?) '
    r'<a href="([\w-]+\.html)#([\w-]+)">'
)


def cards(page: Path) -> list[tuple[str, str, str, str]]:
    """Of each card its front, its back, and the page and the section that its link leads to."""
    return CARD.findall(page.read_text(encoding="utf-8"))


def sections_with_a_line() -> int:
    texts = ("\n".join(cell.source for cell in read(path).cells) for path in CHAPTERS)
    sections = (part for text in texts for part in re.split(r"^## ", text, flags=re.M)[1:])
    return sum("> **In one line**" in part and part[:7] != "Predict" for part in sections)


def test_every_section_that_closes_with_one_line_is_a_card() -> None:
    shown = cards(SITE / "recall.html")
    assert len(shown) == sections_with_a_line() > 50
    assert all(len(back) > 20 for _, back, _, _ in shown)


def test_a_card_leads_to_its_section() -> None:
    for front, _, page, section in cards(SITE / "recall.html"):
        assert f'id="{section}"' in (SITE / page).read_text(encoding="utf-8"), front


def test_a_bet_and_a_section_without_a_line_are_no_cards(tmp_path: Path) -> None:
    line = "> **In one line** A `prefetch` is kept."
    texts = [f"# C\n\n## Predict\n\n{line}", f"## Build *one*\n\n{line}", "## Look\n\nNo line."]
    notebook = new_notebook(cells=[new_markdown_cell(text) for text in texts])
    nbformat.write(notebook, tmp_path / "3-overlap.ipynb")
    (tmp_path / "index.md").write_text("# Recall\n\n```{recall}\n```\n", encoding="utf-8")
    site = built(tmp_path, extensions="myst_parser,recall")
    back = "A <code>prefetch</code> is kept."
    assert cards(site / "index.html") == [
        ("Build <em>one</em>", back, "3-overlap.html", "build-one")
    ]
