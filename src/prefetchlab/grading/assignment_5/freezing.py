"""Task 3: a cache that holds what is dear, and nothing that should be drawn anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import check_is_dataset, check_order, first_elements
from prefetchlab.grading.inputs import Load
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import Tally, as_counted

Augment = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
Build = Callable[[tf.data.Dataset, Load, Augment, int, int], tf.data.Dataset]

MOST = 0.2  # how much lighter an image becomes at most


def augment(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Make an image lighter by a number that is drawn at each call.

    >>> image, label = augment(tf.zeros([2, 2, 3], tf.uint8), tf.constant(5))
    >>> image.dtype.name, int(label)
    ('float32', 5)
    """
    lighter = tf.random.uniform([], 0.0, MOST)
    return tf.cast(image, tf.float32) / 255.0 + lighter, label


@dataclass(frozen=True)
class Epoch:
    """One pass over a pipeline.

    Attributes:
        batches: the numbers of the images in each batch, in order.
        lighter: by number, how much lighter its image was made.
        loads: how many images were loaded in it.
    """

    batches: tuple[tuple[int, ...], ...]
    lighter: dict[int, float]
    loads: int

    @property
    def numbers(self) -> list[int]:
        """The numbers in their order."""
        return [number for batch in self.batches for number in batch]


def what_repeats(build: Build, *, count: int = 12, batch_size: int = 4) -> str:
    """Run three epochs, and say what was done again and what came again.

    >>> def plain(numbers, load, augment, count, size):
    ...     pairs = numbers.map(load).map(augment)
    ...     return pairs.batch(size)
    >>> print(what_repeats(plain))
    images loaded in epochs 1, 2 and 3: [12, 12, 12]
    epoch 2 brings the images in the order of epoch 1: True
    epoch 2 brings the brightness of epoch 1: False

    **Arguments:**

    - `build`: a function of (numbers, load, augment, count, batch_size) to a dataset.
    - `count`: how many images there are.
    - `batch_size`: images a batch.
    """
    epochs = _epochs(build, _some(count), batch_size, passes=3)
    return (
        f"images loaded in epochs 1, 2 and 3: {[one.loads for one in epochs]}\n"
        "epoch 2 brings the images in the order of epoch 1: "
        f"{epochs[0].numbers == epochs[1].numbers}\n"
        f"epoch 2 brings the brightness of epoch 1: {epochs[0].lighter == epochs[1].lighter}"
    )


@for_test_cell
def cached(build: StudentFunction, *, count: int = 12, batch_size: int = 4) -> None:
    """Check that each image is loaded once in all, and that the rest is drawn anew each epoch.

    >>> def nothing_kept(numbers, load, augment, count, size):
    ...     pairs = numbers.map(load).shuffle(count).map(augment)
    ...     return pairs.batch(size)
    >>> cached(nothing_kept)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: In epochs 1 to 4 your pipeline loads [12, 12, 12, 12] images, ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, augment, count, batch_size).
    - `count`: how many images there are, at least 10, so that chance repeats no order.
    - `batch_size`: images a batch.

    **Raises:** `Mistake` that names the mistake.
    """
    numbers = _some(count)
    epochs = _epochs(build, numbers, batch_size, passes=_PASSES)
    for epoch in epochs:
        _check_epoch(epoch, numbers, batch_size)
    _check_drawn_anew(epochs)
    loads = [one.loads for one in epochs]
    if loads != [count] + [0] * (_PASSES - 1):
        raise Mistake(
            f"In epochs 1 to {_PASSES} your pipeline loads {loads} images, and there are {count}. "
            f"{_loads_fault(loads, count)}"
        )
    others = _some(count)  # what is kept of the first may not serve these
    for epoch in _epochs(build, others, batch_size, passes=1):
        if not set(others) & set(epoch.numbers):
            raise Mistake(
                "Your function was called again with other numbers, and gives none of them. What "
                "did it keep, and where? A cache in a file gives whatever an earlier one put there."
            )
        _check_epoch(epoch, others, batch_size)


_PASSES = 4


def _some(count: int) -> list[int]:
    """Distinct numbers, in an order by chance."""
    drawn: list[int] = np.random.default_rng().choice(100_000, count, replace=False).tolist()
    return drawn


def _epochs(build: Build, numbers: list[int], batch_size: int, *, passes: int) -> list[Epoch]:
    """Run as written: a stage that TensorFlow adds would load ahead of the epoch."""
    tally, count = Tally(numbers), len(numbers)
    built = build(tally.numbers, tally.load, augment, count, batch_size)
    check_is_dataset(built)
    dataset = as_counted(built)
    files = {one: tally.plain(tf.constant(one))[0].numpy() / np.float32(255.0) for one in numbers}
    epochs, loaded = [], 0
    for _ in range(passes):
        batches = first_elements(dataset, count + 3)
        epochs.append(_epoch(batches, files, tally.loads - loaded))
        loaded = tally.loads
    return epochs


def _epoch(batches: list[Any], files: dict[int, Any], loads: int) -> Epoch:
    lighter: dict[int, float] = {}
    for batch in batches:
        if not isinstance(batch, tuple) or [np.ndim(one) for one in batch] != [4, 1]:
            raise Mistake(
                "Your pipeline does not give batches of (images, numbers), as the one that was "
                "found does. Use load, augment and batch once each, and hand on what they give."
            )
        for image, number in zip(batch[0], batch[1].tolist(), strict=True):
            if number in files:
                lighter[number] = _lighter(image, files[number])
    return Epoch(tuple(tuple(some.tolist()) for _, some in batches), lighter, loads)


def _lighter(image: Any, file: Any) -> float:
    change = np.asarray(image, np.float64) - file
    if image.dtype != np.float32 or np.ptp(change) > _EXACT:
        raise Mistake(
            "Your images are not those that load and augment give: each must go through load once "
            "and then through augment once, and nothing else may change it."
        )
    return float(change.mean())


_EXACT = 1e-5  # how far float32 may bring apart what one number was added to


def _check_epoch(epoch: Epoch, numbers: list[int], batch_size: int) -> None:
    check_order(sorted(epoch.numbers), sorted(numbers))
    sizes = [len(batch) for batch in epoch.batches]
    right = [min(batch_size, len(numbers) - at) for at in range(0, len(numbers), batch_size)]
    if sizes != right:
        raise Mistake(f"In one epoch your batches hold {sizes} images, and {right} are wanted.")
    if any(not -_EXACT <= change <= MOST + _EXACT for change in epoch.lighter.values()):
        raise Mistake(f"An image is made lighter by more than {MOST}: use augment once.")
    changes = [[epoch.lighter[one] for one in batch] for batch in epoch.batches if len(batch) > 1]
    if all(np.ptp(batch) <= _EXACT for batch in changes):
        raise Mistake(
            "All images of a batch are made lighter by the same number: augment draws one each "
            "time that it is called, and you call it once a batch. It belongs before batch."
        )


def _check_drawn_anew(epochs: list[Epoch]) -> None:
    """Refuse what comes again in every epoch, and say which stage is frozen."""
    first, *others = epochs

    def again(of: Callable[[Epoch], object]) -> bool:
        return all(of(one) == of(first) for one in others)

    lighter = again(lambda one: one.lighter)
    order = again(lambda one: one.numbers)
    look = "What stands before a cache is worked out once, and comes again in each later epoch."
    if lighter and order:
        raise Mistake(
            f"Every epoch brings the same images in the same order. {look} Which of your stages "
            "draw by chance?"
        )
    if lighter:
        raise Mistake(
            "Every epoch brings each image with the same brightness: what augment drew is frozen. "
            f"{look}"
        )
    if order:
        raise Mistake(
            f"Every epoch brings the images in the same order: it is frozen, or never mixed. {look}"
        )
    if again(lambda one: {frozenset(batch) for batch in one.batches}) and len(first.batches) > 1:
        raise Mistake(
            "Every epoch has the same batches, now in another order: the same images always come "
            "together. Mix single images, and not batches."
        )


def _loads_fault(loads: list[int], count: int) -> str:
    if loads[0] > count:
        return "Some are loaded more than once even in the first epoch. Use load once."
    if loads[0] < count:
        return "In the first epoch some are loaded by nobody: something was kept from before."
    if loads[1] == 0:
        return "Each must be loaded in the first epoch, and then in no later one."
    return (
        "Each must be loaded once in all. Is there a cache behind load, in the dataset that you "
        "return, and does every epoch go through it to its end?"
    )
