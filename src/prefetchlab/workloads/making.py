"""Make record shards: seeded, labelled, learnable JPEG images."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.progress import Progress
from prefetchlab.workloads.drawn import CLASS_NAMES, draw_jpeg
from prefetchlab.workloads.manifest import FORMAT, Manifest, Shard, checksum
from prefetchlab.workloads.replacing import replacing, unwritable

_VALIDATION = 0.2
# Drawing an image takes some 80 bytes a pixel for a moment: 340 MB at the largest size.
_MOST_SIZE, _MOST_COUNT, _MOST_SHARDS = 2048, 1_000_000, 1000


@dataclass(frozen=True)
class _Plan:
    """One shard to draw.

    Attributes:
        place: its number, from 0; with the seed it fixes all chance.
        split: "train" or "validation".
        labels: the labels of its images, int64, not yet in their order.
    """

    place: int
    split: str
    labels: npt.NDArray[np.int64]

    @property
    def name(self) -> str:
        """The shard's name before its content is known."""
        return f"{self.split}-{self.place:02d}"


def make_shards(
    directory: Path,
    *,
    count: int = 2000,
    size: int = 160,
    shards: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
) -> Manifest:
    """Draw JPEG images of ten classes and store them as TFRecord shards with a manifest.

    Data that is there is replaced when the new data is whole, and not before: a make that is
    killed, or that runs out of disk, leaves what was there. The last shards are for validation:
    a fifth of them, rounded to whole shards, and at least one.

    **Arguments:**

    - `directory`: a folder that is new or empty, or that holds what this function wrote.
    - `count`: how many images, at least one for each class and shard, at most a million.
    - `size`: the edge of an image in pixels, 16 to 2048.
    - `shards`: how many files, 2 to 1000.
    - `seed`: from 0; the same seed makes the same bytes, with the same NumPy and Pillow.
    - `progress`: told before each shard; see `Progress`.

    **Returns:** the `Manifest`.

    **Raises:** `InputError` if the folder holds something else or cannot be written, or if a number
    is out of bounds; nothing was touched then.
    """
    directory = given.path("directory", directory)
    size = given.whole("size", size, least=16, most=_MOST_SIZE)
    shards = given.whole("shards", shards, least=2, most=_MOST_SHARDS)
    count = given.whole("count", count, least=max(len(CLASS_NAMES), shards), most=_MOST_COUNT)
    seed = given.whole("seed", seed, least=0, most=2**63 - 1)
    plans = _plans(count, shards)
    with replacing(directory) as replacement:
        drawn = {}
        for plan in plans:
            if progress:
                progress(f"draw {plan.name}", plan.place, shards)
            path = replacement.workspace / plan.name
            drawn[_draw(path, plan, size, seed)] = path
        made_with = {"numpy": np.__version__, "pillow": PIL.__version__}
        manifest = Manifest(FORMAT, seed, size, CLASS_NAMES, made_with, tuple(drawn))
        replacement.publish(manifest, {shard.file: path for shard, path in drawn.items()})
    return manifest


def _plans(count: int, shards: int) -> list[_Plan]:
    first_validation = shards - max(1, round(shards * _VALIDATION))
    parts = np.array_split(np.arange(count) % len(CLASS_NAMES), shards)
    return [
        _Plan(place, "train" if place < first_validation else "validation", labels)
        for place, labels in enumerate(parts)
    ]


def _draw(path: Path, plan: _Plan, size: int, seed: int) -> Shard:
    """Write one shard; its final name holds a part of its checksum."""
    random = np.random.default_rng([seed, plan.place])
    try:
        with tf.io.TFRecordWriter(os.fsencode(path)) as writer:
            for label in random.permutation(plan.labels):
                writer.write(_example(draw_jpeg(int(label), size, random), int(label)))
    except tf.errors.OpError as error:
        raise unwritable(path, error) from None
    digest = checksum(path)
    file = f"{plan.name}-{digest[:12]}.tfrecord"
    return Shard(file, plan.split, len(plan.labels), path.stat().st_size, digest)


def _example(jpeg: bytes, label: int) -> bytes:
    feature = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[jpeg])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    encoded: bytes = example.SerializeToString()
    return encoded
