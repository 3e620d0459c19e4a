"""Three measurements of a training loop, stated as a protocol before the code.

1. *Warm up*: the train step is called once on a batch of the pipeline, so that nothing is traced or
   compiled while a clock runs.
2. *Loading alone*: the pipeline is gone through by a loop that does nothing with its batches.
3. *Training alone*: the train step runs on one batch that is already there, again and again.
4. *The loop as it is*: the pipeline feeds the train step.
5. The three take turns, `repeats` times over, as in `interleave_in_peace`. In each run the first
   batch is trained on before the clock starts.

In the last two the clock is read when a step begins and when it ends. What lies between the end of
one and the beginning of the next is how long the loop took to get its batch. The exposed wait is
that time in the loop as it is, less that time where the batch is already there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.exposed_wait import ExposedWait
from prefetchlab.measure.loops import Loop, Visit
from prefetchlab.measure.machine import versions
from prefetchlab.measure.peace import Peace, interleave_in_peace
from prefetchlab.measure.step_times import StepTimes, run_steps
from prefetchlab.progress import Progress
from prefetchlab.workloads.bounds import whole

_LOADING, _TRAINING, _STEP = "loading alone", "training alone", "the step"


@dataclass(frozen=True)
class TrainingLoop:
    """A training loop to be measured.

    Attributes:
        pipeline: makes the dataset that feeds it, anew for each run.
        step: the train step; it must return only when its work is done.
        kind: "eager" for a Python loop, "graph" for a `for` inside a `tf.function`.
    """

    pipeline: Callable[[], tf.data.Dataset]
    step: Visit
    kind: Loop = "eager"


def exposed_waits(
    loops: Mapping[str, TrainingLoop],
    *,
    steps: int,
    repeats: int,
    progress: Progress | None = None,
) -> dict[str, ExposedWait]:
    """Measure training loops by the protocol above, all in turns.

    >>> numbers = lambda: tf.data.Dataset.range(8)
    >>> waits = exposed_waits({"mine": TrainingLoop(numbers, tf.square)}, steps=2, repeats=1)
    >>> len(waits["mine"].step_repeats_s)
    1

    **Arguments:**

    - `loops`: the loops by name; each pipeline has more than `steps` batches.
    - `steps`: timed steps in one run, from 1.
    - `repeats`: interleaved rounds, from 1.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a number is not whole or below 1, if there is no loop, or if a
    pipeline has too few batches. What a pipeline or a step raises comes through.
    """
    steps, repeats = whole("steps", steps, least=1), whole("repeats", repeats, least=1)
    if not loops:
        raise InputError("loops: there is none; give at least one loop to measure")
    runs = {
        f"{name}: {part}": run
        for name, loop in loops.items()
        for part, run in _three(name, loop, steps).items()
    }
    measured, peace = interleave_in_peace(
        runs, repeats=repeats, computes=attrgetter("computes"), progress=progress
    )
    return {name: _told(name, measured, peace) for name in loops}


def _three(name: str, loop: TrainingLoop, steps: int) -> dict[str, Callable[[], StepTimes]]:
    """The three runs of a loop; the train step has been called when they are returned."""
    batch = next(iter(loop.pipeline()), None)
    if batch is None:
        raise InputError(f"loops: the pipeline of {name} gives no batch; give it at least one")
    loop.step(batch)
    ready = graph.as_written(tf.data.Dataset.from_tensors(batch).repeat())
    return {
        _LOADING: lambda: run_steps(loop.pipeline(), steps=steps, loop=loop.kind),
        _TRAINING: lambda: run_steps(ready, loop.step, steps=steps, loop=loop.kind),
        _STEP: lambda: run_steps(loop.pipeline(), loop.step, steps=steps, loop=loop.kind),
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
