"""Where the course's own documents are: in a wheel they lie elsewhere than in the repository."""

from pathlib import Path


def shipped(installed: Path, *, in_book: str) -> Path:
    """The file or folder of the installed package, or else that of the course's own `book/`.

    The course is found from this file, because a package that runs from a checkout must read that
    checkout.

    **Arguments:**

    - `installed`: where a wheel holds it.
    - `in_book`: its name in `book/`.
    """
    course = Path(__file__).resolve().parents[3] / "book" / in_book
    return installed if installed.exists() else course
