"""The numbers that a sentence states, held against those in the code that shows it.

Only whether they are there: what a sentence says of a number no test here can read.
"""

import ast
import re

_WORDS = {
    "half": 0.5, "two": 2, "twice": 2, "three": 3, "third": 3, "four": 4, "quarter": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "tenth": 10, "twenty": 20,
    "fifty": 50, "hundred": 100, "thousand": 1000,
}  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?!\w)")
_UNITS = (1, 1e3, 1e-3, 1e6, 1e-6, 1e-2)  # ms and s, MB and bytes, percent


def stated(text: str) -> set[float]:
    """The numbers of a text, in digits or in words.

    >>> sorted(stated("Twice as fast: 1,000 steps in 7.5 ms; `x4` and v2.21.0 are names."))
    [2.0, 7.5, 1000.0]
    """
    digits = {float(found[0].replace(",", "")) for found in _DIGITS.finditer(text)}
    words = re.findall(r"[a-z]+", text.lower())
    return digits | {float(_WORDS[word]) for word in words if word in _WORDS}


def not_in(code: str, text: str) -> set[float]:
    """The numbers of a text that no number of the code equals, in whatever unit; no comment counts.

    >>> not_in("run(0.010) == 20  # 30", "10 ms; then 20, not 30")
    {30.0}
    """
    plain = re.sub(r"(?<=\d)_(?=\d)", "", ast.unparse(ast.parse(code)))
    known = [number * unit for number in stated(plain) for unit in _UNITS]
    return {one for one in stated(text) if not any(abs(one - other) < 1e-9 for other in known)}
