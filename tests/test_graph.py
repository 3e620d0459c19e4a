"""What TensorFlow runs is not what you write: the rewrites, one by one."""

from collections.abc import Callable

import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError


def numbers() -> tf.data.Dataset:
    return tf.data.Dataset.range(64)


def plus_one(element: tf.Tensor) -> tf.Tensor:
    return element + 1


def in_python(element: tf.Tensor) -> tf.Tensor:
    return tf.numpy_function(lambda value: value + 1, [element], tf.int64)


WRITTEN_AND_RUN: dict[str, tuple[Callable[[], tf.data.Dataset], str, str]] = {
    "a synchronous end gets a prefetch": (
        lambda: numbers().batch(4),
        "Range → Batch(4)",
        "Range → Batch → Prefetch(AUTOTUNE)",
    ),
    "a map becomes a parallel map": (
        lambda: numbers().map(plus_one),
        "Range → Map",
        "Range → ParallelMap(AUTOTUNE)",
    ),
    "map and batch become one asynchronous operation": (
        lambda: numbers().map(plus_one).batch(4),
        "Range → Map → Batch(4)",
        "Range → MapAndBatch(AUTOTUNE)",
    ),
    "a map that calls Python is fused all the same": (
        lambda: numbers().map(in_python).batch(4),
        "Range → Map → Batch(4)",
        "Range → MapAndBatch(1)",
    ),
    "num_parallel_calls=1 does not keep it serial": (
        lambda: numbers().map(plus_one, num_parallel_calls=1).batch(4),
        "Range → ParallelMap(1) → Batch(4)",
        "Range → MapAndBatch(1)",
    ),
    "prefetch(0) blocks the injection": (
        lambda: numbers().batch(4).prefetch(0),
        "Range → Batch(4) → Prefetch(0)",
        "Range → Batch → Prefetch(0)",
    ),
    "your own prefetch at the end is left alone": (
        lambda: numbers().batch(4).prefetch(3),
        "Range → Batch(4) → Prefetch(3)",
        "Range → Batch → Prefetch(3)",
    ),
}


@pytest.mark.parametrize("case", WRITTEN_AND_RUN)
def test_a_pipeline_as_written_and_as_run(case: str) -> None:
    build, written, run = WRITTEN_AND_RUN[case]
    assert str(graph.written(build())) == written
    assert str(graph.runs(build())) == run


@pytest.mark.parametrize("case", WRITTEN_AND_RUN)
def test_with_the_rewrites_off_what_is_written_runs(case: str) -> None:
    build, _, _ = WRITTEN_AND_RUN[case]
    assert graph.runs(graph.as_written(build())).names == graph.written(build()).names


def test_fused_map_and_batch_stays_asynchronous_without_injection() -> None:
    fused = graph.without_injection(numbers().map(plus_one).batch(4))
    assert graph.runs(fused).names == ("Range", "MapAndBatch")


def test_a_pipeline_to_a_device_delivers_the_same_elements() -> None:
    to_device = graph.prefetch_to_device(graph.as_written(numbers().batch(4)), "CPU:0")
    plain = [element.numpy().tolist() for element in numbers().batch(4)]
    assert [element.numpy().tolist() for element in to_device] == plain


def test_options_are_not_stages() -> None:
    assert graph.written(graph.as_written(numbers().batch(2))).names == ("Range", "Batch")


def test_an_empty_dataset_runs_nothing_and_says_so() -> None:
    with pytest.raises(InputError, match="empty"):
        graph.runs(tf.data.Dataset.range(0))


def test_a_pipeline_without_autotuning_has_no_model_and_says_so() -> None:
    options = tf.data.Options()
    options.autotune.enabled = False
    with pytest.raises(InputError, match="leave autotune on"):
        graph.runs(numbers().with_options(options))
