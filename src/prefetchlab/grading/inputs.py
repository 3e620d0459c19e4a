"""What the tasks load: small JPEG files in memory, and numbers that no table can know."""

from typing import Protocol

import numpy as np

from prefetchlab._tensorflow import tf


class Load(Protocol):
    """Loads one image: from a number, int64 scalar, to (image, number)."""

    def __call__(self, number: tf.Tensor, /) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the image and its label, which is the number."""


def photos(count: int = 6, side: int = 16, seed: int | None = None) -> tf.Tensor:
    """Small random JPEG files, in memory.

    >>> photos(count=3, seed=1).shape
    TensorShape([3])
    >>> tf.io.decode_jpeg(photos(side=8, seed=1)[0]).shape
    TensorShape([8, 8, 3])

    **Arguments:**

    - `count`: how many files.
    - `side`: height and width of each image, in pixels.
    - `seed`: the same seed gives the same files; None gives others every time.

    **Returns:** the files' bytes, a string tensor of shape (count,).
    """
    pixels = np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)
    return tf.stack([tf.io.encode_jpeg(image) for image in pixels])


def loader(files: tf.Tensor) -> Load:
    """A function that loads one image: it reads a file of `files` and decodes it.

    >>> load = loader(photos(count=6, side=16, seed=1))
    >>> image, number = load(tf.constant(7, tf.int64))
    >>> image.shape, int(number)
    (TensorShape([16, 16, 3]), 7)

    **Arguments:**

    - `files`: JPEG bytes, a string tensor of shape (n,). Number i reads file i modulo n.

    **Returns:** a function from a number, int64 scalar, to (image, number); the image is uint8 of
    shape (height, width, 3), the number serves as its label.
    """
    # decode_jpeg cannot know the size before it reads; one file tells it, since all have the same.
    shape = tf.io.decode_jpeg(files[0]).shape
    count = int(files.shape[0])

    def load(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.ensure_shape(tf.io.decode_jpeg(tf.gather(files, number % count)), shape), number

    return load


SOURCE = "TensorSlice"  # how graph.written names the first stage of fresh_numbers


def fresh_numbers(count: int) -> tf.data.Dataset:
    """Distinct random numbers in random order: no table of answers can know them."""
    numbers = np.random.default_rng().choice(100_000, size=count, replace=False)
    return tf.data.Dataset.from_tensor_slices(numbers.astype(np.int64))
