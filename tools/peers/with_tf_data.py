"""tf.data: a parallel map over TFRecord shards, and a prefetch, both sized by TensorFlow."""

import os
from collections.abc import Callable

import numpy as np

from prefetchlab._tensorflow import tf
from tools.peers.work import BATCH, EDGE, STORED_EDGE, Batches, Images

_FEATURES = {"image/encoded": tf.io.FixedLenFeature([], tf.string)}
# How a pixel of the smaller image is made of four of the larger one, across and down. The first of
# four lies beyond the edge for the first pixel, and the last one for the last.
_WEIGHTS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 64
_OF_8_THERE = np.array([7] + [8] * (EDGE - 2) + [7], np.float32)
_AT_EDGES = (64 / np.outer(_OF_8_THERE, _OF_8_THERE))[:, :, None]
Resize = Callable[[tf.Tensor], tf.Tensor]


def resized(image: tf.Tensor) -> tf.Tensor:
    """Float images of 128 × 128, smoothed as Pillow does."""
    return tf.image.resize(image, [EDGE, EDGE], antialias=True)


def convolved(image: tf.Tensor) -> tf.Tensor:
    """The same as a convolution with stride 2, which is right where the edge is halved exactly."""
    filters = np.repeat(_WEIGHTS[:, :, None, None], 3, axis=2)
    one = tf.ensure_shape(tf.cast(image, tf.float32), [STORED_EDGE, STORED_EDGE, 3])[None]
    return tf.nn.depthwise_conv2d(one, filters, [1, 2, 2, 1], "SAME")[0] * _AT_EDGES


RESIZES: dict[str, Resize] = {"tf.image.resize": resized, "convolution": convolved}


def batches(
    images: Images, *, resize: Resize = resized, dct_method: str = "INTEGER_ACCURATE"
) -> Batches:
    """Batches of uint8, channels last.

    **Arguments:**

    - `images`: where they are.
    - `resize`: makes an image smaller.
    - `dct_method`: how a JPEG is decoded. TensorFlow's own default is less accurate than that of
      the other libraries.
    """

    def load(record: tf.Tensor) -> tf.Tensor:
        jpeg = tf.io.parse_single_example(record, _FEATURES)["image/encoded"]
        image = tf.io.decode_jpeg(jpeg, channels=3, dct_method=dct_method)
        return tf.cast(tf.round(resize(image)), tf.uint8)

    dataset = tf.data.TFRecordDataset([os.fsencode(path) for path in images.shards]).repeat()
    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    yield from dataset.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
