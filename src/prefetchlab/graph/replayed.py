"""The first elements of a pipeline, kept, so that a loop can be run without loading."""

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.graph.devices import host_and_device, prefetch_to_device
from prefetchlab.graph.options import as_written


def replayed(dataset: tf.data.Dataset, count: int) -> tf.data.Dataset:
    """The first elements of a pipeline again and again; they are made once and kept in memory.

    They are handed over by a prefetch of one slot, as a loop gets them that never waits. Where a
    pipeline ends on a device, they are copied to it anew each time, as they would be in training.

    >>> numbers = replayed(tf.data.Dataset.range(9), count=2)
    >>> [int(number) for number in numbers.take(5)]
    [0, 1, 0, 1, 0]

    **Arguments:**

    - `dataset`: the pipeline, with one element at least: of none, TensorFlow would look for the
      next one without end. Where it has fewer than `count`, all of them are kept.
    - `count`: how many elements to keep.

    **Returns:** an endless dataset. It loads nothing once an iterator has gone past `count`.

    **Raises:** `InputError` if it is no dataset, or the count is not whole or below 1.
    """
    given.dataset("dataset", dataset)
    count = given.whole("count", count, least=1)
    host, on_device = host_and_device(dataset)
    kept = as_written(host.take(count).cache().repeat().prefetch(1))
    if not on_device:
        return kept
    first = next(tensor for tensor in tf.nest.flatten(next(iter(dataset))) if tensor is not None)
    return prefetch_to_device(kept, first.device)
