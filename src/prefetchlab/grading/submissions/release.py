"""What students were given, as far as a submission is compared with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefetchlab.errors import InputError
from prefetchlab.grading.submissions.notebook import UnreadableError, read_notebook


@dataclass(frozen=True)
class ReleasedCell:
    """A cell that nbgrader knows by its id.

    Attributes:
        grade_id: its id.
        cell_type: code or markdown.
        source: its text, as released.
        is_answer: whether the student writes in it.
        is_graded: whether it carries points.
        is_locked: whether nbgrader restores its text before grading.
    """

    grade_id: str
    cell_type: str
    source: str
    is_answer: bool
    is_graded: bool
    is_locked: bool

    @property
    def is_test(self) -> bool:
        """Whether nbgrader grades it by running it."""
        return self.is_graded and not self.is_answer


@dataclass(frozen=True)
class Release:
    """The cells that nbgrader knows, by id, in their order."""

    cells: dict[str, ReleasedCell]

    @property
    def tests(self) -> frozenset[str]:
        """The ids of the cells that are graded by running them."""
        return frozenset(cell.grade_id for cell in self.cells.values() if cell.is_test)

    @property
    def answers(self) -> tuple[ReleasedCell, ...]:
        """The cells in which the student writes."""
        return tuple(cell for cell in self.cells.values() if cell.is_answer)

    def answer_of(self, test: str) -> str | None:
        """The id of the answer that a test cell grades: the last one before it, if there is any."""
        answer = None
        for cell in self.cells.values():
            if cell.grade_id == test:
                return answer
            if cell.is_answer and not cell.is_graded:
                answer = cell.grade_id
        return None


def read_release(path: Path) -> Release:
    """Read the notebook that students were given.

    **Arguments:**

    - `path`: the notebook that nbgrader generated.

    **Returns:** a `Release`.

    **Raises:** `InputError` if it is not a notebook.
    """
    try:
        notebook = read_notebook(path)
    except UnreadableError as error:
        raise InputError(f"{path}: {error}; generate it again: make exercises") from None
    cells = [_released(cell) for cell in notebook.cells if _is_known(cell)]
    return Release({cell.grade_id: cell for cell in cells})


def _is_known(cell: Any) -> bool:
    return "grade_id" in cell.metadata.get("nbgrader", {})


def _released(cell: Any) -> ReleasedCell:
    marks = cell.metadata.nbgrader
    return ReleasedCell(
        grade_id=marks.grade_id,
        cell_type=cell.cell_type,
        source=cell.source,
        is_answer=bool(marks.solution),
        is_graded=bool(marks.grade),
        is_locked=bool(marks.locked),
    )
