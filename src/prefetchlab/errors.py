"""The exception that the laboratory raises for bad input, and why a process ended."""

import re

_ENDLESS = re.compile(r"\S{400,}")  # no word and no file's name; someone pasted something


class InputError(ValueError):
    r"""Something the reader gave is wrong: one line that says what, where, and what to do.

    The command line prints the message alone and exits with 2; it shows no traceback for it.
    A file's name may hold a line break, or bytes that are no text; they are shown escaped, so that
    the message stays one line. What goes on for hundreds of characters is cut in its middle.

    >>> str(InputError("data/train-00.tfrecord: not found; make it: prefetchlab data make data"))
    'data/train-00.tfrecord: not found; make it: prefetchlab data make data'
    >>> print(InputError("two\nlines.jpg: not an image; remove it"))
    two\nlines.jpg: not an image; remove it
    """

    def __init__(self, message: str) -> None:
        """Keep the message, on one line."""
        line = "".join(map(_printable, message))
        super().__init__(_ENDLESS.sub(lambda found: f"{found[0][:200]}…{found[0][-50:]}", line))


def why_it_ended(stderr: str, returncode: int) -> str:
    """The last line of what a process said, or its exit status if it said nothing.

    >>> why_it_ended("Traceback …\\nMemoryError\\n", 1), why_it_ended("", -9)
    ('MemoryError', 'exit status -9')
    """
    return (stderr.strip().splitlines() or [f"exit status {returncode}"])[-1]


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
