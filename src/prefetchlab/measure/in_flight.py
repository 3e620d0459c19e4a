"""Count how many calls of a stage are in flight at once: whole numbers, and no clock."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.settling import PATIENCE_S, Settling
from prefetchlab.measure.source import start_tensorflow

_POLL_S = 0.005

Wait = Callable[[tf.Tensor], tf.Tensor]  # for `map`: it waits, and gives back what it was given


class Waiting(Protocol):
    """Builds a pipeline in which something waits."""

    def __call__(self, numbers: tf.data.Dataset, wait: Wait, /) -> tf.data.Dataset:
        """Return the pipeline; `numbers` gives int64 scalars, and `wait` is a function of one."""


def calls_in_flight(build: Waiting, *, size: int = 64, as_written: bool = True) -> int:
    """Count how many calls of a function that waits a pipeline has in flight at once.

    A consumer asks for one element. Each call of the function waits inside Python, without Python's
    lock, until the pipeline has come to rest. How many wait then is the count.

    >>> calls_in_flight(lambda numbers, wait: numbers.map(wait))
    1
    >>> def two_threads(numbers, wait):
    ...     options = tf.data.Options()
    ...     options.threading.private_threadpool_size = 2
    ...     return numbers.map(wait, num_parallel_calls=8).with_options(options)
    >>> calls_in_flight(two_threads)
    2

    What a call holds beside its thread, a database connection for example, is not looked at. A
    function that computes has as many calls in flight, and no more of them run at a time than there
    are cores.

    **Arguments:**

    - `build`: takes a dataset of int64 scalars 0, 1, 2, … and the function that waits; returns the
      pipeline.
    - `size`: how many scalars there are, from 1. No more calls than that can be in flight.
    - `as_written`: run what you wrote, as `graph.as_written` does. If False, TensorFlow's rewrites
      apply.

    **Returns:** the count; 0 if the pipeline gives its first element, or ends, and calls nothing.

    **Raises:** `InputError` if an argument is wrong, or if the pipeline does not come to rest.
    """
    given.function("build", build)
    gate = _Gate()
    numbers = tf.data.Dataset.range(given.whole("size", size, least=1))
    dataset = build(numbers, gate.wait)
    if not isinstance(dataset, tf.data.Dataset):
        raise InputError(
            f"build: it returned {type(dataset).__name__}, not a tf.data.Dataset; "
            "return the dataset that each transformation gives you"
        )
    return gate.count(graph.as_written(dataset) if as_written else dataset)


class _Gate:
    """Holds every call back until it is opened, and counts those that wait."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._lock = threading.Lock()
        self._waiting = 0

    def wait(self, number: tf.Tensor) -> tf.Tensor:
        """Wait in each call until the gate is open; for `map`."""
        passed = tf.numpy_function(self._pass, [number], number.dtype)
        return tf.ensure_shape(passed, number.shape)

    def _pass(self, number: Any) -> Any:
        with self._lock:
            self._waiting += 1
        self._open.wait()  # without a limit: a wait that has one is taken for work
        return number

    def count(self, dataset: tf.data.Dataset) -> int:
        """Ask for one element in a thread of its own; how many calls wait once all is at rest."""
        start_tensorflow()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()  # the thread is there before the pipeline, and is none of it
            settling = Settling()
            iterator = iter(dataset)
            asked = pool.submit(next, iterator, None)
            try:
                self._wait_for_the_first(asked)
                return settling.wait(lambda: self._waiting)
            finally:
                self._open.set()
                with suppress(tf.errors.OpError):  # what a stage raises was none of the question
                    asked.result(PATIENCE_S)

    def _wait_for_the_first(self, asked: "Future[object]") -> None:
        """Wait until a call waits or the pipeline has answered.

        Before that all may look at rest, because the thread that asks is none of the pipeline's.
        """
        end_s = time.monotonic() + PATIENCE_S
        while not self._waiting and not asked.done():
            if time.monotonic() > end_s:
                raise InputError(
                    f"build: in {PATIENCE_S:g} s its pipeline called nothing that waits and gave "
                    "no element; let it do one or the other"
                )
            time.sleep(_POLL_S)
