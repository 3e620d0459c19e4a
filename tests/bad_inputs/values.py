"""What a careless caller gives for an argument, by what the argument is."""

from collections.abc import Mapping

Wrong = Mapping[str, object]
"""Values that must be refused, by the name of the case."""

NAN, INFINITE = float("nan"), float("inf")

_NO_NUMBER: Wrong = {"text": "1", "None": None, "a list": [1], "a bool": True, "a function": len}

SECONDS: Wrong = {
    "NaN": NAN,
    "infinite": INFINITE,
    "negative": -0.001,
    "400 digits": 10**400,
    **_NO_NUMBER,
}
POSITIVE: Wrong = {"zero": 0.0, **SECONDS}
SECONDS_OR_ROW: Wrong = {
    "NaN": NAN,
    "infinite": INFINITE,
    "negative": -0.001,
    "text": "1",
    "None": None,
    "empty": [],
    "NaN in it": [1, NAN],
}
TIMES: Wrong = {
    "NaN in it": [1.0, NAN],
    "infinite in it": [1.0, INFINITE],
    "negative in it": [1.0, -1.0],
    "empty": [],
    "None": None,
    "one number": 1.0,
    "text": "12",
    "texts": ["1", "2"],
    "rows of rows": [[1.0], [2.0]],
    "bools": [True, False],
    "a mapping": {1: 2},
}
SLOTS: Wrong = {"NaN": NAN, "negative": -1, "half": 0.5, **_NO_NUMBER}
WHOLE: Wrong = {"NaN": NAN, "infinite": INFINITE, "half": 1.5, **_NO_NUMBER}
FROM_0: Wrong = {"negative": -1, **WHOLE}
FROM_1: Wrong = {"zero": 0, **FROM_0}
COUNTS: Wrong = {
    "empty": [],
    "None": None,
    "one number": 4,
    "negative in it": [-1],
    "half in it": [0.5],
    "text in it": ["1"],
}
DATASET: Wrong = {"None": None, "a number": 3, "a list": [1, 2], "text": "x", "a function": len}
FUNCTION: Wrong = {"None": None, "a number": 3, "text": "prefetch", "a list": [len]}
CHOICE: Wrong = {
    "unknown": "nonsense",
    "empty": "",
    "None": None,
    "a number": 3,
    "a list": [],
    "a line break": "a\nb",
}
NAME: Wrong = {"None": None, "a number": 3, "a list": []}
MAPPING: Wrong = {"empty": {}, "None": None, "a number": 3, "a list": [1], "text": "ab"}
ROW: Wrong = {"empty": [], "None": None, "a number": 3}
OBJECT: Wrong = {"None": None, "a number": 3, "text": "x", "a list": []}
PATH: Wrong = {
    "None": None,
    "a number": 3,
    "missing": "no/such/file",
    "a device": "/dev/zero",
    "300 characters": "x" * 300,
    "a null character": "a\0b",
    "a line break": "a\nb",
}
