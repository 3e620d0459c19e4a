"""TensorFlow's rewrites, one by one: asked for, made by default, and switched off."""

from collections.abc import Callable

import pytest
from tensorflow.python.data.experimental.ops import testing

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph.options import REWRITES
from prefetchlab.measure import run_ahead
from tests.small_datasets import is_even, numbers, plus_one

Dataset = tf.data.Dataset
Build = Callable[[], tf.data.Dataset]


def with_rewrites(dataset: tf.data.Dataset, **rewrites: bool) -> tf.data.Dataset:
    options = tf.data.Options()
    for name, value in rewrites.items():
        setattr(options.experimental_optimization, name, value)
    return dataset.with_options(options)


def asked(dataset: tf.data.Dataset, rewrite: str) -> tf.data.Dataset:
    """Only this rewrite, and none by default."""
    return with_rewrites(dataset, apply_default_optimizations=False, **{rewrite: True})


def in_parallel(dataset: tf.data.Dataset) -> tf.data.Dataset:
    return dataset.map(plus_one, num_parallel_calls=graph.AUTOTUNE)


# What each of them rewrites, and what it makes of it.
REWRITTEN: dict[str, tuple[Build, str]] = {
    "filter_fusion": (
        lambda: numbers().filter(is_even).filter(is_even),
        "Range → Filter",
    ),
    "inject_prefetch": (
        lambda: numbers().batch(4),
        "Range → Batch(4) → Prefetch(AUTOTUNE)",
    ),
    "map_and_batch_fusion": (
        lambda: numbers().map(plus_one).batch(4),
        "Range → MapAndBatch(1)",
    ),
    "map_and_filter_fusion": (
        lambda: numbers().map(plus_one).filter(is_even),
        "Range → Map → Filter → Map",
    ),
    "map_fusion": (
        lambda: in_parallel(in_parallel(numbers())),
        "Range → ParallelMap(AUTOTUNE)",
    ),
    "map_parallelization": (
        lambda: numbers().map(plus_one),
        "Range → ParallelMap(AUTOTUNE)",
    ),
    "noop_elimination": (
        lambda: numbers().take(-1),
        "Range",
    ),
    "seq_interleave_prefetch": (
        lambda: numbers().interleave(Dataset.range, num_parallel_calls=2, deterministic=True),
        "Range → Interleave[Range → Prefetch(AUTOTUNE)]",
    ),
    "shuffle_and_repeat_fusion": (
        lambda: numbers().shuffle(4).repeat(),
        "Range → ShuffleAndRepeat(4)",
    ),
}


def test_every_rewrite_that_an_option_can_ask_for_is_known() -> None:
    kind = tf.data.experimental.OptimizationOptions
    options = {name for name, value in vars(kind).items() if isinstance(value, property)}
    assert options - {"apply_default_optimizations"} == set(REWRITES)


def test_each_rewrite_is_tried_but_two() -> None:
    assert set(REWRITES) - set(REWRITTEN) == {"parallel_batch", "filter_parallelization"}


def test_parallel_batch_changes_no_stage() -> None:
    assert str(graph.runs(asked(numbers().batch(4), "parallel_batch"))) == "Range → Batch(4)"


def test_a_parallel_filter_cannot_be_shown_until_it_is_switched_off() -> None:
    filtered = asked(numbers().filter(is_even), "filter_parallelization")
    with pytest.raises(InputError, match="ParallelFilterDataset"):  # TensorFlow's own defect
        graph.runs(filtered)
    assert str(graph.runs(graph.as_written(filtered))) == "Range → Filter"


@pytest.mark.parametrize("rewrite", REWRITTEN)
def test_a_rewrite_that_was_asked_for_is_made(rewrite: str) -> None:
    build, made = REWRITTEN[rewrite]
    assert str(graph.runs(asked(build(), rewrite))) == made


@pytest.mark.parametrize("rewrite", REWRITTEN)
def test_as_written_switches_off_what_was_asked_for(rewrite: str) -> None:
    build, _ = REWRITTEN[rewrite]
    dataset = graph.as_written(asked(build(), rewrite))
    assert graph.runs(dataset) == graph.written(build())


def test_an_injection_that_was_asked_for_does_not_count_as_written() -> None:
    build = lambda source: with_rewrites(source.batch(4), inject_prefetch=True)  # noqa: E731
    assert run_ahead(build) == (4, 8, 12)


@pytest.mark.parametrize("rewrite", REWRITES)
def test_as_written_says_no_to_each_rewrite(rewrite: str) -> None:
    options = graph.as_written(numbers()).options().experimental_optimization
    assert getattr(options, rewrite) is False
    assert options.apply_default_optimizations is False


def test_options_that_add_no_stage_stay() -> None:
    options = tf.data.Options()
    options.deterministic = False
    options.experimental_slack = True
    options.experimental_warm_start = True
    options.autotune.cpu_budget = 1
    kept = graph.as_written(numbers().batch(4).prefetch(2).with_options(options))
    assert str(graph.runs(kept)) == "Range → Batch(4) → Prefetch(2)"
    assert kept.options().deterministic is False
    assert kept.options().experimental_slack is True
    assert kept.options().experimental_warm_start is True
    assert kept.options().autotune.cpu_budget == 1


def loops_in_a_graph(*next_stages: str) -> None:
    """Run a graph loop; TensorFlow refuses it if other stages follow `batch`."""
    dataset = numbers().batch(4).apply(testing.assert_next(next_stages))

    def loop() -> None:
        for element in dataset:
            tf.debugging.assert_rank(element, 1)

    tf.function(loop)()


def test_in_a_graph_loop_the_prefetch_stands_behind_the_body() -> None:
    loops_in_a_graph("Scan", "Prefetch")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Asserted transformation"):
        loops_in_a_graph("Prefetch")


# --- baselines -----------------------------------------------------------------------------------


def without_autotuning(dataset: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


SERIAL_FOR_MAP_AND_BATCH: dict[str, Callable[[tf.data.Dataset], tf.data.Dataset]] = {
    "as written": graph.as_written,
    "three rewrites off, one by one": lambda dataset: with_rewrites(
        dataset, map_and_batch_fusion=False, map_parallelization=False, inject_prefetch=False
    ),
    "no fusion and no autotuning": lambda dataset: without_autotuning(
        with_rewrites(dataset, map_and_batch_fusion=False)
    ),
}
SERIAL_FOR_BATCH_ALONE: dict[str, Callable[[tf.data.Dataset], tf.data.Dataset]] = {
    "prefetch(0)": lambda dataset: dataset.prefetch(0),
    "no injection": graph.without_injection,
    "no autotuning": without_autotuning,
}


@pytest.mark.parametrize("name", SERIAL_FOR_MAP_AND_BATCH)
def test_a_baseline_stays_serial_for_map_and_batch(name: str) -> None:
    baseline = SERIAL_FOR_MAP_AND_BATCH[name]
    mapped = baseline(numbers().map(plus_one).batch(4))
    assert str(graph.runs(mapped)) == "Range → Map → Batch(4)"
    counts = run_ahead(lambda source: baseline(source.map(plus_one).batch(4)), as_written=False)
    assert counts == (4, 8, 12)


@pytest.mark.parametrize("name", SERIAL_FOR_BATCH_ALONE)
def test_a_baseline_is_serial_for_batch_and_not_for_map_and_batch(name: str) -> None:
    baseline = SERIAL_FOR_BATCH_ALONE[name]
    assert run_ahead(lambda source: baseline(source.batch(4)), as_written=False) == (4, 8, 12)
    fused = graph.runs(baseline(numbers().map(plus_one).batch(4)))
    assert fused.names[:2] == ("Range", "MapAndBatch")


def test_num_parallel_calls_1_is_not_serial_for_map_and_batch() -> None:
    mapped = numbers().map(plus_one, num_parallel_calls=1).batch(4)
    assert graph.runs(mapped).names == ("Range", "MapAndBatch")


def test_fused_map_and_batch_stays_asynchronous_without_injection() -> None:
    fused = graph.without_injection(numbers().map(plus_one).batch(4))
    assert graph.runs(fused).names == ("Range", "MapAndBatch")
