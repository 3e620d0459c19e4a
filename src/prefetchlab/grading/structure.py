"""Where prefetch stands in a pipeline, and how much it holds."""

from collections.abc import Sequence

from prefetchlab import graph
from prefetchlab.grading.inputs import SOURCE
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import plural

Stages = Sequence[graph.Stage]


def check_prefetch_after_batch(pipeline: graph.Pipeline, *, batch_size: int, slots: int) -> None:
    """Check that prefetch stands after batch, and that its buffers hold `slots` batches in all.

    >>> from prefetchlab._tensorflow import tf
    >>> batches = tf.data.Dataset.range(64).prefetch(2).batch(4)
    >>> check_prefetch_after_batch(graph.written(batches), batch_size=4, slots=2)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline holds 2 samples, not 2 batches: ...

    **Arguments:**

    - `pipeline`: as it was written.
    - `batch_size`: elements a batch.
    - `slots`: the batches that should wait; 0 for no prefetch, or `prefetch(0)`.

    **Raises:** `Mistake` that names the fault.
    """
    stages = pipeline.stages
    if slots > 0:
        check_has_prefetch(stages)
        _check_none_in_a_part(pipeline)
        _check_none_before_batch(stages, batch_size)
    _check_slots(_prefetches(stages), slots)


def check_keeps_no_epoch(pipeline: graph.Pipeline) -> None:
    """Check that no cache keeps what the consumer has already taken.

    >>> from prefetchlab._tensorflow import tf
    >>> check_keeps_no_epoch(graph.written(tf.data.Dataset.range(64).cache()))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline has a cache: ...

    **Raises:** `Mistake`.
    """
    if "Cache" in pipeline.names:
        raise Mistake(CACHED)


CACHED = (
    "Your pipeline has a cache: it keeps every element that passes, the whole epoch in the end. "
    "The task asks for what waits ahead, and no more: leave the cache out."
)


def check_has_prefetch(stages: Stages) -> None:
    """Check that a prefetch was written.

    **Raises:** `Mistake` if none was, or if something in Python plays its part.
    """
    if _prefetches(stages):
        return
    if stages[0].name != SOURCE:
        raise Mistake(
            "Your pipeline has no prefetch stage, and does not begin at the source that it was "
            "given: something in Python, a thread or a generator, reads ahead. "
            "Use the transformation of tf.data, which needs no Python."
        )
    raise Mistake(
        "The pipeline that you return holds no prefetch, and runs nothing ahead. "
        "Either none is called, or its result is dropped: prefetch changes no dataset, it returns "
        "a new one."
    )


def _prefetches(stages: Stages) -> list[int | None]:
    """The size of each prefetch."""
    return [stage.setting for stage in stages if stage.name == "Prefetch"]


def _check_none_in_a_part(pipeline: graph.Pipeline) -> None:
    """Where parts come one after the other, a prefetch in one of them ends with it."""
    for stage in pipeline.line:
        if stage.name != "Zip" and any("Prefetch" in part.names for part in stage.inputs):
            raise Mistake(
                f"Your prefetch stands in a part of your pipeline, in front of {stage.name}, and "
                "ends where that part ends. Put it behind all parts."
            )


def _check_none_before_batch(stages: Stages, batch_size: int) -> None:
    names = [stage.name for stage in stages]
    batch = names.index("Batch") if "Batch" in names else 0
    early = _prefetches(stages[:batch])
    if not early:
        return
    if graph.AUTOTUNE in early:
        raise Mistake(
            "Your pipeline holds samples, not batches, and TensorFlow chooses how many: "
            "prefetch stands before batch, and its size is AUTOTUNE."
        )
    held = sum(size or 0 for size in early)
    samples = f"{held} {plural('sample', held)}"
    if "Prefetch" in names[batch:]:
        raise Mistake(
            f"Your pipeline holds {samples} more than it should: "
            "a second prefetch stands before batch. One buffer is enough."
        )
    if held % batch_size == 0:
        raise Mistake(
            f"Your pipeline holds {samples}, not {held // batch_size} batches: prefetch stands "
            "before batch. The counts may agree, but each batch is still put together "
            "while the consumer waits."
        )
    raise Mistake(
        f"Your pipeline holds {samples}, not {held} {plural('batch', held)}: prefetch stands "
        "before batch. A buffer counts the elements of the stage before it."
    )


def _check_slots(sizes: Sequence[int | None], slots: int) -> None:
    """Buffers in a row add up, so several small ones are as good as one."""
    if graph.AUTOTUNE in sizes:
        raise Mistake(
            "Your buffer's size is AUTOTUNE: TensorFlow chooses it while the pipeline runs. "
            "The task asks for a size that you choose."
        )
    held = sum(size or 0 for size in sizes)
    if held == slots:
        return
    asked = f"and the task asks for {slots}. Look at the argument of prefetch."
    if len(sizes) > 1:
        raise Mistake(
            f"Your pipeline has {len(sizes)} prefetch stages, and their buffers add up to {held} "
            f"{plural('slot', held)}, {asked}"
        )
    if held == 0:
        raise Mistake(
            "Your prefetch has a buffer of 0 slots: it holds nothing. "
            "A slot holds one batch that waits."
        )
    raise Mistake(f"Your buffer has {held} {plural('slot', held)}, {asked}")
