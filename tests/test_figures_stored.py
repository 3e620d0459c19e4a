"""Each picture looks as it did when somebody last looked at it."""

import pytest

from tests.pictures import stored
from tests.pictures.drawn import PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_it_is_stored(name: str) -> None:
    kept = stored.path(name).read_text(encoding="utf-8")
    found = stored.differences(kept, stored.text_of(PICTURES[name]()))
    assert found == [], "look at it, and then run: python -m tests.pictures"


def test_what_is_stored_is_drawn() -> None:
    kept = {path.name for path in stored.path("x").parent.glob("*.svg")}
    assert kept == {stored.path(name).name for name in PICTURES}


@pytest.mark.parametrize(
    ("new", "number"),
    [
        ('<path d="M 10.2 20"/>\n<text>a</text>\n', 0),
        ('<path d="M 11 20"/>\n<text>a</text>\n', 1),
        ('<path d="M 10 20"/>\n<text>b</text>\n', 1),
        ('<path d="M 10 20 L 3 4"/>\n<text>a</text>\n', 1),
        ('<path d="M 10 20"/>\n', 1),
    ],
    ids=["a hair apart", "moved", "another word", "a longer stroke", "a mark less"],
)
def test_a_picture_that_looks_otherwise_is_found(new: str, number: int) -> None:
    assert len(stored.differences('<path d="M 10 20"/>\n<text>a</text>\n', new)) == number
