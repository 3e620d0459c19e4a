"""What a producer in Python makes while the loop does something else: Python's lock by counts."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure.source import SOURCE_SIZE

_SLOTS = 4
_NEVER_S = 1000.0  # longer than any body takes
_SETTLED_S = 0.02  # for threads that had begun to wait for the lock, each for 5 ms

Body = Callable[[Callable[[], bool]], object]


def made_meanwhile(body: Body, *, hand_over: bool = False) -> int:
    """Count what a generator in Python makes while `body` runs, in a pipeline that has room for it.

    >>> import time
    >>> def sleep_until(made):
    ...     while not made():
    ...         time.sleep(0.001)
    >>> made_meanwhile(sleep_until) > 0
    True
    >>> made_meanwhile(lambda made: sum(range(100_000)))
    0

    **Arguments:**

    - `body`: called once; it is given a function that tells whether anything was made meanwhile.
    - `hand_over`: whether Python takes its lock from a thread that computes, as it does by default
      when another thread has waited for it for 5 ms. If False, a thread keeps it until it waits, or
      runs what gives it up.

    **Returns:** how many elements, from 0 to 4, for which there are slots.

    **Raises:** `InputError` if the body cannot be called.
    """
    given.function("body", body)
    made, may, waits = 0, threading.Event(), threading.Event()

    def numbers() -> Iterator[int]:
        nonlocal made
        yield 0
        for number in range(1, SOURCE_SIZE):
            waits.set()
            may.wait()
            made += 1
            yield number

    source = tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int64))
    iterator = iter(graph.as_written(source.prefetch(_SLOTS)))
    next(iterator)
    try:
        waits.wait()
        with _lock_kept(not hand_over):
            may.set()
            body(lambda: made > 0)
            return made
    finally:
        may.set()


@contextmanager
def _lock_kept(kept: bool) -> Iterator[None]:
    """Let nobody take Python's lock from a thread that computes, if it is to be kept."""
    before_s = sys.getswitchinterval()
    if kept:
        sys.setswitchinterval(_NEVER_S)
        time.sleep(_SETTLED_S)  # who has begun to wait for the lock would still ask for it
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)
