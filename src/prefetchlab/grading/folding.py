"""What a student's code raises, folded to one sentence and the line that raised it."""

import linecache
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prefetchlab.grading.mistake import Mistake, NoAnswer
from prefetchlab.grading.origin import is_students

_NO_ANSWER = (
    "There is no answer yet: your function raises NotImplementedError. "
    "Put your code in place of that line, and run its cell."
)
_LONGEST = 300  # characters of a sentence; TensorFlow can print a whole tensor
_FRAME = re.compile(r'File "([^"]+)", line (\d+), in ([^\s]+)')
# What TensorFlow puts around its sentence: names of nodes, of operations, of its own functions.
_NODE_NAMES = re.compile(
    r" for '\{\{[^']*'|\{\{.*?\}\}|\[\[.*?\]\]|\[Op:[^\]]*\]( name: ?\S*)?|"
    r"Error in user-defined function passed to .*? transformation with iterator: \S+: "
)
_RAISED_INSIDE = re.compile(r"([A-Z]\w*(?:Error|Exception|Iteration)):")
_NOISE = re.compile(
    r"(in user code:|Traceback \(|File \"|Graph execution error:|Detected at node|"
    r"<stack traces unavailable>|defined at \()"
)


@dataclass(frozen=True)
class _Place:
    """A line that was running.

    Attributes:
        filename: its file, or the name that a notebook gives to a cell.
        line: counted from 1.
        function: the function that it stands in.
    """

    filename: str
    line: int
    function: str

    @property
    def source(self) -> str:
        """The line itself; '' if it cannot be found."""
        return linecache.getline(self.filename, self.line).strip()

    def __str__(self) -> str:
        """Where to look."""
        path = Path(self.filename)
        where = path.name if path.exists() else "your cell"
        named = self.function.isidentifier() and self.function != "None"  # AutoGraph's lambdas
        function = f", in {self.function}" if named else ""
        return f"line {self.line} of {where}{function}: {self.source}"


def folded(error: BaseException) -> Mistake:
    """The message for a student whose code raised `error`.

    >>> print(folded(KeyError("slots")))
    Your code raised KeyError: 'slots'. Look at what your function takes and what it returns.

    **Arguments:**

    - `error`: anything raised while a check ran.

    **Returns:** `error` itself if it is a `Mistake`; `NoAnswer` for an untouched stub.
    """
    if isinstance(error, Mistake):
        return error
    sentence = _sentence(error)
    if isinstance(error, NotImplementedError) and not sentence:
        return NoAnswer(_NO_ANSWER)
    raised = _raised(type(error).__name__, sentence)
    places = [place for place in _places(error) if is_students(place.filename) and place.source]
    look = str(places[-1]) if places else "what your function takes and what it returns."
    return Mistake(f"Your code raised {raised.rstrip('. ')}. Look at {look}")


def _raised(name: str, sentence: str) -> str:
    """The student's own exception, where TensorFlow hands it on inside one of its own."""
    if not sentence:
        return name
    return sentence if _RAISED_INSIDE.match(sentence) else f"{name}: {sentence}"


def _sentence(error: BaseException) -> str:
    """The first line of the message that is not about TensorFlow's insides."""
    text = _NODE_NAMES.sub("", _own_text(_text(error)))
    lines = (line.strip() for line in text.splitlines())
    line = next((line for line in lines if line and not _NOISE.match(line)), "")
    line = line.removeprefix(f"{type(error).__name__}:").strip()
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a student's own class may fail even here
        return ""


def _own_text(text: str) -> str:
    """AutoGraph lists frames, each with its source, and then a blank line and the message."""
    if "in user code:" not in text:
        return text
    *_, last = _FRAME.split(text)
    return last.partition("\n\n")[2]


def _places(error: BaseException) -> Iterator[_Place]:
    """From the outermost to the innermost; those that TensorFlow tells in its message come last."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield _Place(frame.f_code.co_filename, line, frame.f_code.co_name)
    for filename, told, function in _FRAME.findall(_text(error)):
        yield _Place(filename, int(told), function)
