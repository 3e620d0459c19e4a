"""What the tasks read: small pictures in memory, and JPEG files, whole and damaged."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.inputs import photos

LOW, HIGH = 0.3, 0.7  # values that a change of 0.2 leaves between 0 and 1


def pictures(
    count: int = 40,
    shape: tuple[int, int, int] = (16, 16, 3),
    *,
    low: float = LOW,
    high: float = HIGH,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Pairs of picture and label, in memory; the label is the picture's number.

    >>> [part.shape for part in pictures(count=3, seed=1).element_spec]
    [TensorShape([16, 16, 3]), TensorShape([])]

    **Arguments:**

    - `count`: how many.
    - `shape`: height, width and channels of each.
    - `low`, `high`: between which numbers the values lie.
    - `seed`: the same seed gives the same pictures; None gives others every time.

    **Returns:** a dataset of (picture, label): float32 of `shape`, and an int64.
    """
    values = np.random.default_rng(seed).uniform(low, high, (count, *shape)).astype(np.float32)
    return tf.data.Dataset.from_tensor_slices((values, np.arange(count)))


def records(
    count: int = 40, damaged: Collection[int] = (), *, seed: int | None = None
) -> tf.data.Dataset:
    """Pairs of JPEG bytes and label, in memory; the label is the place, counted from 0.

    >>> encoded, label = next(iter(records(count=2, seed=1)))
    >>> encoded.dtype.name, int(label)
    ('string', 0)

    **Arguments:**

    - `count`: how many.
    - `damaged`: the places of those that cannot be decoded: they end too early, some near their
      end, some before they begin like a JPEG.
    - `seed`: the same seed gives the same bytes; None gives others every time.

    **Returns:** a dataset of (encoded, label): a string and an int64.
    """
    files = [bytes(file) for file in photos(count, seed=seed).numpy()]
    for number, place in enumerate(sorted(damaged)):
        files[place] = files[place][: 1 if number % 2 else len(files[place]) * 9 // 10]
    return tf.data.Dataset.from_tensor_slices((files, np.arange(count)))


def record_files(
    folder: str | Path, counts: Sequence[int] = (7, 6), *, seed: int | None = None
) -> list[str]:
    """Write files of records, each record an Example with a JPEG image and its label.

    The images are not all of one size. The labels count on from file to file.

    **Arguments:**

    - `folder`: where to write; files of the same names are replaced.
    - `counts`: how many records each file holds.
    - `seed`: the same seed gives the same bytes; None gives others every time.

    **Returns:** the paths, in order.
    """
    rng = np.random.default_rng(seed)
    paths = [str(Path(folder, f"part-{number}.tfrecord")) for number in range(len(counts))]
    label = 0
    for path, count in zip(paths, counts, strict=True):
        with tf.io.TFRecordWriter(os.fspath(path)) as writer:
            for _ in range(count):
                writer.write(_example(_image(rng), label))
                label += 1
    return paths


def _image(rng: np.random.Generator) -> bytes:
    """The bytes of a JPEG image of a size by chance; one in three has no colours."""
    height, width = rng.integers(20, 41, 2)
    channels = 1 if rng.integers(3) == 0 else 3
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8)
    encoded: bytes = tf.io.encode_jpeg(pixels).numpy()
    return encoded


def _example(encoded: bytes, label: int) -> bytes:
    feature = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[encoded])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    serialized: bytes = example.SerializeToString()
    return serialized
