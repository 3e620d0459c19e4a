"""Three measurements of a training loop, stated as a protocol before the code.

1. *Keep* the first batches of the pipeline in memory, eight at most.
2. *Warm up*: the train step is called on each of them, so that what they need is traced and
   compiled before a clock runs. Batches of another shape that come later are traced then.
3. *Loading alone*: the pipeline is gone through by a loop that does nothing with its batches.
4. *Training alone*: the train step runs on the batches that are kept, again and again.
5. *The loop as it is*: the pipeline feeds the train step.
6. The three take turns, `repeats` times over, as in `interleave_in_peace`. In each run the first
   batch is trained on before the clock starts.

In the last two the clock is read when a step begins and when it ends. What lies between the end of
one and the beginning of the next is how long the loop took to get its batch. The exposed wait is
that time in the loop as it is, less that time where the batches are already there.

A run lives off what was made before its clock started: as many batches as wait in buffers or load
at once. So it must have many times as many steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import get_args

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.exposed_wait import ExposedWait
from prefetchlab.measure.loops import Loop, Visit, loop_of_kind
from prefetchlab.measure.machine import versions
from prefetchlab.measure.peace import Peace, interleave_in_peace
from prefetchlab.measure.step_times import StepTimes, run_steps
from prefetchlab.progress import Progress

_LOADING, _TRAINING, _STEP = "loading alone", "training alone", "the step"
_KEPT = 8  # batches: enough to see that they differ, few enough to hold


@dataclass(frozen=True)
class TrainingLoop:
    """A training loop to be measured.

    Attributes:
        pipeline: makes the dataset that feeds it, anew for each run. Python state that its runs
            share, an open file say, is theirs to keep.
        step: the train step; it must return only when its work is done.
        kind: "eager" for a Python loop, "graph" for a `for` inside a `tf.function`.
    """

    pipeline: Callable[[], tf.data.Dataset]
    step: Visit
    kind: Loop = "eager"

    def __post_init__(self) -> None:
        """Refuse what cannot be run.

        **Raises:** `InputError` that names it.
        """
        given.function("pipeline", self.pipeline)
        given.function("step", self.step)
        given.one_of("kind", self.kind, get_args(Loop))


def exposed_waits(
    loops: Mapping[str, TrainingLoop],
    *,
    steps: int,
    repeats: int,
    again: bool = True,
    progress: Progress | None = None,
) -> dict[str, ExposedWait]:
    """Measure training loops by the protocol above, all in turns.

    >>> numbers = lambda: tf.data.Dataset.range(8)
    >>> waits = exposed_waits({"mine": TrainingLoop(numbers, tf.square)}, steps=2, repeats=1)
    >>> len(waits["mine"].step_repeats_s)
    1

    **Arguments:**

    - `loops`: the loops by name; each pipeline has more than `steps` batches.
    - `steps`: timed steps in one run, from 1: many times as many as batches wait or load at once.
    - `repeats`: interleaved rounds, from 1.
    - `again`: whether a round is added for one that was disturbed.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a number is not whole or below 1, if there is no loop, if its kind
    is unknown, or if a pipeline has too few batches. What a pipeline or a step raises comes
    through; in a loop of kind "graph" as TensorFlow's `UnknownError`.
    """
    given.mapping("loops", loops, "loops")
    for one in loops.values():
        given.a(TrainingLoop, "loops", one)
    steps, repeats = given.whole("steps", steps, least=1), given.whole("repeats", repeats, least=1)
    runs = {
        f"{name}: {part}": run
        for name, loop in loops.items()
        for part, run in _three(name, loop, steps).items()
    }
    measured, peace = interleave_in_peace(
        runs,
        repeats=repeats,
        again=again,
        computes=attrgetter("computes"),
        progress=progress,
    )
    return {name: _told(name, measured, peace) for name in loops}


def _three(name: str, loop: TrainingLoop, steps: int) -> dict[str, Callable[[], StepTimes]]:
    """The three runs of a loop; the train step has been called when they are returned."""
    loop_of_kind(loop.kind)  # an unknown kind is said before anything runs
    pipeline = loop.pipeline()
    if next(iter(pipeline), None) is None:
        raise InputError(f"loops: the pipeline of {name} gives no batch; give it at least one")
    ready = graph.replayed(pipeline, _KEPT)
    for batch in ready.take(_KEPT + 1):  # one more, so that what is kept is whole
        loop.step(batch)

    def timed(pipeline: Callable[[], tf.data.Dataset], step: Visit | None) -> StepTimes:
        try:
            return run_steps(pipeline(), step, steps=steps, loop=loop.kind)
        except InputError as error:
            raise InputError(f"loops: {name}: {error}") from None

    return {
        _LOADING: lambda: timed(loop.pipeline, None),
        _TRAINING: lambda: timed(lambda: ready, loop.step),
        _STEP: lambda: timed(loop.pipeline, loop.step),
    }


def _told(name: str, measured: Mapping[str, list[StepTimes]], peace: Peace) -> ExposedWait:
    loads, trains, steps = (measured[f"{name}: {part}"] for part in (_LOADING, _TRAINING, _STEP))
    return ExposedWait(
        load_repeats_s=tuple(run.mean_s for run in loads),
        train_repeats_s=tuple(run.mean_s for run in trains),
        step_repeats_s=tuple(run.mean_s for run in steps),
        wait_repeats_s=tuple(run.wait_s for run in steps),
        ready_repeats_s=tuple(run.wait_s for run in trains),
        versions=versions(),
        peace=peace,
    )
