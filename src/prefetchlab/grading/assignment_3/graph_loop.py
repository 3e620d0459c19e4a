"""Task 9: a loop inside a `tf.function` that must not wait for its data."""

import numbers
from typing import Any, Protocol

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN, not_counted
from prefetchlab.grading.elements import check_order
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import CACHED
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
    prefetchlab...Mistake: Your loop, or the step in it, runs in Python, outside ...

    **Arguments:**

    - `loop`: the student's function of (batches, step), which returns the number of steps. It may
      be a Python function that calls a `tf.function`: where the loop runs decides.
    - `batch_size`: elements a batch.
    - `batches`: batches an epoch, more than a small buffer holds.

    **Raises:** `Mistake` that names the mistake.
    """
    epoch = _Epoch(batch_size, batches)
    traced = _traced(loop, epoch)
    _check_keeps_no_epoch(traced)
    steps = traced()
    epoch.check_visits()
    _check_steps(steps, batches)
    _check_runs_ahead(epoch)


class _Epoch:
    """One epoch as the source and the steps of a loop see it.

    Attributes:
        batch_size: elements a batch.
        batches: how many there are.
        dataset: what the loop goes over.
        made: what the source has made when a step holds still, by the number of batches taken.
    """

    def __init__(self, batch_size: int, batches: int) -> None:
        self.batch_size = batch_size
        self.batches = batches
        self._source = CountingSource()
        self.dataset = self._source.dataset.batch(batch_size).take(batches)
        self.made: dict[int, int] = {}
        self._seen: list[list[int]] = []
        self._held = _places(batches)
        self._refused: list[Mistake] = []

    def step(self, batch: tf.Tensor) -> None:
        """What the student's loop calls on each batch."""
        if tf.executing_eagerly():
            self._refused.append(Mistake(_IN_PYTHON))
        tf.py_function(self._note, [batch], [])

    def _note(self, batch: tf.Tensor) -> None:
        self._seen.append(batch.numpy().tolist())
        taken = len(self._seen)
        if taken not in self._held:
            return
        try:
            self.made[taken] = self._source.settled()
        except InputError as error:  # raised through a graph, it would become another error
            self._refused.append(not_counted(error))

    def check_visits(self) -> None:
        """Check that the graph visited every batch once, in order, and read each once."""
        if self._refused:
            raise self._refused[0]
        elements = self.batch_size * self.batches
        check_order([number for batch in self._seen for number in batch], range(elements))
        if self._source.made > elements:
            raise Mistake(
                f"Your loop reads its data more than once: its source has made {self._source.made} "
                f"elements for an epoch of {elements}. Look for a second dataset made of batches."
            )


def _places(batches: int) -> set[int]:
    """After which batches to hold still: the first, and some to the end, but not the last."""
    apart = max(1, batches // 8)
    return {*range(1, TAKEN + 1), *range(TAKEN + 1, batches, apart)}


def _traced(loop: TrainEpoch, epoch: _Epoch) -> Any:
    """The student's loop as a graph: a loop of Python cannot become one."""

    def whole() -> Any:
        return loop(epoch.dataset, epoch.step)

    in_graph = tf.function(whole, autograph=False)
    try:
        return in_graph.get_concrete_function()
    except NotImplementedError:  # there is no answer yet
        raise
    except Exception:
        if isinstance(loop, type(in_graph)):
            raise
        raise Mistake(_IN_PYTHON) from None


_IN_PYTHON = (
    "Your loop, or the step in it, runs in Python, outside the graph. Keep the decorator of "
    "train_epoch, and the loop inside it."
)


def _check_keeps_no_epoch(traced: Any) -> None:
    graph = traced.graph.as_graph_def()
    inner = (node for function in graph.library.function for node in function.node_def)
    if any(node.op.startswith("CacheDataset") for node in (*graph.node, *inner)):
        raise Mistake(CACHED)


def _check_steps(steps: Any, batches: int) -> None:
    shown = steps.numpy() if isinstance(steps, tf.Tensor) else steps
    if not isinstance(shown, numbers.Real | np.generic) or shown != batches:
        raise Mistake(
            f"The loop made {batches} steps, and train_epoch returns {str(shown)[:40]}. "
            "Count one step for every batch."
        )


def _check_runs_ahead(epoch: _Epoch) -> None:
    """At least one batch ahead: AUTOTUNE, or a graph that takes early, may keep a few more."""
    ahead = {taken: made // epoch.batch_size - taken for taken, made in epoch.made.items()}
    first = tuple(epoch.made[taken] for taken in range(1, TAKEN + 1))
    found = (
        f"Its source has made {first} elements after {up_to(TAKEN)} batches of {epoch.batch_size} "
        "were taken"
    )
    if max(ahead.values()) <= 0:
        raise Mistake(
            f"Your loop loads nothing ahead. {found}: a for over a dataset inside a tf.function "
            "makes its body the last stage, and the prefetch that TensorFlow injects stands "
            "behind the body. A prefetch whose result is dropped changes nothing."
        )
    if first[0] >= epoch.batch_size * epoch.batches:
        raise Mistake(
            f"Your loop holds the whole epoch. {found}, and there are no more: "
            "one batch ahead is enough, and each further one costs memory."
        )
    if max(ahead[taken] for taken in range(1, TAKEN + 1)) > epoch.batches // 2:
        raise Mistake(
            f"Your loop holds most of the epoch. {found}, of {epoch.batches} batches in all: "
            "half of them are the most that the task allows, and one is enough."
        )
    for taken, more in ahead.items():
        if more <= 0:
            raise Mistake(
                f"Your loop runs ahead, but not at every batch: after {taken} batches of "
                f"{epoch.batch_size} its source has made {epoch.made[taken]} elements, and no "
                "batch waits. Put the prefetch behind all that you loop over."
            )
