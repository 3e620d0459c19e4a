"""Reading a notebook that may be anything."""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor
from nbformat import NotebookNode

_CELL_TYPES = ("code", "markdown", "raw")


class UnreadableError(Exception):
    """A file that nbgrader cannot read as a notebook; the message says why."""


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook as nbgrader does.

    **Arguments:**

    - `path`: a file that should be a notebook.

    **Returns:** the notebook, in the format 4.

    **Raises:** `UnreadableError` if nbgrader could not read it, or not write it again.
    """
    if not path.is_file():  # a pipe would be waited for
        raise UnreadableError("it is not a file")
    try:
        with _quiet():
            notebook: NotebookNode = nbformat.reads(path.read_text("utf-8"), as_version=4)
            _check(notebook)
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8 text") from None
    except UnicodeEncodeError:
        raise UnreadableError("it holds half a character (a lone surrogate)") from None
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from None
    except Exception as error:
        raise UnreadableError(f"it is not a notebook ({_first_line(error)})") from None
    if not all(cell.get("cell_type") in _CELL_TYPES for cell in notebook.cells):
        raise UnreadableError("a cell in it has an unknown type")
    return notebook


def _check(notebook: NotebookNode) -> None:
    """Validate it as nbconvert does after nbgrader's first step, which clears the outputs."""
    cleared, _ = ClearOutputPreprocessor().preprocess(copy.deepcopy(notebook), {})
    nbformat.validate(cleared, relax_add_props=True)
    nbformat.writes(cleared).encode()


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line if len(line) <= 60 else line[:60] + "…"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the advice of nbformat from the terminal; what is wrong is said in our own words."""
    logger = logging.getLogger("traitlets")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
