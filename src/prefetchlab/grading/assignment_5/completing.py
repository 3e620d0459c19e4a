"""Task 4: a cache that becomes complete, although each epoch ends early."""

from collections.abc import Callable
from typing import Any

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import check_batches, check_is_dataset, first_elements
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import Tally, as_counted

Build = Callable[[tf.data.Dataset, Load, int, int], tf.data.Dataset]

_PASSES = 4


def loads_by_epoch(
    build: Build, *, numbers: int = 20, batch_size: int = 4, steps: int = 3, epochs: int = 3
) -> list[int]:
    """How many images are loaded in each epoch.

    >>> def plain(numbers, load, batch_size, steps):
    ...     whole = numbers.map(load).batch(batch_size)
    ...     return whole.take(steps)
    >>> loads_by_epoch(plain)
    [12, 12, 12]

    **Arguments:**

    - `build`: a function of (numbers, load, batch_size, steps) to a dataset.
    - `numbers`: how many numbers there are.
    - `batch_size`, `steps`: what to call it with.
    - `epochs`: how often to go over what it returns.
    """
    tally = Tally(range(numbers))
    dataset = build(tally.numbers, tally.load, batch_size, steps)
    check_is_dataset(dataset)
    return _loads(as_counted(dataset), tally, steps, epochs)


def _loads(dataset: tf.data.Dataset, tally: Tally, steps: int, epochs: int) -> list[int]:
    """Go over it several times; as written, since a stage that TensorFlow adds would load on."""
    loads = list[int]()
    for _ in range(epochs):
        first_elements(dataset, steps + 3)
        loads.append(tally.loads - sum(loads))
    return loads


@for_test_cell
def loaded_once(
    build: StudentFunction,
    *,
    numbers: int = 20,
    batch_size: int = 4,
    steps: int = 3,
    known: bool = True,
) -> None:
    """Check the same whole batches in every epoch, and that no image is loaded twice.

    >>> def cut(numbers, load, batch_size, steps):
    ...     kept = numbers.map(load).cache()
    ...     return kept.batch(batch_size, drop_remainder=True).take(steps)
    >>> loaded_once(cut)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: In epochs 1 to 4 your pipeline loads [12, 12, 12, 12] images. ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size, steps).
    - `numbers`: how many numbers there are.
    - `batch_size`: images a batch.
    - `steps`: batches an epoch at most.
    - `known`: whether TensorFlow can tell how many numbers there are.

    **Raises:** `Mistake` that names the mistake.
    """
    given = np.random.default_rng().choice(100_000, numbers, replace=False)
    tally = Tally(given, known=known)
    dataset = build(tally.numbers, tally.load, batch_size, steps)
    check_is_dataset(dataset)
    dataset = as_counted(dataset)
    loads = _loads(dataset, tally, steps, _PASSES)
    batches = min(steps, numbers // batch_size)
    _check_count(dataset, batches, batch_size, f"{numbers} numbers and {steps} steps")
    few = tf.data.Dataset.from_tensor_slices(given[: batches * batch_size])
    again = tally.twice
    check_batches(dataset, few, tally.plain, batch_size)
    if again:
        raise Mistake(
            f"In epochs 1 to {_PASSES} your pipeline loads {loads} images. {_fault(dataset, loads)}"
        )


def _check_count(dataset: object, batches: int, batch_size: int, given: str) -> None:
    got: list[Any] = first_elements(dataset, batches + 3)
    sizes = [len(one[-1]) for one in got if isinstance(one, tuple) and np.ndim(one[-1]) == 1]
    if len(got) != batches or sizes not in ([], [batch_size] * batches):
        told = f"{len(got)}{' or more' * (len(got) > batches + 2)}"
        raise Mistake(
            f"Of {given} your epoch gives {told} batches of the sizes {sizes}, and {batches} of "
            f"{batch_size} are wanted: whole batches alone, and no more than steps."
        )


def _fault(dataset: tf.data.Dataset, loads: list[int]) -> str:
    if len(set(loads[1:])) == 1 and loads[1] == 0:
        return "In the first epoch some are loaded more than once. Look for a second pass."
    wrote = graph.written(dataset)
    if "Cache" not in wrote.names:
        return (
            "There is no cache in the pipeline that you return. (cache changes no dataset, it "
            "returns a new one.)"
        )
    behind = wrote.names[wrote.names.index("Cache") :]
    if "Take" in behind:
        return (
            "A cache is complete when the end of what stands before it has come to it, or, in "
            "memory, as many elements as TensorFlow knows that there are. Behind yours stands a "
            "take: once it has what it wants it asks for no more. What the cache holds by then is "
            "thrown away with the epoch."
        )
    return (
        "There is a cache, and what was loaded is loaded again. What is loaded before it, what "
        "behind it, and does the end of its elements ever come to it?"
    )
