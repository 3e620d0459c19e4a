"""Texts and values that Hypothesis spoils: what a careless hand leaves in a file."""

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

# What breaks parsers: the ends of types, signs of YAML and JSON, and what no terminal shows.
NASTY_TEXTS = (
    "",
    " ",
    "\n",
    "\0",
    "\x1b[31m",
    "\ufeff",
    "\u2028",
    "\x85",
    "é",
    "😀",
    "- ",
    ": ",
    "{",
    "[" * 200,
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "<<: *a",
    "|",
    ">",
    "%YAML 9.9",
    "---\n",
    "'",
    '"',
    "null",
    "~",
    "-1",
    "1e999",
    ".nan",
    "9" * 5000,
    "\t",
    "#",
    "../x",
    "/dev/zero",
)
NASTY_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1.5,
    1e308,
    "",
    "\n",
    "a\nb",
    "../x",
    "/etc/passwd",
    "\x1b[31m",
    "x" * 5000,
    [],
    [None],
    {},
    {"": ""},
    [[[[[]]]]],
)


@st.composite
def texts(draw: st.DrawFn, good: str) -> bytes:
    """A text in which one to four places are cut out, said twice, or replaced."""
    spoiled = good.encode()
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(spoiled)))
        end = min(len(spoiled), begin + draw(st.sampled_from((0, 1, 2, 5, 20, 200))))
        instead = draw(
            st.one_of(
                st.just(b""),
                st.just(spoiled[begin:end] * 2),
                st.sampled_from(NASTY_TEXTS).map(str.encode),
                st.binary(min_size=1, max_size=3),
            )
        )
        spoiled = spoiled[:begin] + instead + spoiled[end:]
    return spoiled


@st.composite
def values(draw: st.DrawFn, good: Any) -> Any:
    """A value made of lists and dicts in which one to three of its parts are replaced or gone."""
    spoiled = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(spoiled))
        if not places:
            break
        inside, key = draw(st.sampled_from(places))
        if draw(st.booleans()):
            inside[key] = copy.deepcopy(draw(st.sampled_from(NASTY_VALUES)))
        elif isinstance(inside, dict) and draw(st.booleans()):
            inside[draw(st.sampled_from(("", "x", "a\nb")))] = inside.pop(key)
        else:
            del inside[key]
    return spoiled


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each part, as what it is in and its key there."""
    keys: Sequence[Any] = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    return [place for key in keys for place in ((value, key), *_places(value[key]))]
