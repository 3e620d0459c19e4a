"""Store notebooks in one form, so that a change in a notebook is a change of the course.

Run as a program it rewrites the notebooks that it is given; `make notebooks` does so.
"""

import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What a cell may say about itself. Times of execution and the state of an editor are not kept.
CELL_METADATA = ("nbgrader", "tags")


def normalised(notebook: NotebookNode) -> NotebookNode:
    """A copy in the stored form.

    Cells count from 1 in their order. Ids stay as they are; a cell without one is named after its
    place. Sources and the text of outputs are never changed.
    """
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5  # 4.5 is the first with ids of cells
    count = 0
    for place, cell in enumerate(notebook.cells):
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
        cell.setdefault("id", f"c{place:02}")
        if cell.cell_type == "code":
            count += 1
            _number(cell, count)
    return notebook


def _number(cell: NotebookNode, count: int) -> None:
    cell.execution_count = count
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = count


def as_stored(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    return str(nbformat.writes(notebook)) + "\n"


def read(path: Path) -> NotebookNode:
    """The notebook in a file."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def main(paths: list[str]) -> None:
    """Rewrite each notebook in the stored form."""
    for path in map(Path, paths):
        notebook = normalised(read(path))
        nbformat.validate(notebook)
        path.write_text(as_stored(notebook), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
