"""The marks that nbgrader keeps in a cell's metadata, and what it refuses in them.

What is refused, and whether that stops the class, is decided by nbgrader's own validator. It reads
the notebook as nbgrader has made it by then: unknown ids removed, types of cells restored
(nbgrader 0.9.6: preprocessors/deduplicateids.py and overwritecells.py).
"""

import copy
from collections import Counter

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError

from prefetchlab.grading.submissions.finding import Finding, Kind
from prefetchlab.grading.submissions.release import Release

_AGAIN = "ask for it again, in a fresh copy of the exercise"


def marks(cell: NotebookNode) -> dict[str, object]:
    """The marks of a cell; empty if it has none."""
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def known_cells(notebook: NotebookNode, release: Release) -> dict[str, NotebookNode]:
    """The cells of a submission that the release knows, by id, in their order."""
    found = {str(marks(cell).get("grade_id")): cell for cell in notebook.cells}
    return {grade_id: cell for grade_id, cell in found.items() if grade_id in release.cells}


def refused_marks(student: str, notebook: NotebookNode, release: Release) -> Finding | None:
    """The fault for which nbgrader does not grade this notebook, if there is one."""
    try:
        if twice := _repeated(notebook):
            reason = f"the cell {', '.join(twice)} is there more than once"
            return Finding(student, Kind.STOPS, reason, "delete the copy, or its metadata")
        if unknown := _unknown(notebook, release):
            reason = f"the exercise has no cell {', '.join(unknown)}"
            return Finding(student, Kind.REFUSED, reason, _AGAIN)
        if changed := _changed(notebook, release):
            reason = f"the marks of the cell {', '.join(changed)} were changed"
            return Finding(student, Kind.REFUSED, reason, _AGAIN)
        _validate(notebook, release)
    except (SchemaTooOldError, SchemaTooNewError) as error:
        reason = f"a cell has marks of nbgrader's format {error.actual_version}"
        return Finding(student, Kind.STOPS, f"{reason}, not {error.expected_version}", _AGAIN)
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:80]
        reason = f"nbgrader cannot use the marks of its cells ({first or type(error).__name__})"
        return Finding(student, Kind.REFUSED, reason, _AGAIN)
    return None


def _is_marked(cell: NotebookNode) -> bool:
    return bool(utils.is_grade(cell) or utils.is_solution(cell) or utils.is_locked(cell))


def _repeated(notebook: NotebookNode) -> list[str]:
    ids = Counter(cell.metadata.nbgrader["grade_id"] for cell in notebook.cells if _is_marked(cell))
    return [str(grade_id) for grade_id, count in ids.items() if count > 1]


def _unknown(notebook: NotebookNode, release: Release) -> list[str]:
    ids = [cell.metadata.nbgrader["grade_id"] for cell in notebook.cells if _is_marked(cell)]
    return [str(grade_id) for grade_id in ids if grade_id not in release.cells]


def _changed(notebook: NotebookNode, release: Release) -> list[str]:
    """Locked cells whose checksum nbgrader cannot restore: what they are for was changed."""
    return [
        grade_id
        for grade_id, cell in known_cells(notebook, release).items()
        if (released := release.cells[grade_id]).is_locked
        and (bool(marks(cell).get("grade")), bool(marks(cell).get("solution")))
        != (released.is_graded, released.is_answer)
    ]


def _validate(notebook: NotebookNode, release: Release) -> None:
    seen = copy.deepcopy(notebook)
    for cell in seen.cells:
        if released := release.cells.get(str(marks(cell).get("grade_id"))):
            cell.cell_type = released.cell_type
        elif "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.pop("grade_id", None)
    MetadataValidator().validate_nb(seen)
