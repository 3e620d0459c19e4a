"""What a student's function calls while it builds a pipeline."""

import contextlib
import functools
import inspect
from collections.abc import Iterator
from typing import Any
from unittest import mock

from prefetchlab._tensorflow import tf


@contextlib.contextmanager
def cycles_noticed() -> Iterator[list[int | None]]:
    """Note how many datasets each `interleave` inside the `with` is told to read in turn.

    >>> numbers = tf.data.Dataset.range(2)
    >>> with cycles_noticed() as cycles:
    ...     _ = numbers.interleave(lambda number: numbers, cycle_length=1)
    ...     _ = numbers.interleave(lambda number: numbers)
    >>> cycles
    [1, None]
    """
    original = tf.data.Dataset.interleave
    signature = inspect.signature(original)
    cycles = list[int | None]()

    @functools.wraps(original)
    def noted(*arguments: Any, **named: Any) -> Any:
        cycles.append(signature.bind(*arguments, **named).arguments.get("cycle_length"))
        return original(*arguments, **named)

    with mock.patch.object(tf.data.Dataset, "interleave", noted):
        yield cycles
