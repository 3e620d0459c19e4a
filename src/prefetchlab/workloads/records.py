"""Record shards: JPEG images and labels in TFRecord files, with a manifest beside them."""

import io
import os
import re
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
from prefetchlab.workloads.manifest import MANIFEST, Manifest, Shard, checksum, read_manifest

_AGAIN = "copy it again, or make the data again in a new folder"
_FEATURES = {
    "image/encoded": tf.io.FixedLenFeature([], tf.string),
    "image/class/label": tf.io.FixedLenFeature([], tf.int64),
}


@dataclass(frozen=True)
class RecordShards:
    """JPEG images of one size in TFRecord files; see `ImageData`.

    Attributes:
        directory: the folder with the manifest and its shards.
        class_names: the name of each label, label 0 first.
        size: the edge of every image in pixels.
        files: by split, the shards in order.
        counts: by split, how many images they hold.
    """

    directory: Path
    class_names: tuple[str, ...]
    size: int
    files: dict[str, tuple[Path, ...]]
    counts: dict[str, int]

    @property
    def one_size(self) -> bool:
        """Whether all images, as they are stored, have one size: they have."""
        return True

    @property
    def title(self) -> str:
        """What this is, in a few words for a heading."""
        images = sum(self.counts.values())
        return f"JPEG records: {images} images in {len(self.class_names)} classes"

    def read(self, split: str, *, parallel_calls: int | None = None) -> tf.data.Dataset:
        """Pairs of encoded bytes and label, a string and an int64, in a fixed order.

        With `parallel_calls` so many shards are read at once, and take turns record by record.

        **Raises:** `InputError` if there is no such split, or the calls are less than 1.
        """
        calls = given.parallel(parallel_calls)
        if calls is None:
            return self.reading(split)["parse"]
        check_split(self, split)
        names = [os.fsencode(path) for path in self.files[split]]
        records = tf.data.Dataset.from_tensor_slices(tf.constant(names, tf.string)).interleave(
            tf.data.TFRecordDataset, cycle_length=calls, num_parallel_calls=calls
        )
        return records.map(_parse)

    def reading(self, split: str) -> dict[str, tf.data.Dataset]:
        """What `read` does, stage by stage: "read" gives records, "parse" takes them apart.

        **Raises:** `InputError` if there is no such split.
        """
        check_split(self, split)
        read = _encoded(*self.files[split])
        return {"read": read, "parse": read.map(_parse)}

    def fit(self, image: tf.Tensor) -> tf.Tensor:
        """Hold a decoded image to the shape (size, size, 3), which it has already."""
        return tf.ensure_shape(image, [self.size, self.size, 3])

    def check_decodable(self) -> None:
        """Decode every record, and name the first that cannot be.

        **Raises:** `InputError` that names the shard and the record.
        """
        for split in SPLITS:
            for path in self.files[split]:
                _check_decodable(self, path)


def _encoded(*paths: Path) -> tf.data.Dataset:
    return tf.data.TFRecordDataset([os.fsencode(path) for path in paths])


def _records(*paths: Path) -> tf.data.Dataset:
    return _encoded(*paths).map(_parse)


def _parse(record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    example = tf.io.parse_single_example(record, _FEATURES)
    return example["image/encoded"], example["image/class/label"]


def _check_decodable(data: RecordShards, path: Path) -> None:
    for number, (encoded, _) in enumerate(_records(path)):
        try:
            decode(data, encoded)
        except tf.errors.OpError:
            raise InputError(f"{path}: record {number}: cannot be decoded; {_AGAIN}") from None


def open_records(directory: Path) -> RecordShards:
    """Open what `make_shards` wrote, every checksum and every record's header verified.

    **Arguments:**

    - `directory`: a folder with a manifest.

    **Returns:** a `RecordShards`.

    **Raises:** `InputError` that names the manifest's entry, or the shard and its record.
    """
    manifest = read_manifest(directory / MANIFEST)
    for shard in manifest.shards:
        _verify(directory / shard.file, shard, manifest)
    of = {split: [s for s in manifest.shards if s.split == split] for split in SPLITS}
    return RecordShards(
        directory=directory,
        class_names=manifest.class_names,
        size=manifest.size,
        files={split: tuple(directory / s.file for s in of[split]) for split in SPLITS},
        counts={split: sum(s.records for s in of[split]) for split in SPLITS},
    )


def _verify(path: Path, shard: Shard, manifest: Manifest) -> None:
    if not os.path.lexists(path):
        raise InputError(f"{path}: {MANIFEST} names this shard and it is missing; {_AGAIN}")
    check_regular(path)
    try:
        length, whole = path.stat().st_size, checksum(path) == shard.sha256
    except OSError as error:
        raise unreadable(path, error) from None
    if length != shard.bytes:
        raise _damaged(path, f"{length} bytes in place of {shard.bytes}")
    if not whole:
        raise _damaged(path, _first_bad_record(path))
    _verify_records(path, shard, manifest)


def _damaged(path: Path, where: str) -> InputError:
    return InputError(f"{path}: damaged: {where}; {_AGAIN}")


def _first_bad_record(path: Path) -> str:
    """Name the first record whose own checksum fails, as TensorFlow's reader sees it."""
    good = 0
    try:
        for _ in tf.data.TFRecordDataset(os.fsencode(path)):
            good += 1
    except tf.errors.DataLossError as error:
        where = re.search(r"corrupted record at \d+|truncated record at \d+", error.message)
        return f"record {good}: {where[0] if where else 'unreadable'}"
    return "every record is readable, but the checksum is another"


def _verify_records(path: Path, shard: Shard, manifest: Manifest) -> None:
    """Hold each record to the manifest: a matching checksum says only that both came together."""
    count = 0
    for fault in _record_faults(path, manifest):
        if fault:
            raise _damaged(path, f"record {count}: {fault}")
        count += 1
    if count != shard.records:
        raise InputError(
            f"{path}: it holds {count} records, and {MANIFEST} says {shard.records}; {_AGAIN}"
        )


def _record_faults(path: Path, manifest: Manifest) -> Iterator[str]:
    """What is wrong with each record in turn; "" where nothing is."""
    try:
        for encoded, label in _records(path).as_numpy_iterator():
            yield _record_fault(encoded, int(label), manifest)
    except tf.errors.InvalidArgumentError:
        yield "no Example with an image and a label"
    except tf.errors.OpError:
        yield "unreadable"


def _record_fault(encoded: bytes, label: int, manifest: Manifest) -> str:
    if not 0 <= label < len(manifest.class_names):
        return f"label {label}, and there are {len(manifest.class_names)} classes"
    try:
        kind, size = dimensions(io.BytesIO(encoded))
    except InputError as error:
        return str(error).partition(";")[0]
    if kind != "JPEG":
        return f"a {kind} image, and a JPEG is wanted"
    if size != (manifest.size, manifest.size):
        return f"an image of {size[0]}×{size[1]}, and {MANIFEST} says {manifest.size}"
    return ""
