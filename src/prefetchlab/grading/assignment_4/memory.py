"""Task 1: the bytes that a buffer of whole batches takes."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same, same_all
from prefetchlab.grading.words import plural

Part = tuple[tuple[int, ...], tf.DType]  # shape and type of one part of an element


@for_test_cell
def buffer_bytes(
    answer: StudentFunction,
    *,
    parts: Sequence[Part] | None = None,
    batch_size: int = 4,
    slots: int = 1,
) -> None:
    """Check the bytes that wait in a full buffer, and those with the batch in use.

    Of given parts a pipeline is made and run, and what TensorFlow says of its buffer is compared.

    >>> parts = [((2, 3), tf.uint8)]
    >>> buffer_bytes(lambda parts, batch_size, slots: (6, 30), parts=parts)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For parts = [((2, 3), tf.uint8)], ... you say that 6 bytes wait. ...

    **Arguments:**

    - `answer`: the student's function of (parts, batch_size, slots), to (waiting, held).
    - `parts`: shape and type of each part of an element; many by chance if left out.
    - `batch_size`: elements a batch.
    - `slots`: of the prefetch behind `batch`.

    **Raises:** `Mistake` that names the mistake.
    """
    if parts is not None:
        batch = _reported(parts, batch_size)
        _check(answer, list(parts), batch_size, slots, batch)
        return
    rng = np.random.default_rng()
    for number in range(_CASES):
        parts = _by_chance(rng)
        batch_size, slots = int(rng.integers(5, 300)), int(rng.integers(2, 40)) * (number > 0)
        _check(answer, parts, batch_size, slots, batch_size * sum(map(_bytes, parts)))


_CASES = 10


def filled(iterator: Iterator[Any]) -> tuple[graph.Buffer, ...]:
    """What a running pipeline holds once each of its prefetches is full.

    >>> iterator = iter(graph.as_written(tf.data.Dataset.range(64).batch(4).prefetch(2)))
    >>> _ = next(iterator)
    >>> filled(iterator)
    (Buffer(stage='Prefetch', slots=2, elements=2, bytes=64),)

    **Arguments:**

    - `iterator`: what `iter(dataset)` returned; of a pipeline that has enough elements to fill
      them.
    """
    while True:
        held = graph.buffers(iterator)
        if all(one.slots is None or one.elements == one.slots for one in held):
            return held
        time.sleep(_POLL_S)


_POLL_S = 0.002


def _reported(parts: Sequence[Part], batch_size: int) -> int:
    """The bytes of one batch, as TensorFlow counts them in a running pipeline."""
    element = tuple(tf.zeros(shape, kind) for shape, kind in parts)
    batches = tf.data.Dataset.from_tensors(element).repeat().batch(batch_size)
    iterator = iter(graph.as_written(batches.prefetch(1)))
    next(iterator)
    return filled(iterator)[-1].bytes


def _bytes(part: Part) -> int:
    shape, kind = part
    return math.prod(shape) * int(kind.size)


def _by_chance(rng: np.random.Generator) -> list[Part]:
    """An image, and up to two other parts, each of another type."""
    side = int(rng.integers(20, 500))
    kinds = rng.permutation(np.array([tf.uint8, tf.float16, tf.float32, tf.int64, tf.int32]))
    shapes: list[tuple[int, ...]] = [(side, side, 3), (), (int(rng.integers(2, 30)),)]
    return list(zip(shapes[: rng.integers(1, 4)], kinds.tolist(), strict=False))


def _check(
    answer: StudentFunction, parts: list[Part], batch_size: int, slots: int, batch: int
) -> None:
    wanted = "Return two whole numbers: the bytes that wait, and the bytes that are held in all."
    got = plain_numbers(answer(list(parts), batch_size, slots), wanted)
    if len(got) != 2:
        raise Mistake(f"{wanted} You return {len(got)}.")
    place = f"For parts = {_shown(parts)}, batch_size = {batch_size} and slots = {slots} you say"
    right = [slots * batch, (slots + 1) * batch]
    if not same_all(got, right) and same_all(got[::-1], right):
        raise Mistake(f"{place} {got}. Those are the two numbers in the other order.")
    if not same(got[0], right[0]):
        fault = _waiting_fault(got[0], parts, batch_size, slots)
        raise Mistake(f"{place} that {got[0]:g} bytes wait. {fault}")
    if not same(got[1], right[1]):
        fault = _held_fault(got[1], parts, batch_size, slots)
        raise Mistake(f"{place} that {got[1]:g} bytes are held in all. {fault}")


def _shown(parts: Sequence[Part]) -> str:
    return f"[{', '.join(f'({shape}, tf.{kind.name})' for shape, kind in parts)}]"


def _waiting_fault(got: float, parts: Sequence[Part], batch_size: int, slots: int) -> str:
    element = sum(map(_bytes, parts))
    numbers = sum(math.prod(shape) for shape, _ in parts)
    batches = slots * batch_size
    if same(got, (slots + 1) * batch_size * element):
        return "One batch too many: the batch in use has left its slot. It belongs to the second."
    if same(got, slots * element):
        return "That is as if a slot held one image. What does the stage before prefetch give?"
    if same(got, batch_size * element):
        return "That is one batch, and every slot of a full buffer holds one."
    if same(got, batches * max(map(_bytes, parts))):
        return "A part of the elements is missing: a batch holds all parts of each of them."
    if same(got, batches * numbers):
        return "That is how many numbers wait. How many bytes does each type take?"
    if same(got, batches * 4 * numbers):
        return "You take 4 bytes for each number, as float32 has them. Look at the types."
    if same(got, 8 * batches * element):
        return "Those are bits, and a byte holds eight."
    if any(same(got * unit, batches * element) for unit in (1e3, 1e6, 1024, 1024**2)):
        return "That is in a larger unit. Give bytes."
    return (
        "Work out one number's bytes, then one part's, one element's, one batch's, and count the "
        f"batches in {slots} {plural('slot', slots)}."
    )


def _held_fault(got: float, parts: Sequence[Part], batch_size: int, slots: int) -> str:
    element = sum(map(_bytes, parts))
    if same(got, slots * batch_size * element):
        return "One batch is missing: where is the one that the loop is training on?"
    if same(got, batch_size * element):
        return "That is the batch in use alone. What waits is held as well."
    if same(got, (slots * batch_size + 1) * element):
        return "You add one image. The loop takes what the last stage gives."
    if same(got, (slots + 2) * batch_size * element):
        return "One batch too many: at rest no stage is making a further one."
    return "It is what waits, and what the loop has in use."
