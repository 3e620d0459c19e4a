"""Task 9: a loop inside a `tf.function` that must not wait for its data."""

import numbers
from typing import Any, Protocol

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN, Counts
from prefetchlab.grading.elements import check_order
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import up_to
from prefetchlab.measure import CountingSource


class Step(Protocol):
    """What a loop does with each batch."""

    def __call__(self, batch: tf.Tensor, /) -> object:
        """Train on it; nothing is returned that a loop needs."""


class TrainEpoch(Protocol):
    """A student's loop over a dataset of batches."""

    def __call__(self, batches: tf.data.Dataset, step: Step, /) -> Any:
        """Return the number of steps, if the answer is right; anything else, if it is not."""


@for_test_cell
def train_epoch(loop: TrainEpoch, *, batch_size: int = 2, batches: int = 12) -> None:
    """Check a training loop inside a `tf.function` that must not wait for its data.

    >>> train_epoch(lambda batches, step: [step(batch) for batch in batches])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: train_epoch is no tf.function any more. Keep the decorator, ...

    **Arguments:**

    - `loop`: the student's function of (batches, step), which returns the number of steps.
    - `batch_size`: elements a batch.
    - `batches`: batches an epoch, more than a small buffer holds.

    **Raises:** `Mistake` that names the mistake.
    """
    if not hasattr(loop, "get_concrete_function"):
        raise Mistake(
            "train_epoch is no tf.function any more. Keep the decorator, and the loop inside it."
        )
    counts = _epoch_counts(loop, batch_size, batches)
    _check_loop_counts(counts, batch_size, batches)


def _epoch_counts(loop: TrainEpoch, batch_size: int, batches: int) -> Counts:
    """Run one epoch of the student's loop, check what it visits, and count."""
    source = CountingSource()
    dataset = source.dataset.batch(batch_size).take(batches)
    seen: list[list[int]] = []
    counts: list[int] = []
    eager: list[bool] = []

    def note(batch: tf.Tensor) -> None:
        seen.append(batch.numpy().tolist())
        if len(counts) < TAKEN:
            counts.append(source.settled())

    def step(batch: tf.Tensor) -> None:
        eager.append(tf.executing_eagerly())
        tf.py_function(note, [batch], [])

    steps = loop(dataset, step)
    if any(eager):
        raise Mistake("Your loop runs in Python, outside the graph. Leave it to the function.")
    _check_epoch(seen, steps, batch_size, batches)
    return tuple(counts)


def _check_epoch(seen: list[list[int]], steps: Any, batch_size: int, batches: int) -> None:
    """Every batch once, in order, and counted."""
    check_order([n for batch in seen for n in batch], range(batch_size * batches))
    shown = steps.numpy() if isinstance(steps, tf.Tensor) else steps
    if not isinstance(shown, numbers.Real | np.generic) or shown != batches:
        raise Mistake(
            f"The loop made {batches} steps, and train_epoch returns {str(shown)[:40]}. "
            "Count one step for every batch."
        )


def _check_loop_counts(counts: Counts, batch_size: int, batches: int) -> None:
    """At least one batch ahead: AUTOTUNE, or a graph that takes early, may keep a few more."""
    ahead = [count // batch_size - taken for taken, count in enumerate(counts, start=1)]
    found = (
        f"Its source has made {counts} elements after {up_to(len(counts))} batches of {batch_size}"
    )
    if max(ahead) <= 0:
        raise Mistake(
            f"Your loop loads nothing ahead. {found} were taken: in a for inside a tf.function "
            "TensorFlow injects no prefetch, and the dataset that you loop over has none. "
            "An option or a prefetch whose result is dropped changes nothing."
        )
    if counts[0] >= batch_size * batches:
        raise Mistake(
            f"Your loop holds the whole epoch. {found} were taken, and there are no more: "
            "one batch ahead is enough, and each further one costs memory."
        )
    if min(ahead) <= 0:
        raise Mistake(f"Your loop runs ahead, but not at every batch. {found} were taken.")
