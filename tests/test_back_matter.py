"""The pages behind the chapters: each entry is told, run, explained, and says what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docutils.nodes import make_id
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.test_chapters import internal_words, raw_in_jupyterlab, shown_plumbing, to_be_written
from tools.normalise import read
from tools.repository import ROOT

BOOK = ROOT / "book"
PAGES = ("myths", "pitfalls", "expert-zone", "when-not", "connections")
PARTS = ("As told.", "What happens.", "Why.", "What to do.")


def entries(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The cells of each section that tells something, by its heading."""
    found: dict[str, list[NotebookNode]] = {}
    current: list[NotebookNode] = []
    for cell in notebook.cells:
        if heading := re.match(r"## (.+)", cell.source):
            current = found.setdefault(heading[1], [])
        current.append(cell)
    return {heading: cells for heading, cells in found.items() if "**As told.**" in text(cells)}


def text(cells: list[NotebookNode]) -> str:
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


# --- what may be wrong with a page ---------------------------------------------------------------


def out_of_order(notebook: NotebookNode) -> Iterator[str]:
    for heading, cells in entries(notebook).items():
        begun = [part for part in re.findall(r"^\*\*(.+?)\*\*", text(cells), re.M) if part in PARTS]
        if begun != list(PARTS):
            yield f"{heading}: {begun}"


def not_run(notebook: NotebookNode) -> Iterator[str]:
    for heading, cells in entries(notebook).items():
        if not any(cell.cell_type == "code" and cell.outputs for cell in cells):
            yield heading


def leads_nowhere(notebook: NotebookNode) -> Iterator[str]:
    """Entries that name no section of a page where one can read on."""
    for heading, cells in entries(notebook).items():
        if not re.search(r"\]\([a-z0-9-]+\.ipynb#[a-z0-9-]+\)", text(cells)):
            yield heading


FAULTS = [
    out_of_order, not_run, leads_nowhere, internal_words, raw_in_jupyterlab, shown_plumbing,
    to_be_written,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("page", PAGES)
def test_each_entry_is_told_run_explained_and_says_what_to_do(page: str, fault: object) -> None:
    found = list(fault(read(BOOK / f"{page}.ipynb")))  # type: ignore[operator]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("page", "least"),
    [("myths", 10), ("pitfalls", 15), ("expert-zone", 10), ("when-not", 9), ("connections", 8)],
)
def test_a_page_has_as_many_entries_as_it_should(page: str, least: int) -> None:
    assert len(entries(read(BOOK / f"{page}.ipynb"))) >= least


def sound() -> NotebookNode:
    """A page of one entry without fault."""
    run = new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")])
    told = '## "It is so"\n\n**As told.** It is.\n\n**What happens.** See:'
    why = "**Why.** So.\n\n**What to do.** Read [on](3-overlap.ipynb#build-one)."
    notebook: NotebookNode = new_notebook(
        cells=[new_markdown_cell(told), run, new_markdown_cell(why)]
    )
    return notebook


def test_a_sound_page_has_no_fault() -> None:
    assert [list(fault(sound())) for fault in FAULTS] == [[]] * len(FAULTS)


@pytest.mark.parametrize(
    ("place", "old", "new", "fault"),
    [
        pytest.param(2, "**Why.**", "Why.", out_of_order, id="a part is missing"),
        pytest.param(0, "**What happens.**", "**Why.**", out_of_order, id="out of order"),
        pytest.param(2, "#build-one", "", leads_nowhere, id="no section"),
    ],
)
def test_a_planted_fault_of_an_entry_is_found(
    place: int, old: str, new: str, fault: object
) -> None:
    page = sound()
    page.cells[place].source = page.cells[place].source.replace(old, new)
    assert list(fault(page))  # type: ignore[operator]


def test_an_entry_that_was_not_run_is_found() -> None:
    page = sound()
    page.cells[1].outputs = []
    assert [*not_run(page)] == ['"It is so"']


# --- pages that lead on --------------------------------------------------------------------------


def links(page: Path) -> set[tuple[str, str]]:
    """Every link of a page to a page of the book: its file, and the heading or ""."""
    source = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        source = text(read(page).cells)
    return set(re.findall(r"\]\(([a-z0-9-]+\.(?:ipynb|md))#?([a-z0-9-]*)\)", source))


def test_every_page_that_can_be_read_is_in_the_contents_and_in_the_menu() -> None:
    listed = set(re.findall(r"file: book/(\S+)", (ROOT / "_toc.yml").read_text("utf-8")))
    menu = set(re.findall(r"page: book/([^}\s]+)", (ROOT / "_config.yml").read_text("utf-8")))
    pages = {path.stem for pattern in ("*.ipynb", "*.md") for path in BOOK.glob(pattern)}
    assert listed == menu == pages - {"index"}


def test_the_first_page_leads_to_every_other_one() -> None:
    pages = {path.name for pattern in ("*.ipynb", "*.md") for path in BOOK.glob(pattern)}
    led_to = {file for file, _ in links(BOOK / "index.ipynb")}
    assert pages - led_to == {"index.ipynb"}


def led_astray(page: str) -> list[str]:
    """The links "Chapter N: section" whose section is not the one that the address names."""
    found = re.findall(r"\[Chapter (\d): ([^]]+)\]\((\d)[^)#]*#([^)]+)\)", page)
    return [
        f"{said} → {address}"
        for chapter, said, file, address in found
        if chapter != file or make_id(said) not in address
    ]


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda page: page.name)
def test_a_link_leads_to_the_section_that_it_says(page: Path) -> None:
    assert led_astray(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("link", "astray"),
    [
        ("[Chapter 1: The *first* step](1-data.ipynb#the-first-step)", 0),
        ("[Chapter 1: A baseline](1-data.ipynb#one-thing-a-baseline)", 0),
        ("[Chapter 1: The first step](1-data.ipynb#split)", 1),
        ("[Chapter 1: Split](2-training.ipynb#split)", 1),
    ],
)
def test_a_link_that_leads_elsewhere_is_found(link: str, astray: int) -> None:
    assert len(led_astray(link)) == astray
