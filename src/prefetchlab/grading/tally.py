"""What a pipeline asks of its source and loads, counted over any number of epochs."""

import threading
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.inputs import Load, loader, photos
from prefetchlab.measure.settling import Settling
from prefetchlab.measure.source import start_tensorflow


class Tally:
    """Numbers, and a `load` for them; both count.

    >>> tally = Tally([7, 5, 9])
    >>> for _ in tally.numbers.map(tally.load).repeat(2).take(4):
    ...     pass
    >>> tally.loads >= 4, tally.twice
    (True, True)

    Attributes:
        numbers: a dataset of int64 scalars, those that were given.
        asked: how many of them were asked for, in all epochs.
        loads: how many images were loaded, in all epochs.
        plain: the same as `load`, and not counted.
    """

    def __init__(self, given: ArrayLike, *, known: bool = True) -> None:
        """Make the dataset; nothing is read yet.

        **Arguments:**

        - `given`: the numbers, all distinct.
        - `known`: whether TensorFlow can tell how many there are.
        """
        self.asked = 0
        self.plain: Load = loader(photos())
        self._loaded: list[int] = []
        self._lock = threading.Lock()  # parallel stages call from several threads
        numbers = tf.data.Dataset.from_tensor_slices(np.asarray(given, np.int64))
        asked = numbers.map(lambda number: self._noting(self._note_asked, number))
        self.numbers = asked if known else asked.filter(lambda number: number == number)
        start_tensorflow()
        self._settling = Settling()

    def load(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Load an image, and count it."""
        number = tf.convert_to_tensor(number, dtype_hint=tf.int64)
        return self.plain(self._noting(self._note_loaded, number))

    @property
    def loads(self) -> int:
        """How many images were loaded by now."""
        return len(self._loaded)

    @property
    def twice(self) -> bool:
        """Whether an image was loaded more than once."""
        return len(set(self._loaded)) < len(self._loaded)

    def settle(self) -> None:
        """Wait until the pipeline has come to rest.

        **Raises:** `InputError` if it does not.
        """
        self._settling.wait(lambda: self.asked + self.loads)

    @staticmethod
    def _noting(note: Any, number: tf.Tensor) -> tf.Tensor:
        noted = tf.numpy_function(note, [number], number.dtype)
        return tf.ensure_shape(noted, number.shape)

    def _note_asked(self, number: Any) -> Any:
        with self._lock:
            self.asked += 1
        return number

    def _note_loaded(self, number: Any) -> Any:
        with self._lock:
            self._loaded += np.ravel(number).tolist()
        return number


def as_counted(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """A pipeline as it was written, and without AUTOTUNE, which would change it as it runs.

    It also has a thread of its own, and to end a pipeline may take until that thread wakes.

    >>> as_counted(tf.data.Dataset.range(3)).options().autotune.enabled
    False
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return graph.as_written(dataset).with_options(options)
