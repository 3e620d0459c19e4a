"""What was written beside what runs, with what TensorFlow added or changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from prefetchlab import given
from prefetchlab.figures.drawing import LANE_COLOURS, Drawing
from prefetchlab.figures.stages import Box, Row, draw_rows
from prefetchlab.graph import Pipeline, Stage

_ADDED, _CHANGED, _DROPPED = "added", "changed", "dropped"
_WRITTEN, _RUNS = "written", "runs"


def draw_rewrite(written: Pipeline, runs: Pipeline, *, name: str = "rewrite") -> Drawing:
    """Draw the stages that were written above those that run, and mark what differs.

    >>> from prefetchlab.graph import AUTOTUNE
    >>> numbers, ahead = Stage("Range"), Stage("Prefetch", AUTOTUNE)
    >>> draw_rewrite(Pipeline((numbers,)), Pipeline((numbers, ahead))).alt
    'Written: Range. Runs: Range → Prefetch(AUTOTUNE). Added Prefetch(AUTOTUNE).'

    **Arguments:**

    - `written`: what `graph.written` returned.
    - `runs`: what `graph.runs` returned for the same dataset.
    - `name`: a word for ids in the picture, unique on a page.

    **Returns:** a `Drawing`. Where several stages became one, that one is marked as changed.

    **Raises:** `InputError` if one is no `Pipeline`.
    """
    given.a(Pipeline, "written", written)
    given.a(Pipeline, "runs", runs)
    differences = _differences(written.line, runs.line)
    sheet = draw_rows(
        [
            Row(_WRITTEN, _boxes(written, differences, _WRITTEN), len(written.line)),
            Row(_RUNS, _boxes(runs, differences, _RUNS), len(runs.line)),
        ]
    )
    told = _told(differences)
    alt = f"Written: {written}. Runs: {runs}. {_sentence(told or 'nothing differs')}"
    does = f"has {told}" if told else "runs what was written"
    caption = f"The pipeline as it was written, and as it runs. TensorFlow {does}."
    return Drawing(sheet.figure, name, caption, alt)


def _told(differences: Sequence["_Difference"]) -> str:
    """What TensorFlow has done, each phrase once."""
    counts = Counter(map(str, differences))
    often = {1: "", 2: ", twice"}
    return "; ".join(
        f"{phrase}{often.get(count, f', {count} times')}" for phrase, count in counts.items()
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True)
class _Difference:
    """A stage that only one of the two pipelines has.

    Attributes:
        word: "added", "changed" or "dropped".
        row: which of the two it stands in.
        place: where it stands there, from 0.
        stage: the stage.
        made_of: the written stages that a changed one was made of.
    """

    word: str
    row: str
    place: int
    stage: Stage
    made_of: tuple[Stage, ...] = ()

    def __str__(self) -> str:
        """What TensorFlow has done, as a phrase."""
        if self.made_of:
            return f"{self.word} {' and '.join(map(str, self.made_of))} into {self.stage}"
        return f"{self.word} {self.stage}"


def _differences(written: Sequence[Stage], runs: Sequence[Stage]) -> list[_Difference]:
    found: list[_Difference] = []
    matched = SequenceMatcher(None, written, runs, autojunk=False)
    for kind, start, end, first, last in matched.get_opcodes():
        if kind == "equal":
            continue
        became = _became(written[start:end], runs[first:last])
        for place, made_of in enumerate(became, start=first):
            stages = tuple(written[start + n] for n in made_of)
            word = _CHANGED if stages else _ADDED
            found.append(_Difference(word, _RUNS, place, runs[place], stages))
        kept = {start + n for made_of in became for n in made_of}
        dropped = [place for place in range(start, end) if place not in kept]
        found += [_Difference(_DROPPED, _WRITTEN, n, written[n]) for n in dropped]
    return found


def _became(old: Sequence[Stage], new: Sequence[Stage]) -> list[list[int]]:
    """For each new stage the old ones that it was made of, each once and in their order."""
    made_of: list[list[int]] = [[] for _ in new]
    place = 0
    for n, stage in enumerate(old):
        fits = [later for later in range(place, len(new)) if _is_in(stage, new[later])]
        # Two maps are two parallel maps; only stages of several kinds are fused into one.
        free = [at for at in fits if all(old[m].name != stage.name for m in made_of[at])]
        if free:
            place = free[0]
            made_of[place].append(n)
    return made_of


def _is_in(old: Stage, new: Stage) -> bool:
    """Whether a stage lives on in another: Map in ParallelMap, and Batch in MapAndBatch."""
    return old.name in new.name


def _boxes(pipeline: Pipeline, differences: Sequence[_Difference], row: str) -> tuple[Box, ...]:
    words = {each.place: each.word for each in differences if each.row == row}
    return tuple(_box(stage, words.get(n, "")) for n, stage in enumerate(pipeline.line))


def _box(stage: Stage, word: str) -> Box:
    if word == _DROPPED:
        return Box.of(stage, mark=word, line=":")
    return Box.of(stage, mark=word, fill=LANE_COLOURS["load"] if word else "none")
