"""What a running pipeline holds: the buffers of its stages, read between two steps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError


@dataclass(frozen=True)
class Buffer:
    """The buffer of one stage at one moment.

    >>> print(Buffer("Prefetch", slots=8, elements=5, bytes=40))
    Prefetch: 5 elements in 8 slots, 40 bytes

    Attributes:
        stage: TensorFlow's name of the operation, without version.
        slots: for a prefetch how many elements may wait, at this moment; None for other stages. One
            that TensorFlow sizes has 0 until the loop takes its first element.
        elements: how many elements wait.
        bytes: how many bytes their tensors hold together, as TensorFlow counts them. Tensors that
            several elements share, as behind a cache in memory, are counted for each of them. A
            string counts 24 bytes and its characters; of ragged and sparse tensors, and of a
            dataset that is an element, only the handle counts.
    """

    stage: str
    slots: int | None
    elements: int
    bytes: int

    def __str__(self) -> str:
        """The numbers in words."""
        room = "" if self.slots is None else f" in {_counted(self.slots, 'slot')}"
        return f"{self.stage}: {_counted(self.elements, 'element')}{room}, {self.bytes} bytes"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def buffers(iterator: Iterator[Any]) -> tuple[Buffer, ...]:
    """The buffers of a running pipeline, the source's first: what `AUTOTUNE` chose, how full.

    It reads what TensorFlow keeps for tuning, in some microseconds, and changes nothing. The
    pipeline may be at work meanwhile; then the next call finds other numbers.

    >>> import time
    >>> from prefetchlab.graph import as_written
    >>> iterator = iter(as_written(tf.data.Dataset.range(64).batch(4).prefetch(2)))
    >>> _ = next(iterator)
    >>> while buffers(iterator)[-1].elements < 2:
    ...     time.sleep(0.01)
    >>> buffers(iterator)
    (Buffer(stage='Prefetch', slots=2, elements=2, bytes=64),)

    **Arguments:**

    - `iterator`: what `iter(dataset)` or `dataset.as_numpy_iterator()` returned, outside a
      `tf.function`. A loop that makes its own iterator, `model.fit` say, shows none.

    **Returns:** a `Buffer` for each prefetch, and for each other stage that is known to hold one;
    of a pipeline that is copied to a device only those behind the copy, because the part on the
    host has an iterator of its own.
    What the loop has taken does not count, nor what a stage is still putting together. Some stages
    leave no record of what they hold: `unbatch` and `group_by_window`.

    **Raises:** `InputError` if it is no iterator of a dataset; if TensorFlow keeps nothing of it,
    because it was restored from a checkpoint or its dataset has `autotune.enabled` False; and
    inside a `tf.function`.
    """
    if not tf.executing_eagerly():
        raise InputError("iterator: it cannot be read inside a tf.function; ask outside of it")
    try:
        model = tf.data.experimental.get_model_proto(iterator)
    except (ValueError, AttributeError):
        raise InputError(
            f"iterator: {type(iterator).__name__} is no iterator of a dataset; give iter(dataset)"
        ) from None
    except tf.errors.NotFoundError:
        raise InputError(
            "iterator: TensorFlow keeps no record of it; leave options.autotune.enabled as it is, "
            "and ask one that was not restored from a checkpoint"
        ) from None
    return tuple(reversed(list(_buffers(model, model.output))))


def _buffers(model: Any, place: int) -> Iterator[Buffer]:
    """The buffers from a node of TensorFlow's model on, against the flow of elements."""
    node = model.nodes[place]
    sizes = [one.value for one in node.parameters if one.name == "buffer_size"]
    slots = int(sizes[0]) if node.name == "Prefetch" else None
    if slots is not None or node.buffered_elements:
        name = re.sub(r"V\d+$|Impl$", "", node.name)
        yield Buffer(name, slots, int(node.buffered_elements), int(node.buffered_bytes))
    for behind in node.inputs:
        yield from _buffers(model, behind)
