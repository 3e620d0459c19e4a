"""How often threads fall asleep while elements pass: what a hand-over costs, by counts."""

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError


def sleeps_per_element(dataset: tf.data.Dataset, *, elements: int = 10_000) -> float:
    """Count how often a thread of this process falls asleep for each element that passes.

    A thread sleeps when it waits for another one, and must be woken; the system counts that as a
    voluntary switch. Elements are taken inside TensorFlow, so that no Python runs between two. What
    else this process does at the same time is counted as well.

    >>> numbers = tf.data.Dataset.range(1_000_000)
    >>> sleeps_per_element(numbers) < 0.1 < sleeps_per_element(numbers.prefetch(1))
    True

    **Arguments:**

    - `dataset`: the pipeline, with more than so many elements; TensorFlow's rewrites are off.
    - `elements`: how many to let pass, from 1.

    **Raises:** `InputError` if the number is not whole or below 1, or the dataset has no more
    elements than that; `ModuleNotFoundError` on a
    system without such a count, as Windows is.
    """
    given.dataset("dataset", dataset)
    elements = given.whole("elements", elements, least=1)
    iterator = iter(graph.as_written(dataset.shard(elements, 0).take(2)))
    try:
        next(iterator)
        before = _sleeps()
        next(iterator)
    except StopIteration:
        raise InputError(
            f"dataset: it has no more than {elements} elements; repeat() it or let fewer pass"
        ) from None
    return (_sleeps() - before) / elements


def _sleeps() -> int:
    import resource  # here, because not every system has it

    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
