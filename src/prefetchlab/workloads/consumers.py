"""Train steps: one that really trains, and two that only wait and say so.

A step is a callable that takes a batch. It returns when its work is done; only the one that queues
returns before. Its `name` says what it is.
"""

import itertools
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from prefetchlab import given
from prefetchlab._tensorflow import tf


def device() -> str:
    """Where a train step runs: "GPU:0" when TensorFlow sees a GPU, else "CPU".

    >>> device() in ("CPU", "GPU:0")
    True
    """
    return "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU"


class SimulatedAccelerator:
    """A train step that only waits: it computes nothing and leaves every core free.

    It stands for a device that computes while the CPU waits for it. Use it to see overlap alone;
    `KerasStep` really trains.

    >>> SimulatedAccelerator(0.001)(batch=None)
    """

    device = "CPU"

    def __init__(self, train_s: float | Sequence[float]) -> None:
        """Wait `train_s` seconds a step; a sequence is gone through again and again.

        **Raises:** `InputError` if a time is negative or no number, or if there is none.
        """
        self._waits = itertools.cycle(given.waits("train_s", train_s))
        self.name = "a simulated accelerator that only waits"

    def __call__(self, batch: object) -> None:
        """Wait; `batch` is not looked at."""
        time.sleep(next(self._waits))


class QueueingAccelerator:
    """A simulated accelerator that takes a step at once and does it later, one after the other.

    Each step only waits, in a thread of its own. It stands for a device to which TensorFlow hands
    work without waiting for it: a clock that is stopped when the last call returns has measured
    how long it takes to hand over. Let one thread alone queue steps. A program ends when they are
    done.

    >>> accelerator = QueueingAccelerator(0.001)
    >>> for batch in range(3):
    ...     accelerator(batch)
    >>> accelerator.synchronise()
    >>> accelerator.done
    3
    """

    def __init__(self, train_s: float) -> None:
        """Let each step take `train_s` seconds once it is its turn.

        **Raises:** `InputError` if that is no time.
        """
        self._train_s = given.seconds("train_s", train_s)
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._queued: list[Future[None]] = []
        self.done = 0
        self.name = "a simulated accelerator that queues its steps, and only waits"

    def __call__(self, batch: object) -> None:
        """Queue a step and return; `batch` is not looked at."""
        self._queued.append(self._worker.submit(self._step))

    def synchronise(self) -> None:
        """Wait until every step is done that was queued before."""
        for step in self._queued:
            step.result()
        self._queued.clear()

    def _step(self) -> None:
        time.sleep(self._train_s)
        self.done += 1


class KerasStep:
    """A train step of a small convolutional network, by Keras, on the GPU if there is one.

    The loss is fetched after every step, so that the call returns when the device is done.

    >>> step = KerasStep(size=32, classes=3)
    >>> loss = step((tf.zeros([4, 32, 32, 3], tf.uint8), tf.constant([0, 1, 2, 0])))
    >>> loss > 0
    True
    """

    def __init__(self, size: int, classes: int, *, seed: int = 0) -> None:
        """Build and compile the network.

        **Arguments:**

        - `size`: the images' edge in pixels, at least 16; batches are uint8, shape (batch, size,
          size, 3).
        - `classes`: how many classes the labels, shape (batch,), tell apart.
        - `seed`: of the first weights, from 0 to 2**32 - 1.

        **Raises:** `InputError` if a number is not whole or out of bounds.
        """
        size = given.whole("size", size, least=16)  # three poolings leave one pixel of 16
        classes = given.whole("classes", classes, least=1)
        seed = given.whole("seed", seed, least=0, most=2**32 - 1)
        self.device = device()
        self.name = f"Keras training on {self.device}"
        with tf.device(self.device):
            self.model = _network(size, classes, seed)

    def __call__(self, batch: tuple[tf.Tensor, tf.Tensor]) -> float:
        """Train on (images, labels) and return the loss."""
        with tf.device(self.device):
            return float(self.model.train_on_batch(*batch))


def _network(size: int, classes: int, seed: int) -> tf.keras.Model:
    layers = tf.keras.layers
    # Each layer draws from a seed of its own. A seed for the whole process would reach into every
    # pipeline that draws by chance, and let it draw the same in each epoch.
    draws = map(tf.keras.initializers.GlorotUniform, itertools.count(seed))

    def convolved(channels: int) -> tf.keras.layers.Layer:
        return layers.Conv2D(
            channels, 3, activation="relu", padding="same", kernel_initializer=next(draws)
        )

    model = tf.keras.Sequential(
        [
            tf.keras.Input([size, size, 3]),
            layers.Rescaling(1 / 255),  # here, so that batches travel as uint8: a quarter the bytes
            layers.AveragePooling2D(4),
            convolved(16),
            layers.MaxPooling2D(),
            convolved(32),
            layers.MaxPooling2D(),
            convolved(64),
            layers.GlobalMaxPooling2D(),
            layers.Dense(classes, kernel_initializer=next(draws)),
        ]
    )
    model.compile(
        tf.keras.optimizers.Adam(3e-3),
        tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # the same code path with and without a GPU
    )
    return model
