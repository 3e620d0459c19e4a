"""Pipelines: each step does its own work and no other."""

from pathlib import Path
from typing import Any

import pytest

from prefetchlab import graph, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads import ImageData, make_shards, open_images


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ImageData:
    folder: Path = tmp_path_factory.mktemp("data") / "images"
    make_shards(folder, count=60, size=32, shards=3)
    return open_images(folder)


def test_batches_are_uint8_images_and_int64_labels(data: ImageData) -> None:
    spec = pipelines.image_batches(data, batch_size=5).element_spec
    assert spec == (
        tf.TensorSpec((5, 32, 32, 3), tf.uint8),
        tf.TensorSpec((5,), tf.int64),
    )


def test_nothing_runs_ahead_that_was_not_written(data: ImageData) -> None:
    batches = graph.as_written(pipelines.image_batches(data, batch_size=5))
    assert graph.runs(batches).names == ("TFRecord", "Map", "Map", "Batch")


def test_an_epoch_has_every_whole_batch_once(data: ImageData) -> None:
    assert len(list(pipelines.image_batches(data, batch_size=16))) == data.counts["train"] // 16


def test_a_repeated_pipeline_does_not_end(data: ImageData) -> None:
    repeated = pipelines.image_batches(data, batch_size=16, repeat=True)
    assert len(list(repeated.take(9))) == 9


def test_stamps_change_no_batch_and_follow_each_other(data: ImageData) -> None:
    plain = pipelines.image_batches(data, batch_size=8)
    stamped = graph.as_written(pipelines.image_batches(data, batch_size=8, stamped=True))
    last_end = 0.0
    for (images, labels), (batch, (start, end)) in zip(plain, stamped, strict=True):
        assert bool(tf.reduce_all(images == batch[0])) and bool(tf.reduce_all(labels == batch[1]))
        assert start.dtype == tf.float64
        assert last_end < float(start) < float(end)
        last_end = float(end)


def test_the_load_of_a_batch_begins_before_its_first_image_is_decoded(
    data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[float] = []

    def noted(encoded: tf.Tensor) -> None:
        decoded.append(float(tf.timestamp()))

    def decode(_: ImageData, encoded: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([tf.py_function(noted, [encoded], [])]):
            return tf.io.decode_jpeg(encoded, channels=3)

    monkeypatch.setattr("prefetchlab.pipelines.images.images.decode", decode)
    batches = pipelines.image_batches(data, batch_size=4, stamped=True)
    spans = [span for _, span in graph.as_written(batches).take(3).as_numpy_iterator()]
    for n, (start, end) in enumerate(spans):
        of_batch = decoded[4 * n : 4 * n + 4]
        assert start < min(of_batch)
        assert max(of_batch) < end
        assert n == 0 or decoded[4 * n - 1] < start


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            {"split": "validation", "batch_size": 32},
            "20 images in split validation, and one batch needs 32; add images",
            id="too few images",
        ),
        pytest.param({"split": "test"}, "no split 'test'; use train or validation", id="split"),
        pytest.param({"batch_size": 0}, "batch_size: 0 is too small; give at least 1", id="none"),
        pytest.param({"batch_size": -3}, "batch_size: -3 is too small", id="negative batch"),
        pytest.param({"batch_size": 2.0}, "batch_size: 2.0 is not a whole number", id="float"),
        pytest.param({"parallel_calls": 0}, "parallel_calls: 0 is too small", id="no calls"),
        pytest.param({"parallel_calls": -2}, "parallel_calls: -2 is too small", id="-2 calls"),
    ],
)
def test_bad_arguments_of_batches_are_named(
    data: ImageData, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        pipelines.image_batches(data, **arguments)


def test_decoding_may_leave_its_parallelism_to_autotune(data: ImageData) -> None:
    batches = pipelines.image_batches(data, parallel_calls=tf.data.AUTOTUNE)
    assert len(list(batches)) == 1


def test_a_grown_pipeline_has_one_stage_more_each_time(data: ImageData) -> None:
    grown = pipelines.grown(data, batch_size=5)
    assert {name: len(graph.written(dataset).line) for name, dataset in grown.items()} == {
        "read": 1, "parse": 2, "decode": 3, "resize": 4, "augment": 5, "batch": 6
    }  # fmt: skip
    assert grown["batch"].element_spec == (
        tf.TensorSpec((5, 128, 128, 3), tf.float32),
        tf.TensorSpec((5,), tf.int64),
    )


def test_a_grown_pipeline_changes_each_image_by_itself_and_no_label(
    data: ImageData,
) -> None:
    grown = pipelines.grown(data)
    pairs = list(zip(grown["resize"], grown["augment"], strict=True))
    assert all(int(before[1]) == int(after[1]) for before, after in pairs)
    # A seed that another test has set would give each epoch the same amounts.
    amounts = [float(tf.reduce_mean(after[0] - before[0])) for before, after in pairs]
    assert max(amounts) - min(amounts) > 1


@pytest.mark.parametrize("build", [pipelines.grown, pipelines.image_batches])
def test_data_without_one_whole_batch_is_refused(data: ImageData, build: Any) -> None:
    with pytest.raises(InputError, match="images in split train, and one batch needs 64"):
        build(data, batch_size=64)
