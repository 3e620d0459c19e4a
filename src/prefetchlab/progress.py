"""How long work tells that it goes on: one type, so that every function describes it alike."""

from typing import Protocol


class Progress(Protocol):
    """Called before each piece of long work, so that a bar can be drawn.

    >>> def tell(name: str, done: int, total: int) -> None:
    ...     print(f"{done} of {total} done, next: {name}")
    >>> tell("serial", 0, 6)
    0 of 6 done, next: serial
    """

    def __call__(self, name: str, done: int, total: int, /) -> object:
        """Take what comes next, how many pieces are done, and how many there are in all."""
