"""What each stage does while a loop runs, as TensorFlow's own profiler sees it."""

from dataclasses import replace
from typing import get_args

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import Loop, Visit, run_steps
from prefetchlab.timeline import Timeline

_STAGE = "Iterator::Root::"
_TRAIN = "train"
_STEPS = 4


def by_stage(
    dataset: tf.data.Dataset, step: Visit | None = None, *, loop: Loop = "eager"
) -> Timeline:
    """Run five steps under the profiler: a lane for each stage, and "train" for the loop's step.

    A lane is named as TensorFlow names the stage, from the pipeline's end: "Prefetch::BatchV2" is
    the batch in front of the last prefetch. It shows how long an element took to come from there,
    all stages before it included.

    >>> lanes = by_stage(graph.as_written(tf.data.Dataset.range(40).batch(2))).lanes
    >>> sorted(lanes)
    ['BatchV2', 'BatchV2::Range', 'train']

    **Arguments:**

    - `dataset`: the pipeline, with more than five elements.
    - `step`: the train step; None trains on nothing.
    - `loop`: which training loop it runs in.

    **Returns:** the timeline, in seconds from its first event.

    **Raises:** `InputError` if the dataset has too few elements, if the step cannot be called, or
    if the loop is unknown.
    """
    given.dataset("dataset", dataset)
    if step is not None:
        given.function("step", step)
    given.one_of("loop", loop, get_args(Loop))

    def train(batch: object) -> None:
        with graph.lane(_TRAIN):
            if step is not None:
                step(batch)

    seen = graph.profile(lambda: run_steps(dataset, train, steps=_STEPS, loop=loop))
    kept = [
        replace(event, lane=event.lane.removeprefix(_STAGE))
        for event in seen.events
        if event.lane.startswith(_STAGE) or event.lane == _TRAIN
    ]
    first_s = min(event.start_s for event in kept)
    return Timeline.of(
        replace(event, start_s=event.start_s - first_s, end_s=event.end_s - first_s)
        for event in kept
    )
