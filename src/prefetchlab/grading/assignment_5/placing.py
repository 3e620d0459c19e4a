"""Task 8: where a cache stands, by what it freezes, what it takes and what it saves."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural


class Stage(NamedTuple):
    """A stage, for one image: milliseconds of work, bytes that come out, whether it draws."""

    name: str
    work_ms: float
    bytes: int
    draws: bool

    def __str__(self) -> str:
        """The stage in words."""
        kind = " (draws)" if self.draws else ""
        return f"{self.name}{kind} works {self.work_ms} ms and gives {self.bytes:,} bytes"


class Place(NamedTuple):
    """Where a cache stands.

    Attributes:
        stage: the name of the stage that it stands behind; None for no cache.
        bytes: what it takes.
        work_ms: of all epochs together.
    """

    stage: str | None
    bytes: int
    work_ms: float


@for_test_cell
def cache_place(
    answer: StudentFunction,
    *,
    stages: Sequence[tuple[str, float, int, bool]] | None = None,
    images: int = 1000,
    epochs: int = 2,
    memory: int = 10**9,
) -> None:
    """Check the best place of a cache, its bytes, and the work of all epochs.

    >>> cache_place(lambda *given: ("read", 9, 9), stages=[("read", 2, 10, False)], images=3)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that a cache behind read takes 9 bytes. ...

    **Arguments:**

    - `answer`: the student's function of (stages, images, epochs, memory), to (name or None, bytes,
      milliseconds).
    - `stages`: (name, milliseconds of work, bytes, draws) for one image; many by chance if left
      out.
    - `images`: how many there are.
    - `epochs`: how many the training has.
    - `memory`: bytes that the cache may take.

    **Raises:** `Mistake` that names the mistake.
    """
    if stages is not None:
        _check(answer, [Stage(*one) for one in stages], images, epochs, memory)
        return
    for case in _by_chance():
        _check(answer, *case)


def _by_chance() -> Iterator[tuple[list[Stage], int, int, int]]:
    """Bytes that grow and shrink, a draw at any place, memory for some stages or for none."""
    rng = np.random.default_rng()
    for number in range(_CASES):
        works = rng.integers(1, 60, len(_NAMES)).tolist()
        sizes = (rng.integers(1, 200, len(_NAMES)) * 1000).tolist()
        draws = (rng.random(len(_NAMES)) < _DRAWS).tolist()
        rows = zip(_NAMES, works, sizes, draws, strict=True)
        stages = [Stage(*row) for row in rows]
        images = int(rng.integers(100, 5000))
        room = int(rng.choice([min(sizes) - 1, int(np.median(sizes)), max(sizes)]))
        yield stages, images, 1 if number == 0 else int(rng.integers(2, 200)), room * images


_NAMES = ("read", "parse", "decode", "resize", "augment", "cast")
_DRAWS = 0.2  # so often a stage by chance draws
_CASES = 60


def best_place(stages: Sequence[Stage], images: int, epochs: int, memory: int) -> Place:
    """The place with the least work of all that are allowed; of equal ones that of fewest bytes.

    >>> stages = [Stage("read", 2, 10, False), Stage("flip", 1, 10, True)]
    >>> best_place(stages, images=3, epochs=2, memory=100)
    Place(stage='read', bytes=30, work_ms=12)
    """
    return min(
        _allowed(stages, images, epochs, memory), key=lambda place: (place.work_ms, place.bytes)
    )


def _allowed(stages: Sequence[Stage], images: int, epochs: int, memory: int) -> Iterator[Place]:
    yield Place(None, 0, _work_ms(stages, 0, images, epochs))
    for behind, stage in enumerate(stages, start=1):
        if stage.draws:
            return
        if stage.bytes * images <= memory:
            yield Place(stage.name, stage.bytes * images, _work_ms(stages, behind, images, epochs))


def _work_ms(stages: Sequence[Stage], behind: int, images: int, epochs: int) -> float:
    """The work of all epochs where a cache stands behind so many stages."""
    works = [one.work_ms for one in stages]
    return (
        images * (sum(works[:behind]) + epochs * sum(works[behind:]))
        if behind
        else (images * epochs * sum(works))
    )


def _check(
    answer: StudentFunction, stages: list[Stage], images: int, epochs: int, memory: int
) -> None:
    returned = answer([tuple(one) for one in stages], images, epochs, memory)
    wanted = "Return three things: the name of a stage or None, bytes, and milliseconds."
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Mistake(wanted)
    name = returned[0]
    if name is not None and name not in [one.name for one in stages]:
        raise Mistake(f"{wanted} There is no stage {name!r}.")
    size, work = plain_numbers(returned[1:], wanted)
    right = best_place(stages, images, epochs, memory)
    case = (
        f"The case: {images} images, {epochs} {plural('epoch', epochs)}, {memory:,} bytes of "
        f"memory; {'; '.join(map(str, stages))}."
    )
    place = "no cache" if name is None else f"a cache behind {name}"
    if name != right.stage:
        fault = _place_fault(name, right, stages, images, epochs, memory)
        raise Mistake(f"You choose {place}. {fault} {case}")
    if same(size, right.work_ms) and same(work, right.bytes):
        raise Mistake(
            "You return the work before the bytes: the name, the bytes, and then the work."
        )
    if not same(size, right.bytes):
        fault = _bytes_fault(size, right, images)
        raise Mistake(f"You say that {place} takes {size:,} bytes. {fault} {case}")
    if not same(work, right.work_ms):
        fault = _work_fault(work, right, stages, images, epochs)
        raise Mistake(f"With {place} you say {work:,} ms in all. {fault} {case}")


def _place_fault(
    name: str | None, right: Place, stages: Sequence[Stage], images: int, epochs: int, memory: int
) -> str:
    names = [one.name for one in stages]
    if name is None:
        return "There is a place where it fits, freezes nothing, and saves work."
    behind = names.index(name) + 1
    drawing = [one.name for one in stages[:behind] if one.draws]
    if drawing:
        return f"What {drawing[0]} draws would be frozen: it stands before the cache."
    if stages[behind - 1].bytes * images > memory:
        return "There it does not fit: look at the bytes of all images together."
    work = _work_ms(stages, behind, images, epochs)
    if same(work, right.work_ms):
        return (
            f"It takes {stages[behind - 1].bytes * images:,} bytes there, and with "
            f"{right.bytes:,} the work is as little: of equal ones take the one with fewest bytes."
        )
    return (
        f"The work is {work:,} ms in all there, and elsewhere it is less. Compare all places that "
        "are allowed, and not the bytes or one stage alone."
    )


def _bytes_fault(got: float, right: Place, images: int) -> str:
    if same(got * images, right.bytes):
        return "That is one image. It keeps all of them."
    return "It keeps for each image what the stage before it gives."


def _work_fault(got: float, right: Place, stages: Sequence[Stage], images: int, epochs: int) -> str:
    works = [one.work_ms for one in stages]
    behind = 0 if right.stage is None else [one.name for one in stages].index(right.stage) + 1
    later = sum(works[behind:])
    if same(got * images, right.work_ms):
        return "That is the work for one image."
    if same(got, images * epochs * later) and behind:
        return (
            "Somebody must fill the cache: in the first epoch all stages work, those before it too."
        )
    if same(got, images * (sum(works) + epochs * later)) and behind:
        return "You count one epoch too many: the first one is one of them."
    if same(got, images * epochs * sum(works)):
        return "That is the work without a cache. Which stages rest from the second epoch on?"
    if same(got, images * sum(works)) or same(got, images * later):
        return "That is the work of one epoch. The sum of all is wanted."
    return "In the first epoch all stages work, and in each later one those behind the cache."
