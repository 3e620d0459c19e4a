"""Task 1: how many elements come out of batch, repeat and take, by their order."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same


class Sizes(NamedTuple):
    """What the three pipelines are made of."""

    elements: int
    batch: int
    repeats: int
    drop: bool
    take: int


@for_test_cell
def element_counts(
    answer: StudentFunction, *, cases: Sequence[tuple[int, int, int, bool, int]] | None = None
) -> None:
    """Check how many elements three pipelines give, against what TensorFlow says of them.

    >>> element_counts(lambda *sizes: (30, 30, 30), cases=[(10, 4, 3, False, 2)])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For elements = 10, batch = 4, ... you say 30 for A, ...

    **Arguments:**

    - `answer`: the student's function of (elements, batch, repeats, drop, take), to the counts of
      A, `repeat → batch`; of B, `batch → repeat`; and of C, `batch → take → repeat`.
    - `cases`: what to call it with; by chance, and many, if it is left out.

    **Raises:** `Mistake` that names the mistake.
    """
    for case in cases or _by_chance():
        sizes = Sizes(*case)
        got = plain_numbers(answer(*sizes), _WANTED)
        if len(got) != 3:
            raise Mistake(f"{_WANTED} You return {len(got)}.")
        right = _counted(sizes)
        for name, said, wanted in zip("ABC", got, right, strict=True):
            if not same(said, wanted):
                shown = ", ".join(f"{key} = {value}" for key, value in sizes._asdict().items())
                fault = _fault(name, said, sizes, right)
                raise Mistake(f"For {shown} you say {said} for {name}, and it is not. {fault}")


_WANTED = "element_counts must return three numbers, for A, B and C."


def _by_chance() -> Iterator[Sizes]:
    rng = np.random.default_rng()
    for _ in range(60):
        elements, batch, repeats, take = map(int, rng.integers([0, 1, 1, 0], [60, 12, 6, 9]))
        yield Sizes(elements, batch, repeats, bool(rng.integers(2)), take)


def _counted(sizes: Sizes) -> tuple[int, int, int]:
    numbers = tf.data.Dataset.range(sizes.elements)
    batches = numbers.batch(sizes.batch, drop_remainder=sizes.drop)
    pipelines = (
        numbers.repeat(sizes.repeats).batch(sizes.batch, drop_remainder=sizes.drop),
        batches.repeat(sizes.repeats),
        batches.take(sizes.take).repeat(sizes.repeats),
    )
    first, second, third = (int(one.cardinality()) for one in pipelines)
    return first, second, third


def _fault(name: str, said: float, sizes: Sizes, right: tuple[int, int, int]) -> str:
    other = _counted(sizes._replace(drop=not sizes.drop))["ABC".index(name)]
    if said == sizes.elements * sizes.repeats != 0:
        return "That counts single numbers. After batch an element is a batch."
    if name == "A" and said == right[1] != 0:
        return "batch comes after repeat there: what does it know of where an epoch ends?"
    if name == "B" and said == right[0] != 0:
        return "batch comes before repeat there: it sees the end of each epoch."
    if said == other:
        return f"What becomes of numbers that fill no whole batch, with drop = {sizes.drop}?"
    if name == "C" and said == sizes.take * sizes.repeats:
        return "take gives no more than there is."
    if name == "C" and said in (sizes.take, min(sizes.take, right[1])):
        return "take comes before repeat there: repeat begins it anew."
    if said != int(said):
        return "There are no parts of an element: round, and think which way."
    return "Write the elements down stage by stage, for a few numbers."
