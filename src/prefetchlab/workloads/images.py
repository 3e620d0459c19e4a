"""What a pipeline needs to know of images, wherever they are stored."""

import os
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

SPLITS = ("train", "validation")
_MOST_PIXELS = 64_000_000  # a decoded image of that size takes 192 MB
_DECODED_BY_TENSORFLOW = ("JPEG", "PNG", "GIF", "BMP")


class ImageData(Protocol):
    """Images that a pipeline can read: `RecordShards`, or a reader's `ImageFolder`."""

    @property
    def directory(self) -> Path:
        """Where they are."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each label, label 0 first."""

    @property
    def size(self) -> int:
        """The edge in pixels that images have once they are decoded."""

    @property
    def one_size(self) -> bool:
        """Whether all images, as they are stored, have one size."""

    @property
    def counts(self) -> Mapping[str, int]:
        """By split, how many images there are."""

    @property
    def title(self) -> str:
        """What this is, in a few words for a heading."""

    def read(self, split: str, *, parallel_calls: int | None = None) -> tf.data.Dataset:
        """Pairs of encoded bytes and label, a string and an int64, in a fixed order.

        Where `parallel_calls` is given, so many files are read at once, in an order that is fixed
        as well.

        **Raises:** `InputError` if there is no such split, or the calls are less than 1.
        """

    def reading(self, split: str) -> Mapping[str, tf.data.Dataset]:
        """What `read` does, stage by stage: by each stage's name the pipeline up to it.

        **Raises:** `InputError` if there is no such split.
        """

    def fit(self, image: tf.Tensor) -> tf.Tensor:
        """Give a decoded uint8 image the shape (size, size, 3)."""

    def check_decodable(self) -> None:
        """Decode every image, and name the first that cannot be.

        **Raises:** `InputError` that names the file.
        """


def check_data(data: object) -> None:
    """Refuse what `open_images` did not return.

    >>> check_data([])
    Traceback (most recent call last):
        ...
    prefetchlab...InputError: data: list holds no images; give what workloads.open_images returns

    **Raises:** `InputError`.
    """
    if not all(hasattr(data, name) for name in ("read", "reading", "counts", "size", "fit")):
        raise InputError(
            f"data: {type(data).__name__} holds no images; give what workloads.open_images returns"
        )


def decode(data: ImageData, encoded: tf.Tensor) -> tf.Tensor:
    """Decode one image of this data.

    **Arguments:**

    - `data`: where the image comes from; says what becomes of its size.
    - `encoded`: a scalar string, JPEG or PNG bytes.

    **Returns:** uint8 of shape (size, size, 3).
    """
    return data.fit(decode_as_it_is(encoded))


def decode_as_it_is(encoded: tf.Tensor) -> tf.Tensor:
    """Decode one image, and leave its size as it is.

    **Arguments:**

    - `encoded`: a scalar string, JPEG or PNG bytes.

    **Returns:** uint8 of shape (height, width, 3).
    """
    return tf.io.decode_image(encoded, channels=3, expand_animations=False)


def check_split(data: ImageData, split: str) -> None:
    """Refuse a split that does not exist.

    **Raises:** `InputError` that names the splits there are.
    """
    if split not in SPLITS:
        raise InputError(f"{data.directory}: no split {split!r}; use {' or '.join(SPLITS)}")


def check_regular(path: Path) -> None:
    """Refuse what is no plain file before it is opened: a named pipe would be waited on for ever.

    **Raises:** `InputError` that names the file.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path.stat may not raise on a bad name
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: not a regular file; replace or remove it")


def unreadable(path: Path, error: Exception) -> InputError:
    """The one line for a file or folder that the system does not let us read."""
    reason = getattr(error, "strerror", None) or error
    return InputError(f"{path}: cannot be read: {reason}; make it readable, or remove it")


def dimensions(encoded: BinaryIO | Path) -> tuple[str, tuple[int, int]]:
    """The format and size that an image's header states; nothing is decoded.

    A file of a few bytes can state thousands of megapixels, and decoding would believe it.

    **Arguments:**

    - `encoded`: an open file or a path.

    **Returns:** the format, "JPEG" for example, and (width, height) in pixels.

    **Raises:** `InputError` with neither name nor place; the caller puts them in front.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(encoded, formats=_DECODED_BY_TENSORFLOW) as image:
                kind, size = str(image.format), image.size
    except Image.DecompressionBombError:
        raise InputError(_too_large()) from None
    except Exception:  # in a hostile header Pillow trips in many ways; all mean the same
        raise InputError("not an image, by its header; replace or remove it") from None
    if size[0] * size[1] > _MOST_PIXELS:
        raise InputError(_too_large())
    return kind, size


def _too_large() -> str:
    return f"more than {_MOST_PIXELS // 10**6} megapixels, by its header; make it smaller"
