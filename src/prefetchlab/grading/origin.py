"""Whose code a file holds: the student's, or a package's."""

import sysconfig
from pathlib import Path

_SITES = {"site-packages", "dist-packages"}  # an environment may use those of another
_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
_NOT_STUDENTS = tuple(
    {sysconfig.get_path(name) for name in _INSTALLED} | {str(Path(__file__).parents[1])}
)


def is_students(filename: str) -> bool:
    """Whether a file, or a cell, is neither Python's, nor a package's, nor made by AutoGraph.

    >>> is_students("a cell"), is_students(__file__), is_students("<frozen os>")
    (True, False, False)
    >>> is_students("/elsewhere/lib/python3.11/site-packages/tensorflow/ops.py")
    False

    **Arguments:**

    - `filename`: as a frame has it.
    """
    made = filename.startswith("<frozen") or "__autograph_generated_file" in filename
    installed = not _SITES.isdisjoint(Path(filename).parts)
    return not made and not installed and not filename.startswith(_NOT_STUDENTS)
