"""What a student's function calls while it builds a pipeline."""

import contextlib
import functools
import inspect
from collections.abc import Iterator
from typing import Any
from unittest import mock

from prefetchlab._tensorflow import tf


@contextlib.contextmanager
def wrappers_noticed() -> Iterator[list[str]]:
    """Note the names of the wrappers for Python that are called inside the `with`.

    >>> with wrappers_noticed() as called:
    ...     _ = tf.data.Dataset.range(2).map(lambda x: tf.numpy_function(abs, [x], tf.int64))
    >>> called
    ['numpy_function']
    """
    calls = list[tuple[str, dict[str, Any]]]()
    called = list[str]()
    with contextlib.ExitStack() as stack:
        for owner, name in _WRAPPERS:
            stack.enter_context(_noted(owner, name, calls))
        yield called
        called += [name for name, _ in calls]


_WRAPPERS = (
    (tf, "py_function"),
    (tf, "numpy_function"),
    (tf.data.Dataset, "from_generator"),
)


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
    calls = list[tuple[str, dict[str, Any]]]()
    cycles = list[int | None]()
    with _noted(tf.data.Dataset, "interleave", calls):
        yield cycles
        cycles += [arguments.get("cycle_length") for _, arguments in calls]


def _noted(
    owner: Any, name: str, calls: list[tuple[str, dict[str, Any]]]
) -> contextlib.AbstractContextManager[object]:
    original = getattr(owner, name)
    signature = inspect.signature(original)

    @functools.wraps(original)
    def noted(*arguments: Any, **named: Any) -> Any:
        calls.append((name, signature.bind(*arguments, **named).arguments))
        return original(*arguments, **named)

    return mock.patch.object(owner, name, noted)
