"""Task 9: the least that a step can take, what sets it, and how many cores are worth having."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural


class Stage(NamedTuple):
    """A stage, for one batch: milliseconds of waiting and of work, and whether it is serial."""

    name: str
    wait_ms: int
    work_ms: int
    serial: bool

    def __str__(self) -> str:
        """The stage in words."""
        kind = " (serial)" if self.serial else ""
        return f"{self.name}{kind} waits {self.wait_ms} and works {self.work_ms} ms"


class Training(NamedTuple):
    """A train step alone, and how much of it the cores of the host compute, in milliseconds."""

    train_ms: int
    work_ms: int


@for_test_cell
def least_step(
    answer: StudentFunction,
    *,
    stages: Sequence[tuple[str, int, int, bool]] | None = None,
    train: tuple[int, int] = (10, 0),
    cores: int = 2,
) -> None:
    """Check the least step, the name of what sets it, and the cores that are worth having.

    >>> least_step(lambda *given: (9, "cores", 2), stages=[("read", 5, 1, True)])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that a step takes at least 9 ms. ...

    **Arguments:**

    - `answer`: the student's function of (stages, train_ms, train_work_ms, cores), to (least step,
      name, cores).
    - `stages`: (name, waiting, work, serial) of one batch in milliseconds; many by chance if left
      out.
    - `train`: the train step alone, and its work on the cores.
    - `cores`: how many there are.

    **Raises:** `Mistake` that names the mistake.
    """
    if stages is not None:
        _check(answer, [Stage(*one) for one in stages], Training(*train), cores)
        return
    for case in _by_chance():
        _check(answer, *case)


def _by_chance() -> Iterator[tuple[list[Stage], Training, int]]:
    """Each kind of limit sets some of them; two that are equal set none."""
    rng = np.random.default_rng()
    made = 0
    while made < _CASES:
        rows = zip(
            _NAMES,
            rng.integers(0, 60, len(_NAMES)).tolist(),
            rng.integers(1, 40, len(_NAMES)).tolist(),
            (rng.random(len(_NAMES)) < _SERIAL).tolist(),
            strict=True,
        )
        train = int(rng.integers(5, 90))
        training = Training(train, int(rng.integers(0, train)))
        stages, cores = [Stage(*row) for row in rows], int(rng.integers(1, 9))
        second, largest = sorted(terms_ms(stages, training, cores).values())[-2:]
        if second != largest:
            made += 1
            yield stages, training, cores


_NAMES = ("read", "decode", "augment", "batch")
_SERIAL = 0.3  # so often a stage by chance is serial
_CASES = 40


def terms_ms(stages: Sequence[Stage], train: Training, cores: int) -> Mapping[str, float]:
    """What a step takes at least, by what asks for it, in milliseconds.

    >>> terms_ms([Stage("read", 30, 2, True), Stage("decode", 0, 40, False)], Training(9, 6), 4)
    {'training': 9, 'cores': 12.0, 'read': 32}
    """
    needed = train.work_ms + sum(one.work_ms for one in stages)
    serial = {one.name: one.wait_ms + one.work_ms for one in stages if one.serial}
    return {"training": train.train_ms, "cores": needed / cores, **serial}


def _worth(stages: Sequence[Stage], train: Training) -> int:
    """The fewest cores with which a step is as short as with any number."""
    one_core = dict(terms_ms(stages, train, 1))
    needed = one_core.pop("cores")
    return max(1, math.ceil(needed / max(one_core.values())))


def _check(answer: StudentFunction, stages: list[Stage], train: Training, cores: int) -> None:
    returned = answer([tuple(one) for one in stages], train.train_ms, train.work_ms, cores)
    wanted = "Return three things: milliseconds, the name of what sets them, and a number of cores."
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Mistake(wanted)
    least, worth = plain_numbers([returned[0], returned[2]], wanted)
    terms = terms_ms(stages, train, cores)
    case = (
        f"The case: {'; '.join(map(str, stages))}; train_ms = {train.train_ms}, "
        f"train_work_ms = {train.work_ms} and {cores} {plural('core', cores)}."
    )
    right = max(terms.values())
    if not same(least, right):
        said = f"You say that a step takes at least {least:.6g} ms."
        raise Mistake(f"{said} {_least_fault(least, stages, train, cores)} {case}")
    name = returned[1]
    if not isinstance(name, str) or name not in terms:
        raise Mistake(f"Your name is {name!r}, and it must be one of {', '.join(terms)}. {case}")
    if not same(terms[name], right):
        raise Mistake(
            f"You say that {name} sets the least step. Alone it would allow {terms[name]:.6g} ms. "
            f"What asks for more? {case}"
        )
    if worth != _worth(stages, train):
        cores_are = "core is" if worth == 1 else "cores are"
        said = f"You say that {worth:.6g} {cores_are} worth having."
        raise Mistake(f"{said} {_worth_fault(worth, stages, train)} {case}")


def _least_fault(got: float, stages: Sequence[Stage], train: Training, cores: int) -> str:
    terms = terms_ms(stages, train, cores)
    if same(got, sum(terms.values())):
        return "Those add up only if nothing goes on side by side. The least is set by one of them."
    each = [one.wait_ms + one.work_ms for one in stages]
    loading = sum(each)
    if same(got, max([loading, *terms.values()])):
        return (
            "You let all stages of a batch follow each other. With calls enough other batches are "
            "loaded meanwhile, and only a serial stage has to go from batch to batch."
        )
    if same(got, max([*each, *terms.values()])):
        return "You take a parallel stage for serial. With calls enough its waiting sets nothing."
    serial = [one.work_ms for one in stages if one.serial]
    fewer = (train.train_ms, terms["cores"])
    if same(got, max(fewer)) or same(got, max([*fewer, *serial])):
        return (
            "A serial stage does one batch after the other, on however many cores, and each takes "
            "its waiting and its work there."
        )
    if any(same(got, one) for one in terms.values()):
        return "That is what one of them asks for, and another asks for more."
    loads = sum(one.work_ms for one in stages) / cores
    others = [one for name, one in terms.items() if name != "cores"]
    if same(got, max([loads, *others])):
        return "Training computes on the cores as well: its work belongs to what they have to do."
    everything = loading + train.work_ms
    if same(got, max([everything / cores, *others])):
        return "Waiting needs no core. Only work is shared by the cores."
    if same(got, max([terms["cores"] * cores, *others])):
        return "The work is that of one core. How many share it?"
    return "Work out what training, the cores and each serial stage ask for. Which is the most?"


def _worth_fault(got: float, stages: Sequence[Stage], train: Training) -> str:
    if got < 1 or got % 1:
        return "Give a whole number from 1."

    def least(cores: int) -> float:
        return max(terms_ms(stages, train, cores).values())

    right = _worth(stages, train)
    if got < right:
        return (
            f"With so many a step takes at least {least(int(got)):.6g} ms, and with {int(got) + 1} "
            f"{least(int(got) + 1):.6g}. So one more is still worth having."
        )
    return (
        f"With so many a step takes at least {least(int(got)):.6g} ms, and with {int(got) - 1} as "
        "long. What sets it when there are cores enough, and how many does it take to be there?"
    )
