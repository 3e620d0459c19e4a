"""What is found in one student's submission."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a finding means for the grade. Worst first."""

    STOPS = "stops the class"
    REFUSED = "refused"
    SILENT = "loses points in silence"
    ENDS = "may end without a grade"
    UNGRADED = "handed in, and no grade"
    ASIDE = "set aside"
    SEVERAL = "several notebooks"
    BLANK = "blank"


@dataclass(frozen=True)
class Finding:
    """One thing to look at.

    Attributes:
        student: the student's folder in `submitted/`.
        kind: what it means for the grade.
        reason: what is wrong.
        todo: what to do about it.
    """

    student: str
    kind: Kind
    reason: str
    todo: str

    @property
    def is_refused(self) -> bool:
        """Whether nbgrader cannot grade this submission, so that it should be set aside."""
        return self.kind in (Kind.STOPS, Kind.REFUSED)

    def __str__(self) -> str:
        """One line, whatever the student's folder and files are called.

        >>> print(Finding("ada", Kind.BLANK, "no answer was changed", "nothing"))
        ada: blank: no answer was changed; nothing
        """
        reason, todo = one_line(self.reason), one_line(self.todo)
        return f"{one_line(self.student)}: {self.kind}: {reason}; {todo}"


def one_line(text: str) -> str:
    """The text itself, or spelled out if it would break the line or steer the terminal.

    >>> print(one_line("Zoë"), one_line("a\\nb"))
    Zoë 'a\\nb'
    """
    return text if text.isprintable() else ascii(text)
