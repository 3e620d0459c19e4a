"""Real input: seeded JPEG record shards with a manifest, or a folder of the reader's images."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads.drawn import CLASS_NAMES, draw_jpeg

MANIFEST = "manifest.json"
_FORMAT = 1
_ENDINGS = {".jpg", ".jpeg", ".png"}
_FOLDER_IMAGE_SIZE = 160  # pixels: what a reader's images are resized to
_VALIDATION = 0.2


@dataclass(frozen=True)
class Shard:
    """One TFRecord file.

    Attributes:
        file: its name inside the data folder.
        split: "train" or "validation".
        records: how many images it holds.
        bytes: its length in bytes.
        sha256: the checksum of its bytes, in hexadecimal.
    """

    file: str
    split: str
    records: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What `make` wrote, and how to make it again.

    Attributes:
        format: the version of this description.
        seed: the seed that all chance came from.
        size: the edge of every image in pixels.
        class_names: the name of each label, label 0 first.
        made_with: versions of the packages that draw and encode; others may encode other bytes.
        shards: the record files.
    """

    format: int
    seed: int
    size: int
    class_names: tuple[str, ...]
    made_with: dict[str, str]
    shards: tuple[Shard, ...]

    def __rich__(self) -> str:
        """One line for a terminal."""
        images = sum(shard.records for shard in self.shards)
        megabytes = sum(shard.bytes for shard in self.shards) / 1e6
        return (
            f"{images} JPEG images of {self.size}×{self.size} in {len(self.shards)} shards, "
            f"{megabytes:.1f} MB, {len(self.class_names)} classes, seed {self.seed}"
        )


@dataclass(frozen=True)
class ImageData:
    """Images that a pipeline can read.

    Attributes:
        kind: "records" for TFRecord shards, "folder" for image files.
        directory: where they are.
        class_names: the name of each label, label 0 first.
        size: the edge in pixels that images have, or are resized to.
        files: by split, the shards' or images' paths in order.
        labels: by split, the label of each image file; empty for records, which hold their own.
        images: by split, how many images there are.
    """

    kind: str
    directory: Path
    class_names: tuple[str, ...]
    size: int
    files: dict[str, tuple[str, ...]]
    labels: dict[str, tuple[int, ...]]
    images: dict[str, int]

    @property
    def title(self) -> str:
        """What this is, in a few words for a heading."""
        how = "JPEG records" if self.kind == "records" else f"Your images, resized to {self.size}"
        return f"{how}: {sum(self.images.values())} images in {len(self.class_names)} classes"


def make(
    directory: Path,
    *,
    count: int = 2000,
    size: int = 160,
    shards: int = 8,
    seed: int = 0,
    progress: Callable[[str, int, int], object] | None = None,
) -> Manifest:
    """Draw JPEG images of ten classes and store them as TFRecord shards with a manifest.

    The manifest is written last, so a folder without one was not finished. The last fifth of the
    shards, at least one, is for validation.

    **Arguments:**

    - `directory`: a folder that is new or empty, or that `make` wrote before and may write again.
    - `count`: how many images, at least one for each class and shard.
    - `size`: the edge of an image in pixels, at least 16.
    - `shards`: how many files, at least 2.
    - `seed`: the same seed makes the same bytes, with the same versions of NumPy and Pillow.
    - `progress`: told before each shard its name, the shards done, and the shards in all.

    **Returns:** the `Manifest`.

    **Raises:** `InputError` if the folder holds something else or cannot be written, or if a number
    is too small.
    """
    directory = Path(directory)
    _check_numbers(count, size, shards)
    _prepare(directory)
    validation = max(1, round(shards * _VALIDATION))
    written = []
    for place, labels in enumerate(np.array_split(np.arange(count) % len(CLASS_NAMES), shards)):
        split = "validation" if place >= shards - validation else "train"
        name = f"{split}-{place:02d}.tfrecord"
        if progress:
            progress(f"draw {name}", place, shards)
        random = np.random.default_rng([seed, place])
        mixed = random.permutation(labels)
        written.append(_write_shard(directory / name, split, mixed, size, random))
    made_with = {"numpy": np.__version__, "pillow": PIL.__version__}
    manifest = Manifest(_FORMAT, seed, size, CLASS_NAMES, made_with, tuple(written))
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def _check_numbers(count: int, size: int, shards: int) -> None:
    least = max(len(CLASS_NAMES), shards)
    for name, value, bound in (("size", size, 16), ("shards", shards, 2), ("count", count, least)):
        if value < bound:
            raise InputError(f"{name}: {value} is too small; give at least {bound}")


def _prepare(directory: Path) -> None:
    """Make the folder, or empty one of ours; touch nothing that we did not write."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        present = list(directory.iterdir())
        foreign = [
            path.name
            for path in present
            if path.name != MANIFEST and not path.name.endswith(".tfrecord")
        ]
        if foreign:
            raise InputError(
                f"{directory}: it holds other files ({min(foreign)}); name a new or empty folder"
            )
        for path in present:
            path.unlink()
    except OSError as error:
        raise InputError(f"{directory}: cannot be written: {error.strerror}") from None


def _write_shard(path: Path, split: str, labels, size: int, random) -> Shard:
    try:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for label in labels:
                writer.write(_example(draw_jpeg(int(label), size, random), int(label)))
        content = path.read_bytes()
    except (OSError, tf.errors.OpError) as error:
        raise InputError(f"{path}: cannot be written: {error}") from None
    checksum = hashlib.sha256(content).hexdigest()
    return Shard(path.name, split, len(labels), len(content), checksum)


def _example(jpeg: bytes, label: int) -> bytes:
    feature = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[jpeg])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def open_images(directory: Path) -> ImageData:
    """Open what `make` wrote, or any folder of images with one folder a class.

    Every shard's checksum is verified, so a damaged one is found now and not in the middle of a
    run. Of the reader's images only the headers are read; `check_decodable` decodes them all.

    **Arguments:**

    - `directory`: the folder.

    **Returns:** an `ImageData`.

    **Raises:** `InputError` that names the file, and for a damaged shard the byte.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError(
            f"{directory}: no such folder; make one: prefetchlab data make {directory}"
        )
    if (directory / MANIFEST).exists():
        return _open_records(directory)
    return _open_folder(directory)


def _open_records(directory: Path) -> ImageData:
    manifest = _read_manifest(directory / MANIFEST)
    for shard in manifest.shards:
        _verify(directory / shard.file, shard)
    splits = ("train", "validation")
    of = {split: [shard for shard in manifest.shards if shard.split == split] for split in splits}
    return ImageData(
        kind="records",
        directory=directory,
        class_names=manifest.class_names,
        size=manifest.size,
        files={s: tuple(str(directory / shard.file) for shard in of[s]) for s in splits},
        labels=dict.fromkeys(splits, ()),
        images={split: sum(shard.records for shard in of[split]) for split in splits},
    )


def _read_manifest(path: Path) -> Manifest:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != _FORMAT:
            raise InputError(f"{path}: format {values['format']} is unknown; make the data again")
        shards = tuple(Shard(**shard) for shard in values.pop("shards"))
        names = tuple(values.pop("class_names"))
        return Manifest(shards=shards, class_names=names, **values)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}:{error.lineno}: not JSON: {error.msg}; make the data again"
        ) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a manifest of ours ({error}); make the data again") from None


def _verify(path: Path, shard: Shard) -> None:
    if not path.is_file():
        raise InputError(f"{path}: the manifest names this shard and it is missing; make it again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() == shard.sha256:
        return
    where = f"{len(content)} bytes in place of {shard.bytes}"
    if len(content) == shard.bytes:
        where = _first_bad_record(path)
    raise InputError(f"{path}: damaged: {where}; copy it again or make the data again")


def _first_bad_record(path: Path) -> str:
    """Name the first record whose own checksum fails, as TensorFlow's reader sees it."""
    good = 0
    try:
        for _ in tf.data.TFRecordDataset(str(path)):
            good += 1
    except tf.errors.DataLossError as error:
        where = re.search(r"corrupted record at \d+|truncated record at \d+", error.message)
        return f"record {good}: {where[0] if where else 'unreadable'}"
    return "every record is readable, but the checksum is another"


def _open_folder(directory: Path) -> ImageData:
    class_names = tuple(
        sorted(path.name for path in directory.iterdir() if path.is_dir() and path.name[0] != ".")
    )
    if any(directory.glob("*.tfrecord")):
        raise InputError(
            f"{directory}: shards and no {MANIFEST}: not finished; make the data again"
        )
    if not class_names:
        raise InputError(
            f"{directory}: no {MANIFEST} and no folder in it; put images in one folder a class"
        )
    found = [
        (str(path), label)
        for label, name in enumerate(class_names)
        for path in sorted((directory / name).iterdir())
        if path.suffix.lower() in _ENDINGS and path.name[0] != "."
    ]
    if not found:
        raise InputError(f"{directory}: its folders hold no .jpg, .jpeg or .png file; add some")
    for file, _ in found:
        _check_header(file)
    every = round(1 / _VALIDATION)
    chosen = {
        "train": [row for place, row in enumerate(found) if (place + 1) % every],
        "validation": found[every - 1 :: every],
    }
    return ImageData(
        kind="folder",
        directory=directory,
        class_names=class_names,
        size=_FOLDER_IMAGE_SIZE,
        files={split: tuple(file for file, _ in rows) for split, rows in chosen.items()},
        labels={split: tuple(label for _, label in rows) for split, rows in chosen.items()},
        images={split: len(rows) for split, rows in chosen.items()},
    )


def _check_header(file: str) -> None:
    try:
        Image.open(file).close()
    except (OSError, PIL.UnidentifiedImageError):
        raise InputError(f"{file}: not an image, by its header; replace or remove it") from None


def check_decodable(data: ImageData) -> None:
    """Decode every image file of a reader's folder, and name the first that cannot be.

    **Arguments:**

    - `data`: what `open_images` returned; record shards were verified already.

    **Raises:** `InputError` that names the file.
    """
    for file in (*data.files["train"], *data.files["validation"]) if data.kind == "folder" else ():
        try:
            tf.io.decode_image(tf.io.read_file(file), channels=3, expand_animations=False)
        except tf.errors.OpError:
            raise InputError(f"{file}: cannot be decoded; replace or remove it") from None
