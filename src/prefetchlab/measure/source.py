"""A source that counts what is asked of it."""

import functools
import math
from collections.abc import Iterator

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.machine import cores
from prefetchlab.measure.settling import Settling

# Elements of the probe's source. It ends, so that a pipeline which reads everything first is
# recognised; a larger one makes such a pipeline slower to find.
SOURCE_SIZE = 512


class SourceEndedError(InputError):
    """A pipeline read the source to its end, so how far it runs ahead cannot be told."""


class CountingSource:
    """Scalars 0, 1, 2, …, and a count of how many were asked for.

    >>> from prefetchlab import graph
    >>> source = CountingSource()
    >>> _ = next(iter(graph.as_written(source.dataset.batch(4))))
    >>> source.settled()
    4

    Attributes:
        made: how many elements the source has made by now.
        ended: whether a pipeline has read it to its end.
        cut: whether, when it last came to rest, a pass over it had been given up before its end.
        dataset: the source itself; of `size` elements, int64 scalars.
    """

    def __init__(self, size: int = SOURCE_SIZE) -> None:
        """Make the dataset; nothing is read yet.

        **Raises:** `InputError` if the size is not whole, or below 1.
        """
        size = given.whole("size", size, least=1)
        self.made = 0
        self.ended = False
        self.cut = False
        self._given_up = False
        self._size = size
        start_tensorflow()
        self._settling = Settling()
        source = tf.data.Dataset.from_generator(
            self._generate, output_signature=tf.TensorSpec((), tf.int64)
        )
        self.dataset = with_threads_of_its_own(source)

    def _generate(self) -> Iterator[int]:
        if self.ended:  # once is enough to know; a `repeat` would read on for ever
            return
        self._settling.begin()
        try:
            for element in range(self._size):
                self.made += 1
                yield element
        except GeneratorExit:
            self._given_up = True
            raise
        self.ended = True

    def settled(self) -> int:
        """The count, once the pipeline has come to rest; see `Settling`.

        **Raises:** `InputError` if it does not; `SourceEndedError` if it read the whole source.
        """
        made = self._settling.wait(lambda: self.made)
        self.cut = self._given_up
        if self.ended:
            raise SourceEndedError(
                f"the pipeline: it read the source's {self._size} elements to their end, so how "
                "far it runs ahead cannot be told; let it read less at a time"
            )
        return made

    def leave_out_what_was_read(self) -> None:
        """Count from 0 again: what was read so far was read to build the pipeline.

        **Raises:** what `settled` raises.
        """
        if self.made:
            self.settled()
            self.made, self._given_up = 0, False


@functools.cache
def start_tensorflow() -> None:
    """Let TensorFlow start what it starts with its first pipeline: a thread that sleeps for ever.

    So the thread is there before a pipeline is probed, and is not taken for one of its stages.
    """
    for _ in tf.data.Dataset.range(1):
        pass


def with_threads_of_its_own(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Give a pipeline threads of its own: two, as many as there are cores, or as it has already.

    In a graph loop the consumer that holds still keeps one of TensorFlow's threads. Where a machine
    has one core, TensorFlow has one such thread, and nothing could run ahead.
    """
    options = tf.data.Options()
    has = dataset.options().threading.private_threadpool_size or 0
    options.threading.private_threadpool_size = max(2, math.ceil(cores()), has)
    return dataset.with_options(options)
