"""Task 1, first part: in which loops the source runs ahead of the body, held against counts."""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.measure import RunAhead, run_ahead_by_loop

LOOPS: Mapping[str, str] = {  # as the task names them, and as `run_ahead_by_loop` does
    "python": "Python: for x in dataset",
    "fit": "Keras: model.fit(dataset)",
    "compiled": "tf.function: for x in dataset",
    "compiled iter": "tf.function: for x in iter(dataset)",
}
BATCH = 2  # elements a batch


def _plain(number: tf.Tensor) -> tf.Tensor:
    return number + 1


def _in_python(number: tf.Tensor) -> tf.Tensor:
    called = tf.numpy_function(lambda one: one, [number], number.dtype)
    return tf.ensure_shape(called, number.shape)


def _drawing(number: tf.Tensor) -> tf.Tensor:
    return number + tf.random.uniform([], 0, 9, number.dtype)


STAGES: Mapping[str, Callable[[tf.data.Dataset], tf.data.Dataset]] = {
    "map": lambda source: source.map(_plain),
    "python map": lambda source: source.map(_in_python),
    "random map": lambda source: source.map(_drawing),
    "batch": lambda source: source.batch(BATCH),
    "prefetch": lambda source: source.prefetch(1),
}


def counts_by_loop(stages: Sequence[str]) -> dict[str, RunAhead]:
    """What the source has made after 1, 2 and 3 elements, in each of the four loops.

    >>> counts_by_loop(["python map"])["compiled"]
    (1, 2, 3)

    **Arguments:**

    - `stages`: the names of the stages behind the source, in order: keys of `STAGES`.
    """
    return dict(_counts(tuple(stages)))


@functools.cache  # each takes two seconds, and no answer changes it
def _counts(stages: tuple[str, ...]) -> dict[str, RunAhead]:
    def build(source: tf.data.Dataset) -> tf.data.Dataset:
        for name in stages:
            source = STAGES[name](source)
        return source

    counts = run_ahead_by_loop(build)
    return {loop: counts[form] for loop, form in LOOPS.items()}


@for_test_cell
def in_front(answer: StudentFunction, *, stages: Sequence[str] | None = None) -> None:
    """Check for each of the loops whether the source runs ahead of the body.

    >>> in_front(lambda stages, loop: True, stages=["python map"])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that the source runs ahead in the loop "compiled" over ...

    **Arguments:**

    - `answer`: the student's function of (stages, loop), to True or False.
    - `stages`: the names of the stages, whose counts are taken on the spot; many by chance if left
      out, for which a rule stands in that the counts agree with.

    **Raises:** `Mistake` that names the mistake.
    """
    if stages is not None:
        wanted = {loop: _is_ahead(stages, made) for loop, made in counts_by_loop(stages).items()}
        _check(answer, list(stages), wanted)
        return
    for some in _by_chance():
        _check(answer, some, {loop: runs_ahead(some, loop) for loop in LOOPS})


def _by_chance() -> Iterator[list[str]]:
    rng = np.random.default_rng()
    for _ in range(_CASES):
        yield rng.choice([*STAGES], rng.integers(0, _LONGEST + 1)).tolist()


_CASES = 120
_LONGEST = 4


def _is_ahead(stages: Sequence[str], made: Sequence[int]) -> bool:
    taken: int = BATCH ** stages.count("batch")
    return made[0] > taken


def runs_ahead(stages: Sequence[str], loop: str) -> bool:
    """Whether the source runs ahead of the body, by the rule that the counts agree with.

    >>> runs_ahead(["random map", "batch"], "compiled"), runs_ahead(["random map"], "compiled")
    (True, False)
    """
    if loop != "compiled":
        return True
    fused = any(second == "batch" and "map" in first for first, second in _pairs(stages))
    return fused or "map" in stages or "prefetch" in stages


def _pairs(stages: Sequence[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(stages))


def _check(answer: StudentFunction, stages: list[str], wanted: Mapping[str, bool]) -> None:
    for loop, right in wanted.items():
        said = answer(list(stages), loop)
        if not _is_truth(said):
            raise Mistake(
                f"Your function returns {str(said)[:40]!r}. Return True or False: whether the "
                "source runs ahead of the body."
            )
        if bool(said) != right:
            raise Mistake(_fault(stages, loop, right))


def _is_truth(said: Any) -> bool:
    return isinstance(said, bool | np.bool_)


def _fault(stages: list[str], loop: str, right: bool) -> str:
    behind = f"[{', '.join(map(repr, stages))}]"
    if not right:
        return (
            f'You say that the source runs ahead in the loop "{loop}" over {behind}. It has made '
            "no more than was taken: that loop's body becomes a stage of the pipeline, and what "
            "TensorFlow injects comes behind it. Does any of these stages work in the background?"
        )
    said = f'You say that the source does not run ahead in the loop "{loop}" over {behind}, and it'
    if loop != "compiled":
        return (
            f"{said} does. Is the body of that loop a stage of the pipeline? If it is not, what "
            "stands between them, by default?"
        )
    if "prefetch" in stages:
        return f"{said} does. What does a prefetch do that somebody wrote, wherever it stands?"
    if "map" in stages:
        return (
            f"{said} does. Which kind of map does TensorFlow run in the background, although "
            "nobody wrote num_parallel_calls?"
        )
    return (
        f"{said} does. Which two stages, one right behind the other, does TensorFlow make one of, "
        "and does that one work in the background?"
    )
