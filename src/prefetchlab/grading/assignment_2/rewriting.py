"""Task 7: whether a pipeline is a serial baseline, and what TensorFlow did to it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

WORDS = ("fused", "parallel", "injected")
_AHEAD = ("MapAndBatch", "ParallelMap")  # whatever is written of them


@for_test_cell
def baseline(answer: StudentFunction, pipelines: Mapping[str, tf.data.Dataset]) -> None:
    """Check what a student's function says of pipelines; TensorFlow's own graph decides.

    >>> pipelines = {"batch(2)": tf.data.Dataset.range(8).batch(2)}
    >>> baseline(lambda dataset: (True, ["injected"]), pipelines)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that batch(2) is serial. ...

    **Arguments:**

    - `answer`: the student's function of a dataset, to (serial, words).
    - `pipelines`: what to try it on, by a name to show.

    **Raises:** `Mistake` that names the mistake.
    """
    for name, dataset in pipelines.items():
        serial, words = _parts(answer(dataset), name)
        wrote = graph.written(dataset)
        runs = graph.runs(dataset)
        right = _done(wrote, runs)
        if Counter(words) != Counter(right):
            raise Mistake(f"For {name} you say {words}. {_word_fault(words, right, wrote, runs)}")
        if serial != _is_serial(runs):
            said = "is serial" if serial else "is not serial"
            raise Mistake(f"You say that {name} {said}. {_serial_fault(serial, wrote, runs)}")


_WANTED = "Return two things: True or False, and a list of words."


def _parts(returned: Any, name: str) -> tuple[bool, list[str]]:
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Mistake(_WANTED)
    serial, words = returned
    if not hasattr(serial, "__bool__") or str(serial) not in ("True", "False"):
        raise Mistake(f"{_WANTED} For {name} the first one is {serial!r}.")
    if isinstance(words, str | Mapping) or not isinstance(words, Iterable):
        raise Mistake(f"{_WANTED} For {name} the second one is {words!r}.")
    told = [str(word) for word, _ in zip(words, range(_MOST), strict=False)]
    if unknown := [word for word in told if word not in WORDS]:
        raise Mistake(f"For {name} you say {unknown[0]!r}. The words are {', '.join(WORDS)}.")
    return bool(serial), list(dict.fromkeys(told)) if isinstance(words, set) else told


_MOST = 20  # words of an iterator that may never end


def _done(wrote: graph.Pipeline, runs: graph.Pipeline) -> list[str]:
    more = Counter(runs.names) - Counter(wrote.names)
    stages = zip(WORDS, ("MapAndBatch", "ParallelMap", "Prefetch"), strict=True)
    return [word for word, stage in stages if more[stage]]


def _is_serial(runs: graph.Pipeline) -> bool:
    return not any(map(_works_in_the_background, runs.stages))


def _works_in_the_background(stage: graph.Stage) -> bool:
    if stage.name == "Prefetch":
        return stage.setting != 0
    return stage.name in _AHEAD


def _word_fault(
    words: list[str], right: list[str], wrote: graph.Pipeline, runs: graph.Pipeline
) -> str:
    if len(words) > len(set(words)):
        return "Name each word once, however many stages it is true of."
    if extra := [word for word in words if word not in right]:
        stage = dict(zip(WORDS, ("MapAndBatch", "ParallelMap", "Prefetch"), strict=True))[extra[0]]
        if stage not in runs.names:
            return f"No {stage} runs there. Read the names from graph.runs."
        return f"As many of {stage} were written as run: what was written, TensorFlow did not do."
    missing = next(word for word in right if word not in words)
    if missing == "injected" and "Prefetch" in wrote.names:
        return "A prefetch was written, and more than one runs. Count the stages of a name."
    if missing == "parallel" and "ParallelMap" in wrote.names:
        return "A parallel map was written, and more than one runs. Count the stages of a name."
    return "TensorFlow did more there. Compare graph.runs with graph.written, stage by stage."


def _serial_fault(said: bool, wrote: graph.Pipeline, runs: graph.Pipeline) -> str:
    if not said:
        return (
            "Nothing works in the background there. Look at each stage of graph.runs, and at the "
            "size of its buffer."
        )
    chosen = any(stage == graph.Stage("Prefetch", tf.data.AUTOTUNE) for stage in runs.stages)
    autotuned = " A buffer of -1, AUTOTUNE, counts as one with a slot." if chosen else ""
    if _is_serial(wrote):
        return f"As written it would be. What TensorFlow runs works in the background.{autotuned}"
    return (
        f"A stage of it was written to work in the background. Look at graph.runs of it.{autotuned}"
    )
