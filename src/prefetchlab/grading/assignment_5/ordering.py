"""Task 5: filter, shuffle, map, batch and repeat, in an order that gives what is promised."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.elements import check_is_dataset, first_elements
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import Tally, as_counted

Keep = Callable[[tf.Tensor], tf.Tensor]
Build = Callable[[tf.data.Dataset, Keep, Load, int, int, int], tf.data.Dataset]


def keep(number: tf.Tensor) -> tf.Tensor:
    """Whether an image belongs to the training: two of three do.

    >>> [bool(keep(tf.constant(number))) for number in (3, 4, 5)]
    [False, True, True]
    """
    return number % 3 != 0


class Counts(NamedTuple):
    """What a pipeline does for its first batch, and in all.

    Attributes:
        asked: how many numbers it has asked for when the loop has its first batch.
        first: how many images are loaded by then.
        loads: how many images are loaded in all epochs.
        kept: the numbers that `keep` keeps, as they were given.
        batches: the numbers of the images in each batch.
    """

    asked: int
    first: int
    loads: int
    kept: list[int]
    batches: list[list[int]]

    def __str__(self) -> str:
        """The counts in words."""
        sizes = [len(batch) for batch in self.batches]
        return (
            f"for the first batch {self.asked} numbers are asked for, and {self.first} images "
            f"loaded\nin all {self.loads} images are loaded, and the batches hold {sizes}"
        )


def counts_of_order(
    build: Build, *, count: int = 30, batch_size: int = 8, epochs: int = 2
) -> Counts:
    """Run a pipeline over all its epochs, and count.

    >>> def plain(numbers, keep, load, count, size, epochs):
    ...     some = numbers.map(load)
    ...     return some.batch(size).repeat(epochs)
    >>> print(counts_of_order(plain))
    for the first batch 8 numbers are asked for, and 8 images loaded
    in all 60 images are loaded, and the batches hold [8, 8, 8, 6, 8, 8, 8, 6]

    **Arguments:**

    - `build`: a function of (numbers, keep, load, count, batch_size, epochs) to a dataset.
    - `count`: how many numbers there are.
    - `batch_size`, `epochs`: what to call it with.
    """
    given = _some(count)
    asked, first = _for_the_first(build, given, batch_size, epochs)
    return _all(build, given, batch_size, epochs)._replace(asked=asked, first=first)


def _some(count: int) -> list[int]:
    """Distinct numbers in an order by chance, of which always as many are kept."""
    rng = np.random.default_rng()
    given: list[int] = (3 * rng.integers(10_000) + rng.permutation(count)).tolist()
    return given


def _for_the_first(build: Build, given: list[int], batch_size: int, epochs: int) -> tuple[int, int]:
    """Numbers asked for and images loaded when the loop has its first batch, all at rest."""
    tally = Tally(given)
    dataset = build(tally.numbers, keep, tally.load, len(given), batch_size, epochs)
    check_is_dataset(dataset)
    iterator = iter(as_counted(dataset))
    next(iterator, None)
    tally.settle()
    return tally.asked, tally.loads


def _all(build: Build, given: list[int], batch_size: int, epochs: int) -> Counts:
    """Run it to its end, and compare each image."""
    tally, count = Tally(given), len(given)
    dataset = build(tally.numbers, keep, tally.load, count, batch_size, epochs)
    check_is_dataset(dataset)
    batches = first_elements(as_counted(dataset), epochs * count + 3)
    files = {one: tally.plain(tf.constant(one))[0].numpy() for one in given}
    for batch in batches:
        if not isinstance(batch, tuple) or [np.ndim(one) for one in batch] != [4, 1]:
            raise Mistake(
                "Your pipeline does not give batches of (images, numbers). Use load and batch once "
                "each, and hand on what they give."
            )
        for image, number in zip(batch[0], batch[1].tolist(), strict=True):
            if number not in files or not np.array_equal(image, files[number]):
                raise Mistake(f"The image of number {number} is not the one that load gives.")
    kept = [one for one in given if one % 3]
    return Counts(tally.asked, 0, tally.loads, kept, [some.tolist() for _, some in batches])


@for_test_cell
def in_order(
    build: StudentFunction, *, count: int = 30, batch_size: int = 8, epochs: int = 3
) -> None:
    """Check what each epoch holds, where batches end, and what is loaded and mixed.

    >>> def plain(numbers, keep, load, count, size, epochs):
    ...     some = numbers.filter(keep).map(load)
    ...     return some.batch(size).repeat(epochs)
    >>> in_order(plain)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Of 20 images an epoch and 3 epochs your batches hold ...

    **Arguments:**

    - `build`: the student's function of (numbers, keep, load, count, batch_size, epochs).
    - `count`: how many numbers there are, at least 15, so that chance repeats no order.
    - `batch_size`: images a batch.
    - `epochs`: how often each image comes.

    **Raises:** `Mistake` that names the mistake.
    """
    given = _some(count)
    try:
        asked, first = _for_the_first(build, given, 1, epochs)
    except InputError as error:
        raise not_counted(error) from None
    run = _all(build, given, batch_size, epochs)
    epoch_by_epoch = _epochs(run, epochs)
    _check_ends(run, epochs, batch_size)
    _check_mixing(epoch_by_epoch, given, asked)
    _check_loads(run, epochs, first)


def _epochs(run: Counts, epochs: int) -> list[list[int]]:
    """What comes, cut into epochs: each holds every kept number once."""
    flat = [number for batch in run.batches for number in batch]
    kept = len(run.kept)
    if refused := [number for number in flat if number % 3 == 0]:
        raise Mistake(f"Some images come that keep refuses: number {refused[0]} for one.")
    if len(flat) != epochs * kept:
        raise Mistake(
            f"There are {kept} images that are kept, and {epochs} epochs. Your batches hold "
            f"{len(flat)} images in all: what is repeated how often, and what is dropped?"
        )
    parts = [flat[at : at + kept] for at in range(0, len(flat), kept)]
    for at, part in enumerate(parts):
        if sorted(part) != sorted(run.kept):
            raise Mistake(
                f"The images {at * kept + 1} to {(at + 1) * kept} that come are to be epoch "
                f"{at + 1}: each once. Some come more than once there, and others not at all. In "
                "which order do you shuffle and repeat?"
            )
    return parts


def _check_ends(run: Counts, epochs: int, batch_size: int) -> None:
    kept, sizes = len(run.kept), [len(batch) for batch in run.batches]
    whole, rest = divmod(epochs * kept, batch_size)
    right = [batch_size] * whole + [rest] * (rest > 0)
    if sizes != right:
        raise Mistake(
            f"Of {kept} images an epoch and {epochs} epochs your batches hold {sizes}, and {right} "
            "are wanted: only the very last one may be smaller. In which order do you batch and "
            "repeat?"
        )


def _check_mixing(parts: list[list[int]], given: list[int], asked: int) -> None:
    kept = [one for one in given if one % 3]
    neighbours = {*pairwise(kept)}
    together = [len(neighbours.intersection(pairwise(part))) for part in parts]
    if min(together) > len(neighbours) / 2 and any(part != kept for part in parts):
        raise Mistake(
            "In every epoch most images come right behind the one that stands before them in the "
            "numbers: whole batches are mixed, and not images. Mix before anything is batched."
        )
    if all(part == parts[0] for part in parts):
        raise Mistake(
            "Every epoch brings the images in the same order. Does the order come from a shuffle "
            "that draws anew each time, or does something keep what it drew?"
        )
    if asked <= given.index(kept[-1]):  # even the last may come first
        raise Mistake(
            f"With batches of 1, your pipeline has asked for {asked} of {len(given)} numbers when "
            "it gives its first image. So the first image can only be one of these, and the epoch "
            "is not mixed as a whole. How many elements does your shuffle hold, and of what?"
        )


def _check_loads(run: Counts, epochs: int, first: int) -> None:
    kept = len(run.kept)
    said = f"{run.loads} images are loaded in {epochs} epochs, and {kept} an epoch are kept."
    if run.loads > epochs * kept:
        raise Mistake(
            f"{said} Some are loaded and then thrown away: what does keep need to know of an image?"
        )
    if run.loads < epochs * kept:
        raise Mistake(f"{said} So something keeps them. The task asks for no cache.")
    if first > 1:
        why = (
            "What it mixes are loaded images, and they all wait in the shuffle. What is enough to "
            "be mixed?"
            if first >= kept
            else "Which stage works ahead of the loop?"
        )
        raise Mistake(
            f"With batches of 1, your pipeline loads {first} images for its first batch. {why}"
        )
