"""Whose code a file holds: the student's, or a package's."""

import sysconfig
from pathlib import Path

_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
_NOT_STUDENTS = tuple(
    {sysconfig.get_path(name) for name in _INSTALLED} | {str(Path(__file__).parents[1])}
)


def is_students(filename: str) -> bool:
    """Whether a file, or a cell, is neither Python's, nor a package's, nor made by AutoGraph.

    >>> is_students("a cell"), is_students(__file__), is_students("<frozen os>")
    (True, False, False)

    **Arguments:**

    - `filename`: as a frame has it.
    """
    made = filename.startswith("<frozen") or "__autograph_generated_file" in filename
    return not made and not filename.startswith(_NOT_STUDENTS)
