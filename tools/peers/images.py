"""Make the images, and store the same bytes in the form that is natural to each peer."""

from collections.abc import Sequence
from pathlib import Path

from prefetchlab.progress import Progress
from prefetchlab.workloads import make_shards, open_images
from tools.peers.work import STORED_EDGE, Images


def make(folder: Path, count: int, progress: Progress | None = None) -> Images:
    """Draw images and store them as TFRecord shards, as files, and as one ArrayRecord file.

    **Arguments:**

    - `folder`: an empty one.
    - `count`: how many images.
    - `progress`: told before each shard is drawn.
    """
    jpegs = draw(folder, count, progress)
    _write_array_record(Images(folder).array_record, jpegs)
    return Images(folder)


def draw(folder: Path, count: int, progress: Progress | None = None) -> list[bytes]:
    """Draw images, and store them as TFRecord shards and as files; the bytes of each, in order."""
    shards = folder / "shards"
    make_shards(shards, count=count, size=STORED_EDGE, progress=progress)
    data = open_images(shards)
    # The training shards come first by name, too; so all three forms have one order.
    splits = [data.read(split).as_numpy_iterator() for split in ("train", "validation")]
    jpegs = [jpeg for split in splits for jpeg, _ in split]
    (folder / "files").mkdir()
    for number, jpeg in enumerate(jpegs):
        (folder / "files" / f"{number:06d}.jpg").write_bytes(jpeg)
    return jpegs


def _write_array_record(path: Path, records: Sequence[bytes]) -> None:
    from array_record.python import array_record_module

    # One record a group, as Grain asks for: each is read by its number.
    writer = array_record_module.ArrayRecordWriter(str(path), "group_size:1")
    for record in records:
        writer.write(record)
    writer.close()
