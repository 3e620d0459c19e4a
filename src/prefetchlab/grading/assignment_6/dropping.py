"""Task 4: bad records dropped, and nothing else."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.elements import check_batches, check_is_dataset, first_elements
from prefetchlab.grading.inputs import Load, loader, photos
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_prefetch_after_batch
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.words import plural
from prefetchlab.measure import calls_in_flight
from prefetchlab.measure.settling import PATIENCE_S, Settling
from prefetchlab.measure.source import start_tensorflow


class Records:
    """Numbers, and a `load` for them that fails on some, because their files hold no JPEG.

    >>> records = Records([3, 4], bad=[4])
    >>> image, number = records.load(tf.constant(3, tf.int64))
    >>> image.shape, int(number)
    (TensorShape([16, 16, 3]), 3)

    Attributes:
        numbers: those of all records, in order.
        good: those of the records that can be loaded, in order.
        plain: loads any number, as if its file were right.
    """

    def __init__(self, numbers: Sequence[int], bad: Sequence[int]) -> None:
        """Keep which numbers have bad files."""
        self.numbers = list(numbers)
        self.good = [number for number in numbers if number not in bad]
        self._bad = tf.constant(list(bad), tf.int64, shape=[len(bad)])
        self._files = photos()
        self.plain: Load = loader(self._files)

    def load(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The image of a number, and the number; it raises where the file is bad."""
        number = tf.convert_to_tensor(number, dtype_hint=tf.int64)
        file = tf.gather(self._files, number % len(self._files))
        file = tf.where(tf.reduce_any(self._bad == number), b"no image", file)
        return tf.ensure_shape(tf.io.decode_jpeg(file), self.plain(number)[0].shape), number

    def dataset(self, *, threads: int) -> tf.data.Dataset:
        """The numbers, with threads enough for so many calls."""
        numbers = tf.data.Dataset.from_tensor_slices(np.array(self.numbers, np.int64))
        return numbers.with_options(_threads(threads))


def _threads(calls: int) -> tf.data.Options:
    options = tf.data.Options()
    options.threading.private_threadpool_size = calls + 2
    return options


def numbers_that_come(build: StudentFunction) -> list[list[int]]:
    """Of the records 0 to 11, of which number 5 is bad, those in each batch of 4.

    >>> even = lambda number: number % 2 == 0
    >>> numbers_that_come(
    ...     lambda numbers, load, size, calls: numbers.filter(even).map(load).batch(size)
    ... )
    [[0, 2, 4, 6], [8, 10]]

    **Arguments:**

    - `build`: a function of (numbers, load, batch_size, calls) to a dataset.
    """
    records = Records(range(12), bad=[5])
    dataset = build(records.dataset(threads=2), records.load, 4, 2)
    return [numbers.tolist() for _, numbers in first_elements(as_counted(dataset), 20)]


@for_test_cell
def good_batches(
    build: StudentFunction,
    *,
    count: int = 20,
    bad: Sequence[int] = (5, 6, 13),
    batch_size: int = 4,
    calls: int = 3,
) -> None:
    """Check that all good records come, in order and whole batches, and several load at once.

    >>> good_batches(lambda numbers, load, size, calls: numbers.take(3).map(load).batch(size))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: 14 good records do not come. ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size, calls).
    - `count`: how many records there are.
    - `bad`: the places of those that cannot be loaded.
    - `batch_size`: images a batch.
    - `calls`: how many must be loaded at once.

    **Raises:** `Mistake` that names the mistake.
    """
    numbers = np.random.default_rng().choice(100_000, count, replace=False).tolist()
    records = Records(numbers, [numbers[place] for place in bad])
    dataset = build(records.dataset(threads=calls), records.load, batch_size, calls)
    check_is_dataset(dataset)
    _check_come(dataset, records, batch_size)
    good = tf.data.Dataset.from_tensor_slices(np.array(records.good, np.int64))
    check_batches(as_counted(dataset), good, records.plain, batch_size)
    check_prefetch_after_batch(graph.written(dataset), batch_size=batch_size, slots=1)
    try:
        _check_calls(build, batch_size, calls)
        _check_keeps_order(build, numbers, batch_size, calls)
    except InputError as error:
        raise not_counted(error) from None


def _check_come(dataset: object, records: Records, batch_size: int) -> None:
    """Before the batches are looked at: what is missing, or raises."""
    try:
        batches = first_elements(as_counted(dataset), len(records.numbers) + 3)
    except tf.errors.InvalidArgumentError:
        raise Mistake(
            "A bad record still raises its error, and the loop ends there. Which transformation "
            "drops the element that raises and goes on? (It changes no dataset, it returns a new "
            "one.)"
        ) from None
    came = [
        int(one) for batch in batches if isinstance(batch, tuple) for one in np.ravel(batch[-1])
    ]
    bad = set(records.numbers) - set(records.good)
    if bad & set(came):
        raise Mistake(
            "Something comes in place of a bad record. It must not come at all, nor anything else "
            "in its place."
        )
    rest = len(records.good) % batch_size
    if rest and came == records.good[:-rest]:
        raise Mistake(
            f"All whole batches come, and the last {rest} good {plural('record', rest)} "
            f"{'does' if rest == 1 else 'do'} not. The very last batch may be smaller: what leaves "
            "it out?"
        )
    missing = len(set(records.good) - set(came))
    if missing and came:
        raise Mistake(
            f"{missing} good {plural('record', missing)} {'does' if missing == 1 else 'do'} not "
            "come. With an error goes all that the stage which raises it had gathered. Out of "
            "which stage does it come where you drop it?"
        )


def _check_calls(build: StudentFunction, batch_size: int, calls: int) -> None:
    flying = calls_in_flight(
        lambda numbers, wait: build(
            numbers.with_options(_threads(calls)), lambda one: (wait(one), one), batch_size, calls
        )
    )
    if flying != calls:
        raise Mistake(
            f"All good records come, but {flying} {plural('call', flying)} of load "
            f"{'is' if flying == 1 else 'are'} in flight, and {calls} must be."
        )


def _check_keeps_order(
    build: StudentFunction, numbers: Sequence[int], batch_size: int, calls: int
) -> None:
    """Hold the first record back until nothing else moves: the others must wait for it."""
    slow = _SlowFirst(numbers[0])
    source = tf.data.Dataset.from_tensor_slices(np.array(numbers, np.int64))
    dataset = build(source.with_options(_threads(calls)), slow.load, batch_size, calls)
    first = slow.first_batch(as_counted(dataset))
    if first is None or np.ravel(first[-1])[0] != numbers[0]:
        raise Mistake(
            "The order of the records is not kept when the first of them is slow: a stage hands on "
            "what is ready first."
        )


class _SlowFirst:
    """A `load` that holds one number back until the pipeline has come to rest."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._go = threading.Event()
        self._calls = 0

    def load(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """A pair of the number, as from `load`, and late if it is the one."""
        passed = tf.ensure_shape(tf.numpy_function(self._pass, [number], tf.int64), [])
        return passed, passed

    def _pass(self, number: Any) -> Any:
        self._calls += 1
        if int(number) == self._number:
            self._go.wait()
        return number

    def first_batch(self, dataset: tf.data.Dataset) -> Any:
        """The first batch, taken in a thread that is let go when all is at rest."""
        start_tensorflow()
        got: list[Any] = []
        settling = Settling()

        def take() -> None:
            with suppress(tf.errors.OpError):
                got.append(next(dataset.as_numpy_iterator(), None))

        taker = threading.Thread(target=take, daemon=True)
        taker.start()
        try:
            settling.wait(lambda: self._calls)
        finally:
            self._go.set()
            taker.join(PATIENCE_S)
        return got[0] if got else None
