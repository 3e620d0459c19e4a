"""The steps of an input pipeline, one function each, on `tf.data.Dataset`.

Read → decode → batch → prefetch. Each takes a dataset and returns one; nothing here measures.
"""

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.workloads.images import ImageData

# A batch of (images, labels), and when the wall clock saw it begun and whole, in seconds.
StampedBatch = tuple[tuple[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

_FEATURES = {
    "image/encoded": tf.io.FixedLenFeature([], tf.string),
    "image/class/label": tf.io.FixedLenFeature([], tf.int64),
}


def read(data: ImageData, split: str = "train") -> tf.data.Dataset:
    """Read what is stored: pairs of encoded bytes and label, in a fixed order.

    **Arguments:**

    - `data`: what `images.open_images` returned.
    - `split`: "train" or "validation".

    **Returns:** a dataset of (encoded image, label): a string and an int64, both scalars.
    """
    if data.kind == "records":
        return tf.data.TFRecordDataset(list(data.files[split])).map(_parse)
    named = tf.data.Dataset.from_tensor_slices((list(data.files[split]), list(data.labels[split])))
    return named.map(lambda file, label: (tf.io.read_file(file), tf.cast(label, tf.int64)))


def _parse(record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    example = tf.io.parse_single_example(record, _FEATURES)
    return example["image/encoded"], example["image/class/label"]


def decode(
    dataset: tf.data.Dataset, data: ImageData, *, parallel_calls: int | None = None
) -> tf.data.Dataset:
    """Decode each image; one of the reader's is also resized to `data.size`.

    **Arguments:**

    - `dataset`: what `read` returns.
    - `data`: the same data; says how large the images are.
    - `parallel_calls`: `num_parallel_calls` of the map.

    **Returns:** a dataset of (image, label): uint8 of shape (size, size, 3), and an int64.
    """
    return dataset.map(_decoder(data), num_parallel_calls=parallel_calls)


def _decoder(data: ImageData):
    shape = [data.size, data.size, 3]

    def decoded(encoded, label):
        image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
        if data.kind == "folder":
            image = tf.cast(tf.image.resize(image, shape[:2]), tf.uint8)
        return tf.ensure_shape(image, shape), label

    return decoded


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

    - `data`: what `images.open_images` returned.
    - `split`: "train" or "validation".
    - `batch_size`: images in a batch; an incomplete last batch is dropped.
    - `repeat`: start again at the end, for ever.
    - `parallel_calls`: `num_parallel_calls` of decoding.
    - `stamped`: elements are (batch, (start, end)): the wall clock in float64 seconds when the
      first record of the batch had been read, and when the batch was whole.

    **Returns:** a dataset of (images, labels): uint8 of shape (batch, size, size, 3), int64 of
    shape (batch,).

    **Raises:** `InputError` if the split has not one whole batch.
    """
    if data.images[split] < batch_size:
        raise InputError(
            f"{data.directory}: {data.images[split]} images in split {split}, and one batch needs "
            f"{batch_size}; add images"
        )
    dataset = read(data, split)
    if repeat:
        dataset = dataset.repeat()
    if not stamped:
        return decode(dataset, data, parallel_calls=parallel_calls).batch(batch_size, True)
    return _stamped(dataset, data, batch_size)


def _stamped(dataset: tf.data.Dataset, data: ImageData, batch_size: int) -> tf.data.Dataset:
    """Carry stamps through the graph, without buffer and in order.

    A stamp makes a map stateful, and TensorFlow rewrites those less; so it belongs into recordings
    with the rewrites off, not into timed runs.
    """
    decoder = _decoder(data)
    began = dataset.map(lambda *pair: (pair, tf.timestamp()))  # a map of its own: before decoding
    decoded = began.map(lambda pair, stamp: (decoder(*pair), stamp)).batch(batch_size, True)
    return decoded.map(lambda batch, stamps: (batch, (stamps[0], tf.timestamp())))
