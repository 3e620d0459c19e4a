"""A folder of the reader's own images, one folder a class."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads.images import (
    SPLITS,
    check_regular,
    check_split,
    decode,
    dimensions,
    unreadable,
)

_ENDINGS = {".jpg", ".jpeg", ".png"}
_SIZE = 160  # pixels: what a reader's images are resized to
_EVERY = 5  # each fifth image is for validation


@dataclass(frozen=True)
class LabelledFile:
    """One image file.

    Attributes:
        path: where it is.
        label: its class, an index into the names of the classes.
        dimensions: width and height in pixels, by its header.
    """

    path: Path
    label: int
    dimensions: tuple[int, int]


@dataclass(frozen=True)
class ImageFolder:
    """Image files of any size that are resized when they are read; see `ImageData`.

    Attributes:
        directory: the folder with one folder a class.
        class_names: the name of each label, label 0 first.
        size: the edge in pixels that images are resized to.
        files: by split, the image files in order.
    """

    directory: Path
    class_names: tuple[str, ...]
    size: int
    files: dict[str, tuple[LabelledFile, ...]]

    @property
    def counts(self) -> dict[str, int]:
        """By split, how many images there are."""
        return {split: len(files) for split, files in self.files.items()}

    @property
    def one_size(self) -> bool:
        """Whether all images, as they are stored, have one size."""
        return len({file.dimensions for files in self.files.values() for file in files}) == 1

    @property
    def title(self) -> str:
        """What this is, in a few words for a heading."""
        images = sum(self.counts.values())
        return f"Your files: {images} images in {len(self.class_names)} classes"

    def read(self, split: str, *, parallel_calls: int | None = None) -> tf.data.Dataset:
        """Pairs of encoded bytes and label, a string and an int64, in a fixed order.

        With `parallel_calls` so many files are read at once.

        **Raises:** `InputError` if there is no such split, or the calls are less than 1.
        """
        return self._named(split).map(_load, num_parallel_calls=given.parallel(parallel_calls))

    def reading(self, split: str) -> dict[str, tf.data.Dataset]:
        """What `read` does: one stage, "read", that reads a file.

        **Raises:** `InputError` if there is no such split.
        """
        return {"read": self.read(split)}

    def _named(self, split: str) -> tf.data.Dataset:
        check_split(self, split)
        # As bytes: a file's name need not be text.
        paths = [os.fsencode(file.path) for file in self.files[split]]
        labels = [file.label for file in self.files[split]]
        return tf.data.Dataset.from_tensor_slices((tf.constant(paths, tf.string), labels))

    def fit(self, image: tf.Tensor) -> tf.Tensor:
        """Resize a decoded image to the shape (size, size, 3)."""
        resized = tf.image.resize(image, [self.size, self.size])
        return tf.ensure_shape(tf.cast(resized, tf.uint8), [self.size, self.size, 3])

    def check_decodable(self) -> None:
        """Decode every image, and name the first that cannot be.

        **Raises:** `InputError` that names the file.
        """
        for split in SPLITS:
            for file in self.files[split]:
                _check_decodable(self, file.path)


def _load(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.io.read_file(path), tf.cast(label, tf.int64)


def _check_decodable(data: ImageFolder, path: Path) -> None:
    try:
        decode(data, tf.io.read_file(os.fsencode(path)))
    except tf.errors.OpError:
        raise InputError(f"{path}: cannot be decoded; replace or remove it") from None


def open_folder(directory: Path) -> ImageFolder:
    """Open a folder of images; of each only the header is read.

    **Arguments:**

    - `directory`: an existing folder with one folder a class.

    **Returns:** an `ImageFolder`.

    **Raises:** `InputError` that names the folder, or the file that is no image.
    """
    classes = [path for path in _visible(directory) if path.is_dir()]
    if not classes:
        raise InputError(
            f"{directory}: no manifest.json and no folder in it; put images in one folder a class"
        )
    found = tuple(_images(classes))
    if not found:
        raise InputError(f"{directory}: its folders hold no .jpg, .jpeg or .png file; add some")
    validation = found[_EVERY - 1 :: _EVERY]
    train = tuple(file for place, file in enumerate(found, 1) if place % _EVERY)
    return ImageFolder(
        directory=directory,
        class_names=tuple(path.name for path in classes),
        size=_SIZE,
        files={"train": train, "validation": validation},
    )


def _images(classes: list[Path]) -> Iterator[LabelledFile]:
    for label, folder in enumerate(classes):
        for path in _visible(folder):
            if path.suffix.lower() in _ENDINGS:
                yield LabelledFile(path, label, _dimensions(path))


def _visible(folder: Path) -> list[Path]:
    """What is in a folder, hidden files left out, in the order of the names."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise unreadable(folder, error) from None


def _dimensions(path: Path) -> tuple[int, int]:
    check_regular(path)
    try:
        with path.open("rb") as file:
            return dimensions(file)[1]
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise unreadable(path, error) from None
