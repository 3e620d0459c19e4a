"""Task 9: batches that hold three of one source, and one of another."""

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import first_elements
from prefetchlab.grading.inputs import fresh_numbers
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

_EACH = 3  # of the first source in each batch, and one of the second


@for_test_cell
def three_to_one(build: StudentFunction, *, first: int = 14, second: int = 9) -> None:
    """Check the batches, element by element, and where they end.

    >>> three_to_one(lambda first, second: first.concatenate(second).batch(4))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Batch 1 holds 4 of the first source and 0 of the second. ...

    **Arguments:**

    - `build`: the student's function of (first, second), to a dataset of batches.
    - `first`, `second`: how many elements each source has.

    **Raises:** `Mistake` that names the mistake.
    """
    sources = fresh_numbers(first), fresh_numbers(second).map(lambda number: -1 - number)
    some, others = ([int(number) for number in source] for source in sources)
    enough = first + second + 3
    batches = first_elements(build(*sources), enough)
    whole = min(first // _EACH, second)
    for number, batch in enumerate(batches[:whole]):
        _check_batch(batch, number, some, others)
    ends = f"The first source has {first} elements, the second {second}"
    if len(batches) < whole:
        raise Mistake(
            f"{ends}, and your pipeline gives {len(batches)} batches: it ends while both sources "
            "still have what one more batch needs."
        )
    if len(batches) > whole:
        given = (
            f"{len(batches)} batches, the last being {_told(batches[-1], some, others)}"
            if len(batches) < enough
            else f"more than {enough - 1} batches"
        )
        raise Mistake(
            f"{ends}, and your pipeline gives {given}. It ends where no batch of 3 and 1 is left."
        )
    if batches and batches[0].dtype != np.int64:
        raise Mistake(f"Your numbers are {batches[0].dtype}, and those of the sources are int64.")


def _check_batch(batch: object, number: int, some: list[int], others: list[int]) -> None:
    if isinstance(batch, tuple) or np.ndim(batch) != 1:  # type: ignore[arg-type]
        kind = f"a tuple of {len(batch)}" if isinstance(batch, tuple) else "no list of numbers"
        raise Mistake(f"Batch {number + 1} is {kind}. A batch is one tensor of 4 numbers.")
    got = [int(one) for one in np.asarray(batch)]
    right = [*some[number * _EACH : (number + 1) * _EACH], others[number]]
    if got == right:
        return
    told = f"Batch {number + 1} holds {_told(batch, some, others)}."
    if sorted(got) == sorted(right):
        raise Mistake(
            f"{told} They are the right ones in another order: first the three, and then the one."
        )
    if sum(one in some for one in got) == _EACH and len(got) == _EACH + 1:
        raise Mistake(
            f"{told} But they are not those that come next: each source is read in its own order, "
            "and none of its elements is left out."
        )
    raise Mistake(f"{told} It must hold 3 and 1.")


def _told(batch: object, some: list[int], others: list[int]) -> str:
    if isinstance(batch, tuple):
        return f"a tuple of {len(batch)}"
    got = np.atleast_1d(np.asarray(batch)).ravel().tolist()
    counts = [sum(one in source for one in got) for source in (some, others)]
    return f"{counts[0]} of the first source and {counts[1]} of the second"
