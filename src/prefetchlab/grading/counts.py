"""How far a pipeline runs ahead: what its source made, and what was really loaded."""

import threading
from collections.abc import Iterator

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import plural, up_to
from prefetchlab.measure import (
    SOURCE_SIZE,
    CountingSource,
    SourceEndedError,
    Transform,
    run_ahead,
)

Counts = tuple[int, ...]

TAKEN = 3  # batches that the probe's consumer takes, if a check says no other number


def counts_of(build: Transform, *, taken: int = TAKEN, as_written: bool = True) -> Counts:
    """What `run_ahead` counts; a pipeline that it cannot run is the student's mistake.

    >>> counts_of(lambda source: source.batch(4).prefetch(1))
    (8, 12, 16)

    **Arguments:**

    - `build`: the student's function, from a dataset to a dataset.
    - `taken`: elements that the consumer takes.
    - `as_written`: whether TensorFlow's rewrites are switched off.

    **Raises:** `Mistake`.
    """
    try:
        return run_ahead(build, taken=taken, as_written=as_written)
    except SourceEndedError:
        raise Mistake(
            "Your pipeline reads its source to the end before it gives a batch. "
            "Use the transformations of tf.data, and no Python loop."
        ) from None
    except InputError as error:
        raise Mistake(f"The probe could not run your pipeline. {error}") from None


def expected_counts(batch_size: int, slots: int, taken: int = TAKEN) -> Counts:
    """The counts of a pipeline that holds `slots` batches behind what is taken.

    >>> expected_counts(4, 1)
    (8, 12, 16)
    """
    return tuple((n + slots) * batch_size for n in range(1, taken + 1))


def check_asks_its_source(counts: Counts) -> None:
    """Refuse a pipeline that does not follow its source at all.

    >>> check_asks_its_source((0, 0, 0))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline never asked the source ...

    **Raises:** `Mistake` if nothing was asked for.
    """
    if counts[0] == 0:
        raise Mistake(
            "Your pipeline never asked the source that it was given. "
            "It was made for other data and kept: build it anew in every call."
        )


def check_counts(counts: Counts, *, batch_size: int, slots: int) -> None:
    """Hold the source's counts against those of exactly `slots` batches ahead.

    >>> check_counts((4, 8, 12), batch_size=4, slots=0)

    **Raises:** `Mistake`.
    """
    if counts != expected_counts(batch_size, slots, len(counts)):
        raise Mistake(
            f"Your source has made {counts} elements after the consumer took "
            f"{up_to(len(counts))} batches of {batch_size}. That is not {slots} "
            f"{plural('batch', slots)} ahead: count what each stage holds."
        )


class CountingLoad(CountingSource):
    """A source that counts what was loaded, where its base class counts what was made.

    >>> counted = CountingLoad(lambda number: (number, number))
    >>> _ = next(iter(graph.as_written(counted.dataset.map(counted.load).batch(4))))
    >>> counted.settled()
    4

    Attributes:
        made: how many elements went through `load` by now.
        dataset: int64 scalars 0, 1, 2, …
    """

    def __init__(self, load: Load) -> None:
        """Count the calls of `load` that run, not those that only build a graph."""
        super().__init__()
        self._load = load
        self._lock = threading.Lock()  # a parallel map calls load from several threads

    def _generate(self) -> Iterator[int]:
        yield from range(SOURCE_SIZE)

    def load(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The same as the `load` that was given, and one more in the count."""
        number = tf.convert_to_tensor(number, tf.int64)
        noted = tf.py_function(self._note, [number], tf.int64)
        return self._load(tf.ensure_shape(noted, number.shape))

    def _note(self, number: tf.Tensor) -> tf.Tensor:
        with self._lock:
            self.made += int(tf.size(number))
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
    loaded = tuple(counted.settled() for _ in taken)
    if loaded == wanted:
        return
    found = f"load has run {loaded} times after the consumer took {up_to(len(wanted))} batches."
    if sum(loaded) < sum(wanted):
        raise Mistake(
            f"Only numbers wait in your buffer, and no image is loaded ahead: {found} "
            "Let load run before the prefetch."
        )
    raise Mistake(f"More is loaded than your batches need: {found} Load each number once.")
