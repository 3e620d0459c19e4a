"""A loop before `prefetch(AUTOTUNE)` that is forced to find its buffer full or empty."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure.settling import PATIENCE_S, Settling
from prefetchlab.measure.source import with_threads_of_its_own
from prefetchlab.theory import Schedule

Transform = Callable[[tf.data.Dataset], tf.data.Dataset]


class Gated:
    """An iterator whose source makes no element before it is let; so no duration decides.

    Attributes:
        sizes: the buffer's size after each element taken, as TensorFlow reports it.
    """

    def __init__(self, dataset: Transform, pool: ThreadPoolExecutor, size: int) -> None:
        self.sizes: list[int] = []
        self._gate, self._let, self._made, self._size = threading.Semaphore(0), True, 0, size
        self._pool = pool
        self._settling = Settling()
        source = tf.data.Dataset.from_generator(
            self._generate, output_signature=tf.TensorSpec((), tf.int64)
        )
        self._iterator = iter(graph.as_written(dataset(with_threads_of_its_own(source))))

    def _generate(self) -> Iterator[int]:
        self._settling.begin()
        for element in range(self._size):
            self._gate.acquire()
            if not self._let:
                return
            self._made += 1
            yield element

    @property
    def buffer(self) -> graph.Buffer:
        """The last buffer of the pipeline, now."""
        return graph.buffers(self._iterator)[-1]

    def let(self, elements: int) -> None:
        """Let the source make so many more elements."""
        if elements:
            self._gate.release(elements)

    def take(self, *, waiting: int) -> None:
        """Take an element once so many wait; none is on its way meanwhile."""
        until(lambda: self.buffer.elements == waiting)
        next(self._iterator)
        self.sizes.append(self.buffer.slots or 0)

    def starve(self) -> None:
        """Ask while nothing is there; once the loop and all else wait, let one be made.

        The first element comes so, whatever is let: nothing is made before the loop asks.
        """
        until(lambda: self.buffer.elements == 0)
        asked = self._pool.submit(next, self._iterator)
        self._settling.wait(lambda: self._made)
        assert not asked.done()
        self.let(1)
        asked.result(PATIENCE_S)
        self.sizes.append(self.buffer.slots or 0)

    def fill_and_take(self) -> None:
        """Take an element, not the first one, once the buffer is full."""
        slots = self.buffer.slots or 0
        self.let(slots - self.buffer.elements)
        self.take(waiting=slots)

    def play(self, schedule: Schedule) -> None:
        """Let a loop find, whenever it asks, what it finds in a schedule."""
        let = 0
        for n, asked_s in enumerate(np.append(0.0, schedule.trained_s[:-1])):
            made = int(np.searchsorted(schedule.made_s, asked_s, side="right"))
            if made > n:
                self.let(made - let)
                self.take(waiting=made - n)
                let = made
            else:
                self.starve()
                let = n + 1

    def close(self) -> None:
        """End the source, so that nothing waits for it any more."""
        self._let = False
        self._gate.release(10**6)


def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds; that it never does is found after a minute."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.001)


@contextmanager
def gated(dataset: Transform, *, size: int = 10**6) -> Iterator[Gated]:
    """A `Gated` loop; whatever happens, its source is ended."""
    list(
        tf.data.Dataset.range(1)
    )  # TensorFlow starts a thread that sleeps for ever, as in `source`
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        loop = Gated(dataset, pool, size)
        try:
            yield loop
        finally:
            loop.close()
