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
        check_has_prefetch(pipeline)
        _check_none_in_a_part(pipeline)
        _check_none_before_batch(stages, batch_size, slots)
    _check_slots(_prefetches(stages), slots)


def check_keeps_no_epoch(pipeline: graph.Pipeline) -> None:
    """Check that no cache or snapshot keeps what the consumer has already taken.

    >>> from prefetchlab._tensorflow import tf
    >>> check_keeps_no_epoch(graph.written(tf.data.Dataset.range(64).cache()))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline has a cache: ...

    **Raises:** `Mistake`.
    """
    for name in pipeline.names:
        check_keeps_nothing(name)


def check_keeps_nothing(name: str) -> None:
    """Check that a stage is none that keeps an epoch.

    >>> check_keeps_nothing("Prefetch")

    **Raises:** `Mistake`.
    """
    if name in _KEEPING:
        raise Mistake(
            f"Your pipeline has a {name.lower()}: it keeps every element that passes, the whole "
            "epoch in the end. The task asks to keep nothing that was taken: leave it out."
        )


_KEEPING = ("Cache", "Snapshot")


def check_reads_once(pipeline: graph.Pipeline) -> None:
    """Check that no two branches of a pipeline read the source.

    >>> from prefetchlab._tensorflow import tf
    >>> from prefetchlab.grading.inputs import fresh_numbers
    >>> numbers = fresh_numbers(8)
    >>> both = tf.data.Dataset.zip(numbers, numbers.map(tf.negative))
    >>> check_reads_once(graph.written(both))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline reads its source 2 times: ...

    **Raises:** `Mistake`.
    """
    times = pipeline.names.count(SOURCE)
    if times > 1:
        raise Mistake(
            f"Your pipeline reads its source {times} times: branches of it begin at the same "
            "dataset, and each asks for elements of its own. Take both parts from one load."
        )


def reader_in_python(pipeline: graph.Pipeline) -> str:
    """A sentence on a dataset that Python goes over within a pipeline, if there is one; else ''.

    >>> reader_in_python(graph.Pipeline((graph.Stage("Generator"), graph.Stage("Batch", 4))))[:41]
    'Your generator goes over a dataset in Pyt'
    """
    if "Generator" not in pipeline.names:
        return ""
    return (
        "Your generator goes over a dataset in Python: a pipeline of its own, for which TensorFlow "
        "injects a prefetch by default. Use the transformations of tf.data on the dataset that you "
        "are given."
    )


def check_is_serial(pipeline: graph.Pipeline) -> None:
    """Check that no stage was written to work in the background, as one with parallel calls does.

    >>> check_is_serial(graph.Pipeline((graph.Stage("Range"), graph.Stage("ParallelMap", 2))))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline has a ParallelMap: with num_parallel_calls, ...

    **Raises:** `Mistake`.
    """
    for name in pipeline.names:
        if name.startswith("Parallel"):
            raise Mistake(
                f"Your pipeline has a {name}: with num_parallel_calls, even 1, a stage works in "
                "the background, and holds elements of its own. Leave it out."
            )


def check_has_prefetch(pipeline: graph.Pipeline) -> None:
    """Check that a prefetch was written, and not inside the function of another stage.

    **Raises:** `Mistake` if none was, or if something in Python plays its part.
    """
    stages = pipeline.stages
    if _prefetches(stages):
        return
    for stage in stages:
        if stage.inner is not None and "Prefetch" in stage.inner.names:
            raise Mistake(
                f"Your prefetch stands inside the function of {stage.name}, and ends with each "
                "pipeline that this function makes. Put it behind that stage."
            )
    if "Generator" in pipeline.names or stages[0].name != SOURCE:
        raise Mistake(
            "Your pipeline has no prefetch stage, and does not begin at the source that it was "
            "given: something else, in Python perhaps, reads ahead. "
            "Use the transformation of tf.data on the dataset that you are given."
        )
    raise Mistake(
        "The pipeline that you return holds no prefetch. Either none is called, or its result is "
        f"dropped: prefetch changes no dataset, it returns a new one.{_instead(pipeline.names)}"
    )


def _instead(names: Sequence[str]) -> str:
    """A sentence to end a message with, about what holds elements in place of a prefetch."""
    held = next((name for name in names if name.startswith(("Shuffle", "Parallel"))), None)
    return f" What waits in a {held} is no answer." if held else ""


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


def _samples_in(stages: Stages) -> list[int | None]:
    """The size of each prefetch that stands where elements are single, before a batch."""
    sizes, batched = list[int | None](), 0
    for stage in stages:
        batched += stage.name.endswith("Batch") - (stage.name == "Unbatch")
        if stage.name == "Prefetch" and not batched and stage.setting != 0:
            sizes.append(stage.setting)
    return sizes if batched else []


def _check_none_before_batch(stages: Stages, batch_size: int, slots: int) -> None:
    early = _samples_in(stages)
    if not early:
        return
    if graph.AUTOTUNE in early:
        raise Mistake(
            "Your pipeline holds samples, not batches, and TensorFlow chooses how many: "
            "prefetch stands before batch, and its size is AUTOTUNE."
        )
    held = sum(size or 0 for size in early)
    samples = f"{held} {plural('sample', held)}"
    if len(early) < sum(size != 0 for size in _prefetches(stages)):
        raise Mistake(
            f"Your pipeline holds {samples} more than it should: "
            "a second prefetch stands before batch. One buffer is enough."
        )
    if held == slots * batch_size:
        raise Mistake(
            f"Your pipeline holds {samples}, not {_batches(slots)}: prefetch stands before batch. "
            "The counts may agree, but each batch is still put together while the consumer waits."
        )
    raise Mistake(
        f"Your pipeline holds {samples}, not {_batches(held)}: prefetch stands "
        "before batch. A buffer counts the elements of the stage before it."
    )


def _batches(count: int) -> str:
    return f"{count} {plural('batch', count)}"


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
