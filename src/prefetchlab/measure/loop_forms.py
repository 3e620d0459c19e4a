"""Training loops as people write them: each can be run, and none of them trains.

They differ in where the prefetch stands that TensorFlow injects. `run_ahead_by_loop` counts it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from prefetchlab._tensorflow import tf

Hold = Callable[[], object]  # what a loop calls in each step, in place of a train step
Form = Callable[[tf.data.Dataset, Hold, int], None]  # steps through at least so many elements


def _python_for(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    for place, _ in enumerate(dataset, start=1):
        hold()
        if place == count:
            break


def _python_next(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    iterator = iter(dataset)
    for _ in range(count):
        next(iterator)
        hold()


def _compiled_step(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    step = tf.function(lambda element: _held(element, hold))
    for place, element in enumerate(dataset, start=1):
        step(element)
        if place == count:
            break


def _fit(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    model = tf.keras.Model()
    model.train_step = lambda data: {"loss": tf.constant(0.0)}
    model.compile()
    holding = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: hold())
    model.fit(dataset, steps_per_epoch=count, shuffle=False, callbacks=[holding], verbose=0)


def _held(element: Any, hold: Hold) -> None:
    # It is given the element, because nothing else makes a graph take the element first.
    parts = [part for part in tf.nest.flatten(element) if part is not None]
    tf.py_function(lambda *parts: hold(), parts, [])


def _in_graph(loop: Form) -> Form:
    """The loop compiled: AutoGraph makes a graph of it."""

    def run(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
        tf.function(lambda: loop(dataset, hold, count)).get_concrete_function()()

    return run


def _graph_for(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    for element in dataset.take(count):  # no prefetch is injected behind `take`: the body is last
        _held(element, hold)


def _graph_enumerate(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    for _, element in enumerate(dataset.take(count)):
        _held(element, hold)


def _graph_iter(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    steps = tf.constant(0)
    for element in iter(dataset):
        _held(element, hold)
        steps += 1
        if steps == count:
            break


def _graph_next(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    iterator = iter(dataset)
    for _ in tf.range(count):
        _held(next(iterator), hold)


def _graph_reduce(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    def step(steps: tf.Tensor, element: Any) -> tf.Tensor:
        _held(element, hold)
        return steps + 1

    dataset.reduce(0, step)  # to its end: a `take` would be a stage behind which one is injected


FORMS: Mapping[str, Form] = {
    "Python: for x in dataset": _python_for,
    "Python: next(iterator)": _python_next,
    "Python: for x in dataset, step in a tf.function": _compiled_step,
    "Keras: model.fit(dataset)": _fit,
    "tf.function: for x in dataset": _in_graph(_graph_for),
    "tf.function: for n, x in enumerate(dataset)": _in_graph(_graph_enumerate),
    "tf.function: for x in iter(dataset)": _in_graph(_graph_iter),
    "tf.function: next(iterator) in a tf.range": _in_graph(_graph_next),
    "tf.function: dataset.reduce(0, step)": _in_graph(_graph_reduce),
}
