"""Task 8: leave out exactly the damaged records, and say how many they are."""

import itertools
from collections.abc import Collection
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.assignment_1.labels import check_labels
from prefetchlab.grading.assignment_1.sources import records
from prefetchlab.grading.assignment_1.specs import check_pair
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same


@for_test_cell
def good_batches(
    build: StudentFunction, *, count: int = 15, damaged: int = 2, batch_size: int = 4
) -> None:
    """Check that all whole records come, in batches, and that the damaged ones are counted.

    >>> good_batches(lambda records, batch_size: records)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Return two things: the dataset of batches, and ...

    **Arguments:**

    - `build`: the student's function of (records, batch_size), to (batches, number of damaged).
    - `count`: how many records there are.
    - `damaged`: how many of them are, at places by chance.
    - `batch_size`: images a batch; the last one may be smaller.

    **Raises:** `Mistake` that names the mistake.
    """
    places = _by_chance(count, damaged, batch_size)
    source = records(count, places)
    returned = build(source, batch_size)
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Mistake("Return two things: the dataset of batches, and the number of damaged ones.")
    batches, said = returned
    if isinstance(said, tf.data.Dataset) and not isinstance(batches, tf.data.Dataset):
        raise Mistake("Return the dataset first, and then the number.")
    check_pair(batches)
    came = _read(batches, count)
    if came is None:
        raise _still_raises(build, count, batch_size)
    _check_batches(came, source, places, count, batch_size)
    _check_number(said, damaged, count, batch_size)


def _by_chance(count: int, damaged: int, batch_size: int) -> set[int]:
    """The places of the damaged; one of them is in the first batch."""
    rng = np.random.default_rng()
    order = [int(place) for place in rng.permutation(count)]
    first = next(place for place in order if place < batch_size)
    return set(sorted(order, key=lambda place: place != first)[:damaged])


def _check_batches(
    came: list[Any],
    source: tf.data.Dataset,
    places: Collection[int],
    count: int,
    batch_size: int,
) -> None:
    good = [place for place in range(count) if place not in places]
    if any(np.ndim(labels) != 1 or np.ndim(images) != 4 for images, labels in came):
        raise Mistake("Return batches of decoded images: images of rank 4, and labels of rank 1.")
    labels = [int(label) for _, group in came for label in group]
    if held := set(labels) & set(places):
        raise Mistake(
            f"Your batches hold an image for {len(held)} of the {len(places)} damaged records. "
            "Leave such a record out, with its label."
        )
    if lost := set(good) - set(labels):
        ones = "one is" if len(lost) == 1 else "ones are"
        raise Mistake(
            f"{len(places)} of {count} records are damaged, and {len(lost)} good {ones} lost, too. "
            "What is left out where an error comes up: a record, a batch, or all that follows? And "
            "what of a last batch that is not full?"
        )
    check_labels(labels, good)
    sizes = [len(group) for _, group in came]
    if any(size != batch_size for size in sizes[:-1]) or any(size > batch_size for size in sizes):
        raise Mistake(
            f"Your batches hold {sizes} images, and batch_size is {batch_size}. A batch is filled "
            "with good ones; the last alone may be smaller."
        )
    images = [image for group, _ in came for image in group]
    files = [bytes(encoded) for encoded, _ in source.as_numpy_iterator()]
    for label, image in zip(labels, images, strict=True):
        if not np.array_equal(image, tf.io.decode_jpeg(files[label])):
            raise Mistake(
                f"The image with label {label} is not what decode_jpeg makes of its record. "
                "Decode each record, and change no image."
            )


def _read(batches: tf.data.Dataset, count: int) -> list[Any] | None:
    """What a loop gets; None if an image that cannot be decoded stops it."""
    try:
        return list(itertools.islice(batches.as_numpy_iterator(), count + 3))
    except tf.errors.InvalidArgumentError as error:
        if "JPEG" not in error.message and "image" not in error.message:
            raise
        return None


def _still_raises(build: StudentFunction, count: int, batch_size: int) -> Mistake:
    raised = "A damaged record still raises an error while your batches are read."
    # The second kind of damage alone: one record ends before it begins like a JPEG.
    easy = records(count + 1, [0, count]).skip(1)
    if _read(build(easy, batch_size)[0], count) is None:
        return Mistake(
            f"{raised} Where does the error come up, and does what catches it stand behind that?"
        )
    return Mistake(
        f"{raised} A record may begin like a JPEG and end too early: what tells for certain "
        "whether it can be decoded?"
    )


def _check_number(said: object, damaged: int, count: int, batch_size: int) -> None:
    wanted = "The second thing that you return must be one number: how many records are damaged."
    got = plain_numbers([said], wanted)[0]
    if same(got, damaged):
        return
    raise Mistake(
        f"Your batches are right, but you say that {got} of {count} records are damaged, and it is "
        f"another number. {_count_fault(got, damaged, count, batch_size)}"
    )


def _count_fault(got: float, damaged: int, count: int, batch_size: int) -> str:
    if got == count - damaged:
        return "That is how many are good."
    unknown = tf.data.UNKNOWN_CARDINALITY
    if got in (unknown, count - unknown):
        return "Does TensorFlow know how many elements are left, before it has read them?"
    if got == count - -(-(count - damaged) // batch_size):
        return "You take batches from records: count the same thing twice."
    return "Count when your function is called, and count single records, before and after."
