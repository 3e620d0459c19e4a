"""Work that computes on one core: in TensorFlow's operations, or in Python.

The two differ in Python's lock. An operation of TensorFlow lets other Python threads run meanwhile,
and a loop in Python does not.
"""

import reprlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

_JPEG = b"\xff\xd8"  # how each begins
_EDGE = 64  # pixels of the smallest picture that is decoded
_LARGEST = 4096  # pixels; it takes half a second and more
_TURNS = 1000  # of the shortest loop
_TRIALS = 5
_LOOKS = 3  # the smallest piece tells its size roughly, and what was found tells it better


@dataclass(frozen=True)
class OpsWork:
    """Decode a picture: one operation, on one core, without Python's lock.

    >>> OpsWork.lasting(0.0)()

    Attributes:
        jpeg: the picture, of noise, which is dear to decode.
    """

    jpeg: bytes
    name = "TensorFlow's operations that compute"

    def __post_init__(self) -> None:
        """Refuse what is no JPEG."""
        if not isinstance(self.jpeg, bytes) or not self.jpeg.startswith(_JPEG):
            raise InputError(f"jpeg: {reprlib.repr(self.jpeg)} is no JPEG; give the bytes of one")

    @classmethod
    def lasting(cls, work_s: float) -> "OpsWork":
        """The picture that takes about so many seconds, as far as there is one.

        **Raises:** `InputError` if that is no time.
        """
        work_s, edge = given.seconds("work_s", work_s), _EDGE
        for _ in range(_LOOKS):
            edge = round(edge * _ratio(work_s, cls(noisy_jpeg(edge))) ** 0.5)
            edge = min(max(_EDGE, edge), _LARGEST)
        return cls(noisy_jpeg(edge))

    def __call__(self, batch: object = None) -> None:
        """Do the work; `batch` is not looked at."""
        tf.io.decode_jpeg(self.jpeg)

    def source(self, count: int) -> tf.data.Dataset:
        """Scalars 0, 1, 2, … that each take this work to come.

        **Raises:** `InputError` if the count is no whole number.
        """

        def work(index: tf.Tensor, jpeg: tf.Tensor) -> tf.Tensor:
            # What is not used is not run, and what is the same each time is run once.
            none = tf.cast(tf.io.decode_jpeg(jpeg)[0, 0, 0], tf.int64) // 256
            return index + none

        numbers = tf.data.Dataset.range(given.whole("count", count, least=0))
        pictures = tf.data.Dataset.from_tensors(self.jpeg).repeat()
        return tf.data.Dataset.zip(numbers, pictures).map(work)


@dataclass(frozen=True)
class PythonWork:
    """Go through a loop of Python, which keeps its lock.

    >>> PythonWork.lasting(0.0)()

    Attributes:
        turns: how often the loop goes round.
    """

    turns: int
    name = "Python that computes"

    def __post_init__(self) -> None:
        """Refuse what is no number of turns."""
        given.whole("turns", self.turns, least=1)

    @classmethod
    def lasting(cls, work_s: float) -> "PythonWork":
        """The loop that takes about so many seconds, and at least what a short one takes.

        **Raises:** `InputError` if that is no time.
        """
        work_s, turns = given.seconds("work_s", work_s), _TURNS
        for _ in range(_LOOKS):
            turns = max(_TURNS, round(turns * _ratio(work_s, cls(turns))))
        return cls(turns)

    def __call__(self, batch: object = None) -> None:
        """Do the work; `batch` is not looked at."""
        total = 0
        for turn in range(self.turns):
            total += turn

    def source(self, count: int) -> tf.data.Dataset:
        """Scalars 0, 1, 2, … from a generator that does this work for each.

        **Raises:** `InputError` if the count is no whole number.
        """
        count = given.whole("count", count, least=0)

        def generate() -> Iterator[int]:
            for index in range(count):
                self()
                yield index

        signature = tf.TensorSpec((), tf.int64)
        return tf.data.Dataset.from_generator(generate, output_signature=signature)


def noisy_jpeg(edge: int) -> bytes:
    """A square picture of noise as JPEG, always the same; it is dear to decode for its size.

    >>> noisy_jpeg(8)[:2] == bytes([0xFF, 0xD8])
    True

    **Arguments:**

    - `edge`: in pixels, at least 1.

    **Raises:** `InputError` if that is not whole, or below 1.
    """
    edge = given.whole("edge", edge, least=1)
    pixels = tf.random.stateless_uniform([edge, edge, 3], (0, 0), 0, 256, tf.int32)
    jpeg: bytes = tf.io.encode_jpeg(tf.cast(pixels, tf.uint8)).numpy()
    return jpeg


def _ratio(work_s: float, work: Callable[[], None]) -> float:
    """How many times a piece of work fits into so many seconds."""

    def took_s() -> float:
        start_s = time.perf_counter()
        work()
        return time.perf_counter() - start_s

    return work_s / min(took_s() for _ in range(_TRIALS))
