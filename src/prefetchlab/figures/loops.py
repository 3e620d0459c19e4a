"""Where a prefetch stands: in front of a loop's body, or behind it."""

from dataclasses import dataclass

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS, Drawing
from prefetchlab.figures.stages import Box, Row, draw_rows
from prefetchlab.graph import Pipeline, Stage

_BODY = "the loop's body"


@dataclass(frozen=True)
class _Loop:
    """The stages around a loop's body.

    Attributes:
        heading: which loop it is.
        before: the stages in front of the body.
        behind: the stages behind it; only a graph loop has some.
        compiled: whether the body is itself a stage of the pipeline.
    """

    heading: str
    before: tuple[Stage, ...]
    behind: tuple[Stage, ...]
    compiled: bool

    @property
    def named(self) -> str:
        """Its heading as a sentence begins with it; "Python" keeps its capital."""
        return self.heading[0].upper() + self.heading[1:]

    def row(self) -> Row:
        """The stages and the body as boxes."""
        boxes = (
            *(_box(stage, "in front") for stage in self.before),
            Box("the loop's\nbody", fill=LANE_COLOURS["train"]),
            *(_box(stage, "behind") for stage in self.behind),
        )
        return Row(self.heading, boxes, len(boxes) if self.compiled else len(self.before))

    def __str__(self) -> str:
        stages = [*map(str, self.before), _BODY, *map(str, self.behind)]
        return f"{self.named}: {' → '.join(stages)}."

    def told(self) -> str:
        """Where its prefetches stand, as a sentence."""
        places = [
            f"{' and '.join(map(str, found))} {place}"
            for place, stages in (("in front of the body", self.before), ("behind it", self.behind))
            if (found := [stage for stage in stages if _is_prefetch(stage)])
        ]
        return f"{self.named}: {', '.join(places) or 'no prefetch'}."


def draw_loops(eager: Pipeline, graph_loop: Pipeline, *, name: str = "loops") -> Drawing:
    """Draw the stages of an eager loop above those of a graph loop, each with the loop's body.

    >>> from prefetchlab.graph import AUTOTUNE
    >>> numbers, ahead, body = Stage("Range"), Stage("Prefetch", AUTOTUNE), Stage("Scan")
    >>> draw_loops(Pipeline((numbers, ahead)), Pipeline((numbers, body, ahead))).alt
    "Loop in Python: Range → Prefetch(AUTOTUNE) → the loop's body. Loop in a tf.function: Range → \
the loop's body → Prefetch(AUTOTUNE)."

    **Arguments:**

    - `eager`: what `graph.runs` returned.
    - `graph_loop`: what `graph.runs_in_graph_loop` returned for the same dataset.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** a `Drawing`. What lies on a tinted ground is one pipeline, run by TensorFlow.

    **Raises:** `InputError` if no stage of `graph_loop` is a loop's body.
    """
    given.a(Pipeline, "eager", eager)
    given.a(Pipeline, "graph_loop", graph_loop)
    body = _place_of_body(graph_loop)
    loops = (
        _Loop("loop in Python", eager.line, (), compiled=False),
        _Loop(
            "loop in a tf.function",
            graph_loop.line[:body],
            graph_loop.line[body + 1 :],
            compiled=True,
        ),
    )
    sheet = draw_rows([loop.row() for loop in loops])
    caption = (
        f"{' '.join(loop.told() for loop in loops)} A prefetch in front of the body can make the "
        "next element while the body runs; one behind it cannot. The tinted ground is the pipeline."
    )
    return Drawing(sheet.figure, name, caption, " ".join(map(str, loops)))


def _place_of_body(graph_loop: Pipeline) -> int:
    places = [place for place, stage in enumerate(graph_loop.line) if stage.name == "Scan"]
    if not places:
        raise InputError(
            "graph_loop: no stage of it is a loop's body; give what runs_in_graph_loop returned"
        )
    return places[-1]


def _is_prefetch(stage: Stage) -> bool:
    return stage.name == "Prefetch"


def _box(stage: Stage, place: str) -> Box:
    if _is_prefetch(stage):
        return Box.of(stage, mark=place, fill=LANE_COLOURS["load"])
    return Box.of(stage)
