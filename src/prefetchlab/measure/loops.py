"""The two loops of a training: over a dataset eagerly, and inside a `tf.function`.

They differ in what runs: TensorFlow injects a prefetch for the eager loop and not for the other.
"""

from collections.abc import Callable
from typing import Any, Literal

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
    try:
        return {"eager": _eager_loop, "graph": _graph_loop}[kind]
    except KeyError:
        raise InputError(f'loop: {kind!r} is unknown; give "eager" or "graph"') from None


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
    taken = dataset.take(count)

    def call(*flat: tf.Tensor) -> None:
        visit(tf.nest.pack_sequence_as(dataset.element_spec, flat))

    def loop() -> None:
        for element in taken:
            tf.py_function(call, tf.nest.flatten(element), [])

    tf.function(loop).get_concrete_function()()
