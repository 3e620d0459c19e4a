"""What a check raises: one message for the student, and nothing else on the page."""


class Mistake(AssertionError):  # noqa: N818 - it is the student's, not the program's
    """What is wrong, and where to look.

    A notebook shows the message alone: no traceback, and so no line of a check. Nothing here is an
    `assert`, because `python -O` drops those and would let wrong answers pass.

    >>> raise Mistake("Your buffer has 2 slots, and the task asks for 1.")
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your buffer has 2 slots, and the task asks for 1.
    """

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows in place of a traceback."""
        return [str(self)]


class NoAnswer(Mistake, NotImplementedError):  # noqa: N818 - as above
    """The stub still stands where an answer should; it stays a NotImplementedError, too."""
