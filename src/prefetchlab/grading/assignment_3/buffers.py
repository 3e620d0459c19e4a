"""Tasks 3, 4 and 5: exactly as many batches ahead as are asked for."""

from collections.abc import Sequence

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import (
    TAKEN,
    check_asks_its_source,
    check_counts,
    counts_of,
    expected_counts,
)
from prefetchlab.grading.elements import check_batches, check_cuts_nothing
from prefetchlab.grading.inputs import Load, fresh_numbers, loader, photos
from prefetchlab.grading.loads import CountingLoad, check_loads_run_ahead
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import (
    check_is_serial,
    check_keeps_no_epoch,
    check_prefetch_after_batch,
    check_reads_once,
    reader_in_python,
)
from prefetchlab.grading.student import StudentFunction
from prefetchlab.measure import Transform


@for_test_cell
def one_batch_ahead(
    build: StudentFunction, *, batch_size: int = 4, elements: int = 10, taken: int = TAKEN
) -> None:
    """Check that exactly one batch is made ahead.

    >>> one_batch_ahead(lambda batches: batches)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: The pipeline that you return holds no prefetch. ...

    **Arguments:**

    - `build`: the student's function from a dataset of batches to a dataset.
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.
    - `taken`: batches that the consumer takes while the probe counts.

    **Raises:** `Mistake` that names the mistake.
    """
    load, numbers = loader(photos()), fresh_numbers(elements)

    def whole(source: tf.data.Dataset) -> tf.data.Dataset:
        return build(source.map(load).batch(batch_size))

    check_batches(whole(numbers), numbers, load, batch_size, how=_HAND_ON)
    _check_runs_ahead(whole, batch_size=batch_size, slots=1, taken=taken)


_LONG_EPOCH = 5_000  # numbers, more than a size that was meant for few fits
_HAND_ON = "Hand on the batches that you are given, and only add a prefetch."


@for_test_cell
def two_batches_ahead(
    build: StudentFunction, *, batch_size: int = 4, elements: int = 10, taken: int = TAKEN
) -> None:
    """Check that exactly two batches, and not two samples, are made ahead.

    >>> two_batches_ahead(lambda numbers, load, batch_size: numbers.map(load))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your batches hold [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] images, ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size).
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.
    - `taken`: batches that the consumer takes while the probe counts.

    **Raises:** `Mistake` that names the mistake.
    """
    _check_build(build, batch_size=batch_size, elements=elements, slots=2, taken=taken)


@for_test_cell
def batches_with_slots(
    build: StudentFunction,
    *,
    slots: Sequence[int] = (1, 0),
    batch_size: int = 4,
    elements: int = 10,
    taken: int = TAKEN,
) -> None:
    """Check that as many batches are made ahead as the caller asks for, none included.

    >>> batches_with_slots(lambda numbers, load, batch_size, slots: numbers.prefetch(slots))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With slots = 1: Your pipeline does not give pairs ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size, slots).
    - `slots`: the buffer sizes to try, in batches.
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.
    - `taken`: batches that the consumer takes while the probe counts.

    **Raises:** `Mistake` that names the mistake.
    """
    for size in slots:

        def with_slots(
            numbers: tf.data.Dataset, load: Load, batch_size: int, size: int = size
        ) -> tf.data.Dataset:
            return build(numbers, load, batch_size, size)

        try:
            _check_build(
                with_slots, batch_size=batch_size, elements=elements, slots=size, taken=taken
            )
        except Mistake as mistake:
            raise Mistake(f"With slots = {size}: {mistake}") from None


def _check_build(
    build: StudentFunction, *, batch_size: int, elements: int, slots: int, taken: int
) -> None:
    load, numbers = loader(photos()), fresh_numbers(elements)
    check_batches(build(numbers, load, batch_size), numbers, load, batch_size)
    _check_runs_ahead(
        lambda source: build(source, load, batch_size),
        batch_size=batch_size,
        slots=slots,
        taken=taken,
    )
    if slots == 0:
        return
    counted = CountingLoad(load)
    check_loads_run_ahead(
        counted,
        build(counted.dataset, counted.load, batch_size),
        expected_counts(batch_size, slots, taken),
    )


def _check_runs_ahead(build: Transform, *, batch_size: int, slots: int, taken: int) -> None:
    """Exactly `slots` batches ahead, by prefetch after batch; what is written names the fault."""
    counts = counts_of(build, taken=taken)
    check_asks_its_source(counts)
    for numbers in (2 * batch_size, _LONG_EPOCH):  # no size may depend on how many there are
        wrote = graph.written(build(fresh_numbers(numbers)))
        check_keeps_no_epoch(wrote)
        if counts != expected_counts(batch_size, slots, taken):
            check_reads_once(wrote)
        check_prefetch_after_batch(wrote, batch_size=batch_size, slots=slots)
        check_is_serial(wrote)
    check_counts(counts, batch_size=batch_size, slots=slots, why=reader_in_python(wrote))
    check_cuts_nothing(build, batch_size)
