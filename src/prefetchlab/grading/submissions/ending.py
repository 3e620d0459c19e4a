"""Calls that end the kernel, or nbgrader itself, before there is a grade.

The code is read, not run, so this is a hint: such a call may never be reached, and one that is
made in a roundabout way is not seen. `exit()` and `sys.exit()` do no harm: nbgrader goes on.
"""

import ast
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from prefetchlab.grading.submissions.marks import marks
from prefetchlab.grading.submissions.release import Release

_ENDING = frozenset({"_exit", "abort", "kill", "killpg", "raise_signal", "pthread_kill"})
_MODULES = frozenset({"os", "signal"})


def what_ends_the_kernel(notebook: NotebookNode, release: Release) -> str | None:
    """The first call that may end the kernel, or None.

    Cells whose text nbgrader restores are left out.
    """
    for cell in notebook.cells:
        released = release.cells.get(str(marks(cell).get("grade_id")))
        if cell.cell_type == "code" and not (released and released.is_locked):
            for call in _calls(cell.source):
                return call
    return None


def _calls(source: str) -> Iterator[str]:
    tree = _parsed(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES
        for alias in node.names
        if alias.name in _ENDING
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ENDING:
            yield f"{ast.unparse(node.func)}()"
        if isinstance(node.func, ast.Name) and node.func.id in imported:
            yield f"{node.func.id}()"


def _parsed(source: str) -> ast.Module:
    """The code without IPython's own syntax; empty if it is no Python: then it does not run."""
    try:
        manager = TransformerManager()  # type: ignore[no-untyped-call]  # IPython has no types here
        return ast.parse(manager.transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])
