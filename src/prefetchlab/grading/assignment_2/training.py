"""An epoch on which everything is counted, and that takes time on a clock of its own."""

from collections.abc import Iterator

from prefetchlab._tensorflow import tf


class Training:
    """Batches of numbers, a train step, and a clock that only loading, training and tracing move.

    A number takes `LOAD_S` to load and `TRAIN_S` to train on; each trace takes `TRACE_S`.

    >>> training = Training(numbers=6, batch=4)
    >>> step = tf.function(training.train)
    >>> for batch in training.batches:
    ...     step(batch)
    >>> training.traces, training.loaded, training.trained, training.clock()
    (2, 6, 6, 19.86)

    Attributes:
        batches: what to loop over, as often as one likes: int64 tensors of shape (batch,); the last
            one may be smaller.
        numbers: how many numbers an epoch has.
        traces: how often TensorFlow traced the step so far.
        in_python: how often Python ran the step with no graph.
        loaded, trained: how many numbers were loaded, and trained on.
        reads: how often the clock was read.
        log: a letter for each batch that was loaded (l) or trained on (t), for each trace (x), and
            for each reading of the clock (c), in order.
    """

    LOAD_S = 0.2
    TRAIN_S = 0.1
    TRACE_S = 9.03  # no number of traces takes as long as some numbers do

    def __init__(self, numbers: int, batch: int) -> None:
        self.numbers = numbers
        self.batches = _Batches(self, batch)
        self.traces = self.in_python = self.loaded = self.trained = self.reads = 0
        self.log = ""

    def clock(self) -> float:
        """Seconds since the training began."""
        self.reads += 1
        self.log += "c"
        worked = self.loaded * self.LOAD_S + self.trained * self.TRAIN_S
        return round((self.traces + self.in_python) * self.TRACE_S + worked, 6)

    def train(self, batch: tf.Tensor) -> None:
        """Train on one batch; where a tf.function calls it, TensorFlow traces it."""
        if tf.inside_function():
            self.traces += 1
            self.log += "x"
        else:
            self.in_python += 1
        tf.py_function(self._note, [batch], [])

    def _note(self, batch: tf.Tensor) -> None:
        self.trained += int(tf.size(batch))
        self.log += "t"


class _Batches:
    """Loads each batch when it is asked for."""

    def __init__(self, training: Training, batch: int) -> None:
        self._training = training
        self._batch = batch

    def __iter__(self) -> Iterator[tf.Tensor]:
        numbers = tf.range(self._training.numbers, dtype=tf.int64)
        for start in range(0, self._training.numbers, self._batch):
            batch = numbers[start : start + self._batch]
            self._training.loaded += int(tf.size(batch))
            self._training.log += "l"
            yield batch
