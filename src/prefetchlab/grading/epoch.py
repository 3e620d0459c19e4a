"""One epoch of a student's training loop, as its source and its steps see it."""

import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.counts import TAKEN, not_counted
from prefetchlab.grading.elements import check_order
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_keeps_nothing
from prefetchlab.grading.words import plural
from prefetchlab.measure import CountingSource


class Step(Protocol):
    """What a loop does with each batch."""

    def __call__(self, batch: tf.Tensor, /) -> object:
        """Train on it; nothing is returned that a loop needs."""


class TrainEpoch(Protocol):
    """A student's loop over a dataset of batches."""

    def __call__(self, batches: tf.data.Dataset, step: Step, /) -> Any:
        """Return the number of steps, if the answer is right; anything else, if it is not."""


class Epoch:
    """One epoch as the source and the steps of a loop see it.

    Attributes:
        batch_size: elements a batch.
        batches: how many there are.
        dataset: what the loop goes over.
        made: what the source has made when a step holds still, by the number of batches taken.
        made_meanwhile: how many elements it made while steps held still.
        ran: TensorFlow's graph in which the steps run; None before the first.
        loop_name: what the student calls the loop.
    """

    def __init__(self, source: CountingSource, batch_size: int, batches: int) -> None:
        self.batch_size = batch_size
        self.batches = batches
        self._source = source
        self.dataset = graph.of_known_size(source.dataset.batch(batch_size).take(batches), batches)
        self.made: dict[int, int] = {}
        self.made_meanwhile = 0
        self.ran: Any = None
        self.loop_name = "your loop"
        self._seen: list[list[int]] = []
        self._held = _places(batches)
        self._refused: list[Mistake] = []
        self._holding = threading.Lock()
        # As in real training, each step reads a variable and changes it, so that TensorFlow runs a
        # step inside the loop and one outside it in their order. Python alone it would not order.
        self._steps = tf.Variable(0, dtype=tf.int64)
        self._caller = threading.get_ident()
        self._call: FrameType | None = None  # the frame itself: a number might be given twice

    def step(self, batch: tf.Tensor) -> None:
        """What the student's loop calls on each batch."""
        if tf.executing_eagerly():
            self._refused.append(Mistake(_in_python(self.loop_name)))
        else:
            self.ran = tf.compat.v1.get_default_graph()
        before = self._steps.read_value()
        self._steps.assign_add(tf.py_function(self._note, [batch, before], tf.int64))

    def _note(self, batch: tf.Tensor, _before: tf.Tensor) -> int:
        if not self._holding.acquire(blocking=False):
            self._refused.append(Mistake(_AT_ONCE))
            return 1
        try:
            self._note_alone(batch)
        finally:
            self._holding.release()
        return 1

    def _note_alone(self, batch: tf.Tensor) -> None:
        if batch.shape.rank != 1:
            self._refused.append(Mistake(_NO_BATCH))
        if self._is_another_call():
            self._refused.append(Mistake(_IN_PARTS))
        self._seen.append(batch.numpy().ravel().tolist())
        taken = len(self._seen)
        if taken not in self._held or self._refused:
            return
        before = self._source.made
        try:
            self.made[taken] = self._source.settled()
            self.made_meanwhile += self.made[taken] - before
        except InputError as error:  # raised through a graph, it would become another error
            self._refused.append(not_counted(error))

    def _is_another_call(self) -> bool:
        """Whether the thread that runs the student's loop has called TensorFlow once more."""
        call = _call_of_tensorflow(sys._current_frames().get(self._caller))
        before, self._call = self._call or call, call
        return call is not before

    def was_read_first(self) -> bool:
        """Whether steps in one graph began when the whole epoch had been read."""
        whole = self.made.get(1) == self.batch_size * self.batches
        return whole and self.ran is not None and not self._refused

    def check_visits(self) -> None:
        """Check that the graph visited every batch once, in order, and read each once."""
        if self._refused:
            raise self._refused[0]
        elements = self.batch_size * self.batches
        if (called := len(self._seen)) != self.batches:
            look = (
                "go over all batches as they come: look for a take, a break or other batches"
                if called < self.batches
                else "go over each batch once, as it comes: look for a repeat, or for other batches"
            )
            raise Mistake(
                f"step was called {called} {plural('time', called)} for {self.batches} batches. "
                f"Call it once in each turn of the loop, and {look}."
            )
        check_order([number for batch in self._seen for number in batch], range(elements))
        if self._source.made > elements:
            raise Mistake(
                f"Your loop reads its data more than once: its source has made {self._source.made} "
                f"elements for an epoch of {elements}. Look for a second dataset made of batches."
            )


def _call_of_tensorflow(frame: FrameType | None) -> FrameType | None:
    """The outermost frame of TensorFlow on a stack: one call of it stays in one frame."""
    stack = traceback.walk_stack(frame) if frame else ()
    calls = [one for one, _ in stack if one.f_code.co_filename.startswith(_TENSORFLOW)]
    return calls[-1] if calls else None


_TENSORFLOW = str(Path(tf.__file__).parent)


def _places(batches: int) -> set[int]:
    """After which batches to hold still: the first, and some to the end, but not the last."""
    apart = max(1, batches // 8)
    return {*range(1, TAKEN + 1), *range(TAKEN + 1, batches, apart)}


class SlowSource(CountingSource):
    """A source that takes a while for each element but the first."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self._pause_s = pause_s

    def _generate(self) -> Iterator[int]:
        for element in super()._generate():
            yield element
            time.sleep(self._pause_s)


def run(loop: TrainEpoch, epoch: Epoch) -> Any:
    """Run the student's loop over an epoch; it must go over its data inside a graph.

    **Returns:** what the loop returns.

    **Raises:** `Mistake` if it runs in Python, or keeps what was taken.
    """
    epoch.loop_name = getattr(loop, "__name__", epoch.loop_name)
    if not isinstance(loop, type(_ANY_FUNCTION)):
        return _run_wrapper(loop, epoch)

    def whole() -> Any:
        return loop(epoch.dataset, epoch.step)

    traced = tf.function(whole, autograph=False).get_concrete_function()
    _check_keeps_no_epoch(traced.graph)
    return traced()


_ANY_FUNCTION = tf.function(lambda: None)


def _run_wrapper(loop: TrainEpoch, epoch: Epoch) -> Any:
    """Run a function of Python: what it calls must go over the whole epoch inside a graph."""
    steps = loop(epoch.dataset, epoch.step)
    ran = epoch.ran
    while getattr(ran, "outer_graph", None) is not None and not _goes_over_data(ran):
        ran = ran.outer_graph
    if ran is None or not _goes_over_data(ran):
        raise Mistake(_READ_FIRST if epoch.was_read_first() else _in_python(epoch.loop_name))
    _check_keeps_no_epoch(ran)
    return steps


def _goes_over_data(ran: Any) -> bool:
    return any(name.startswith(_OVER_DATA) for name in _operations(ran))


_OVER_DATA = ("ReduceDataset", "IteratorGetNext")

_IN_PARTS = (
    "Your loop runs in Python: it calls a tf.function once for each part of the epoch. Keep the "
    "whole loop inside one."
)
_AT_ONCE = "Two of your steps run at the same time. Let each begin when the one before has ended."
_NO_BATCH = (
    "step was given no batch: call it with each element of the dataset as it comes, and not with a "
    "number or a part."
)

_READ_FIRST = (
    "Your loop holds the whole epoch: all batches were read before the first step. Go over the "
    "dataset itself inside the tf.function."
)


def _in_python(name: str) -> str:
    return (
        "Your loop, or the step in it, runs in Python, outside the graph. Keep the decorator of "
        f"{name}, and the loop inside it."
    )


def _operations(ran: Any) -> Iterator[str]:
    """The operations of a graph and of the functions in it, by their names in TensorFlow."""
    written_down = ran.as_graph_def()
    for body in (written_down.node, *(one.node_def for one in written_down.library.function)):
        yield from (node.op for node in body)


def _check_keeps_no_epoch(ran: Any) -> None:
    for name in _operations(ran):
        check_keeps_nothing(name.removesuffix("V2").removesuffix("Dataset"))
