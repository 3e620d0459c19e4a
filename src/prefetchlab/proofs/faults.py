"""Faults of a document: what is wrong, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from prefetchlab.proofs.located import Document, Place


class Kind(StrEnum):
    """What sort of fault it is."""

    UNKNOWN_KEY = "unknown key"
    MISSING_KEY = "missing key"
    WRONG_VALUE = "wrong value"
    BROKEN_RULE = "broken rule"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a document.

    Attributes:
        at: its place in the document.
        what: what is wrong.
        todo: what to do about it.
        kind: what sort of fault it is.
    """

    at: Place
    what: str
    todo: str
    kind: Kind = Kind.BROKEN_RULE


class NamePlace(Protocol):
    """Says in words which entry a place belongs to: "question q3-units, option 2: "."""

    def __call__(self, document: Document, place: Place, /) -> str:
        """Give the words, or nothing for a place outside of all entries."""


def raise_first(document: Document, faults: Iterable[Fault], *, name_place: NamePlace) -> None:
    """Refuse a document that has faults, for the one that should be mended first.

    Unknown keys come first, because a misspelled key is a missing one as well; then the fault that
    stands first in the file.

    **Arguments:**

    - `document`: where the faults are.
    - `faults`: in any order; none if the document is sound.
    - `name_place`: says which entry a place belongs to.

    **Raises:** `InputError` that names file, line and entry.
    """
    fault = min(faults, key=lambda fault: _rank(document, fault), default=None)
    if fault is not None:
        what = name_place(document, fault.at) + fault.what
        raise document.error(fault.at, what, fault.todo)


def _rank(document: Document, fault: Fault) -> tuple[bool, int]:
    return fault.kind is not Kind.UNKNOWN_KEY, document.line(fault.at)
