"""Task 3: the line of a pipeline at which an error comes up."""

import traceback
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

from prefetchlab.grading.assignment_1.sources import records
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import listed

FILES = 6


@for_test_cell
def error_lines(
    answer: StudentFunction,
    snippets: Mapping[str, FunctionType],
    *,
    damaged: Sequence[int] = (0,),
) -> None:
    """Check predictions of the line that raises; the snippets are run to tell.

    **Arguments:**

    - `answer`: the student's function of (damaged), to one number for each snippet: the line below
      `def`, counted from 1, and 0 where nothing raises.
    - `snippets`: by name, functions of a dataset of JPEG files.
    - `damaged`: the places to try, from 0 to 5: the file there cannot be decoded.

    **Raises:** `Mistake` that names the snippet and not its line.
    """
    wanted = (
        f"error_lines must return {len(snippets)} numbers, for {listed(list(snippets))} in this "
        "order."
    )
    for place in damaged:
        got = plain_numbers(answer(place), wanted)
        if len(got) != len(snippets):
            raise Mistake(f"{wanted} You return {len(got)}.")
        files = records(FILES, [place]).map(lambda encoded, label: encoded)
        for (name, snippet), said in zip(snippets.items(), got, strict=True):
            if not same(said, line_that_raises(snippet, files)):
                raise Mistake(
                    f"With damaged = {place} you say {said} for {name}, and that is not where an "
                    f"error comes up. {_look(said)}"
                )


def line_that_raises(snippet: FunctionType, *arguments: Any) -> int:
    """The line of a function that raises, counted from 1 below its `def`; 0 if none does.

    >>> def snippet(text):
    ...     number = len(text)
    ...     return number + text
    >>> line_that_raises(snippet, "four")
    2
    """
    try:
        snippet(*arguments)
    except Exception as error:  # whatever comes up: the line is asked for
        lines = [
            line - snippet.__code__.co_firstlineno
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_code is snippet.__code__
        ]
        return lines[-1]
    return 0


def _look(said: float) -> str:
    if said == 0:
        return "Something does raise: does a line read the file, or trace what cannot work?"
    return "Ask of each line what it does: declare, trace, or read, and then which files it reads."
