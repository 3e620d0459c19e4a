"""Checks that a test cell may call as they are, for a task that needs no check of its own.

A notebook says `from prefetchlab.grading import vocabulary as checks`. Each of them takes the
student's function, runs it, and returns None or raises `Mistake`. A task with mistakes of its own
to name gets a function in the assignment's own module, made of the same parts: `elements`,
`counts`, `structure`, `values` and `for_test_cell`.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prefetchlab import graph
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import check_asks_its_source, counts_of, why_at_least
from prefetchlab.grading.elements import check_is_dataset, check_order, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same_all
from prefetchlab.grading.words import up_to
from prefetchlab.measure import Transform

__all__ = ["gives", "is_written", "returns", "runs_ahead"]


@for_test_cell
def returns(answer: StudentFunction, *arguments: Any, wanted: ArrayLike, look: str) -> None:
    """Check the number or the numbers that a function returns; float32 is exact enough.

    >>> returns(max, 2, 3, wanted=5, look="Which of the two times hides behind the other?")
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: max(2, 3) is 3, and that is not right. Which ...

    **Arguments:**

    - `answer`: the student's function.
    - `arguments`: what to call it with.
    - `wanted`: the right number; or several, as a sequence, an array or a tensor.
    - `look`: a sentence on where to look, which gives no answer away.

    **Raises:** `Mistake`.
    """
    got = answer(*arguments)
    one = np.ndim(wanted) == 0
    call = f"{getattr(answer, '__name__', 'your function')}({', '.join(map(repr, arguments))})"
    kind = "one number" if one else "a list of numbers"
    numbers = plain_numbers(
        [got] if one else got, f"{call} returns {type(got).__name__}. Return {kind}."
    )
    if not same_all(numbers, np.atleast_1d(wanted).tolist()):
        shown = numbers[0] if one else numbers
        raise Mistake(f"{call} is {shown}, and that is not right. {look}")


@for_test_cell
def gives(build: StudentFunction, *arguments: Any, wanted: Sequence[Any]) -> None:
    """Check that a pipeline gives these elements, each once and in order.

    Values are compared as exactly as float32 tells. Their kind must be the same, whole, real or
    true and false, but not its size: int32 does for int64.

    >>> from prefetchlab._tensorflow import tf
    >>> gives(lambda numbers: numbers.skip(1), tf.data.Dataset.range(3), wanted=[0, 1, 2])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Some elements are missing: 1 of 3. ...

    **Arguments:**

    - `build`: the student's function, to a dataset.
    - `arguments`: what to call it with.
    - `wanted`: the elements as numbers, lists, or tuples of them.

    **Raises:** `Mistake`.
    """
    got = first_elements(build(*arguments), len(wanted) + 3)
    check_order([_comparable(element) for element in got], [_comparable(one) for one in wanted])
    for element, one in zip(got, wanted, strict=True):
        _check_types(element, one)


def _check_types(got: Any, wanted: Any) -> None:
    """Refuse another kind of number in an element whose values are right."""
    for (place, values), (_, right) in zip(_arrays(got), _arrays(wanted), strict=True):
        kinds = {_KINDS.get(array.dtype.kind) for array in (values, right)}
        if values.size and len(kinds - {None}) > 1:
            at = f" at {''.join(f'[{key!r}]' for key in place)}" if place else ""
            raise Mistake(
                f"Your elements are {values.dtype}{at}, and {right.dtype} is wanted. Their values "
                "are right: look for a cast or a function that gives another type."
            )


_KINDS = {"b": "true or false", "i": "whole", "u": "whole", "f": "real"}  # of NumPy's types


def _comparable(element: Any) -> Hashable:
    """The same for the same values, whatever their type."""
    # Text, because NaN is not equal to itself.
    return repr([(place, array.shape, _values(array)) for place, array in _arrays(element)])


def _arrays(
    element: Any, place: tuple[object, ...] = ()
) -> Iterator[tuple[tuple[object, ...], NDArray[Any]]]:
    """The arrays that an element holds, each with its place: keys of dicts, indices of tuples."""
    parts: Iterable[tuple[object, Any]]
    if isinstance(element, dict):
        parts = sorted(element.items())
    elif isinstance(element, tuple):
        parts = enumerate(element)
    else:
        yield place, np.asarray(element)
        return
    for key, part in parts:
        yield from _arrays(part, (*place, key))


def _values(array: NDArray[Any]) -> list[Any]:
    if array.dtype.kind == "b":
        array = array.astype(int)
    if array.dtype.kind != "f":
        return list(array.ravel().tolist())
    reals = array.astype(np.float32).ravel().tolist()
    return [int(real) if real.is_integer() else real for real in reals]


@for_test_cell
def runs_ahead(build: Transform, *, counts: Sequence[int], as_written: bool = True) -> None:
    """Check how many elements the source has made after 1, 2, 3, … were taken.

    >>> runs_ahead(lambda source: source.prefetch(1), counts=(3, 4, 5))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your source has made (2, 3, 4) elements ...

    **Arguments:**

    - `build`: the student's function, from a dataset of int64 scalars to a dataset.
    - `counts`: the right counts, one for each element taken.
    - `as_written`: whether TensorFlow's rewrites are switched off.

    **Raises:** `Mistake`.
    """
    got = counts_of(build, taken=len(counts), as_written=as_written)
    check_asks_its_source(got)
    if got != tuple(counts):
        raise Mistake(
            f"Your source has made {got} elements after the consumer took {up_to(len(got))}. "
            f"The task asks for other counts: look at what each stage holds.{why_at_least(got)}"
        )


@for_test_cell
def is_written(build: StudentFunction, *arguments: Any, wanted: str) -> None:
    """Check the stages of a pipeline, from its source to its end.

    >>> from prefetchlab._tensorflow import tf
    >>> is_written(lambda numbers: numbers, tf.data.Dataset.range(3), wanted="Range → Batch(4)")
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline is Range. Another was asked for: ...

    **Arguments:**

    - `build`: the student's function, to a dataset.
    - `arguments`: what to call it with.
    - `wanted`: the right pipeline, as `graph.written` prints it.

    **Raises:** `Mistake`.
    """
    dataset = build(*arguments)
    check_is_dataset(dataset)
    got = str(graph.written(dataset))
    if got != wanted:
        raise Mistake(
            f"Your pipeline is {got}. Another was asked for: compare it stage by stage, "
            "and each size."
        )
