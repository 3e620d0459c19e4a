"""Workloads: real records that a network learns, waits that are waits, faults named by file."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from prefetchlab import pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.timeline import Recorder
from prefetchlab.workloads import KerasStep, SimulatedAccelerator, images, slow_map, slow_source


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small folder of record shards; tests that break it work on a copy."""
    folder = tmp_path_factory.mktemp("made") / "images"
    images.make(folder, count=80, size=48, shards=4, seed=5)
    return folder


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made, tmp_path / "images")


@pytest.fixture
def folder(tmp_path):
    """A reader's own images: two classes, two formats, other sizes, a file that is no image."""
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


def test_the_same_seed_makes_the_same_bytes(made, tmp_path):
    again = images.make(tmp_path / "again", count=80, size=48, shards=4, seed=5)
    stored = json.loads((made / "manifest.json").read_text())
    assert [shard.sha256 for shard in again.shards] == [s["sha256"] for s in stored["shards"]]


def test_another_seed_makes_other_bytes(made, tmp_path):
    other = images.make(tmp_path / "other", count=80, size=48, shards=4, seed=6)
    stored = json.loads((made / "manifest.json").read_text())
    assert other.shards[0].sha256 != stored["shards"][0]["sha256"]


def test_every_image_is_a_jpeg_of_the_size_and_every_class_is_there(made):
    data = images.open_images(made)
    labels = []
    for encoded, label in pipelines.read(data).concatenate(pipelines.read(data, "validation")):
        assert encoded.numpy()[:2] == b"\xff\xd8"
        assert tf.io.decode_jpeg(encoded).shape == (48, 48, 3)
        labels.append(int(label))
    assert np.bincount(labels).tolist() == [8] * 10


def test_a_second_make_replaces_the_first_and_leaves_nothing_of_it(copy):
    images.make(copy, count=20, size=32, shards=2, seed=1)
    assert sorted(path.name for path in copy.iterdir()) == [
        "manifest.json",
        "train-00.tfrecord",
        "validation-01.tfrecord",
    ]


def test_a_folder_with_anything_else_in_it_is_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(InputError, match=r"holds other files \(thesis.txt\)"):
        images.make(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "three years"


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({"count": 3}, "count: 3 is too small"),
        ({"size": 4}, "size: 4"),
        ({"shards": 1}, "shards: 1"),
    ],
)
def test_numbers_that_are_too_small_are_named(tmp_path, numbers, named):
    with pytest.raises(InputError, match=named):
        images.make(tmp_path / "new", **numbers)


def test_progress_tells_every_shard(tmp_path):
    told = []
    images.make(tmp_path, count=20, size=16, shards=2, progress=lambda *what: told.append(what))
    assert told == [
        ("draw train-00.tfrecord", 0, 2),
        ("draw validation-01.tfrecord", 1, 2),
    ]


def test_a_missing_folder_is_named_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: no such folder; make one: prefetch"):
        images.open_images(tmp_path / "nowhere")


def test_a_make_that_was_interrupted_is_recognised_and_can_be_made_again(copy):
    (copy / "manifest.json").unlink()
    with pytest.raises(InputError, match="not finished; make the data again"):
        images.open_images(copy)
    images.make(copy, count=20, size=32, shards=2)
    assert images.open_images(copy).images == {"train": 10, "validation": 10}


def test_a_missing_shard_is_named(copy):
    (copy / "train-01.tfrecord").unlink()
    with pytest.raises(InputError, match=r"train-01.tfrecord: the manifest names this shard"):
        images.open_images(copy)


def test_a_flipped_byte_is_found_and_its_record_named(copy):
    shard = copy / "train-01.tfrecord"
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shard.write_bytes(content)
    with pytest.raises(InputError, match=r"train-01.tfrecord: damaged: record \d+: corrupted"):
        images.open_images(copy)


def test_a_shard_that_was_cut_short_is_found(copy):
    shard = copy / "train-00.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"train-00.tfrecord: damaged: \d+ bytes in place of \d+"):
        images.open_images(copy)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{\n  oops", "manifest.json:2: not JSON"),
        ("{}", "not a manifest of ours"),
        ("[]", "not a manifest of ours"),
        ('{"format": 99}', "format 99 is unknown"),
    ],
)
def test_a_broken_manifest_is_named(copy, text, named):
    (copy / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=named):
        images.open_images(copy)


def test_a_readers_folder_has_one_class_a_folder_and_ignores_what_is_no_image(folder):
    data = images.open_images(folder)
    assert data.kind == "folder"
    assert data.class_names == ("cats", "dogs")
    assert data.images == {"train": 16, "validation": 4}


def test_a_readers_images_become_batches_of_one_size(folder):
    data = images.open_images(folder)
    batch, labels = next(iter(pipelines.image_batches(data, batch_size=8)))
    assert (batch.shape, batch.dtype, labels.dtype) == ((8, 160, 160, 3), tf.uint8, tf.int64)


def test_a_file_that_only_looks_like_an_image_is_named(folder):
    (folder / "dogs" / "3.PNG").write_text("this is text")
    with pytest.raises(InputError, match=r"3\.PNG: not an image"):
        images.open_images(folder)


def test_an_image_that_breaks_off_in_the_middle_is_named(folder):
    broken = folder / "dogs" / "3.PNG"
    broken.write_bytes(broken.read_bytes()[:-400])
    with pytest.raises(InputError, match=r"3\.PNG: cannot be decoded"):
        images.check_decodable(images.open_images(folder))


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda path: None, "no manifest.json and no folder in it"),
        (lambda path: (path / "cats").mkdir(), "hold no .jpg, .jpeg or .png"),
    ],
)
def test_a_folder_without_images_is_named(tmp_path, make, named):
    make(tmp_path)
    with pytest.raises(InputError, match=named):
        images.open_images(tmp_path)


def test_a_small_keras_network_learns_the_drawn_classes(tmp_path):
    images.make(tmp_path, count=1000, seed=0)
    data = images.open_images(tmp_path)
    step = KerasStep(data.size, len(data.class_names))
    for _ in range(5):
        for batch in pipelines.image_batches(data, parallel_calls=2).shuffle(32, seed=0):
            step(batch)
    right = [
        np.argmax(step.model.predict_on_batch(batch), axis=-1) == labels
        for batch, labels in pipelines.image_batches(data, split="validation")
    ]
    assert np.mean(right) > 0.9


def test_a_keras_step_really_trains():
    step = KerasStep(size=32, classes=2)
    batch = (tf.fill([8, 32, 32, 3], tf.constant(200, tf.uint8)), tf.ones([8], tf.int64))
    losses = [step(batch) for _ in range(5)]
    assert losses[-1] < losses[0]


def test_a_simulated_accelerator_says_that_it_is_simulated():
    assert "simulated" in SimulatedAccelerator(0.0).name


def test_a_slow_source_makes_an_element_only_when_it_is_asked_for():
    recorder = Recorder()
    iterator = iter(slow_source(5, [0.0, 0.001], recorder=recorder))
    assert recorder.timeline().events == ()
    next(iterator)
    assert recorder.timeline().lane("load")[0].index == 0


def test_a_slow_map_waits_for_every_element_and_not_only_while_it_is_traced():
    recorder = Recorder()
    assert [int(e) for e in slow_map(tf.data.Dataset.range(6), 0.0, recorder=recorder)] == [
        *range(6)
    ]
    assert len(recorder.timeline().lane("load")) == 6
