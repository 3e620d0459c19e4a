"""A reader's own images: one class a folder, and whatever else lies in such folders."""

import contextlib
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prefetchlab import pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads import ImageFolder, Manifest, Shard, open_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes, two formats, several sizes, and files that are no images."""
    random = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for place in range(10):
            pixels = random.integers(0, 255, (30 + place, 40, 3), dtype=np.uint8)
            ending = "PNG" if place % 2 else "jpg"
            Image.fromarray(pixels).save(tmp_path / name / f"{place}.{ending}")
    (tmp_path / "cats" / "notes.txt").write_text("not an image")
    (tmp_path / "cats" / ".hidden.jpg").write_text("not an image either")
    return tmp_path


def refused(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(InputError) as caught:
        open_images(folder)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_each_folder_is_a_class_and_other_files_are_ignored(folder: Path) -> None:
    data = open_images(folder)
    assert isinstance(data, ImageFolder)
    assert data.class_names == ("cats", "dogs")
    assert data.counts == {"train": 16, "validation": 4}
    assert data.title == "Your files: 20 images in 2 classes"


def test_every_fifth_image_is_for_validation(folder: Path) -> None:
    files = open_images(folder).read("validation")
    assert [int(label) for _, label in files] == [0, 0, 1, 1]


def test_images_of_all_sizes_become_batches_of_one(folder: Path) -> None:
    batch, labels = next(iter(pipelines.image_batches(open_images(folder), batch_size=8)))
    assert (batch.shape, batch.dtype, labels.dtype) == ((8, 160, 160, 3), tf.uint8, tf.int64)


def test_a_missing_folder_is_named_with_the_command_for_it(tmp_path: Path) -> None:
    assert "or make one: prefetch" in refused(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        pytest.param(lambda path: None, "no manifest.json and no folder in it", id="empty"),
        pytest.param(lambda path: (path / "a").mkdir(), "hold no .jpg, .jpeg or .png", id="class"),
    ],
)
def test_a_folder_without_images_is_named(
    tmp_path: Path, fill: Callable[[Path], None], said: str
) -> None:
    fill(tmp_path)
    assert said in refused(tmp_path)


def png(width: int, height: int) -> bytes:
    """A PNG whose header states a size, and that holds no pixel."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header states a size, and that holds no pixel."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3)
    return b"\xff\xd8" + frame + b"\x01\x11\x00\x02\x11\x00\x03\x11\x00" + b"\xff\xda\x00\x02"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"this is text", "not an image, by its header", id="text"),
        pytest.param(b"", "not an image, by its header", id="empty"),
        pytest.param(b"RIFF\x24\0\0\0WEBPVP8 ", "not an image, by its header", id="WebP"),
        pytest.param(png(20_000, 20_000), "more than 64 megapixels, by its", id="PNG of 400 MP"),
        pytest.param(png(10_000, 10_000), "more than 64 megapixels, by its", id="PNG of 100 MP"),
        pytest.param(jpeg(65_000, 65_000), "more than 64 megapixels, by its", id="JPEG of 4 GP"),
        pytest.param(jpeg(12_000, 12_000), "more than 64 megapixels, by its", id="JPEG of 144 MP"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_file_that_cannot_be_used_is_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "dogs" / "3.PNG").write_bytes(content)
    assert f"3.PNG: {said}" in refused(folder)


def test_a_large_image_within_the_bound_is_accepted(folder: Path) -> None:
    (folder / "dogs" / "3.PNG").write_bytes(png(8000, 8000))
    assert open_images(folder).counts["train"] == 16


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [make_pipe, make_folder, make_device])
def test_what_is_no_regular_file_is_never_opened(
    folder: Path, make: Callable[[Path], None]
) -> None:
    make(folder / "dogs" / "x.jpg")
    assert "x.jpg: not a regular file; replace or remove it" in refused(folder)


def test_a_link_to_nowhere_is_named(folder: Path) -> None:
    (folder / "dogs" / "x.jpg").symlink_to("nowhere")
    assert "x.jpg: cannot be read: No such file or directory; make it readable" in refused(folder)


def test_an_image_that_breaks_off_is_named_when_all_are_decoded(folder: Path) -> None:
    broken = folder / "dogs" / "3.PNG"
    broken.write_bytes(broken.read_bytes()[:-400])
    data = open_images(folder)
    with pytest.raises(InputError, match=r"3\.PNG: cannot be decoded; replace or remove it"):
        data.check_decodable()


def test_names_that_are_not_utf8_are_read(folder: Path) -> None:
    (folder / "dogs" / "3.PNG").rename(folder / "dogs" / os.fsdecode(b"\xff.png"))
    (folder / "dogs").rename(folder / os.fsdecode(b"d\xffgs"))
    data = open_images(folder)
    assert len(list(data.read("train"))) == 16
    data.check_decodable()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param(b"a\nb\x1b[31m.jpg", r"a\nb\x1b[31m.jpg: not an image", id="control"),
        pytest.param(b"\xff.jpg", r"\udcff.jpg: not an image", id="not UTF-8"),
        pytest.param("a\u202eb\u2028.jpg".encode(), r"a\u202eb\u2028.jpg: not", id="direction"),
    ],
)
def test_a_strange_name_is_shown_escaped_on_one_line(folder: Path, name: bytes, shown: str) -> None:
    (folder / "dogs" / os.fsdecode(name)).write_bytes(b"text")
    assert shown in refused(folder)


@contextlib.contextmanager
def ordinary_user() -> Iterator[None]:
    """Not root, to whom every file is readable."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("place", ["", "cats", "cats/0.png", "manifest.json", "a-0.tfrecord"])
def test_what_may_not_be_read_is_named(place: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "cats").mkdir()
        Image.new("RGB", (8, 8)).save(folder / "cats" / "0.png")
        if place.endswith((".json", ".tfrecord")):
            write_manifest(folder)
        (folder / place).chmod(0)
        with ordinary_user():
            assert f"{folder / place}: cannot be read: Permission denied; make" in refused(folder)
        (folder / place).chmod(0o755)


def write_manifest(folder: Path) -> None:
    """A manifest with one shard; neither is looked at beyond its permission."""
    (folder / "a-0.tfrecord").write_bytes(b"1234")
    shards = (Shard("a-0.tfrecord", "train", 1, 4, "0" * 64),)
    (folder / "manifest.json").write_bytes(Manifest(1, 0, 16, ("a",), {}, shards).to_json())
