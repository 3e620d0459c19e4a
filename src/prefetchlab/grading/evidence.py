"""What checks of several tasks look at: the elements that come, and how far ahead they are made.

Every function returns None or raises `AssertionError` that names the mistake.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.inputs import SOURCE, Load, fresh_numbers
from prefetchlab.measure import run_ahead

Build = Callable[..., tf.data.Dataset]
Counts = tuple[int, ...]

TAKEN = 3  # batches taken by the probe's consumer
LONG = 512  # elements of the probe's source; a shorter pipeline soon ends, and an ended stage
#             is no longer in what graph.runs shows


def check_batches(dataset: object, numbers: tf.data.Dataset, load: Load, batch_size: int) -> None:
    """Hold what `dataset` gives against `load` applied to each number, batched in order."""
    check_is_dataset(dataset)
    wanted = [int(number) for number in numbers]
    limit = len(wanted) + 3  # enough to see that there are too many
    batches = list(itertools.islice(dataset.as_numpy_iterator(), limit))
    shaped = all(isinstance(batch, tuple) and len(batch) == 2 for batch in batches)
    assert shaped, (
        "Your pipeline does not give pairs (images, numbers). "
        "Map with load and hand on what it returns."
    )
    check_numbers([int(n) for _, ns in batches for n in np.atleast_1d(ns)], wanted)
    sizes = [np.size(ns) for _, ns in batches]
    rest = len(wanted) % batch_size
    assert sizes == [batch_size] * (len(wanted) // batch_size) + [rest] * (rest > 0), (
        f"Your batches hold {sizes} images, and batch_size is {batch_size}. "
        "Look at the argument of batch."
    )
    images = np.concatenate([images for images, _ in batches])
    for number, image in zip(wanted, images, strict=True):
        assert np.array_equal(image, load(tf.constant(number, tf.int64))[0]), (
            f"The image of number {number} is not the one that load gives. "
            "Each number must go through load once, and nothing else may change the image."
        )


def check_is_dataset(dataset: object) -> None:
    assert isinstance(dataset, tf.data.Dataset), (
        f"Your function returns {type(dataset).__name__}, not a tf.data.Dataset. "
        "Every transformation gives a new dataset: return the last one."
    )


def check_numbers(got: list[int], wanted: list[int]) -> None:
    """Every element once, in order."""
    times = Counter(got)
    missing = [number for number in wanted if number not in times]
    assert not missing, (
        f"{len(missing)} of {len(wanted)} elements are missing. "
        "Look for a skip, a take, a batch that drops its remainder, "
        "or a pipeline that was made for other data."
    )
    again = [number for number in wanted if times[number] > 1]
    assert not again, (
        f"{len(again)} of {len(wanted)} elements come more than once. "
        "Look for a repeat or a second pass."
    )
    assert len(got) == len(wanted), "Your pipeline gives elements that the source does not have."
    assert got == wanted, (
        "All elements are there, but in another order. "
        "Prefetch keeps the order: look for a shuffle."
    )


def counts_of(build: Build, *, as_written: bool = True) -> Counts:
    """What the probe counts; a pipeline that it cannot run is the student's mistake."""
    try:
        return run_ahead(build, taken=TAKEN, as_written=as_written)
    except InputError as error:
        raise AssertionError(f"The probe could not run your pipeline. {error}") from None


def expected_counts(batch_size: int, slots: int) -> Counts:
    return tuple((taken + slots) * batch_size for taken in range(1, TAKEN + 1))


def check_asks_as_it_goes(counts: Counts) -> None:
    """Refuse what does not follow its source at all."""
    assert counts[-1] < LONG, (
        f"Your pipeline asked the source for {counts[-1]} elements, and the consumer took "
        f"{TAKEN} batches. It makes a list of everything first: "
        "use the transformations of tf.data, and no Python loop."
    )
    assert counts[0] > 0, (
        "Your pipeline never asked the source that it was given. "
        "It was made for other data and kept: build it anew in every call."
    )


def check_runs_ahead(build: Build, *, batch_size: int, slots: int) -> None:
    """Exactly `slots` batches ahead, by a prefetch after batch; what is written names the fault."""
    counts = counts_of(build)
    check_asks_as_it_goes(counts)
    stages = graph.written(build(fresh_numbers(2 * batch_size))).stages
    if slots > 0:
        check_has_prefetch([stage.name for stage in stages])
        _check_prefetch_after_batch(stages, batch_size)
    _check_slots([stage.setting for stage in stages if stage.name == "Prefetch"], slots)
    assert counts == expected_counts(batch_size, slots), (
        f"Your source has made {counts} elements after the consumer took 1, 2 and 3 batches of "
        f"{batch_size}. That is not {slots} {plural('batch', slots)} ahead: "
        "count what each stage holds."
    )


def check_has_prefetch(names: Sequence[str]) -> None:
    if "Prefetch" in names:
        return
    assert names[0] == SOURCE, (
        "Your pipeline has no prefetch stage, and does not begin at the source that it was given: "
        "something in Python, a thread or a generator, reads ahead. "
        "Use the transformation of tf.data, which needs no Python."
    )
    raise AssertionError(
        "The pipeline that you return holds no prefetch, and runs nothing ahead. "
        "Either none is called, or its result is dropped: prefetch changes no dataset, it returns "
        "a new one."
    )


def _check_prefetch_after_batch(stages: Sequence[graph.Stage], batch_size: int) -> None:
    names = [stage.name for stage in stages]
    batch = names.index("Batch") if "Batch" in names else 0
    early = [stage.setting for stage in stages[:batch] if stage.name == "Prefetch"]
    held = sum(early)
    if not early:
        return
    assert graph.AUTOTUNE not in early, (
        "Your pipeline holds samples, not batches, and TensorFlow chooses how many: "
        "prefetch stands before batch, and its size is AUTOTUNE."
    )
    assert "Prefetch" not in names[batch:], (
        f"Your pipeline holds {held} {plural('sample', held)} more than it should: "
        "a second prefetch stands before batch. One buffer is enough."
    )
    assert held % batch_size, (
        f"Your pipeline holds {held} samples, not {held // batch_size} batches: prefetch stands "
        "before batch. The counts may agree, but each batch is still put together "
        "while the consumer waits."
    )
    raise AssertionError(
        f"Your pipeline holds {held} {plural('sample', held)}, not {held} "
        f"{plural('batch', held)}: prefetch stands before batch. "
        "A buffer counts the elements of the stage before it."
    )


def _check_slots(settings: Sequence[int | None], slots: int) -> None:
    """One buffer of the size asked for; no slot may be no stage, or prefetch(0)."""
    if not settings and slots == 0:
        return
    assert len(settings) == 1, (
        f"Your pipeline has {len(settings)} prefetch stages, and their buffers add up. "
        "One is enough."
    )
    assert settings[0] != graph.AUTOTUNE, (
        "Your buffer's size is AUTOTUNE: TensorFlow chooses it while the pipeline runs. "
        "The task asks for a size that you choose."
    )
    assert settings[0] != 0 or slots == 0, (
        "Your prefetch has a buffer of 0 slots: it holds nothing. "
        "A slot holds one batch that waits."
    )
    assert settings[0] == slots, (
        f"Your buffer has {settings[0]} {plural('slot', settings[0])}, and the task asks for "
        f"{slots}. Look at the argument of prefetch."
    )


def plural(word: str, count: int) -> str:
    if count == 1:
        return word
    return word + ("es" if word.endswith("ch") else "s")
