"""Task 3: a buffer that stays full where one epoch ends and the next begins."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.elements import check_is_dataset, first_elements
from prefetchlab.grading.inputs import Load, fresh_numbers, loader, photos
from prefetchlab.grading.loads import CountingLoad
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_is_serial, check_keeps_no_epoch
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import plural

Build = Callable[[tf.data.Dataset, Load, int, int, int], tf.data.Dataset]


class _LoadsOfEpochs(CountingLoad):
    """A source that is gone over again and again, and a `load` that counts each time.

    >>> counted = _LoadsOfEpochs(2)
    >>> iterator = iter(graph.as_written(counted.dataset.map(counted.load).repeat(2)))
    >>> for _ in range(3):
    ...     _ = next(iterator)
    >>> counted.settled()
    3

    Attributes:
        made: how many images were loaded by now.
        dataset: int64 scalars 0, 1, 2, … of one epoch.
    """

    def __init__(self, size: int) -> None:
        super().__init__(loader(photos()), size=size)

    def _note(self, number: tf.Tensor) -> tf.Tensor:
        with self._lock:
            self.made += int(tf.size(number))
        return number


def loads_by_step(
    build: Build, *, numbers: int = 12, batch_size: int = 4, epochs: int = 2, slots: int = 2
) -> list[int]:
    """How many images are loaded when the loop has taken 1, 2, 3, … batches, to the end.

    >>> def serial(numbers, load, batch_size, epochs, slots):
    ...     in_batches = numbers.map(load).batch(batch_size)
    ...     return in_batches.repeat(epochs)
    >>> loads_by_step(serial)
    [4, 8, 12, 16, 20, 24]

    **Arguments:**

    - `build`: a function of (numbers, load, batch_size, epochs, slots) to a dataset.
    - `numbers`: images an epoch.
    - `batch_size`, `epochs`, `slots`: what to call it with.

    **Raises:** `InputError` if it cannot be counted.
    """
    counted = _LoadsOfEpochs(numbers)
    dataset = build(counted.dataset, counted.load, batch_size, epochs, slots)
    check_is_dataset(dataset)
    most = epochs * -(-numbers // batch_size)
    return [counted.settled() for _, _ in zip(range(most), graph.as_written(dataset), strict=False)]


@for_test_cell
def train_on_epochs(
    build: StudentFunction,
    *,
    numbers: int = 12,
    batch_size: int = 4,
    epochs: int = 2,
    slots: int = 2,
) -> None:
    """Check a pipeline over several epochs, in which as many batches wait after every step.

    >>> def as_found(numbers, load, batch_size, epochs, slots):
    ...     in_batches = numbers.map(load).batch(batch_size)
    ...     return in_batches.prefetch(slots).repeat(epochs)
    >>> train_on_epochs(as_found)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: When the loop has taken batch 2 of 6, 12 images are loaded. ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size, epochs, slots).
    - `numbers`: images an epoch; more than the slots hold.
    - `batch_size`, `epochs`, `slots`: what to call it with.

    **Raises:** `Mistake` that names the mistake.
    """
    sizes = [min(batch_size, numbers - at) for at in range(0, numbers, batch_size)] * epochs
    few, load = fresh_numbers(numbers), loader(photos())
    dataset = build(few, load, batch_size, epochs, slots)
    _check_epochs(dataset, [int(one) for one in few], sizes, epochs)
    wrote = graph.written(dataset)
    check_keeps_no_epoch(wrote)
    check_is_serial(wrote)
    try:
        counts = loads_by_step(
            build, numbers=numbers, batch_size=batch_size, epochs=epochs, slots=slots
        )
    except InputError as error:
        raise not_counted(error) from None
    _check_loads(counts, sizes, epochs, slots)


def _check_epochs(dataset: object, numbers: list[int], sizes: Sequence[int], epochs: int) -> None:
    """Each epoch holds all numbers in order, in batches of its own."""
    batches = first_elements(dataset, len(sizes) + 3)
    if not all(map(_is_pair, batches)):
        raise Mistake(
            "Your pipeline does not give batches of (images, numbers). Map with load and batch, as "
            "in the pipeline that was found."
        )
    got = [number for _, some in batches for number in some.tolist()]
    place = f"{epochs} epochs of {len(numbers)} numbers are {len(sizes)} batches."
    if len(got) != len(numbers) * epochs:
        raise Mistake(
            f"{place} Yours hold {'at least ' * (len(batches) > len(sizes))}{len(got)} numbers in "
            "all. Look at how often what is repeated."
        )
    if [len(some) for _, some in batches] != list(sizes):
        raise Mistake(
            f"{place} Yours have the sizes {[len(some) for _, some in batches]}, and "
            f"{list(sizes)} are wanted: each epoch ends in a batch of its own. In which order do "
            "you batch and repeat?"
        )
    if got != numbers * epochs:
        raise Mistake(f"{place} Your numbers come in another order than they are given.")


def _is_pair(element: Any) -> bool:
    return (
        isinstance(element, tuple)
        and len(element) == 2
        and np.ndim(element[0]) == 4
        and np.ndim(element[1]) == 1
    )


def _check_loads(counts: list[int], sizes: Sequence[int], epochs: int, slots: int) -> None:
    """At every step the next `slots` batches are loaded, in whichever epoch they stand."""
    if len(counts) < len(sizes):
        raise Mistake(
            f"On other numbers, as many of them, your pipeline ends after {len(counts)} "
            f"{plural('batch', len(counts))} of {len(sizes)}. Does it need to know their number "
            "beforehand?"
        )
    right = [sum(sizes[: taken + slots]) for taken in range(1, len(sizes) + 1)]
    wrong = (at for at, both in enumerate(zip(counts, right, strict=True)) if both[0] != both[1])
    if (at := next(wrong, None)) is None:
        return
    each = len(sizes) // epochs
    said = (
        f"When the loop has taken batch {at + 1} of {len(sizes)}, {counts[at]} "
        f"{plural('image', counts[at])} are loaded."
    )
    if counts[at] > right[at]:
        raise Mistake(
            f"{said} That is more than {slots} {plural('batch', slots)} ahead. Look for a second "
            "buffer, or for one that is too large."
        )
    if counts == [sum(sizes[: at + 1]) for at in range(len(sizes))]:
        raise Mistake(
            f"{said} So no batch waits that is loaded. Is there a prefetch in what you return, and "
            "does load stand before it?"
        )
    if counts[0] == right[0]:
        raise Mistake(
            f"{said} In the middle of an epoch {slots} {plural('batch', slots)} "
            f"{'waits' if slots == 1 else 'wait'}, and here, where the epoch ends with batch "
            f"{(at // each + 1) * each}, fewer. Your buffer ends with its epoch, and the next one "
            "begins empty: what stands behind it?"
        )
    raise Mistake(
        f"{said} That is less than {slots} {plural('batch', slots)} ahead. What does one slot of "
        "your prefetch hold, and how many has it?"
    )
