"""What comes out of a pipeline: every element once, in order, and unchanged."""

import itertools
import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.measure import Transform

_MANY = 1_000_000  # elements that nobody has to read: TensorFlow tells how many batches they make


def check_is_dataset(dataset: object) -> None:
    """Refuse what is no dataset.

    >>> check_is_dataset(5)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your function returns int, not a tf.data.Dataset. ...

    **Raises:** `Mistake`.
    """
    if dataset is None:
        raise Mistake("Your function returns nothing (None): end every branch of it with return.")
    if not isinstance(dataset, tf.data.Dataset):
        raise Mistake(
            f"Your function returns {type(dataset).__name__}, not a tf.data.Dataset. "
            "Every transformation gives a new dataset: return the last one."
        )


def first_elements(dataset: object, count: int) -> list[Any]:
    """The first `count` elements as NumPy values; fewer, if there are no more.

    >>> [int(number) for number in first_elements(tf.data.Dataset.range(9).skip(1), 3)]
    [1, 2, 3]

    **Arguments:**

    - `dataset`: what a student returned.
    - `count`: how many to read; a dataset that never ends does no harm.

    **Raises:** `Mistake` if it is no dataset.
    """
    check_is_dataset(dataset)
    return list(itertools.islice(dataset.as_numpy_iterator(), count))  # type: ignore[attr-defined]


def check_order(got: Sequence[Hashable], wanted: Sequence[Hashable]) -> None:
    """Check that every element comes once, in order; elements may be equal to each other.

    >>> check_order([1, 2, 2], [1, 2, 3])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Some elements are missing: 1 of 3. ...

    **Arguments:**

    - `got`: the elements that came; where they may be too many, read a few more than are wanted.
    - `wanted`: the elements that should come, in their order.

    **Raises:** `Mistake` that names the first of: missing, twice, foreign, in another order.
    """
    missing = (Counter(wanted) - Counter(got)).total()
    if missing:
        raise Mistake(
            f"Some elements are missing: {missing} of {len(wanted)}. "
            "Look for a skip, a take, a batch that drops its remainder, "
            "or a pipeline that was made for other data."
        )
    more = Counter(got) - Counter(wanted)
    again = [element for element in more if element in wanted]
    if again:
        raise Mistake(
            f"Some elements come more than once: {len(again)} of {len(wanted)}. "
            "Look for a repeat or a second pass."
        )
    if more:
        raise Mistake("Your pipeline gives elements that the source does not have.")
    if list(got) != list(wanted):
        raise Mistake(
            "All elements are there, but in another order. "
            "Look for a shuffle, or for a stage that hands on what is ready first. Prefetch keeps "
            "the order."
        )


def check_batches(
    dataset: object,
    numbers: tf.data.Dataset,
    load: Load,
    batch_size: int,
    *,
    how: str = "Map with load and hand on what it returns.",
) -> None:
    """Hold what `dataset` gives against `load` applied to each number, batched in order.

    **Arguments:**

    - `dataset`: what a student returned: pairs (images, numbers).
    - `numbers`: the numbers it was made of, distinct int64 scalars.
    - `load`: from a number to (image, number).
    - `batch_size`: images a batch; the last batch may be smaller.
    - `how`: a sentence on how to get such elements, where they are of another kind.

    **Raises:** `Mistake` that names the first difference.
    """
    wanted = [int(number) for number in numbers]
    enough = len(wanted) + 3  # to see that there are too many
    batches = first_elements(dataset, enough)
    if not all(map(_is_pair, batches)):
        raise Mistake(
            "Your pipeline does not give pairs (images, numbers), in this order, batched once. "
            f"{how}"
        )
    check_order([int(n) for _, ns in batches for n in np.atleast_1d(ns)], wanted)
    _check_types(batches[0], load)
    if len(first_elements(dataset, enough)) != len(batches):
        raise Mistake(
            "Your pipeline can be read only once: in a second epoch it gives other batches than in "
            "the first. It keeps an iterator; build it of transformations of the dataset alone."
        )
    _check_sizes([np.size(numbers) for _, numbers in batches], len(wanted), batch_size)
    _check_images(np.concatenate([images for images, _ in batches]), wanted, load)


def check_cuts_nothing(build: Transform, batch_size: int) -> None:
    """Refuse a pipeline that ends early on more data than a check can read.

    TensorFlow knows the size of most pipelines without running them; where it does not, nothing is
    refused.

    >>> check_cuts_nothing(lambda numbers: numbers.take(600).batch(4), 4)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Of 1000000 numbers your pipeline gives 150 batches, and 250000 ...

    **Arguments:**

    - `build`: the student's function, from numbers to batches. It must not read them to their end:
      so count its run-ahead before.
    - `batch_size`: elements a batch.

    **Raises:** `Mistake`.
    """
    wanted = math.ceil(_MANY / batch_size)
    batches = int(build(tf.data.Dataset.range(_MANY)).cardinality())
    if 0 <= batches < wanted:
        raise Mistake(
            f"Of {_MANY} numbers your pipeline gives {batches} batches, and {wanted} are wanted: "
            "some elements are missing. Look for a take or a skip."
        )


def _is_pair(element: Any) -> bool:
    """Whether it is images and whole numbers, both batched or both not."""
    if not isinstance(element, tuple) or len(element) != 2:
        return False
    images, numbers = (np.asarray(part) if np.isscalar(part) else part for part in element)
    if not isinstance(images, np.ndarray) or not isinstance(numbers, np.ndarray):
        return False
    return numbers.dtype.kind in "iuf" and numbers.ndim <= 1 and images.ndim == numbers.ndim + 3


def _check_types(batch: tuple[Any, Any], load: Load) -> None:
    given = load(tf.constant(0, tf.int64))
    for name, part, wanted in zip(("images", "numbers"), batch, given, strict=True):
        if part.dtype != wanted.dtype.as_numpy_dtype:
            raise Mistake(
                f"Your {name} are {part.dtype}, and load gives {wanted.dtype.name} for the numbers "
                "that you are given. Keep their type, and hand on what load returns."
            )


def _check_sizes(sizes: list[int], count: int, batch_size: int) -> None:
    whole, rest = divmod(count, batch_size)
    if sizes != [batch_size] * whole + [rest] * (rest > 0):
        raise Mistake(
            f"Your batches hold {_shortened(sizes)} images, and batch_size is {batch_size}. "
            "Look at the argument of batch."
        )


def _shortened(sizes: list[int]) -> str:
    return str(sizes) if len(sizes) <= 12 else f"[{', '.join(map(str, sizes[:12]))}, …]"


def _check_images(images: Any, numbers: Sequence[int], load: Load) -> None:
    for number, image in zip(numbers, images, strict=True):
        if not np.array_equal(image, load(tf.constant(number, tf.int64))[0]):
            raise Mistake(
                f"The image of number {number} is not the one that load gives. "
                "Each number must go through load once, and nothing else may change the image."
            )
