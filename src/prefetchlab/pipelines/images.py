"""Pipelines on images: grown stage by stage, or decoded and batched and nothing else."""

from collections.abc import Callable

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads import ImageData, images

# A batch of (images, labels), and when the wall clock saw it begun and whole, in seconds.
StampedBatch = tuple[tuple[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

EDGE = 128  # pixels of an image as `grown` gives it
_BRIGHTNESS = 32.0  # of 255: how much lighter or darker `grown` makes an image at most

Decoder = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def decode(
    dataset: tf.data.Dataset, data: ImageData, *, parallel_calls: int | None = None
) -> tf.data.Dataset:
    """Decode each image; one of the reader's is also resized to `data.size`.

    **Arguments:**

    - `dataset`: what `data.read` returns: a string and an int64, both scalars.
    - `data`: the same data; says how large the images are.
    - `parallel_calls`: `num_parallel_calls` of the map.

    **Returns:** a dataset of (image, label): uint8 of shape (size, size, 3), and an int64.

    **Raises:** `InputError` if it is no dataset or no data, or if the calls are less than 1.
    """
    given.dataset("dataset", dataset)
    images.check_data(data)
    return dataset.map(_decoder(data), num_parallel_calls=given.parallel(parallel_calls))


def _decoder(data: ImageData) -> Decoder:
    return lambda encoded, label: (images.decode(data, encoded), label)


def grown(
    data: ImageData, *, split: str = "train", batch_size: int = 32
) -> dict[str, tf.data.Dataset]:
    """A pipeline grown stage by stage: read, parse, decode, resize, augment, batch.

    Each dataset has all stages up to the one that it is named by. Where images are files of their
    own there is nothing to parse.

    **Arguments:**

    - `data`: what `open_images` returned.
    - `split`: "train" or "validation".
    - `batch_size`: images in a batch; an incomplete last batch is dropped.

    **Returns:** the datasets by name. The last gives (images, labels): float32 of shape (batch,
    128, 128, 3), and an int64 of shape (batch,).

    **Raises:** `InputError` if there is no such split, if it has not one whole batch, or if the
    batch size is not whole or less than 1.
    """
    images.check_data(data)
    batch_size = given.whole("batch_size", batch_size, least=1)
    stages = dict(data.reading(split))
    check_one_batch(data, split, batch_size)
    stages["decode"] = _last(stages).map(
        lambda encoded, label: (images.decode_as_it_is(encoded), label)
    )
    stages["resize"] = _last(stages).map(_resize)
    stages["augment"] = _last(stages).map(_augment)
    stages["batch"] = _last(stages).batch(batch_size, drop_remainder=True)
    return stages


def _last(stages: dict[str, tf.data.Dataset]) -> tf.data.Dataset:
    return list(stages.values())[-1]


def _resize(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.image.resize(image, [EDGE, EDGE]), label


def _augment(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw a mirror image or none, and a brightness, anew for each image."""
    flipped = tf.image.random_flip_left_right(image)
    return tf.image.random_brightness(flipped, _BRIGHTNESS), label


def image_batches(
    data: ImageData,
    *,
    split: str = "train",
    batch_size: int = 32,
    repeat: bool = False,
    parallel_calls: int | None = None,
    stamped: bool = False,
) -> tf.data.Dataset:
    """Read, decode and batch, and nothing else: no prefetch, no shuffle, no cache.

    **Arguments:**

    - `data`: what `open_images` returned.
    - `split`: "train" or "validation".
    - `batch_size`: images in a batch; an incomplete last batch is dropped.
    - `repeat`: start again at the end, for ever.
    - `parallel_calls`: `num_parallel_calls` of decoding.
    - `stamped`: elements are (batch, (start, end)): the wall clock in float64 seconds when the
      first record of the batch had been read, and when the batch was whole.

    **Returns:** a dataset of (images, labels): uint8 of shape (batch, size, size, 3), int64 of
    shape (batch,).

    **Raises:** `InputError` if there is no such split, if it has not one whole batch, or if a
    number is not whole or less than 1.
    """
    images.check_data(data)
    batch_size = given.whole("batch_size", batch_size, least=1)
    given.parallel(parallel_calls)
    dataset = data.read(split)
    check_one_batch(data, split, batch_size)
    if stamped:
        return _stamped(dataset.repeat() if repeat else dataset, data, batch_size)
    decoded = decode(dataset, data, parallel_calls=parallel_calls)
    # Behind decoding, as in the book: a `map` directly before `batch` would become one with it.
    return (decoded.repeat() if repeat else decoded).batch(batch_size, True)


def check_one_batch(data: ImageData, split: str, batch_size: int) -> None:
    """Refuse a split that has not one whole batch.

    **Raises:** `InputError` that says how many images there are.
    """
    if data.counts[split] < batch_size:
        raise InputError(
            f"{data.directory}: {data.counts[split]} images in split {split}, and one batch needs "
            f"{batch_size}; add images"
        )


def _stamped(dataset: tf.data.Dataset, data: ImageData, batch_size: int) -> tf.data.Dataset:
    """Carry stamps through the graph, without buffer and in order.

    A stamp makes a map stateful, and TensorFlow rewrites those less; so it belongs into recordings
    with the rewrites off, not into timed runs.
    """
    decoder = _decoder(data)
    began = dataset.map(lambda *pair: (pair, tf.timestamp()))  # a map of its own: before decoding
    decoded = began.map(lambda pair, stamp: (decoder(*pair), stamp)).batch(batch_size, True)
    return decoded.map(lambda batch, stamps: (batch, (stamps[0], tf.timestamp())))
