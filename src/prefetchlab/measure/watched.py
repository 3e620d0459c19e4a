"""Watch a pipeline's last buffer while a training loop runs."""

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import Buffer
from prefetchlab.measure.loops import Visit


def watch_buffer(dataset: tf.data.Dataset, step: Visit, *, steps: int) -> tuple[Buffer, ...]:
    """Run a training loop, and read the buffer each time that the loop is about to ask.

    It shows what `AUTOTUNE` chooses while it chooses it, and how many elements are ready. To read
    it takes some microseconds a step.

    >>> numbers = tf.data.Dataset.range(64).prefetch(2)
    >>> [buffer.slots for buffer in watch_buffer(numbers, lambda element: None, steps=3)]
    [2, 2, 2]

    **Arguments:**

    - `dataset`: the pipeline; what TensorFlow adds to it is watched, too.
    - `step`: the train step.
    - `steps`: how many elements to take, from 1.

    **Returns:** the buffer of the last prefetch, once for each element taken, after its step. Where
    it stands last and holds no element, the loop waits for the next one.

    **Raises:** `InputError` if `steps` is not whole or below 1; if it is no dataset, has no buffer
    or fewer elements; or as `graph.buffers` does.
    """
    given.function("step", step)
    steps = given.whole("steps", steps, least=1)
    given.dataset("dataset", dataset)
    iterator, seen = iter(dataset), []
    for taken in range(steps):
        try:
            element = next(iterator)
        except StopIteration:
            raise InputError(
                f"dataset: it ended after {taken} elements; give more, or watch fewer"
            ) from None
        step(element)
        held = [buffer for buffer in graph.buffers(iterator) if buffer.slots is not None]
        if not held:
            raise InputError(
                "dataset: no prefetch is in it, or none behind a copy to a device; write one, or "
                "let TensorFlow add it"
            )
        seen.append(held[-1])
    return tuple(seen)
