"""Record shards: seeded and learnable when made, and trusted in nothing when opened."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads import RecordShards, make_shards, open_images
from prefetchlab.workloads.drawn import draw_jpeg
from prefetchlab.workloads.manifest import Manifest, Shard, read_manifest

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of record shards; tests that break it work on a copy."""
    folder = tmp_path_factory.mktemp("made") / "images"
    make_shards(folder, count=80, size=48, shards=4, seed=5)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "images")


def change(folder: Path, how: Change) -> None:
    """Change a manifest's values in place."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    how(values)
    path.write_text(json.dumps(values), encoding="utf-8")


def first(folder: Path) -> Path:
    return next(folder.glob("train-00-*"))


def refused(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(InputError) as caught:
        open_images(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what is made --------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = make_shards(tmp_path / "again", count=80, size=48, shards=4, seed=5)
    assert again == read_manifest(made / "manifest.json")


def test_another_seed_makes_other_bytes(made: Path, tmp_path: Path) -> None:
    other = make_shards(tmp_path / "other", count=80, size=48, shards=4, seed=6)
    assert other.shards[0].sha256 != read_manifest(made / "manifest.json").shards[0].sha256


def test_every_class_is_drawn_equally_often_as_jpeg(made: Path) -> None:
    data, labels = open_images(made), []
    for encoded, label in data.read("train").concatenate(data.read("validation")):
        assert encoded.numpy()[:2] == b"\xff\xd8"
        assert tf.io.decode_jpeg(encoded).shape == (48, 48, 3)
        labels.append(int(label))
    assert np.bincount(labels).tolist() == [8] * 10


def test_opened_records_know_their_counts(made: Path) -> None:
    data = open_images(made)
    assert isinstance(data, RecordShards)
    assert data.counts == {"train": 60, "validation": 20}
    assert data.title == "JPEG records: 80 images in 10 classes"


def test_progress_is_told_before_every_shard(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    make_shards(tmp_path, count=20, size=16, shards=2, progress=lambda *what: told.append(what))
    assert told == [("draw train-00", 0, 2), ("draw validation-01", 1, 2)]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        pytest.param({"count": 3}, "count: 3 is too small; give at least 10", id="few images"),
        pytest.param({"count": 10**12}, "count: 1000000000000 is too large", id="huge count"),
        pytest.param({"count": 10**30}, "count: a number of more than 20", id="huger count"),
        pytest.param({"count": 20.0}, "count: 20.0 is not a whole number", id="float count"),
        pytest.param({"count": -20}, "count: -20 is too small", id="negative count"),
        pytest.param({"size": 4}, "size: 4 is too small; give at least 16", id="small size"),
        pytest.param({"size": 66000}, "size: 66000 is too large; give at most", id="huge size"),
        pytest.param({"shards": 1}, "shards: 1 is too small", id="one shard"),
        pytest.param({"shards": 2.5}, "shards: 2.5 is not a whole number", id="half a shard"),
        pytest.param({"shards": True}, "shards: True is not a whole number", id="truth value"),
        pytest.param({"shards": 10**6}, "shards: 1000000 is too large", id="huge shards"),
        pytest.param({"seed": -1}, "seed: -1 is too small; give at least 0", id="negative seed"),
        pytest.param({"seed": 2**63}, "is too large", id="huge seed"),
        pytest.param({"seed": "0"}, "seed: '0' is not a whole number", id="seed as text"),
    ],
)
def test_bad_numbers_are_refused_and_good_data_stays(
    copy: Path, numbers: dict[str, Any], said: str
) -> None:
    before = read_manifest(copy / "manifest.json")
    with pytest.raises(InputError, match=said):
        make_shards(copy, **numbers)
    assert read_manifest(copy / "manifest.json") == before
    assert open_images(copy).counts["train"] == 60


# --- shards --------------------------------------------------------------------------------------


def test_a_missing_shard_is_named(copy: Path) -> None:
    first(copy).unlink()
    assert "train-00-" in refused(copy)
    assert "manifest.json names this shard and it is missing; copy it again" in refused(copy)


def test_a_flipped_byte_is_named_with_its_record(copy: Path) -> None:
    content = bytearray(first(copy).read_bytes())
    content[len(content) // 2] ^= 0xFF
    first(copy).write_bytes(content)
    assert "tfrecord: damaged: record 9: corrupted record at" in refused(copy)


def test_a_shard_that_was_cut_short_is_named(copy: Path) -> None:
    whole = first(copy).read_bytes()
    first(copy).write_bytes(whole[:-7])
    assert f"damaged: {len(whole) - 7} bytes in place of {len(whole)}" in refused(copy)


def test_a_pipe_in_place_of_a_shard_is_not_opened(copy: Path) -> None:
    shard = first(copy)
    shard.unlink()
    os.mkfifo(shard)
    assert refused(copy) == f"{shard}: not a regular file; replace or remove it"


def rewrite(folder: Path, records: list[bytes]) -> None:
    """Put records into the first shard, and let the manifest agree with its bytes."""
    shard = first(folder)
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for record in records:
            writer.write(record)
    content = shard.read_bytes()
    agreed = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(folder, lambda values: values["shards"][0].update(agreed))


def example(image: bytes, label: int) -> bytes:
    feature = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    encoded: bytes = tf.train.Example(
        features=tf.train.Features(feature=feature)
    ).SerializeToString()
    return encoded


def jpeg(size: int) -> bytes:
    return draw_jpeg(0, size, np.random.default_rng(0))


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000030000000300802000000d8606ed00000000049454e44ae426082"
)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        pytest.param(b"junk", "no Example with an image and a label", id="no Example"),
        pytest.param(b"", "no Example with an image and a label", id="no features"),
        pytest.param(example(b"junk", 0), "not an image, by its header", id="no image"),
        pytest.param(example(PNG, 0), "a PNG image, and a JPEG is wanted", id="a PNG"),
        pytest.param(example(jpeg(64), 0), "an image of 64×64, and manifest.json says 48", id="64"),
        pytest.param(example(jpeg(48), -1), "label -1, and there are 10", id="negative label"),
        pytest.param(example(jpeg(48), 10), "label 10, and there are 10", id="label too large"),
    ],
)
def test_a_bad_record_is_named_though_checksums_agree(copy: Path, record: bytes, said: str) -> None:
    rewrite(copy, [example(jpeg(48), 0)] * 3 + [record])
    line = refused(copy)
    assert "train-00-" in line
    assert f"damaged: record 3: {said}" in line
    assert line.endswith("; copy it again, or make the data again in a new folder")


def test_good_records_of_another_hand_are_accepted(copy: Path) -> None:
    rewrite(copy, [example(jpeg(48), 0)] * 20)
    assert open_images(copy).counts == {"train": 60, "validation": 20}


def test_a_count_that_the_shard_does_not_hold_is_named(copy: Path) -> None:
    rewrite(copy, [example(jpeg(48), 0)] * 19)
    assert "it holds 19 records, and manifest.json says 20" in refused(copy)


def test_a_jpeg_that_breaks_off_is_named_when_all_are_decoded(copy: Path) -> None:
    rewrite(copy, [example(jpeg(48), 0)] * 19 + [example(jpeg(48)[:-300], 0)])
    data = open_images(copy)
    with pytest.raises(InputError, match=r"train-00-.*: record 19: cannot be decoded"):
        data.check_decodable()


# --- the manifest --------------------------------------------------------------------------------


def shard(**entries: object) -> Change:
    return lambda values: values["shards"][0].update(entries)


def entry(**entries: object) -> Change:
    return lambda values: values.update(entries)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        pytest.param(shard(file="../x.tfrecord"), "`shards[0].file` is '../x.tfr", id="folder up"),
        pytest.param(shard(file="/x.tfrecord"), "`shards[0].file` is '/x.tfrec", id="absolute"),
        pytest.param(shard(file="a\0.tfrecord"), "`shards[0].file` is 'a\\x00.tfr", id="NUL"),
        pytest.param(shard(file="a.tfrecord\n"), "`shards[0].file`", id="line break at the end"),
        pytest.param(shard(file=None), "`shards[0].file` is None and must be the", id="no name"),
        pytest.param(shard(records=-460), "`shards[0].records` is -460 and must", id="negative"),
        pytest.param(shard(records=True), "`shards[0].records` is True", id="truth value"),
        pytest.param(shard(records=None), "`shards[0].records` is None", id="no records"),
        pytest.param(shard(records=10**18), "`shards[0].records` is 1000000", id="huge records"),
        pytest.param(shard(records=21), "holds 20 records, and manifest.json says 21", id="21"),
        pytest.param(shard(split="test"), "`shards[0].split` is 'test'", id="unknown split"),
        pytest.param(shard(sha256="0"), "`shards[0].sha256` is '0' and must be 64", id="checksum"),
        pytest.param(shard(extra=1), "`shards[0]` has the unknown key 'extra'", id="unknown key"),
        pytest.param(lambda v: v["shards"][0].pop("split"), "lacks `split`", id="no split"),
        pytest.param(lambda v: v["shards"].append(v["shards"][0]), "twice", id="a shard twice"),
        pytest.param(entry(shards=[]), "`shards` is [] and must be a list", id="no shards"),
        pytest.param(entry(size=-5), "`size` is -5", id="negative size"),
        pytest.param(entry(size="48"), "`size` is '48'", id="size as text"),
        pytest.param(entry(size=48.0), "`size` is 48.0", id="size as float"),
        pytest.param(entry(size=10**9), "`size` is 1000000000 and must be a whole", id="huge size"),
        pytest.param(entry(class_names=[]), "`class_names` is [] and must", id="no classes"),
        pytest.param(entry(class_names="abc"), "`class_names` is 'abc'", id="classes as text"),
        pytest.param(entry(class_names=["a", "a"]), "`class_names` is ['a'", id="a class twice"),
        pytest.param(entry(seed=-1), "`seed` is -1", id="negative seed"),
        pytest.param(entry(format=99), "`format` is 99 and must be 1", id="another format"),
    ],
)
def test_a_bad_entry_of_the_manifest_is_named(copy: Path, how: Change, said: str) -> None:
    change(copy, how)
    line = refused(copy)
    assert "manifest.json" in line
    assert said in line
    assert "make the data again in a new folder" in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"{\n  oops", "manifest.json:2: not JSON", id="no JSON"),
        pytest.param(b"", "manifest.json:1: not JSON", id="empty"),
        pytest.param(b"\xff\xfe", "manifest.json: not UTF-8 text", id="no text"),
        pytest.param(b"[" * 10**5, "manifest.json: no JSON that can be read", id="deep"),
        pytest.param(b"9" * 6000, "manifest.json: no JSON that can be read", id="huge number"),
        pytest.param(b" " * 17_000_000, "manifest.json: too large", id="huge file"),
        pytest.param(b"{}", "not a manifest of ours: it lacks `format`", id="empty mapping"),
        pytest.param(b"[]", "not a manifest of ours: it is [] and must be", id="list"),
        pytest.param(b'{"manifest_version": 3}', "not a manifest of ours", id="web extension"),
    ],
)
def test_a_file_that_is_no_manifest_is_named(copy: Path, content: bytes, said: str) -> None:
    (copy / "manifest.json").write_bytes(content)
    assert said in refused(copy)
    assert "make the data again" in refused(copy)


def test_a_pipe_in_place_of_the_manifest_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    assert "manifest.json: not a regular file" in refused(tmp_path)


def test_shards_without_a_manifest_are_named(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    assert "shards and no manifest.json; make the data again" in refused(copy)


def test_a_manifest_is_written_as_it_is_read(tmp_path: Path) -> None:
    shards = (Shard("train-00.tfrecord", "train", 3, 4, "0" * 64),)
    manifest = Manifest(1, 0, 16, ("a", "b"), {"numpy": "2"}, shards)
    (tmp_path / "manifest.json").write_bytes(manifest.to_json())
    assert read_manifest(tmp_path / "manifest.json") == manifest
