"""What students write, as the checks call it."""

from typing import Any, Protocol


class StudentFunction(Protocol):
    """Any function that a student writes; each task says what it takes and returns."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Return what the task asks for, if the answer is right; anything else, if it is not."""
