"""Task 9: a loop inside a `tf.function` that must not wait for its data."""

import numbers
import time
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN, not_counted
from prefetchlab.grading.elements import check_order
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_keeps_nothing
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
    epoch = _Epoch(CountingSource(), batch_size, batches)
    steps = _run(loop, epoch)
    epoch.check_visits()
    _check_steps(steps, batches)
    _check_runs_ahead(epoch)
    _check_loads_meanwhile(loop)


class _Epoch:
    """One epoch as the source and the steps of a loop see it.

    Attributes:
        batch_size: elements a batch.
        batches: how many there are.
        dataset: what the loop goes over.
        made: what the source has made when a step holds still, by the number of batches taken.
        made_meanwhile: how many elements it made while steps held still.
        graph: the graph in which the steps run; None before the first.
    """

    def __init__(self, source: CountingSource, batch_size: int, batches: int) -> None:
        self.batch_size = batch_size
        self.batches = batches
        self._source = source
        self.dataset = (
            source.dataset.batch(batch_size)
            .take(batches)
            .apply(tf.data.experimental.assert_cardinality(batches))
        )
        self.made: dict[int, int] = {}
        self.made_meanwhile = 0
        self.graph: Any = None
        self._seen: list[list[int]] = []
        self._held = _places(batches)
        self._refused: list[Mistake] = []

    def step(self, batch: tf.Tensor) -> None:
        """What the student's loop calls on each batch."""
        if tf.executing_eagerly():
            self._refused.append(Mistake(_IN_PYTHON))
        else:
            self.graph = tf.compat.v1.get_default_graph()
        tf.py_function(self._note, [batch], [])

    def _note(self, batch: tf.Tensor) -> None:
        self._seen.append(batch.numpy().tolist())
        taken = len(self._seen)
        if taken not in self._held:
            return
        before = self._source.made
        try:
            self.made[taken] = self._source.settled()
            self.made_meanwhile += self.made[taken] - before
        except InputError as error:  # raised through a graph, it would become another error
            self._refused.append(not_counted(error))

    def check_visits(self) -> None:
        """Check that the graph visited every batch once, in order, and read each once."""
        if self._refused:
            raise self._refused[0]
        elements = self.batch_size * self.batches
        if len(self._seen) != self.batches:
            raise Mistake(
                f"step was called {len(self._seen)} times for {self.batches} batches. Call it once "
                "in each turn of the loop, and go on to the end."
            )
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


def _run(loop: TrainEpoch, epoch: _Epoch) -> Any:
    """What the student's loop returns; it must go over its data inside a graph."""

    def whole() -> Any:
        return loop(epoch.dataset, epoch.step)

    in_graph = tf.function(whole, autograph=False)
    try:
        traced = in_graph.get_concrete_function()
    except NotImplementedError:  # there is no answer yet
        raise
    except Exception:
        if isinstance(loop, type(in_graph)):
            raise
        return _run_wrapper(loop, epoch)
    _check_keeps_no_epoch(traced.graph)
    return traced()


def _run_wrapper(loop: TrainEpoch, epoch: _Epoch) -> Any:
    """Run what no graph can hold: it may do something with the number that its graph gives back."""
    steps = loop(epoch.dataset, epoch.step)
    graph = epoch.graph
    while getattr(graph, "outer_graph", None) is not None and not _goes_over_data(graph):
        graph = graph.outer_graph
    if graph is None or not _goes_over_data(graph):
        raise Mistake(_IN_PYTHON)
    _check_keeps_no_epoch(graph)
    return steps


def _goes_over_data(graph: Any) -> bool:
    return any(name.startswith(_OVER_DATA) for name in _operations(graph))


_OVER_DATA = ("ReduceDataset", "IteratorGetNext")


_IN_PYTHON = (
    "Your loop, or the step in it, runs in Python, outside the graph. Keep the decorator of "
    "train_epoch, and the loop inside it."
)


def _operations(graph: Any) -> Iterator[str]:
    """The operations of a graph and of the functions in it, by their names in TensorFlow."""
    written_down = graph.as_graph_def()
    for body in (written_down.node, *(one.node_def for one in written_down.library.function)):
        yield from (node.op for node in body)


def _check_keeps_no_epoch(graph: Any) -> None:
    for name in _operations(graph):
        check_keeps_nothing(name.removesuffix("V2").removesuffix("Dataset"))


def _check_steps(steps: Any, batches: int) -> None:
    shown = steps.numpy() if isinstance(steps, tf.Tensor) else steps
    if not isinstance(shown, numbers.Real | np.generic) or shown != batches:
        raise Mistake(
            f"The loop made {batches} steps, and train_epoch returns {str(shown)[:40]}. "
            "Return one number: a step for every batch."
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
            "behind the body. A prefetch of 0 slots changes nothing, nor does one whose result is "
            "dropped."
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


def _check_loads_meanwhile(loop: TrainEpoch) -> None:
    """Refuse a loop that only takes early: nothing is loaded while a step runs.

    Where loading is slow, a producer of its own makes elements after a step has begun. On a machine
    so busy that it has made them before anybody looks, a slower source tells.
    """
    for pause_s in (0.02, 0.3):
        epoch = _Epoch(_SlowSource(pause_s), batch_size=2, batches=TAKEN + 1)
        _run(loop, epoch)
        epoch.check_visits()
        if epoch.made_meanwhile:
            return
    raise Mistake(
        "Your loop takes its batches early, and loads none while a step runs: all that waits was "
        "made before the step began. Let something else make the next batch meanwhile: a prefetch."
    )


class _SlowSource(CountingSource):
    """A source that takes a while for each element but the first."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self._pause_s = pause_s

    def _generate(self) -> Iterator[int]:
        for element in super()._generate():
            yield element
            time.sleep(self._pause_s)
