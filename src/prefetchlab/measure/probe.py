"""Count how far a pipeline runs ahead of its consumer: exact integers, no clock."""

import os
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.loops import Loop, loop_of_kind

# Elements of the probe's source. It ends, so that a pipeline which reads everything first is
# recognised; a larger one makes such a pipeline slower to find.
SOURCE_SIZE = 512
_POLL_S = 0.005
_THREADS = "/proc/self/task"


class Transform(Protocol):
    """Builds a pipeline on a source: it takes a dataset and returns one."""

    def __call__(self, source: tf.data.Dataset, /) -> tf.data.Dataset:
        """Return the pipeline; `source` gives int64 scalars."""


def run_ahead(
    build: Transform, *, taken: int = 3, loop: Loop = "eager", as_written: bool = True
) -> tuple[int, ...]:
    """Count how many elements the source has made after the consumer took 1, 2, 3, ….

    The consumer takes one element and holds still until the source makes no more. What the source
    has made by then is the count. No duration enters it, so it is the same on every machine.

    >>> run_ahead(lambda source: source)
    (1, 2, 3)
    >>> run_ahead(lambda source: source.prefetch(2))
    (3, 4, 5)
    >>> run_ahead(lambda source: source, as_written=False)  # TensorFlow injects a prefetch
    (2, 3, 4)

    **Arguments:**

    - `build`: takes a dataset of int64 scalars 0, 1, 2, …, 511 and returns the pipeline to probe.
    - `taken`: how many elements the consumer takes.
    - `loop`: "eager" for a Python loop, "graph" for a `for` inside a `tf.function`.
    - `as_written`: run what you wrote. If False, TensorFlow's rewrites apply; where AUTOTUNE sets a
      parallelism, the counts are then lower bounds.

    **Returns:** one count for each element taken.

    **Raises:** `InputError` if `build` returns no dataset, or one with too few elements.
    """
    source = CountingSource()
    dataset = build(source.dataset)
    if not isinstance(dataset, tf.data.Dataset):
        raise InputError(
            f"build: it returned {type(dataset).__name__}, not a tf.data.Dataset; "
            "return the dataset that each transformation gives you"
        )
    if as_written:
        dataset = graph.as_written(dataset)
    counts: list[int] = []
    loop_of_kind(loop)(dataset, lambda _: counts.append(source.settled()), taken)
    if len(counts) < taken:
        raise InputError(
            f"build: its pipeline gave {len(counts)} elements, and {taken} were to be taken; "
            f"the source has {SOURCE_SIZE}"
        )
    return tuple(counts)


class CountingSource:
    """Scalars 0, 1, 2, …, and a count of how many were asked for.

    >>> source = CountingSource()
    >>> _ = next(iter(graph.as_written(source.dataset.batch(4))))
    >>> source.settled()
    4

    Attributes:
        made: how many elements the source has made by now.
        dataset: the source itself; of `SOURCE_SIZE` elements, int64 scalars.
    """

    def __init__(self) -> None:
        """Make the dataset; nothing is read yet."""
        self.made = 0
        self.dataset = tf.data.Dataset.from_generator(
            self._generate, output_signature=tf.TensorSpec((), tf.int64)
        )

    def _generate(self) -> Iterator[int]:
        for element in range(SOURCE_SIZE):
            self.made += 1
            yield element

    def settled(self, polls: int = 10) -> int:
        """The count, once nothing moved for `polls` polls.

        A count that stays the same may mean that the buffer is full, or that the producer waits
        for a core. Linux tells the two apart: a thread that waits for a core is runnable. So a
        poll counts only while no other thread of this process is runnable. Where that cannot be
        told, or where something else in the process never rests, twenty times as many polls must
        do.
        """
        seen, quiet, same = self.made, 0, 0
        while quiet < polls and same < 20 * polls:
            time.sleep(_POLL_S)
            if self.made != seen:
                seen, quiet, same = self.made, 0, 0
                continue
            same += 1
            quiet = 0 if _others_runnable() else quiet + 1
        return seen


def _others_runnable() -> bool:
    """Whether any other thread of this process runs, or would if a core were free."""
    own = str(threading.get_native_id())
    try:
        threads = os.listdir(_THREADS)  # noqa: PTH208 - pathlib takes ten times as long
    except OSError:  # not Linux
        return False
    return any(_is_runnable(thread) for thread in threads if thread != own)


def _is_runnable(thread: str) -> bool:
    try:
        with open(f"{_THREADS}/{thread}/stat", "rb") as stat:  # noqa: PTH123 - as above
            return stat.read().rpartition(b") ")[2][:1] == b"R"
    except OSError:  # a thread may end while we look
        return False
