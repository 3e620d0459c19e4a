"""A device with a memory of its own: batches are copied to it before it trains on them."""

import time
from typing import Any, Protocol

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.timeline import Recorder

_FEATURES = 1024  # numbers in a row of a batch
_TRIALS = 5


class Device(Protocol):
    """Takes batches over a bus, and trains on them.

    Attributes:
        name: what it is; says "simulated" if it is.
    """

    name: str

    def copy(self, batch: Any) -> Any:
        """Copy a batch to the device; it returns when the copy is there."""

    def train(self, batch: Any) -> None:
        """Train on a batch that is there; it returns when that is done."""

    def queue(self, batch: Any) -> None:
        """Hand over the training on a batch that is there, and return before it is done."""

    def synchronise(self) -> None:
        """Wait until all is done that was queued."""


class SimulatedDevice:
    """An accelerator and its bus that only wait, and leave every core free.

    >>> device = SimulatedDevice(0.001, 0.001)
    >>> device.train(device.copy(batch=3))
    """

    name = "a simulated device that only waits"

    def __init__(self, train_s: float, copy_s: float, recorder: Recorder | None = None) -> None:
        """Wait as long as a step and a copy take.

        **Arguments:**

        - `train_s`: seconds that a step takes on the device.
        - `copy_s`: seconds that a batch takes over the bus.
        - `recorder`: where lanes "copy" and "train" are recorded.

        **Raises:** `InputError` if that is no time.
        """
        self._train_s = given.seconds("train_s", train_s)
        self._copy_s = given.seconds("copy_s", copy_s)
        self._clock = recorder or Recorder()
        self._counts = {"copy": 0, "train": 0}
        self._free_s = 0.0  # when all that was queued will be done

    def copy(self, batch: Any) -> Any:
        """Wait as the bus does."""
        self._wait("copy", self._copy_s)
        return batch

    def train(self, batch: Any) -> None:
        """Wait as the accelerator does; `batch` is not looked at."""
        self._wait("train", self._train_s)

    def queue(self, batch: Any) -> None:
        """Let the step begin when those before it are done, and wait for nothing."""
        start_s = max(self._clock.now(), self._free_s)
        self._free_s = start_s + self._train_s
        self._add("train", start_s, self._free_s)

    def synchronise(self) -> None:
        """Wait until the last step is done."""
        time.sleep(max(0.0, self._free_s - self._clock.now()))

    def _wait(self, lane: str, wait_s: float) -> None:
        start_s = self._clock.now()
        time.sleep(wait_s)
        self._add(lane, start_s, self._clock.now())

    def _add(self, lane: str, start_s: float, end_s: float) -> None:
        self._clock.add(lane, self._counts[lane], start_s, end_s)
        self._counts[lane] += 1


class MatmulDevice:
    """A device that TensorFlow sees: a step there is so many products of matrices.

    >>> device = MatmulDevice("CPU:0")
    >>> device.train(device.copy(tf.ones([4, 1024])))
    """

    def __init__(self, device: str, products: int = 1) -> None:
        """Put the weights on the device.

        **Arguments:**

        - `device`: TensorFlow's name of it, "GPU:0" say.
        - `products`: how many products a step is, each of a batch, float32 of shape (rows, 1024).

        **Raises:** `InputError` if TensorFlow sees no such device, or the number is not whole or
        below 1.
        """
        self.device = given.device("device", device)
        self.name = f"products of matrices on {device}"
        self._products = given.whole("products", products, least=1)
        with tf.device(device):
            self._weights = tf.eye(_FEATURES)
        self._last = self._weights
        self._step = tf.function(self._multiplied)

    @classmethod
    def lasting(cls, device: str, train_s: float, batch: tf.Tensor) -> "MatmulDevice":
        """The device whose steps on such a batch take about so many seconds.

        **Raises:** `InputError` if that is no time.
        """
        one = cls(device)
        there = one.copy(batch)
        one.train(there)  # the first step compiles
        took_s = []
        for _ in range(_TRIALS):
            start_s = time.perf_counter()
            one.train(there)
            took_s.append(time.perf_counter() - start_s)
        return cls(device, max(1, round(given.seconds("train_s", train_s) / min(took_s))))

    def copy(self, batch: tf.Tensor) -> tf.Tensor:
        """Copy to the device, and wait until one number of the copy was read."""
        with tf.device(self.device):
            there = tf.identity(batch)
            float(there[0, 0])
        return there

    def train(self, batch: tf.Tensor) -> None:
        """Multiply, and wait until one number of the result was read."""
        self.queue(batch)
        self.synchronise()

    def queue(self, batch: tf.Tensor) -> None:
        """Multiply, and read nothing."""
        with tf.device(self.device):
            self._last = self._step(batch)

    def synchronise(self) -> None:
        """Read a number of the last result: it is there when all before it is done."""
        float(self._last[0, 0])

    def _multiplied(self, batch: tf.Tensor) -> tf.Tensor:
        for _ in range(self._products):
            batch = tf.matmul(batch, self._weights)
        return batch
