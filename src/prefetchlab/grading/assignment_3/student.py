"""What students write, as the checks call it."""

from typing import Any, Protocol


class StudentBuild(Protocol):
    """A student's function that builds a pipeline; each task says what it takes."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Return a `tf.data.Dataset`, if the answer is right; anything else, if it is not."""


class StudentFormula(Protocol):
    """A student's function from numbers to numbers; each task says which."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Return a number or several, if the answer is right; anything else, if it is not."""
