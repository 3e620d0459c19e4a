"""A picture as text: its marks, one a line, without what says nothing of how it looks."""

import re
from base64 import b64decode
from pathlib import Path

from prefetchlab import figures

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r"\s*<(?!svg|img|fig)")  # those have words in them, for who cannot see
_NEAR = 0.75  # of a point: another matplotlib may set a stroke a hair apart


def path(name: str) -> Path:
    """Where a picture is kept."""
    return Path(__file__).with_name(f"{name.replace(' ', '-')}.svg")


def text_of(drawing: figures.Drawing | figures.Explorer) -> str:
    """Picture and caption, without styles, scripts and bitmaps; a stroke is one line."""
    plain = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", drawing._repr_html_())
    plain = re.sub(r"data:image/svg\+xml;base64,([^\"]+)", _decoded, plain)
    plain = re.sub(r"base64,[^\"]*", "base64,", plain).replace("><", ">\n<")
    plain = re.sub(r"-[a-z][0-9a-f]{10}\b", "", plain)  # ids that matplotlib makes of all the rest
    return re.sub(r'(?<= d=)"[^"]*"', _in_one_line, plain).strip() + "\n"


def _decoded(found: re.Match[str]) -> str:
    return b64decode(found[1]).decode()


def _in_one_line(found: re.Match[str]) -> str:
    numbers = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}", found[0])
    return " ".join(numbers.split())


def differences(old: str, new: str) -> list[str]:
    """The lines of a picture that look otherwise than they did."""
    before, now = old.splitlines(), new.splitlines()
    if len(before) != len(now):
        return [f"{len(before)} lines before, and {len(now)} now"]
    return [f"{a}  →  {b}" for a, b in zip(before, now, strict=True) if not _alike(a, b)]


def _alike(old: str, new: str) -> bool:
    """Whether two lines say the same, and have strokes where nobody sees a difference."""
    if old == new or not _MARK.match(old):
        return old == new
    if _TAG.sub("", old) != _TAG.sub("", new) or _NUMBER.sub("0", old) != _NUMBER.sub("0", new):
        return False
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    return all(abs(float(a) - float(b)) <= _NEAR for a, b in pairs)
