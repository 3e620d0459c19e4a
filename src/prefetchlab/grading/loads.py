"""How far loading runs ahead: a count of what was really loaded."""

import threading
from collections.abc import Iterator

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.counts import Counts, not_counted
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import up_to
from prefetchlab.measure import SOURCE_SIZE, CountingSource


class CountingLoad(CountingSource):
    """A source that counts what was loaded, where its base class counts what was made.

    >>> counted = CountingLoad(lambda number: (number, number))
    >>> _ = next(iter(graph.as_written(counted.dataset.map(counted.load).batch(4))))
    >>> counted.settled()
    4

    Attributes:
        made: how many numbers went through `load` by now, each counted once.
        again: the loads of numbers that had been loaded before: each number, and the largest that
            had been loaded by then.
        dataset: int64 scalars 0, 1, 2, …
    """

    def __init__(self, load: Load, *, size: int = SOURCE_SIZE) -> None:
        """Count the calls of `load` that run, not those that only build a graph."""
        super().__init__(size)
        self._load = load
        self._loaded: set[int] = set()
        self.again: list[tuple[int, int]] = []
        self._lock = threading.Lock()  # a parallel map calls load from several threads

    def _generate(self) -> Iterator[int]:
        self._settling.begin()
        yield from range(self._size)

    def load(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The same as the `load` that was given, and one more in the count."""
        number = tf.convert_to_tensor(number, dtype_hint=tf.int64)
        noted = tf.py_function(self._note, [number], number.dtype)
        return self._load(tf.ensure_shape(noted, number.shape))

    def _note(self, number: tf.Tensor) -> tf.Tensor:
        with self._lock:
            numbers = number.numpy().reshape(-1).tolist()
            self.again += [(one, max(self._loaded)) for one in self._loaded.intersection(numbers)]
            self._loaded.update(numbers)
            self.made = len(self._loaded)
        return number


def check_loads_run_ahead(counted: CountingLoad, dataset: tf.data.Dataset, wanted: Counts) -> None:
    """Check that what waits in the buffer was loaded, and is no number that still must be.

    **Arguments:**

    - `counted`: the source and the `load` that `dataset` was built of.
    - `dataset`: the student's pipeline.
    - `wanted`: how many should have been loaded after 1, 2, 3, … elements were taken.

    **Raises:** `Mistake`.
    """
    # zip in this order: it asks the dataset for nothing more once the counts are there.
    taken = zip(wanted, graph.as_written(dataset), strict=False)
    try:
        loaded = tuple(counted.settled() for _ in taken)
    except InputError as error:
        raise not_counted(error) from None
    if loaded == wanted:
        _check_loads_before_it_waits(counted, batch_size=wanted[1] - wanted[0])
        return
    found = f"{loaded} numbers are loaded after the consumer took {up_to(len(wanted))} batches."
    if sum(loaded) < sum(wanted):
        raise Mistake(
            f"Only numbers wait in your buffer, and no image is loaded ahead: {found} "
            "Let load run before the prefetch."
        )
    raise Mistake(f"More is loaded than your batches need: {found} Load each number once.")


def _check_loads_before_it_waits(counted: CountingLoad, *, batch_size: int) -> None:
    """Refuse what loads a batch once more after it waited; twice at a time is only clumsy."""
    late = sum(largest // batch_size > number // batch_size for number, largest in counted.again)
    if late:
        raise Mistake(
            f"Your pipeline loads again what has waited in the buffer: {late} of its loads come "
            "when a later batch is loaded already, and the consumer waits for them. Load before "
            "the prefetch alone."
        )
