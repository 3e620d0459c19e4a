"""`data make` touches nothing of the user's: such a folder is refused with one line."""

import json
import os
import shutil
from pathlib import Path

import pytest

from prefetchlab.errors import InputError
from prefetchlab.workloads import Manifest, make_shards, open_images


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "images"
    make_shards(folder, count=20, size=16, shards=3)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "images")


def make_new(folder: Path) -> Manifest:
    return make_shards(folder, count=24, size=16, shards=3)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name",
    ["thesis.txt", "mine.tfrecord", "train-00.tfrecord", ".hidden", "manifest.json.orig"],
)
def test_a_folder_with_a_file_of_the_users_is_untouched(copy: Path, name: str) -> None:
    (copy / name).write_text("three years")
    before = names_in(copy)
    with pytest.raises(InputError, match=r"it holds other files \(.*; name a new or empty folder"):
        make_new(copy)
    assert names_in(copy) == before
    assert (copy / name).read_text() == "three years"
    assert open_images(copy).counts == {"train": 14, "validation": 6}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({"manifest_version": 3, "name": "my extension"}, id="web extension"),
        pytest.param([], id="list"),
        pytest.param({"format": 99}, id="another format"),
    ],
)
def test_a_foreign_manifest_is_untouched(tmp_path: Path, manifest: object) -> None:
    text = json.dumps(manifest)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest.json.*it is kept: name a new or empty folder"):
        make_new(tmp_path)
    assert names_in(tmp_path) == {"manifest.json"}
    assert (tmp_path / "manifest.json").read_text() == text


def test_shards_of_the_users_own_with_a_manifest_are_untouched(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["class_names"] = ["cat", "dog"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(InputError, match="did not draw; it is kept"):
        make_new(copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_folder_whose_name_is_no_text_gets_its_data(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff"))
    make_new(folder)
    assert open_images(folder).counts == {"train": 16, "validation": 8}


@pytest.mark.parametrize("as_long", [False, True], ids=["another length", "the same length"])
def test_a_shard_with_other_bytes_is_untouched(copy: Path, as_long: bool) -> None:
    shard = next(copy.glob("train-00-*"))
    mine = b"m" * (shard.stat().st_size if as_long else 20)
    shard.write_bytes(mine)
    with pytest.raises(InputError, match="it holds other files"):
        make_new(copy)
    assert shard.read_bytes() == mine


def test_a_link_in_place_of_a_shard_is_untouched(copy: Path, tmp_path: Path) -> None:
    shard = next(copy.glob("train-00-*"))
    kept = shard.rename(tmp_path / "kept")
    shard.symlink_to(kept)
    with pytest.raises(InputError, match="it holds other files"):
        make_new(copy)
    assert kept.exists()


@pytest.mark.parametrize("linked", [True, False], ids=["link", "folder"])
def test_a_hidden_folder_of_the_users_is_untouched(
    copy: Path, tmp_path: Path, linked: bool
) -> None:
    place = copy / ".prefetchlab-make"
    if linked:
        (tmp_path / "mine").mkdir()
        place.symlink_to(tmp_path / "mine")
    else:
        place.mkdir()
    (place / "notes").write_text("mine")
    with pytest.raises(InputError, match="prefetchlab-make: it holds other files"):
        make_new(copy)
    assert (place / "notes").read_text() == "mine"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param("file", "cannot be written: File exists", id="a file"),
        pytest.param("file/below", "cannot be written: Not a directory", id="below a file"),
        pytest.param("nowhere", "cannot be written: File exists", id="a link to nowhere"),
        pytest.param("loop", "cannot be written", id="a link to itself"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match=f"{said}.*; free it, or name another folder"):
        make_new(tmp_path / place)
    assert (tmp_path / "file").read_text() == "kept"
