"""A proof, and the answer that running it gives."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from numbers import Real
from pathlib import Path

from prefetchlab.errors import InputError

LONGEST_S = 86_400.0  # a day


class Outcome(StrEnum):
    """How a proof ended."""

    TRUE = "true"
    FALSE = "false"
    RAISED = "raised"
    NOT_BOOL = "not a bool"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"


def check_timeout(timeout_s: float) -> None:
    """Refuse a time that is no time.

    **Raises:** `InputError` unless it is a number above 0, and at most a day.
    """
    is_number = isinstance(timeout_s, Real) and not isinstance(timeout_s, bool)
    if not is_number or not 0 < timeout_s <= LONGEST_S:
        raise InputError(
            f"timeout_s: {reprlib.repr(timeout_s)} s is no time for a proof; "
            f"use more than 0 and at most {LONGEST_S:g}"
        )


@dataclass(frozen=True)
class Proof:
    """Python whose last expression is the truth of something stated.

    >>> Proof("sum([1, 1]) == 2", file=Path("3-overlap.yml"), line=18).where
    '3-overlap.yml:18'

    Attributes:
        code: statements, and an expression that is True or False.
        file: the file that it stands in.
        line: the line of the code's first line in that file, from 1.
        timeout_s: how long it may run, in seconds; then it is killed.
        given: what the code finds beside `tf` and `np`, by name; it must be picklable.
    """

    code: str
    file: Path
    line: int
    timeout_s: float = 60.0
    given: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Refuse a time that is no time.

        **Raises:** `InputError` unless the time is above 0 and at most a day.
        """
        check_timeout(self.timeout_s)

    @property
    def where(self) -> str:
        """The file and line of its first line, "FILE:LINE"."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Answer:
    """What came of running a proof.

    Attributes:
        outcome: how it ended.
        message: what happened, in words; empty where it is true or false.
    """

    outcome: Outcome
    message: str = ""

    @property
    def truth(self) -> bool | None:
        """What the proof's last expression is; None if it showed nothing."""
        return {Outcome.TRUE: True, Outcome.FALSE: False}.get(self.outcome)
