"""Pipelines: each step does its own work and no other."""

import pytest

from prefetchlab import graph, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads import images


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "images"
    images.make(folder, count=60, size=32, shards=3)
    return images.open_images(folder)


def test_batches_are_uint8_images_and_int64_labels(data):
    spec = pipelines.image_batches(data, batch_size=5).element_spec
    assert spec == (
        tf.TensorSpec((5, 32, 32, 3), tf.uint8),
        tf.TensorSpec((5,), tf.int64),
    )


def test_nothing_runs_ahead_that_was_not_written(data):
    batches = graph.as_written(pipelines.image_batches(data, batch_size=5))
    assert graph.runs(batches).names == ("TensorSlice", "FlatMap", "Map", "Map", "Batch")


def test_an_epoch_has_every_whole_batch_once(data):
    assert len(list(pipelines.image_batches(data, batch_size=16))) == data.images["train"] // 16


def test_a_repeated_pipeline_does_not_end(data):
    repeated = pipelines.image_batches(data, batch_size=16, repeat=True)
    assert len(list(repeated.take(9))) == 9


def test_stamps_change_no_batch_and_follow_each_other(data):
    plain = pipelines.image_batches(data, batch_size=8)
    stamped = graph.as_written(pipelines.image_batches(data, batch_size=8, stamped=True))
    last_end = 0.0
    for (images_, labels), (batch, (start, end)) in zip(plain, stamped, strict=True):
        assert bool(tf.reduce_all(images_ == batch[0])) and bool(tf.reduce_all(labels == batch[1]))
        assert start.dtype == tf.float64
        assert last_end < float(start) < float(end)
        last_end = float(end)


def test_too_few_images_for_one_batch_are_named(data):
    with pytest.raises(InputError, match="20 images in split validation, and one batch needs 32"):
        pipelines.image_batches(data, split="validation", batch_size=32)
