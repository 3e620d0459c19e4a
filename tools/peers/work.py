"""The work that all contenders do: a JPEG to RGB, smoothed to 128 × 128, in batches of 32."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

STORED_EDGE = 256  # pixels, of the JPEGs
EDGE = 128
BATCH = 32
CHANNELS_LAST, CHANNELS_FIRST = (BATCH, EDGE, EDGE, 3), (BATCH, 3, EDGE, EDGE)

Pixels = npt.NDArray[np.uint8]
Batches = Generator[Any, None, None]  # arrays or tensors, without end; close it when done


@dataclass(frozen=True)
class Images:
    """The same JPEG bytes in the same order, stored three times.

    Attributes:
        folder: holds what `images.make` wrote.
    """

    folder: Path

    @cached_property
    def shards(self) -> list[Path]:
        """TFRecord files of `tf.train.Example`, in order."""
        return sorted((self.folder / "shards").glob("*.tfrecord"))

    @cached_property
    def files(self) -> list[Path]:
        """One JPEG file an image, in order."""
        return sorted((self.folder / "files").glob("*.jpg"))

    @property
    def array_record(self) -> Path:
        """One ArrayRecord file, a record an image."""
        return self.folder / "images.array_record"


def with_pillow(jpeg: BinaryIO | Path) -> Pixels:
    """Decode a JPEG and make it 128 × 128, bilinear; Pillow always smooths when it shrinks."""
    with Image.open(jpeg) as image:
        return np.array(image.convert("RGB").resize((EDGE, EDGE), Image.Resampling.BILINEAR))


def refuse_other_form(batch: Any) -> None:
    """Raise `ValueError` unless a batch is 32 images of uint8, channels last or first."""
    shape, kind = tuple(batch.shape), batch.dtype
    if shape not in (CHANNELS_LAST, CHANNELS_FIRST) or "uint8" not in str(kind):
        raise ValueError(f"a batch is {kind} of shape {shape}")


def pixels(batch: Any) -> Pixels:
    """A batch as an array with channels last."""
    refuse_other_form(batch)
    array: Pixels = np.asarray(batch)
    return array if array.shape == CHANNELS_LAST else array.transpose(0, 2, 3, 1)
