"""Changes that are said to make a pipeline faster, each of which can be made alone.

Whatever is chosen, a pass over the pipeline gives the same images: decoded, resized, and mirrored
or not, drawn anew for each image of each epoch. So they differ in cost, and not in what is learned
from. Two things move. With "smaller types" a pixel is rounded to a whole number. And "parallel
read" and "any order" give the images in another order.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.pipelines.images import EDGE, check_one_batch
from prefetchlab.workloads import ImageData, images

_Images = Callable[[tf.Tensor], tf.Tensor]  # of one image, or of a batch of them

CHANGES = (
    "parallel map",  # several images are decoded at once
    "parallel read",  # several files are read at once
    "any order",  # images come as they are ready
    "whole batches",  # mirroring is one call a batch
    "batch first",  # resizing, too, is one call a batch
    "cache",  # resized images are kept in memory
    "prefetch",  # one slot, at the end
    "smaller types",  # pixels are uint8 in place of float32
)

# The order in which this course tries them. What buys nothing on its machine is left out again.
LADDER: dict[str, tuple[str, ...]] = {
    "naive": (),
    "parallel map": ("parallel map",),
    "parallel read": ("parallel map", "parallel read"),
    "any order": ("parallel map", "any order"),
    "whole batches": ("parallel map", "whole batches"),
    "batch first": ("parallel map", "whole batches", "batch first"),
    "cache": ("parallel map", "whole batches", "cache"),
    "prefetch": ("parallel map", "whole batches", "cache", "prefetch"),
    "smaller types": ("parallel map", "whole batches", "cache", "prefetch", "smaller types"),
}


class _Stages(NamedTuple):
    """What is done to an image, by where it is done."""

    early: tuple[_Images, ...]  # to each image, and kept by a cache
    late: tuple[_Images, ...]  # to each image, anew in each epoch
    batched: tuple[_Images, ...]  # to each batch


def changed(
    data: ImageData,
    changes: Collection[str],
    *,
    parallel_calls: int,
    split: str = "train",
    batch_size: int = 32,
    most_images: int | None = None,
) -> tf.data.Dataset:
    """Batches for ever, with some changes made to the plainest pipeline that gives them.

    **Arguments:**

    - `data`: what `open_images` returned.
    - `changes`: some of `CHANGES`; none gives the plainest pipeline.
    - `parallel_calls`: how many images are decoded, or files read, at once where a change asks for
      it; 1 or more.
    - `split`: "train" or "validation".
    - `batch_size`: images in a batch.
    - `most_images`: how many images are read at most, a batch or more, the first as they are read;
      None reads them all.

    **Returns:** a dataset of (images, labels): float32, or uint8 with "smaller types", of shape
    (batch, 128, 128, 3), and an int64 of shape (batch,). An epoch begins within a batch where the
    images do not divide by the batch size.

    **Raises:** `InputError` if a change is unknown, if images of different sizes would be batched
    first, if there is no such split or not one whole batch in it, or if a number is not whole or
    less than 1.
    """
    images.check_data(data)
    calls = given.whole("parallel_calls", parallel_calls, least=1)
    batch_size = given.whole("batch_size", batch_size, least=1)
    changes = given.items("changes", changes, "changes")
    unknown = [each for each in changes if each not in CHANGES]
    if unknown:
        raise InputError(f"changes: {unknown[0]!r} is unknown; there are {', '.join(CHANGES)}")
    if "batch first" in changes and not data.one_size:
        raise InputError(
            f"{data.directory}: 'batch first' batches images before they are resized, and these "
            "differ in size; leave it out"
        )
    read = data.read(split, parallel_calls=calls if "parallel read" in changes else None)
    check_one_batch(data, split, batch_size)
    if most_images is not None:
        read = read.take(given.whole("most_images", most_images, least=batch_size))
    mapped = _Mapping(calls if "parallel map" in changes else None, "any order" not in changes)
    stages = _stages(changes)
    dataset = mapped(read, stages.early)
    if "cache" in changes:
        dataset = dataset.cache()
    dataset = mapped(dataset, stages.late).repeat().batch(batch_size, drop_remainder=True)
    dataset = _Mapping(None)(dataset, stages.batched)
    return dataset.prefetch(1) if "prefetch" in changes else dataset


def _stages(changes: Collection[str]) -> _Stages:
    resize = (_resize, _to_uint8) if "smaller types" in changes else (_resize,)
    mirror = (tf.image.random_flip_left_right,)
    decode = (images.decode_as_it_is,)
    if "batch first" in changes:
        return _Stages(decode, (), (*resize, _mirror_some))
    if "whole batches" in changes:
        return _Stages(decode + resize, (), (_mirror_some,))
    if "cache" in changes:  # what it keeps must not be mirrored yet
        return _Stages(decode + resize, mirror, ())
    return _Stages(decode + resize + mirror, (), ())


class _Mapping(NamedTuple):
    """A map of functions of images, in one call of an element."""

    calls: int | None
    in_order: bool = True

    def __call__(self, dataset: tf.data.Dataset, functions: tuple[_Images, ...]) -> tf.data.Dataset:
        def apply(given: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            for function in functions:
                given = function(given)
            return given, label

        if not functions:
            return dataset
        if self.calls is None:
            return dataset.map(apply)
        return dataset.map(apply, num_parallel_calls=self.calls, deterministic=self.in_order)


def _resize(given: tf.Tensor) -> tf.Tensor:
    return tf.image.resize(given, [EDGE, EDGE])


def _mirror_some(batch: tf.Tensor) -> tf.Tensor:
    """Mirror each image of a batch or not, drawn for each.

    It does what `tf.image.random_flip_left_right` does, in a quarter of the time for uint8. That
    one chooses by multiplying every pixel with 0 or 1. And `tf.reverse` is quick where there are
    three axes, the last of them colours; so the images are laid below each other first.
    """
    sizes = tf.shape(batch)
    rows = tf.reshape(batch, [-1, batch.shape[2], batch.shape[3]])
    both = tf.concat([batch, tf.reshape(tf.reverse(rows, [1]), sizes)], 0)
    drawn = tf.random.uniform(sizes[:1], maxval=2, dtype=tf.int32)
    return tf.gather(both, tf.range(sizes[0]) + sizes[0] * drawn)


def _to_uint8(given: tf.Tensor) -> tf.Tensor:
    return tf.saturate_cast(tf.round(given), tf.uint8)
