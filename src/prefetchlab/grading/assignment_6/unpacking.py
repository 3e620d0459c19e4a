"""Task 5: a stage in Python, written anew in operations of TensorFlow."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import check_is_dataset, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.graph.graph_def import nodes_behind, rewritten
from prefetchlab.graph.nodes import Nodes, arguments

Image = NDArray[np.uint8]


def unpack(record: bytes, side: int) -> Image:
    """The image in a record: pairs of bytes, how often a value comes and how much it changes by.

    >>> unpack(bytes([1, 250, 2, 10]), 2).tolist()
    [[250, 4], [4, 0]]
    """
    row: list[int] = []
    value = 0
    for times, change in zip(record[::2], record[1::2], strict=False):
        value = (value + change) % 256
        row += [value] * times
    row += [0] * side * side
    return np.array(row[: side * side], np.uint8).reshape(side, side)


def _long(rng: np.random.Generator, side: int) -> bytes:
    return _pairs(rng, times=rng.integers(2, 6, side * side))


def _short(rng: np.random.Generator, side: int) -> bytes:
    return _pairs(rng, times=rng.integers(0, 3, side))


def _exact(rng: np.random.Generator, side: int) -> bytes:
    return _pairs(rng, times=np.full(side, side))


def _pairs(rng: np.random.Generator, times: NDArray[np.int64]) -> bytes:
    pairs = np.stack([times, rng.integers(90, 256, len(times))], axis=1)
    return pairs.astype(np.uint8).tobytes()


_COUNTS = np.array([3, 0, 0, 2, 0, 17, 1, 128, 255])


_KINDS: dict[str, Callable[[np.random.Generator, int], bytes]] = {
    "fills the image exactly": _exact,
    "is too long for the image": _long,
    "is too short for the image": _short,
    "holds counts of 128 and more": lambda rng, side: _pairs(rng, times=_COUNTS),
    "ends in a lone byte": lambda rng, side: _exact(rng, side)[:-4] + b"\x02",
    "is empty": lambda rng, side: b"",
}


@for_test_cell
def unpacked(
    build: StudentFunction, *, side: int = 6, calls: int = 3, kinds: int = len(_KINDS)
) -> None:
    """Check the images of many records, that no Python runs, and that several are made at a time.

    >>> def in_python(records, side, calls):
    ...     return records.map(lambda one: tf.numpy_function(unpack, [one, side], tf.uint8))
    >>> unpacked(in_python)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline calls Python for its elements, by numpy_function. ...

    **Arguments:**

    - `build`: the student's function of (records, side, calls).
    - `side`: height and width of an image.
    - `calls`: how many must be made at a time.
    - `kinds`: how many kinds of records to try, plain ones first.

    **Raises:** `Mistake` that names the mistake.
    """
    rng = np.random.default_rng()
    chosen = list(_KINDS)[:kinds] * 3
    records = [_KINDS[kind](rng, side) for kind in chosen]
    dataset = build(_dataset(records), side, calls)
    check_is_dataset(dataset)
    _check_no_python(dataset)
    images = _images(dataset, len(records))
    _check_order(images, [unpack(record, side) for record in records])
    for kind, record, image in zip(chosen, records, images, strict=True):
        _check_image(image, record, side, kind)
    _check_parallel(dataset, calls)
    _check_keeps_order(dataset)
    _check_reads_nothing(build, side, calls)


def _dataset(records: list[bytes]) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(tf.constant(records, tf.string))


def _check_no_python(dataset: tf.data.Dataset) -> None:
    called = graph.python_calls(dataset)
    if called:
        raise Mistake(
            f"Your pipeline calls Python for its elements, by {called[0]}. All calls share one "
            "lock there, and the training loop needs it, too. Use operations of TensorFlow alone."
        )


def _images(dataset: tf.data.Dataset, count: int) -> list[Image]:
    images: list[Image] = first_elements(as_counted(dataset), count + 3)
    if len(images) != count:
        more = "or more " if len(images) > count + 2 else ""
        raise Mistake(f"Of {count} records your pipeline makes {len(images)} {more}elements.")
    return images


def _check_order(images: list[Image], wanted: list[Image]) -> None:
    got, right = ([np.asarray(one).tobytes() for one in some] for some in (images, wanted))
    if got != right and sorted(got) == sorted(right):
        raise Mistake(_ANOTHER_ORDER)


def _check_image(image: Any, record: bytes, side: int, kind: str) -> None:
    wanted = unpack(record, side)
    if not isinstance(image, np.ndarray) or image.shape != wanted.shape:
        raise Mistake(
            f"Your pipeline gives an element of shape {np.shape(image)}, where a record {kind}, "
            f"and an image of shape {wanted.shape} is wanted."
        )
    if image.dtype != wanted.dtype:
        raise Mistake(f"Your images are {image.dtype}, and {wanted.dtype} is wanted.")
    if not np.array_equal(image, wanted):
        place = int(np.flatnonzero(image.ravel() != wanted.ravel())[0])
        raise Mistake(
            f"Your image differs from that of unpack where a record {kind}: its value {place} is "
            f"{image.ravel()[place]}. What does each line of unpack do there, and what does "
            f"yours{_where(record, place)}?"
        )


def _where(record: bytes, place: int) -> str:
    """What is special in a record up to a place of its image."""
    times, total = 0, 0
    cases: list[str] = []
    for times_more, change in zip(record[::2], record[1::2], strict=False):
        total += change
        if not times_more and "where a value comes 0 times" not in cases:
            cases.append("where a value comes 0 times")
        times += times_more
        if times > place:
            break
    if total > 255:
        cases.append("where a sum passes 255")
    return f", {' or '.join(cases)}" if cases else ""


def _check_parallel(dataset: tf.data.Dataset, calls: int) -> None:
    nodes = nodes_behind(dataset._variant_tensor)
    stages = nodes.by_name.values()
    if not any(stage.op.startswith("Parallel") for stage in stages):
        raise Mistake(
            "The images are right, but they are made one after the other. Without Python several "
            "calls can compute at a time: which argument of map asks for it?"
        )
    unpacks = max(stages, key=lambda stage: _operations(stage, nodes))
    if not unpacks.op.startswith("Parallel"):
        raise Mistake(
            "A stage of yours may have several calls in flight, but most of the work is done in "
            "another one, one record after the other. Which stage unpacks?"
        )
    if nodes.constant(arguments(unpacks)["num_parallel_calls"][0]) != calls:
        raise Mistake(f"So many calls as calls says, {calls}, must be allowed to be in flight.")


def _operations(node: Any, nodes: Nodes) -> int:
    """How many operations the functions of an operation hold, those that they call included."""
    called = [one for _, one in nodes.functions_of(node)]
    return sum(1 + _operations(inner, nodes) for one in called for inner in one.node_def)


def _check_keeps_order(dataset: tf.data.Dataset) -> None:
    """Refuse a stage that hands on what is ready first, even if nothing overtook this time."""
    nodes = nodes_behind(rewritten(dataset)).everywhere()
    written = {node.attr["deterministic"].s for node, _ in nodes}
    by_option = dataset.options().deterministic is False and b"true" not in written
    if b"false" in written or by_option:
        raise Mistake(_ANOTHER_ORDER)


_ANOTHER_ORDER = (
    "The images may come in another order than the records, where one of them takes longer: a "
    "stage hands on what is ready first. What did you say of the order?"
)


def _check_reads_nothing(build: StudentFunction, side: int, calls: int) -> None:
    """Refuse what goes over the records while the pipeline is built."""
    read = []

    def some() -> Iterator[bytes]:
        for record in (b"\x04\x01", b"\x02\x05"):
            read.append(record)
            yield record

    build(
        tf.data.Dataset.from_generator(some, output_signature=tf.TensorSpec((), tf.string)),
        side,
        calls,
    )
    if read:
        raise Mistake(
            "Your function goes over the records while it builds the pipeline. There may be "
            "millions of them: leave the work to the pipeline."
        )
