"""What a pipeline promises of shape and type, before it reads anything."""

from collections.abc import Sequence
from typing import Any

from prefetchlab._tensorflow import tf
from prefetchlab.grading.elements import check_is_dataset
from prefetchlab.grading.mistake import Mistake

NAMES = ("images", "labels")
_KNOWN = "It is known, and wrong: which stage makes it so?"


def check_pair(dataset: object, names: Sequence[str] = NAMES) -> None:
    """Check that it is a dataset of pairs of tensors.

    >>> check_pair(tf.data.Dataset.range(3))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your elements are one tensor each, and pairs (images, labels) ...

    **Raises:** `Mistake`.
    """
    check_is_dataset(dataset)
    spec = dataset.element_spec  # type: ignore[attr-defined]
    is_tuple = isinstance(spec, tuple)
    if is_tuple and len(spec) == len(names) and all(isinstance(p, tf.TensorSpec) for p in spec):
        return
    kind = (
        f"{type(spec).__name__}s of {len(spec)} parts"
        if isinstance(spec, tuple | dict)
        else "one tensor each"
    )
    raise Mistake(
        f"Your elements are {kind}, and pairs ({', '.join(names)}) are wanted. "
        "Return both from the function that you map."
    )


def check_spec(dataset: Any, wanted: Sequence[tf.TensorSpec], *, look: Sequence[str]) -> None:
    """Check the shape and type that a dataset of pairs promises.

    >>> wanted = tf.TensorSpec((3,), tf.int64), tf.TensorSpec((), tf.int64)
    >>> numbers = tf.data.Dataset.range(6)
    >>> pairs = tf.data.Dataset.zip(numbers.batch(3), numbers)
    >>> check_spec(pairs, wanted, look=["Look at batch.", ""])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: The element_spec of your pipeline gives images the shape (None,), and ...

    **Arguments:**

    - `dataset`: what the student's function returned.
    - `wanted`: for each part of an element.
    - `look`: for each part, a sentence on where to look if its shape is not known.

    **Raises:** `Mistake`.
    """
    check_pair(dataset)
    for name, got, right, unknown in zip(NAMES, dataset.element_spec, wanted, look, strict=True):
        if got.dtype != right.dtype:
            raise Mistake(
                f"Your {name} are {got.dtype.name}, and {right.dtype.name} is wanted. "
                "Look at the last function that makes them."
            )
        if _shown(got.shape) != _shown(right.shape):
            raise Mistake(
                f"The element_spec of your pipeline gives {name} the shape {_shown(got.shape)}, "
                f"and {_shown(right.shape)} is wanted. "
                f"{_KNOWN if got.shape.is_fully_defined() else unknown}"
            )


def _shown(shape: Any) -> str:
    if shape.rank is None:
        return "unknown"
    return str(tuple(shape.as_list()))
