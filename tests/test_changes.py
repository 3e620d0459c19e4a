"""Changes to a pipeline: whichever are made, the same images, and each stage where it belongs."""

import io
import itertools
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.settling import PATIENCE_S
from prefetchlab.measure.source import with_threads_of_its_own
from prefetchlab.pipelines import CHANGES, EDGE, LADDER, changed
from prefetchlab.workloads import ImageData, RecordShards, images, open_images

pytestmark = pytest.mark.long

IMAGES, SHARDS = 40, 4  # to train on; the label of each is its place in the files
CALLS = 3
BATCH = 16  # an epoch ends within a batch
BATCHES = 8  # three epochs, and eight images of the fourth
EPOCHS = BATCH * BATCHES // IMAGES

ALL = frozenset(CHANGES)
# With none, each alone, all but each, and all, any two changes meet in every way that they can.
RUN = sorted(
    {frozenset(), ALL}
    | {frozenset({each}) for each in CHANGES}
    | {ALL - {each} for each in CHANGES}
    | {frozenset(each) for each in LADDER.values()},
    key=lambda changes: (len(changes), sorted(changes)),
)


def in_words(changes: Collection[str]) -> str:
    return ", ".join(each for each in CHANGES if each in changes) or "none"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> RecordShards:
    return written_to(tmp_path_factory.mktemp("shards"))


def written_to(folder: Path) -> RecordShards:
    """Records of noise, so that no image is like another, or like its own mirror image."""
    random = np.random.default_rng(0)
    paths = tuple(folder / f"{shard}.tfrecord" for shard in range(SHARDS))
    for path, labels in zip(paths, np.split(np.arange(IMAGES), SHARDS), strict=True):
        with tf.io.TFRecordWriter(str(path)) as writer:
            for label in labels:
                writer.write(record(random.integers(0, 255, (64, 64, 3), np.uint8), label))
    return RecordShards(
        directory=folder,
        class_names=tuple(map(str, range(IMAGES))),
        size=64,
        files={"train": paths, "validation": paths[:1]},
        counts={"train": IMAGES, "validation": IMAGES // SHARDS},
    )


def record(pixels: npt.NDArray[np.uint8], label: int) -> bytes:
    jpeg = io.BytesIO()
    Image.fromarray(pixels).save(jpeg, "JPEG")
    features = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[jpeg.getvalue()])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    encoded: bytes = example.SerializeToString()
    return encoded


def photos(folder: Path, heights: Collection[int]) -> ImageData:
    """A folder of the reader's own images."""
    (folder / "cats").mkdir()
    for place, height in enumerate(heights):
        Image.effect_noise((40, height), 80).save(folder / "cats" / f"{place:02}.png")
    return open_images(folder)


def labels_of(dataset: tf.data.Dataset) -> list[int]:
    return [int(label) for _, label in dataset]


# --- the stages ----------------------------------------------------------------------------------


class Traced(RecordShards):
    """The same records, whose parsing is traced once: it takes a while, 256 times over."""

    known: dict[int | None, tf.data.Dataset]

    def read(self, split: str, *, parallel_calls: int | None = None) -> tf.data.Dataset:
        if parallel_calls not in self.known:
            self.known[parallel_calls] = super().read(split, parallel_calls=parallel_calls)
        return self.known[parallel_calls]


def expected_stages(changes: Collection[str]) -> list[str]:
    """What stands where, by the words beside `CHANGES`."""
    read = ["TFRecord"]
    if "parallel read" in changes:
        read = ["TensorSlice", f"ParallelInterleave({CALLS})[TFRecord]"]
    of_images = f"ParallelMap({CALLS})" if "parallel map" in changes else "Map"
    of_batches = ["Map"] if {"whole batches", "batch first"} & set(changes) else []
    cache = ["Cache"] if "cache" in changes else []
    mirror = [of_images] if cache and not of_batches else []
    last = ["Prefetch(1)"] if "prefetch" in changes else []
    return [*read, "Map", of_images, *cache, *mirror, "Repeat", "Batch(8)", *of_batches, *last]


def test_each_set_of_changes_has_its_stages_and_its_types(
    data: RecordShards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.image, "random_flip_left_right", tf.identity)  # sooner traced
    Traced.known = {}
    traced = Traced(**vars(data))
    sets = [set(each) for k in range(9) for each in itertools.combinations(CHANGES, k)]
    assert len(sets) == 2**8
    for changes in sets:
        dataset = changed(traced, changes, parallel_calls=CALLS, batch_size=8)
        stages = [str(stage) for stage in graph.written(dataset).line]
        assert stages == expected_stages(changes), in_words(changes)
        pixels = tf.uint8 if "smaller types" in changes else tf.float32
        assert dataset.element_spec == (
            tf.TensorSpec((8, EDGE, EDGE, 3), pixels),
            tf.TensorSpec((8,), tf.int64),
        ), in_words(changes)


def test_a_batch_has_32_images_if_nothing_is_said(data: RecordShards) -> None:
    dataset = changed(data, (), parallel_calls=1)
    assert str(graph.written(dataset)) == "TFRecord → Map → Map → Repeat → Batch(32)"


def test_each_change_has_a_rung_of_its_name(data: RecordShards) -> None:
    assert list(LADDER) == ["naive", *CHANGES]
    assert LADDER["naive"] == ()
    assert all(set(changes) <= ALL for changes in LADDER.values())
    assert all(each in LADDER[each] for each in CHANGES)


# --- the images ----------------------------------------------------------------------------------


class Counted(RecordShards):
    """The same records, and how many of them were read."""

    reads = 0

    def read(self, split: str, *, parallel_calls: int | None = None) -> tf.data.Dataset:
        def count(encoded: Any) -> Any:
            Counted.reads += 1  # a synchronous map calls one at a time
            return encoded

        def counted(encoded: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return tf.ensure_shape(tf.numpy_function(count, [encoded], tf.string), ()), label

        return super().read(split, parallel_calls=parallel_calls).map(counted)


@dataclass(frozen=True)
class Seen:
    """What three epochs and a little more gave, image by image.

    Attributes:
        labels: int64 of shape (128,).
        mirrored: whether it is mirrored: bool of shape (128,).
        off: how far a pixel is at most from that of the image with this label, or of its mirror
            image, whichever is nearer.
        reads: how many records were read.
    """

    labels: npt.NDArray[np.int64]
    mirrored: npt.NDArray[np.bool_]
    off: float
    reads: int

    @property
    def epochs(self) -> npt.NDArray[np.int64]:
        """The labels of the whole epochs, one row each."""
        return in_epochs(self.labels)

    @property
    def mirrored_by_label(self) -> npt.NDArray[Any]:
        """Whether an image was mirrored: a row for each epoch, a column for each label."""
        return np.take_along_axis(in_epochs(self.mirrored), np.argsort(self.epochs), axis=1)


def in_epochs(each: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return each[: EPOCHS * IMAGES].reshape(EPOCHS, IMAGES)


Run = Callable[[Collection[str]], Seen]


@pytest.fixture(scope="module")
def run(data: RecordShards) -> Run:
    """Runs a pipeline with some changes made; each set of changes once."""
    decoded = [tf.io.decode_jpeg(encoded, channels=3) for encoded, _ in data.read("train")]
    originals = tf.image.resize(tf.stack(decoded), [EDGE, EDGE]).numpy()
    known: dict[Collection[str], Seen] = {}

    def seen(changes: Collection[str]) -> Seen:
        Counted.reads = 0
        counted = Counted(**vars(data))
        dataset = changed(counted, changes, parallel_calls=CALLS, batch_size=BATCH)
        batches = list(graph.as_written(dataset).take(BATCHES).as_numpy_iterator())
        pixels, labels = map(np.concatenate, zip(*batches, strict=True))
        as_it_is, mirrored = (
            np.abs(given - pixels).max(axis=(1, 2, 3))
            for given in (originals[labels], originals[labels][:, :, ::-1])
        )
        off = float(np.minimum(as_it_is, mirrored).max())
        return Seen(labels, mirrored < as_it_is, off, Counted.reads)

    def once(changes: Collection[str]) -> Seen:
        if changes not in known:
            known[changes] = seen(changes)
        return known[changes]

    return once


each_set = pytest.mark.parametrize("changes", RUN, ids=in_words)


@each_set
def test_whatever_is_changed_each_epoch_has_the_same_images_up_to_the_mirror(
    run: Run, changes: Collection[str]
) -> None:
    seen = run(changes)
    assert seen.off <= (0.5 if "smaller types" in changes else 0) + 1e-3
    for labels in seen.epochs:
        assert sorted(labels) == list(range(IMAGES))


@each_set
def test_only_parallel_read_and_any_order_move_an_image(run: Run, changes: Collection[str]) -> None:
    seen = run(changes)
    in_order = [k % IMAGES for k in range(BATCH * BATCHES)]
    if not {"parallel read", "any order"} & set(changes):
        assert seen.labels.tolist() == in_order
    if "parallel read" in changes:
        assert seen.labels.tolist() != in_order
    if "any order" not in changes:
        assert len(np.unique(seen.epochs, axis=0)) == 1  # whichever it is, it stays


@each_set
def test_each_image_is_mirrored_or_not_anew_in_each_epoch(
    run: Run, changes: Collection[str]
) -> None:
    """That chance alone fails one of these is rarer than once in 2 to the 35th."""
    seen = run(changes)
    batches = seen.mirrored.reshape(BATCHES, BATCH)
    assert any(0 < each.sum() < BATCH for each in batches)  # not one draw for a batch
    assert len(np.unique(batches, axis=0)) > 1  # not one for each place in a batch
    assert len(np.unique(seen.mirrored_by_label, axis=0)) == EPOCHS  # not kept in a cache


@each_set
def test_with_a_cache_each_record_is_read_once_and_without_it_in_each_epoch(
    run: Run, changes: Collection[str]
) -> None:
    reads = run(changes).reads
    if "cache" in changes:
        assert reads == IMAGES
    elif {"parallel map", "prefetch"} & set(changes):  # they may have read on
        assert reads >= BATCH * BATCHES
    else:
        assert reads == BATCH * BATCHES


@pytest.mark.parametrize("changes", [(), ("cache",), ("batch first", "cache")], ids=in_words)
def test_a_full_cache_needs_no_file_any_more(tmp_path: Path, changes: Collection[str]) -> None:
    dataset = changed(written_to(tmp_path), changes, parallel_calls=CALLS, batch_size=BATCH)
    batches = iter(graph.as_written(dataset))
    read = list(itertools.islice(batches, IMAGES // BATCH + 1))
    for path in tmp_path.iterdir():
        path.unlink()
    if "cache" in changes:
        read += itertools.islice(batches, BATCHES)
        assert len(read) == IMAGES // BATCH + 1 + BATCHES
    else:
        with pytest.raises(tf.errors.NotFoundError):
            list(itertools.islice(batches, BATCHES))


# --- any order -----------------------------------------------------------------------------------

FirstThree = Callable[..., list[int]]


@pytest.fixture
def first_three(data: RecordShards, monkeypatch: pytest.MonkeyPatch) -> FirstThree:
    """The labels that come first while decoding holds the first image back.

    In the end it lets it go; or already when another image has been ready for a moment.
    """
    held = next(iter(data.read("train")))[0].numpy()
    decode = images.decode_as_it_is

    def labels(*changes: str, until_another_is_ready: bool) -> list[int]:
        let, ready = threading.Event(), threading.Event()

        def wait(encoded: bytes) -> bytes:
            if encoded != held:
                ready.set()
            elif until_another_is_ready:
                assert ready.wait(PATIENCE_S)
                time.sleep(0.1)  # decides nothing unless the other does not wait for this one
            else:
                assert let.wait(PATIENCE_S)
            return encoded

        def held_back(encoded: tf.Tensor) -> tf.Tensor:
            return decode(tf.ensure_shape(tf.numpy_function(wait, [encoded], tf.string), ()))

        monkeypatch.setattr(images, "decode_as_it_is", held_back)
        dataset = changed(data, ("parallel map", *changes), parallel_calls=2, batch_size=1)
        batches = iter(graph.as_written(with_threads_of_its_own(dataset)))
        try:
            return [int(labels[0]) for _, labels in itertools.islice(batches, 3)]
        finally:
            let.set()  # before the iterator ends, which waits for its calls

    return labels


def test_in_any_order_a_ready_image_does_not_wait_for_another(
    first_three: FirstThree,
) -> None:
    assert first_three("any order", until_another_is_ready=False) == [1, 2, 3]


def test_else_it_waits_for_the_one_before(first_three: FirstThree) -> None:
    assert first_three(until_another_is_ready=True) == [0, 1, 2]


# --- reading -------------------------------------------------------------------------------------


def test_shards_that_are_read_at_once_take_turns_record_by_record(data: RecordShards) -> None:
    def read(calls: int | None) -> list[int]:
        return labels_of(data.read("train", parallel_calls=calls))

    assert read(None) == read(1) == list(range(IMAGES))
    assert read(2)[:4] == [0, 10, 1, 11]
    assert read(4)[:6] == [0, 10, 20, 30, 1, 11]
    for calls in (2, 3, 4, 9, tf.data.AUTOTUNE):
        assert sorted(read(calls)) == list(range(IMAGES))
        assert read(calls) == read(calls)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_shards_are_read_of_the_split_asked_for(data: RecordShards, split: str) -> None:
    count = data.counts[split]
    assert sorted(labels_of(data.read(split, parallel_calls=2))) == list(range(count))


def test_files_of_a_folder_are_read_at_once_and_come_in_their_order(tmp_path: Path) -> None:
    data = photos(tmp_path, range(30, 50))
    plain, at_once = data.read("train"), data.read("train", parallel_calls=3)
    assert str(graph.written(plain)) == "TensorSlice → Map"
    assert str(graph.written(at_once)) == "TensorSlice → ParallelMap(3)"
    as_files = [encoded for encoded, _ in plain.as_numpy_iterator()]
    assert len(set(as_files)) == data.counts["train"] == 16
    assert [encoded for encoded, _ in at_once.as_numpy_iterator()] == as_files


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        pytest.param(0, "parallel_calls: 0 is too small; give at least 1", id="none"),
        pytest.param(-2, "parallel_calls: -2 is too small", id="minus two"),
        pytest.param(2.0, "parallel_calls: 2.0 is not a whole number", id="float"),
        pytest.param(True, "parallel_calls: True is not a whole number", id="True"),
    ],
)
def test_calls_that_read_nothing_are_refused(
    data: RecordShards, tmp_path: Path, calls: Any, said: str
) -> None:
    for each in (data, photos(tmp_path, [30, 31])):
        with pytest.raises(InputError, match=f"^{said}"):
            each.read("train", parallel_calls=calls)


@pytest.mark.parametrize("calls", [None, 2])
def test_a_split_that_does_not_exist_is_named_however_it_is_read(
    data: RecordShards, tmp_path: Path, calls: int | None
) -> None:
    for each in (data, photos(tmp_path, [30, 31])):
        with pytest.raises(InputError, match=r"no split 'test'; use train or validation$"):
            each.read("test", parallel_calls=calls)


# --- images of several sizes, and what is refused ------------------------------------------------


def test_images_of_several_sizes_can_be_changed_in_every_way_but_one(tmp_path: Path) -> None:
    data = photos(tmp_path, range(30, 50))
    assert not data.one_size
    possible = ALL - {"batch first"}
    (batch, labels), *_ = changed(data, possible, parallel_calls=2, batch_size=8).take(1)
    assert (batch.shape, batch.dtype, labels.shape) == ((8, EDGE, EDGE, 3), tf.uint8, (8,))
    with pytest.raises(InputError, match=r"'batch first' batches images .* leave it out$"):
        changed(data, {"batch first"}, parallel_calls=2, batch_size=8)


def test_a_folder_of_images_of_one_size_can_be_batched_first(tmp_path: Path) -> None:
    data = photos(tmp_path, [30] * 20)
    assert data.one_size
    dataset = changed(data, {"batch first"}, parallel_calls=2, batch_size=8)
    assert next(iter(dataset))[0].shape == (8, EDGE, EDGE, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            {"changes": ["cache", "Prefetch"]},
            "^changes: 'Prefetch' is unknown; there are parallel map, .*, smaller types$",
            id="change",
        ),
        pytest.param({"changes": "cache"}, "^changes: 'cache' is no row; give a list", id="a text"),
        pytest.param({"split": "test"}, "no split 'test'; use train or validation$", id="split"),
        pytest.param(
            {"split": "validation", "batch_size": 11},
            "10 images in split validation, and one batch needs 11; add images$",
            id="too few images",
        ),
        pytest.param({"batch_size": 0}, "^batch_size: 0 is too small; give at least 1", id="0"),
        pytest.param({"batch_size": 2.0}, "^batch_size: 2.0 is not a whole number", id="float"),
        pytest.param({"parallel_calls": 0}, "^parallel_calls: 0 is too small", id="no calls"),
        pytest.param({"parallel_calls": -1}, "^parallel_calls: -1 is too small", id="AUTOTUNE"),
        pytest.param({"parallel_calls": 1.5}, "^parallel_calls: 1.5 is not a whole", id="1.5"),
        pytest.param({"most_images": 7}, "^most_images: 7 is too small; give at least 8", id="7"),
        pytest.param({"most_images": 8.0}, "^most_images: 8.0 is not a whole", id="8.0"),
    ],
)
def test_what_cannot_be_changed_is_refused(
    data: RecordShards, given: dict[str, Any], said: str
) -> None:
    right: dict[str, Any] = {"changes": (), "parallel_calls": 2, "batch_size": 8}
    with pytest.raises(InputError, match=said):
        changed(data, **right | given)


def test_one_whole_batch_is_enough_and_an_epoch_begins_within_a_batch(data: RecordShards) -> None:
    small = replace(data, counts={"train": IMAGES, "validation": 10})
    dataset = changed(small, (), parallel_calls=1, split="validation", batch_size=10)
    assert [labels.tolist() for _, labels in dataset.take(2).as_numpy_iterator()] == [
        list(range(10))
    ] * 2
    dataset = changed(small, (), parallel_calls=1, split="validation", batch_size=7)
    assert list(dataset.take(2).as_numpy_iterator())[1][1].tolist() == [7, 8, 9, 0, 1, 2, 3]


def test_of_most_images_each_epoch_reads_the_first_and_no_more(data: RecordShards) -> None:
    for changes, most in (((), 12), (("parallel map", "cache"), 12), ((), 8), ((), 99)):
        dataset = changed(data, changes, parallel_calls=2, batch_size=8, most_images=most)
        labels = labels_of(dataset.unbatch().take(56))
        assert labels == [k % min(most, IMAGES) for k in range(56)]
