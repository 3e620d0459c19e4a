"""Which stages of a pipeline run in which thread, drawn from the stages themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from prefetchlab import given
from prefetchlab.figures.drawing import LANE_COLOURS, Drawing
from prefetchlab.figures.stages import Box, Row, draw_rows
from prefetchlab.graph import Pipeline, Stage

_LOOP = "the loop"
_PREFETCH = "Prefetch"


def draw_threads(pipeline: Pipeline, *, name: str = "threads") -> Drawing:
    """Draw a row for each thread: what it calls, one stage after the other, and where it puts it.

    A thread of a prefetch calls the stages in front of it, and puts what they give into its slots.
    Whoever wants the next element, the thread of a later prefetch or the loop, takes it from there.

    >>> numbers, ahead = Stage("Range"), Stage("Prefetch", 2)
    >>> draw_threads(Pipeline((numbers, ahead))).alt
    'Thread of Prefetch(2): Range, and puts into its slots. Thread of the loop: takes from \
Prefetch(2), and trains.'

    **Arguments:**

    - `pipeline`: what `graph.runs` or `graph.written` returned. Its prefetches are drawn. What
      else has threads is not: a parallel stage, and prefetches in pipelines that are joined or
      stand inside of a stage.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** a `Drawing`.

    **Raises:** `InputError` if it is no `Pipeline`.
    """
    given.a(Pipeline, "pipeline", pipeline)
    threads = _threads(pipeline.line)
    sheet = draw_rows([thread.row() for thread in threads])
    caption = (
        f"Threads: {len(threads)}. Each row is one: it calls the stages on the tinted ground, one "
        "after the other, and the slots at its end are where the next row begins."
    )
    return Drawing(sheet.figure, name, caption, " ".join(map(str, threads)))


@dataclass(frozen=True)
class _Thread:
    """What one thread does with an element.

    Attributes:
        takes: the prefetch that it takes from; None if it begins at the source.
        calls: the stages that it calls.
        puts: the prefetch that it puts into; None is the loop, which trains.
    """

    takes: Stage | None
    calls: tuple[Stage, ...]
    puts: Stage | None

    def row(self) -> Row:
        """Its boxes: slots in blue, and the loop's own work in orange."""
        slots = LANE_COLOURS["load"]
        taken = [Box.of(self.takes, mark="takes from", fill=slots)] if self.takes else []
        last = (
            Box.of(self.puts, mark="puts into", fill=slots)
            if self.puts
            else Box("train", fill=LANE_COLOURS["train"])
        )
        boxes = (*taken, *map(Box.of, self.calls), last)
        return Row(f"thread of {self.puts or _LOOP}", boxes, len(boxes) - (self.puts is None))

    def __str__(self) -> str:
        taken = [f"takes from {self.takes}"] if self.takes else []
        does = ", ".join([*taken, *map(str, self.calls)])
        then = "puts into its slots" if self.puts else "trains"
        return f"Thread of {self.puts or _LOOP}: {does}, and {then}."


def _threads(stages: Sequence[Stage]) -> list[_Thread]:
    """A thread for each prefetch and one for the loop, from the source to the loop."""
    ends = [place for place, stage in enumerate(stages) if stage.name == _PREFETCH]
    edges = [-1, *ends, len(stages)]
    return [
        _Thread(
            takes=stages[first] if first >= 0 else None,
            calls=tuple(stages[first + 1 : last]),
            puts=stages[last] if last < len(stages) else None,
        )
        for first, last in pairwise(edges)
    ]
