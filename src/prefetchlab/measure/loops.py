"""The two loops of a training: over a dataset eagerly, and inside a `tf.function`.

They differ in what runs. For both, TensorFlow injects a prefetch behind a synchronous last stage.
In the eager loop that is the last stage written. For a `for` over a dataset inside a `tf.function`,
AutoGraph makes the loop's body a stage behind those; behind it a prefetch hides nothing.
"""

from collections.abc import Callable
from typing import Any, Literal

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

Loop = Literal["eager", "graph"]
Visit = Callable[[Any], object]  # what a loop does with each element: a train step, say


def loop_of_kind(kind: Loop) -> Callable[[tf.data.Dataset, Visit, int], None]:
    """The function that calls `visit` on at most `count` elements of a dataset.

    >>> loop_of_kind("eager")(tf.data.Dataset.range(9), lambda element: print(int(element)), 2)
    0
    1

    **Arguments:**

    - `kind`: "eager" for a Python loop, "graph" for a `for` inside a `tf.function`.

    **Raises:** `InputError` for any other kind.
    """
    match kind:
        case "eager":
            return _eager_loop
        case "graph":
            return _graph_loop
    raise InputError(f'loop: {kind!r} is unknown; give "eager" or "graph"')


def _eager_loop(dataset: tf.data.Dataset, visit: Visit, count: int) -> None:
    iterator = iter(dataset)
    for _ in range(count):
        try:
            element = next(iterator)
        except StopIteration:
            return
        visit(element)


def _graph_loop(dataset: tf.data.Dataset, visit: Visit, count: int) -> None:
    # `take` ends the loop. A `break` would do so through a deprecated dataset of TensorFlow's, and
    # after a prefetch neither changes how far it runs ahead.
    taken, specs = dataset.take(count), tf.nest.flatten(dataset.element_spec)

    def call(*tensors: tf.Tensor) -> None:
        rest = iter(tensors)
        flat = [None if graph.is_nothing(spec) else next(rest) for spec in specs]
        visit(tf.nest.pack_sequence_as(dataset.element_spec, flat))

    def loop() -> None:
        for element in taken:
            tf.py_function(call, [one for one in tf.nest.flatten(element) if one is not None], [])

    tf.function(loop).get_concrete_function()()
