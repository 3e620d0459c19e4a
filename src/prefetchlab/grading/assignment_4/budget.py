"""Task 2: no more images in memory than are allowed, and still a whole batch that waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN, not_counted
from prefetchlab.grading.elements import (
    check_batches,
    check_cuts_nothing,
    check_is_dataset,
    first_elements,
)
from prefetchlab.grading.inputs import Load, fresh_numbers, loader, photos
from prefetchlab.grading.loads import CountingLoad
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_keeps_no_epoch, check_reads_once
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import plural

MIXED, SEED = 32, 7  # the shuffle of the pipeline that is found
SPARE = 4  # images that are allowed beside two batches

Build = Callable[[tf.data.Dataset, Load, int], tf.data.Dataset]


@dataclass(frozen=True)
class Held:
    """What a pipeline holds once its loop has taken a batch and everything is at rest.

    Attributes:
        batch_size: images in the batch that the loop has in use.
        images: how many are held in all, that batch included.
        buffers: what waits, by stage, from the source on.
        image_bytes: the bytes of one image and its label.
    """

    batch_size: int
    images: int
    buffers: tuple[graph.Buffer, ...]
    image_bytes: int

    def waiting(self, one: graph.Buffer) -> int:
        """How many images wait in a buffer; numbers that are still to be loaded are none."""
        return one.bytes // self.image_bytes

    def __str__(self) -> str:
        """All stages, each on a line."""
        lines = [f"{self.images} images are held: {self.batch_size} in use by the loop, and"]
        for one in self.buffers:
            lines.append(f"{self.waiting(one):4} in {one}")
        return "\n".join(lines)


def held_images(build: Build, *, batch_size: int = 8, taken: int = 1) -> Held:
    """Run a pipeline until so many batches are taken and it is at rest; say what it holds.

    >>> print(held_images(lambda numbers, load, size: numbers.map(load).batch(size).prefetch(1)))
    16 images are held: 8 in use by the loop, and
       8 in Prefetch: 1 element in 1 slot, 6208 bytes

    **Arguments:**

    - `build`: a function of (numbers, load, batch_size) to a dataset.
    - `batch_size`: images a batch.
    - `taken`: how many batches the loop takes; it keeps the last.

    **Raises:** `InputError` if it cannot be counted.
    """
    *_, last = _held_at_each(build, batch_size, taken)
    return last


def _held_at_each(build: Build, batch_size: int, taken: int) -> Iterator[Held]:
    """What one run of the pipeline holds when 1, 2, … batches are taken."""
    load = loader(photos())
    image, label = load(tf.constant(0, tf.int64))
    image_bytes = int(tf.size(image)) * image.dtype.size + label.dtype.size
    counted = CountingLoad(load)
    dataset = build(counted.dataset, counted.load, batch_size)
    check_is_dataset(dataset)
    iterator = iter(graph.as_written(dataset))
    for before in range(taken):
        next(iterator)
        images = counted.settled() - before * batch_size
        yield Held(batch_size, images, graph.buffers(iterator), image_bytes)


@for_test_cell
def within_budget(build: StudentFunction, *, batch_size: int = 8, elements: int = 50) -> None:
    """Check a pipeline that holds two batches and a few images, one whole batch waiting.

    >>> within_budget(lambda numbers, load, batch_size: numbers.map(load).batch(batch_size))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: All images come, but in another order than as found. ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size).
    - `batch_size`: images a batch, more than `SPARE`.
    - `elements`: numbers to load, to compare the values.

    **Raises:** `Mistake` that names the mistake.
    """
    _check_elements(build, batch_size, elements)
    dataset = build(fresh_numbers(2 * batch_size), loader(photos()), batch_size)
    wrote = graph.written(dataset)
    check_keeps_no_epoch(wrote)
    check_reads_once(wrote)
    _check_is_no_choice_of_tensorflow(dataset)
    try:
        for held in _held_at_each(build, batch_size, TAKEN):
            _check_held(held)
    except InputError as error:
        raise not_counted(error) from None
    check_cuts_nothing(lambda numbers: build(numbers, loader(photos()), batch_size), batch_size)


def _check_elements(build: StudentFunction, batch_size: int, elements: int) -> None:
    load, numbers = loader(photos()), fresh_numbers(elements)
    mixed = [int(one) for one in numbers.shuffle(MIXED, seed=SEED)]  # each pass mixes anew
    batches = first_elements(build(numbers, load, batch_size), elements)
    if all(isinstance(one, tuple) and len(one) == 2 for one in batches):
        got = [int(number) for _, some in batches for number in some.ravel()]
        if sorted(got) == sorted(map(int, numbers)) and got != mixed:
            raise Mistake(
                "All images come, but in another order than as found. The order depends on "
                "what you give to shuffle, and on whether it mixes single elements or batches."
            )
    wanted = tf.data.Dataset.from_tensor_slices(mixed)
    check_batches(build(numbers, load, batch_size), wanted, load, batch_size)


def _check_is_no_choice_of_tensorflow(dataset: tf.data.Dataset) -> None:
    sizes = [one.setting for one in graph.written(dataset).stages]
    if graph.AUTOTUNE in sizes or graph.is_sized_at_run_time(graph.as_written(dataset)):
        raise Mistake(
            "In your pipeline TensorFlow chooses a size as it runs, AUTOTUNE or cycle_length, so "
            "nobody can promise a budget. Write a number of your own."
        )


def _check_held(held: Held) -> None:
    size, budget = held.batch_size, 2 * held.batch_size + SPARE
    said = f"With batches of {size} your pipeline holds {held.images} images at rest"
    if held.images > budget:
        raise Mistake(f"{said}, and {budget} are allowed. {_most(held)}")
    if held.images < 2 * size:
        raise Mistake(
            f"{said}: {size} of them are in use, so no whole batch is loaded ahead. Which stage "
            "works while the loop trains, and on what?"
        )
    if not any(held.waiting(one) == size * one.elements > 0 for one in held.buffers):
        raise Mistake(
            f"{said}, and no whole batch waits: the images wait one by one, and each batch is put "
            "together while the loop waits. Look at the order of your stages."
        )


def _most(held: Held) -> str:
    """Where most of the images wait."""

    def beyond(one: graph.Buffer) -> int:
        """How many images wait there beside the one batch that should."""
        per_element = held.waiting(one) // max(1, one.elements)
        return held.waiting(one) - (held.batch_size if per_element == held.batch_size else 0)

    most = max(held.buffers, key=beyond, default=None)
    if most is None or beyond(most) <= 0:
        return "Look for what gathers images elsewhere: a list of them, or a batch being made."
    elements = f"{most.elements} {plural('element', most.elements)}"
    if most.stage.startswith("Shuffle"):
        return (
            f"Most wait in the shuffle: {elements}. What it mixes are images there; must they be "
            "loaded to be mixed?"
        )
    return (
        f"Most wait in {most.stage}: {elements} of {held.waiting(most) // most.elements} "
        f"{plural('image', held.waiting(most) // most.elements)}. Look at its size, and at what "
        "one element is there."
    )
