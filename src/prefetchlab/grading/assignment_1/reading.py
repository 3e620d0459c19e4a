"""Task 6: the path from record files to batches."""

import itertools
import tempfile
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.assignment_1.labels import check_labels
from prefetchlab.grading.assignment_1.noticing import cycles_noticed
from prefetchlab.grading.assignment_1.sources import record_files
from prefetchlab.grading.assignment_1.specs import check_pair, check_spec
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

_FEATURES = {
    "image/encoded": tf.io.FixedLenFeature([], tf.string),
    "image/class/label": tf.io.FixedLenFeature([], tf.int64),
}
_NEAR = 1e-3  # of 255


@for_test_cell
def batches_of_files(
    build: StudentFunction,
    *,
    counts: Sequence[int] = (7, 6),
    batch_size: int = 4,
    edge: int = 24,
) -> None:
    """Check a pipeline that reads, parses, decodes, resizes and batches what files hold.

    >>> batches_of_files(lambda files, batch_size, edge: tf.data.TFRecordDataset(files))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your elements are one tensor each, and pairs (images, labels) ...

    **Arguments:**

    - `build`: the student's function of (files, batch_size, edge), to a dataset.
    - `counts`: how many records each file holds.
    - `batch_size`: images a batch; a last batch that is not full is dropped.
    - `edge`: height and width of each image in the batch.

    **Raises:** `Mistake` that names the mistake.
    """
    with tempfile.TemporaryDirectory() as folder:
        with cycles_noticed() as cycles:
            dataset = build(record_files(folder, counts), batch_size, edge)
        check_pair(dataset)
        wanted = (
            tf.TensorSpec((batch_size, edge, edge, 3), tf.float32),
            tf.TensorSpec((batch_size,), tf.int64),
        )
        check_spec(dataset, wanted, look=["Which stage should make it known?"] * 2)
        files = record_files(folder, counts)  # other images, under the same names
        batches = list(itertools.islice(dataset.as_numpy_iterator(), sum(counts) + 3))
        images = [image for group, _ in batches for image in group]
        labels = [int(label) for _, group in batches for label in group]
        whole = sum(counts) // batch_size * batch_size
        _check_one_pass(labels, whole, sum(counts))
        _check_order(labels, whole)
        if not {None, tf.data.AUTOTUNE}.isdisjoint(cycles):
            raise Mistake(
                "Your interleave is not told how many files to read in turn, and takes a number "
                "that depends on the cores: another machine may give another order. Read one file "
                "to its end, and then the next."
            )
        check_labels(labels, list(range(whole)))
        _check_images(images, files, edge)


def _check_one_pass(labels: list[int], whole: int, count: int) -> None:
    """Tell a second pass from foreign labels: it brings those that a dropped batch has, too."""
    if len(labels) > whole and set(labels) <= set(range(count)):
        raise Mistake(
            f"Your batches hold more images than the {whole} that one pass over the files fills "
            "batches with. Look for a repeat, or for a second pass."
        )


def _check_order(labels: list[int], whole: int) -> None:
    """Tell another order from a loss: a last batch that is dropped then lacks others."""
    if len(labels) == len(set(labels)) == whole and labels != sorted(labels):
        early, late = next(pair for pair in pairwise(labels) if pair[0] > pair[1])
        raise Mistake(
            f"Your images come in another order than they have in the files: number {early} comes "
            f"before number {late}. Read one file to its end, and then the next."
        )


def _check_images(images: Sequence[object], files: Sequence[str], edge: int) -> None:
    for place, (image, right) in enumerate(zip(images, _resized(files, edge), strict=False)):
        if not np.allclose(np.asarray(image), right, atol=_NEAR):
            raise Mistake(
                f"The image with label {place} is not the one that its file holds, resized to "
                f"{edge} by {edge} by tf.image.resize as it is by default. "
                f"{_fault(np.asarray(image), right)}"
            )


def _resized(files: Sequence[str], edge: int) -> Sequence[np.ndarray[tuple[int, ...], np.dtype]]:
    images = []
    for record in tf.data.TFRecordDataset(list(files)):
        encoded = tf.io.parse_single_example(record, _FEATURES)["image/encoded"]
        images.append(tf.image.resize(tf.io.decode_jpeg(encoded, channels=3), [edge, edge]).numpy())
    return images


def _fault(got: np.ndarray[tuple[int, ...], np.dtype], right: np.ndarray) -> str:
    if np.allclose(got * 255, right, atol=0.1):
        return "Yours goes from 0 to 1; resize leaves values from 0 to 255."
    return (
        "Look at each stage from the bytes to the image, and whether your pipeline reads the files "
        "when the loop asks, and not before: the check has changed them meanwhile."
    )
