"""Task 2: what was done for each image, done once for each batch, with equal values."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import check_is_dataset, check_order, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.words import plural

Tone = Callable[[tf.Tensor], tf.Tensor]
Images = NDArray[np.uint8]


class CountedTone:
    """A tone curve: a new value for each value of a tensor, by a table; and a count of its calls.

    >>> tone = CountedTone(seed=1)
    >>> tone(tf.zeros([2, 3], tf.uint8)).shape, tone.calls
    (TensorShape([2, 3]), 1)

    Attributes:
        calls: how many calls have run.
        values: how many values they were given, in tensors of whatever shape.
    """

    def __init__(self, seed: int | None = None) -> None:
        """Draw a table; the same seed gives the same one, None another every time."""
        rng = np.random.default_rng(seed)
        self._table = np.cumsum(rng.integers(1, 9, 256)).astype(np.float32)
        self._lock = threading.Lock()
        self.calls = self.values = 0

    def __call__(self, pixels: tf.Tensor) -> tf.Tensor:
        """Look up the new values: float32, of the same shape as `pixels`, which are uint8."""
        toned = tf.numpy_function(self._look_up, [pixels], tf.float32)
        return tf.ensure_shape(toned, pixels.shape)

    def _look_up(self, pixels: Images) -> NDArray[np.float32]:
        with self._lock:
            self.calls += 1
            self.values += pixels.size
        return self.of(pixels)

    def of(self, pixels: Images) -> NDArray[np.float32]:
        """The same, of an array, and not counted."""
        toned: NDArray[np.float32] = self._table[pixels]
        return toned


def tone_calls(
    build: Callable[[tf.data.Dataset, Tone, int], tf.data.Dataset],
    *,
    count: int = 10,
    batch_size: int = 4,
) -> int:
    """How often `tone` is called in one pass over so many images.

    >>> tone_calls(lambda images, tone, size: images.batch(size).map(lambda x, y: (tone(x), y)))
    3

    **Arguments:**

    - `build`: a function of (images, tone, batch_size) to a dataset.
    - `count`: how many images there are.
    - `batch_size`: images a batch.
    """
    tone, pixels = CountedTone(), _pixels(count, (8, 8, 1))
    for _ in as_counted(build(_pairs(pixels), tone, batch_size)):
        pass
    return tone.calls


@for_test_cell
def on_batches(
    build: StudentFunction,
    *,
    count: int = 10,
    batch_size: int = 4,
    shape: tuple[int, int, int] = (8, 8, 1),
) -> None:
    """Check that whole batches are worked on, and that every value is as for single images.

    >>> on_batches(lambda images, tone, size: images.batch(size).map(lambda x, y: (tone(x), y)))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: The values of image 0 are not those ...

    **Arguments:**

    - `build`: the student's function of (images, tone, batch_size).
    - `count`: how many images there are.
    - `batch_size`: images a batch.
    - `shape`: of an image.

    **Raises:** `Mistake` that names the mistake.
    """
    tone, pixels = CountedTone(), _pixels(count, shape)
    dataset = build(_pairs(pixels), tone, batch_size)
    check_is_dataset(dataset)
    batches = first_elements(as_counted(dataset), count + 3)
    _check_kind(batches, shape)
    check_order([int(one) for _, some in batches for one in some], [*range(count)])
    _check_sizes([len(some) for _, some in batches], count, batch_size)
    got = np.concatenate([images for images, _ in batches])
    for number, image in enumerate(got):
        if not _near(image, wanted(tone.of(pixels[number]))):
            given = tone.of(pixels)
            said = f"The values of image {number} are not those that prepare gives."
            raise Mistake(f"{said} {_value_fault(image, number, given, batch_size)}")
    _check_calls(tone, len(batches), pixels, batch_size)


def wanted(toned: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `prepare` of the task makes of one image behind the tone curve.

    >>> wanted(np.array([[[2.0]], [[6.0]]], np.float32)).ravel().tolist()
    [1.0, -1.0]
    """
    centred = toned - toned.mean(dtype=np.float64)
    made: NDArray[np.float32] = (centred[::-1] / np.abs(centred).max()).astype(np.float32)
    return made


def _pixels(count: int, shape: tuple[int, int, int]) -> Images:
    """Images of which some are dark and some light: their means lie apart."""
    rng = np.random.default_rng()
    low = rng.integers(0, 200, (count, 1, 1, 1))
    drawn: Images = (low + rng.integers(0, 56, (count, *shape))).astype(np.uint8)
    return drawn


def _pairs(pixels: Images) -> tf.data.Dataset:
    labels = np.arange(len(pixels), dtype=np.int64)
    return tf.data.Dataset.from_tensor_slices((pixels, labels))


def _near(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=0, atol=_ROUNDING))


_ROUNDING = 1e-4  # float32 sums in another order differ by less; another image's mean by far more


def _check_kind(batches: list[Any], shape: tuple[int, int, int]) -> None:
    for batch in batches:
        if not isinstance(batch, tuple) or [np.ndim(one) for one in batch] != [4, 1]:
            raise Mistake(
                "Your pipeline does not give batches of (images, labels), as the pipeline that "
                "was found does. Batch once, and hand on both."
            )
        if batch[0].dtype != np.float32:
            raise Mistake(f"Your images are {batch[0].dtype}, and prepare gives float32.")
        if batch[0].shape[1:] != shape:
            raise Mistake(
                f"Your images have the shape {batch[0].shape[1:]}, and {shape} is right. What is "
                "subtracted or divided by must have a shape that fits: one number for each image."
            )


def _check_sizes(sizes: list[int], count: int, batch_size: int) -> None:
    right = [min(batch_size, count - at) for at in range(0, count, batch_size)]
    if sizes != right:
        raise Mistake(f"Your batches hold {sizes} images, and {right} are wanted.")


def _check_calls(tone: CountedTone, batches: int, pixels: Images, batch_size: int) -> None:
    count, values = len(pixels), pixels.size
    if tone.calls == batches and tone.values == values:
        return
    called = f"tone is called {tone.calls} {plural('time', tone.calls)}"
    said = f"For {count} images in batches of {batch_size}, {called}"
    if tone.values > values:
        raise Mistake(
            f"{said}, on {tone.values} values, and the images have {values}: some go through it "
            "more than once. Each must once."
        )
    if tone.values < values:
        raise Mistake(
            f"{said}, on {tone.values} values, and the images have {values}. Your values are "
            "right; now hand tone the images themselves, each batch whole and in one call."
        )
    raise Mistake(
        f"{said}, and once a batch is {batches} times. Your values are right, but something still "
        "goes from image to image: a map before batch, or a loop over the batch (map_fn, "
        "vectorized_map, unstack). Hand tone the whole batch."
    )


def _value_fault(
    image: NDArray[Any], number: int, toned: NDArray[np.float32], batch_size: int
) -> str:
    """What was done to the batch where something was to be done to each image."""
    start = number // batch_size * batch_size
    batch, place = toned[start : start + batch_size].astype(np.float64), number - start
    own, every = tuple(range(1, 4)), None
    for axes, told in ((own, ""), (every, _MEAN_OF_BATCH), ((1, 2), _CHANNEL), (0, _MEAN_OF_BATCH)):
        centred = batch - batch.mean(axis=axes, keepdims=True)
        for turned, turn in (
            (centred[:, ::-1], ""),
            (centred[::-1], _BATCH_TURNED),
            (centred[:, :, ::-1], "It is turned left to right, and not upside down."),
            (centred, "It is not turned upside down."),
        ):
            for scaled, scale in ((own, ""), (every, _LARGEST_OF_BATCH), ((1, 2), _CHANNEL)):
                made = turned / np.abs(turned).max(axis=scaled, keepdims=True)
                if _near(image, made[place]):
                    return told or turn or scale
    return (
        "Go through prepare line by line: which line does the same to a batch as it stands, and "
        "which must be told its axes?"
    )


_MEAN_OF_BATCH = (
    "The mean that is subtracted is not that of the image alone: others in the batch go into it. "
    "Over which axes must it be taken, and which shape must it have to be subtracted?"
)
_LARGEST_OF_BATCH = (
    "It is divided by the largest value of the batch, and not by that of the image. Over which "
    "axes must it be taken?"
)
_CHANNEL = (
    "Something is worked out for each channel of an image by itself. In prepare it is one number "
    "for the whole image: over which axes?"
)
_BATCH_TURNED = (
    "The order in the batch is turned round, and no image: axis 0 of a batch counts its images."
)
