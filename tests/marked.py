"""Faults planted in YAML, each marked where it stands, so that its line need not be counted."""

from collections.abc import Mapping

FAULT = "# <- fault"


def planted(text: str, changes: Mapping[str, str]) -> str:
    """The text with each change made once, at the first place where it fits."""
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{old!r} is not in the text")
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, words: str = FAULT) -> int:
    """The number of the one line that holds these words, from 1."""
    (line,) = [n for n, line in enumerate(text.splitlines(), 1) if words in line]
    return line
