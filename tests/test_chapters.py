"""A chapter tells one story in one order: a bet before its answer, one line at a section's end."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from prefetchlab import quiz
from tools.normalise import read
from tools.repository import ROOT

CHAPTERS = sorted((ROOT / "book").glob("[0-9]-*.ipynb"))

# The sections that each chapter has, in this order; others may stand between them. Behind a colon
# a heading may say more: "Look: the same loops as timelines".
ORDER = (
    "In this chapter", "Predict", "Measure", "Look", "Explain", "Change one thing", "Practice",
    "Exercise", "What you saw", "On Monday", "Next",
)  # fmt: skip


def text_of(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def sections(notebook: NotebookNode) -> dict[str, str]:
    """The text of each section of the second level, by its heading."""
    parts = re.split(r"^## (.+)$", text_of(notebook), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# --- what may be wrong with a chapter ------------------------------------------------------------


def missing_sections(notebook: NotebookNode) -> Iterator[str]:
    names = (heading.partition(":")[0] for heading in sections(notebook))
    present = [name for name in names if name in ORDER]
    if present != list(ORDER):
        yield f"{present} is not {list(ORDER)}"


def without_one_line(notebook: NotebookNode) -> Iterator[str]:
    """The sections between the first bet and the practice that do not close with their one line."""
    names = list(sections(notebook))
    for name in names[names.index("Predict") + 1 : names.index("Practice")]:
        if not re.search(r"^> \*\*In one line\*\* .+\Z", sections(notebook)[name].strip(), re.M):
            yield name


def internal_words(notebook: NotebookNode) -> Iterator[str]:
    """Ids of curriculum and bank in the text of a page."""
    yield from re.findall(r"\bS\d+(?:\.\d+)?\b|\bq\d-[a-z-]+", text_of(notebook))


def raw_in_jupyterlab(notebook: NotebookNode) -> Iterator[str]:
    """What only Sphinx understands: JupyterLab shows it as it is written."""
    yield from re.findall(r"^:::+.*|\{[a-z-]+\}`|^```\{.+\}", text_of(notebook), re.MULTILINE)


def shown_plumbing(notebook: NotebookNode) -> Iterator[str]:
    """Cells that only show a question, or only serve a check, and stand on the page as code."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "bank.show" in cell.source and "remove-input" not in tags:
            yield cell.source
        if cell.source.startswith("# Checked and not shown") != ("remove-cell" in tags):
            yield cell.source


def to_be_written(notebook: NotebookNode) -> Iterator[str]:
    yield from unwritten(text_of(notebook))


def unwritten(text: str) -> list[str]:
    """What `tools.new_chapter` left for the author."""
    return re.findall(r"\bWrite: .*", text)


Find = Callable[[NotebookNode], Iterator[str]]
FAULTS: list[Find] = [
    missing_sections, without_one_line, internal_words, raw_in_jupyterlab, shown_plumbing,
    to_be_written,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_is_built_as_all_are(path: Path, fault: Find) -> None:
    found = list(fault(read(path)))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_the_questions_of_a_chapter_are_written(path: Path) -> None:
    left = unwritten(quiz.load(path.stem).path.read_text(encoding="utf-8"))
    assert not left, "\n".join(left)


def sound() -> NotebookNode:
    """A chapter without fault."""
    box = "\n\nA sentence.\n\n> **In one line** It is so.\n"
    boxed = range(ORDER.index("Predict") + 1, ORDER.index("Practice"))
    texts = [f"## {name}{box if place in boxed else ''}" for place, name in enumerate(ORDER)]
    show = new_code_cell('bank.show("q9-bet")', metadata={"tags": ["remove-input"]})
    check = new_code_cell("# Checked and not shown: so.", metadata={"tags": ["remove-cell"]})
    notebook: NotebookNode = new_notebook(cells=[*map(new_markdown_cell, texts), show, check])
    return notebook


def change(place: int, old: str, new: str) -> Callable[[NotebookNode], None]:
    def plant(notebook: NotebookNode) -> None:
        assert old in notebook.cells[place].source
        notebook.cells[place].source = notebook.cells[place].source.replace(old, new)

    return plant


def show_code(place: int) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells[place].metadata.update(tags=[])


def test_a_sound_chapter_has_no_fault() -> None:
    assert [list(fault(sound())) for fault in FAULTS] == [[]] * len(FAULTS)


LOOK = ORDER.index("Look")


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        pytest.param(change(LOOK, "## Look", "## See"), missing_sections, id="a name"),
        pytest.param(change(1, "## Predict", "### Predict"), missing_sections, id="a level"),
        pytest.param(change(LOOK, "> **In", "**In"), without_one_line, id="no box"),
        pytest.param(change(LOOK, "is so.", "is so.\n\nMore."), without_one_line, id="box inside"),
        pytest.param(change(LOOK, "sentence", "sentence (S8.2)"), internal_words, id="an id"),
        pytest.param(change(LOOK, "A sentence", "See {doc}`x`"), raw_in_jupyterlab, id="a role"),
        pytest.param(
            change(LOOK, "A sentence", ":::{note}\nA\n:::"), raw_in_jupyterlab, id="a directive"
        ),
        pytest.param(change(LOOK, "A sentence", "Write: more"), to_be_written, id="a gap"),
        pytest.param(show_code(-2), shown_plumbing, id="a question's code"),
        pytest.param(show_code(-1), shown_plumbing, id="a check"),
    ],
)
def test_a_planted_fault_of_a_chapter_is_found(
    planted: Callable[[NotebookNode], None], fault: Find
) -> None:
    notebook = sound()
    planted(notebook)
    assert list(fault(notebook)) != []


# --- bets ----------------------------------------------------------------------------------------


def shown(notebook: NotebookNode) -> list[str]:
    """What `bank.show` is given in the cells of a chapter, in their order."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return [given for cell in cells for given in re.findall(r"bank\.show\((.+)\)", cell)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_asks_each_bet_once_and_all_practice_at_its_end(
    path: Path,
) -> None:
    bets = [f'"{each.id}"' for each in quiz.load(path.stem).questions if each.kind == "predict"]
    assert shown(read(path)) == [*bets, 'kind="practice"']


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_has_five_questions_of_practice_from_easy_to_hard(path: Path) -> None:
    levels = [each.level for each in quiz.load(path.stem).questions if each.kind == "practice"]
    assert len(levels) == 5
    assert all(
        "easy medium hard".index(a) <= "easy medium hard".index(b) for a, b in pairwise(levels)
    )


# --- objectives ----------------------------------------------------------------------------------


def plain(objective: str) -> str:
    """An objective as a list or a sentence may write it: without first capital and last mark."""
    objective = objective.strip().rstrip(".;")
    return objective[:1].lower() + objective[1:]


def numbered(section: str) -> dict[str, str]:
    """The entries of a list whose entries begin with an objective's number."""
    lines = re.findall(r"^- \*\*(\d\.\d)\*\* (.+)$", section, re.MULTILINE)
    return {number: plain(words) for number, words in lines}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_has_the_objectives_of_its_question_bank(path: Path) -> None:
    bank = {number: plain(text) for number, text in quiz.load(path.stem).objectives.items()}
    assert numbered(sections(read(path))["In this chapter"]) == bank != {}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_looks_back_on_each_of_its_objectives(path: Path) -> None:
    parts = sections(read(path))
    assert list(numbered(parts["What you saw"])) == list(numbered(parts["In this chapter"]))


def test_an_objective_that_differs_in_one_word_is_found() -> None:
    assert plain("Count the elements.") == plain("count the elements;")
    assert plain("Count the elements.") != plain("Count the batches.")
