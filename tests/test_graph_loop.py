"""What runs in a graph loop, held against what TensorFlow itself says inside a `tf.function`."""

from collections.abc import Callable

import pytest
from tensorflow.python.data.experimental.ops import testing

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from tests.small_datasets import is_even, numbers, plus_one

Dataset = tf.data.Dataset
Build = Callable[[tf.data.Dataset], tf.data.Dataset]
Loop = Callable[[tf.data.Dataset], None]


def drawn(element: tf.Tensor) -> tf.Tensor:
    return element + tf.random.uniform([], maxval=2, dtype=tf.int64)


PIPELINES: dict[str, tuple[Build, str]] = {
    "a source alone": (
        lambda source: source,
        "Range → Scan → Prefetch(AUTOTUNE)",
    ),
    "a map": (
        lambda source: source.map(plus_one),
        "Range → ParallelMap(AUTOTUNE) → Scan → Prefetch(AUTOTUNE)",
    ),
    "a map that draws": (
        lambda source: source.map(drawn),
        "Range → Map → Scan → Prefetch(AUTOTUNE)",
    ),
    "a prefetch": (
        lambda source: source.prefetch(1),
        "Range → Prefetch(1) → Scan → Prefetch(AUTOTUNE)",
    ),
    "a batch": (
        lambda source: source.batch(4),
        "Range → Batch(4) → Scan → Prefetch(AUTOTUNE)",
    ),
    "a fused map and batch": (
        lambda source: source.map(plus_one).batch(4),
        "Range → MapAndBatch(AUTOTUNE) → Scan → Prefetch(AUTOTUNE)",
    ),
    "a filter and a prefetch": (
        lambda source: source.filter(is_even).prefetch(2),
        "Range → Filter → Prefetch(2) → Scan → Prefetch(AUTOTUNE)",
    ),
    "no rewrites": (
        lambda source: graph.as_written(source.map(plus_one).batch(4)),
        "Range → Map → Batch(4) → Scan",
    ),
    "no injection": (
        lambda source: graph.without_injection(source.map(plus_one)),
        "Range → ParallelMap(AUTOTUNE) → Scan",
    ),
}


def adding_up(dataset: tf.data.Dataset) -> None:
    total = tf.constant(0, tf.int64)
    for element in dataset:
        total += tf.reduce_sum(element)


def changing_a_variable(dataset: tf.data.Dataset) -> None:
    for element in dataset:
        TOTAL.assign_add(tf.reduce_sum(element))


def calling_python(dataset: tf.data.Dataset) -> None:
    for element in dataset:
        tf.py_function(lambda _: None, [element], [])


TOTAL = tf.Variable(0, dtype=tf.int64)
LOOPS = (adding_up, changing_a_variable, calling_python)


def looped(build: Build, loop: Loop, *stages: str) -> None:
    """Run a graph loop; TensorFlow refuses it if other stages follow the source."""
    dataset = build(numbers().apply(testing.assert_next(stages)))
    tf.function(lambda: loop(dataset))()


def names(build: Build) -> tuple[str, ...]:
    return graph.runs_in_graph_loop(build(numbers())).names[1:]


each_pipeline = pytest.mark.parametrize("name", PIPELINES)


@each_pipeline
def test_a_graph_loop_is_shown_with_its_body_as_a_stage(name: str) -> None:
    build, shown = PIPELINES[name]
    assert str(graph.runs_in_graph_loop(build(numbers()))) == shown


@each_pipeline
@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_shown_is_what_a_tf_function_runs(name: str, loop: Loop) -> None:
    build, _ = PIPELINES[name]
    looped(build, loop, *names(build))


@each_pipeline
def test_tensorflow_refuses_every_other_order_of_these_stages(name: str) -> None:
    build, _ = PIPELINES[name]
    shown = names(build)
    body = shown.index("Scan")
    others = {(*shown[:-1], "Other"), ("Scan", *shown[:body], *shown[body + 1 :])} - {shown}
    for other in (*others, (*shown, "Prefetch")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Asserted transformation"):
            looped(build, adding_up, *other)


def test_the_stages_are_whole_nothing_stands_behind_the_last() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="encountered Root"):
        looped(lambda source: source, adding_up, "Scan", "Prefetch", "Prefetch")


def test_no_element_is_read_and_the_dataset_stays_as_it_is() -> None:
    def fail(element: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([tf.debugging.Assert(False, ["read"])]):
            return tf.identity(element)

    dataset = numbers().map(fail)
    before = graph.runs(dataset)
    graph.runs_in_graph_loop(dataset)
    assert graph.runs(dataset) == before


def test_the_stages_of_an_unbatch_are_read_as_in_the_other_views() -> None:
    dataset = numbers().batch(4).unbatch().prefetch(1)
    shown = str(graph.runs_in_graph_loop(dataset))
    assert shown == f"{graph.runs(dataset)} → Scan → Prefetch(AUTOTUNE)"


def test_a_pipeline_that_is_copied_to_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="it is copied to a device"):
        graph.runs_in_graph_loop(graph.prefetch_to_device(numbers(), "CPU:0"))


def test_what_is_no_dataset_is_refused() -> None:
    with pytest.raises(InputError, match="list is no "):
        graph.runs_in_graph_loop([1, 2])
