"""Task 7: which of several changes comes first, worked out before any is made."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural

Pipeline = Mapping[str, float]  # the numbers of a pipeline by name, times in milliseconds a batch
Changes = Mapping[str, Pipeline]  # by name, which numbers a change replaces
Rung = tuple[str, float]  # the name of a change, and the step with it in milliseconds


@for_test_cell
def ladder(
    answer: StudentFunction,
    *,
    pipeline: Pipeline | None = None,
    changes: Changes | None = None,
    cores: int = 2,
) -> None:
    """Check the order of changes by what each gains, and the step after each.

    >>> pipeline = dict(read_ms=4, decode_ms=4, augment_ms=2, train_ms=9, train_work_ms=0, calls=1)
    >>> ladder(
    ...     lambda *given: [("prefetch", 9)],
    ...     pipeline=pipeline | {"slots": 0},
    ...     changes={"prefetch": {"slots": 1}},
    ... )
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With prefetch your step is 9 ms. ...

    **Arguments:**

    - `answer`: the student's function of (pipeline, changes, cores), to a list of rungs.
    - `pipeline`: the numbers of the pipeline as it is; many by chance if left out.
    - `changes`: what can be changed.
    - `cores`: how many there are.

    **Raises:** `Mistake` that names the mistake.
    """
    if pipeline is not None and changes is not None:
        _check(answer, pipeline, changes, cores)
        return
    for numbers, some, many in _by_chance():
        _check(answer, numbers, some, many)


def step_ms(pipeline: Pipeline, cores: int) -> float:
    """The step of a pipeline, by the formulas of the task, in milliseconds.

    >>> step_ms(dict(read_ms=4, decode_ms=4, augment_ms=2, train_ms=9, train_work_ms=0,
    ...              calls=1, slots=1), cores=2)
    10.0
    """
    busy = pipeline["decode_ms"] + pipeline["augment_ms"]
    loading = _loading_ms(pipeline, cores)
    if not pipeline["slots"]:
        return loading + pipeline["train_ms"]
    return max(loading, pipeline["train_ms"], (pipeline["train_work_ms"] + busy) / cores)


def _loading_ms(pipeline: Pipeline, cores: int) -> float:
    busy = pipeline["decode_ms"] + pipeline["augment_ms"]
    return max((busy + pipeline["read_ms"]) / pipeline["calls"], busy / cores)


def climbed(pipeline: Pipeline, changes: Changes, cores: int) -> list[Rung]:
    """The changes that shorten the step, each time the best of those that are left.

    >>> pipeline = dict(read_ms=4, decode_ms=4, augment_ms=2, train_ms=9, train_work_ms=0, calls=1)
    >>> changes = {"calls": {"calls": 2}, "prefetch": {"slots": 1}}
    >>> climbed(pipeline | {"slots": 0}, changes, cores=2)
    [('prefetch', 10.0), ('calls', 9)]
    """
    left, rungs = dict(changes), list[Rung]()
    while left:
        steps = {name: step_ms({**pipeline, **change}, cores) for name, change in left.items()}
        best = min(steps, key=lambda name: steps[name])  # the first of several that are equal
        if not steps[best] < step_ms(pipeline, cores):
            break
        pipeline = {**pipeline, **left.pop(best)}
        rungs += [(best, steps[best])]
    return rungs


def _by_chance() -> Iterator[tuple[Pipeline, Changes, int]]:
    """Pipelines that wait, that compute, and whose training shares the cores."""
    rng = np.random.default_rng()
    made = 0
    while made < _CASES:
        read, decode, augment = (int(one) for one in rng.integers([20, 10, 4], [120, 80, 40]))
        train = int(rng.integers(10, 80))
        pipeline = {
            "read_ms": read,
            "decode_ms": decode,
            "augment_ms": augment,
            "train_ms": train,
            "train_work_ms": train if made % 2 else 0,
            "calls": 1,
            "slots": 0,
        }
        changes: dict[str, Pipeline] = {
            "cache": {"read_ms": 0, "decode_ms": 0},
            "calls": {"calls": int(rng.choice([2, 4, 8]))},
            "prefetch": {"slots": int(rng.integers(1, 4))},
            "batches": {"augment_ms": int(rng.integers(1, augment))},
            "resize": {"decode_ms": decode - 3},
            "types": {"augment_ms": augment - 1, "train_ms": train - 1},
        }
        names = rng.permutation(np.array([*changes])).tolist()
        cores = int(rng.integers(1, 5))
        some = {name: changes[name] for name in names}
        if _is_clear(pipeline, some, cores):
            made += 1
            yield pipeline, some, cores


_CASES = 30
_APART = 1e-3  # milliseconds: no rounding decides which change is best


def _is_clear(pipeline: Pipeline, changes: Changes, cores: int) -> bool:
    left = dict(changes)
    for name, _ in [*climbed(pipeline, changes, cores), ("", 0.0)]:
        steps = [step_ms(pipeline, cores)]
        steps += [step_ms({**pipeline, **one}, cores) for one in left.values()]
        gaps = np.diff(np.sort(steps))
        if np.any((gaps > 0) & (gaps < _APART)):
            return False
        pipeline = {**pipeline, **left.pop(name, {})}
    return True


def _check(answer: StudentFunction, pipeline: Pipeline, changes: Changes, cores: int) -> None:
    given = {name: dict(change) for name, change in changes.items()}
    rungs = _rungs(answer(dict(pipeline), given, cores), changes)
    right = climbed(pipeline, changes, cores)
    so_far, taken = dict(pipeline), list[str]()
    for at, (name, step) in enumerate(rungs):
        where = f" after {', '.join(taken)}" if taken else ""
        if name in taken:
            raise Mistake(f"Your ladder names {name} twice. A change that is made is made.")
        if at >= len(right):
            raise Mistake(
                f"You go on with {name}{where}. No change that is left shortens the step there, "
                f"which is {step_ms(so_far, cores):g} ms: the ladder ends."
            )
        best, _ = right[at]
        made = {**so_far, **changes[name]}
        if not same(step, step_ms(made, cores)):
            raise Mistake(
                f"With {name}{where} your step is {step:.6g} ms. "
                f"{_step_fault(step, made, pipeline, changes[name], cores)}{_told(made, cores)}"
            )
        if name != best:
            raise Mistake(
                f"Your rung {at + 1}{where} is {name}. "
                f"{_rung_fault(name, best, so_far, pipeline, changes, cores)}"
            )
        so_far, taken = made, [*taken, name]
    if len(rungs) < len(right):
        told = f"after {', '.join(taken)}" if taken else "before the first change"
        raise Mistake(
            f"Your ladder ends {told}, at {step_ms(so_far, cores):.6g} ms. At least one change "
            "that is left shortens it further. Have you tried each of them on what is reached?"
        )


def _rungs(returned: Any, changes: Changes) -> list[Rung]:
    wanted = "Return a list of pairs: the name of a change, and the step with it."
    if returned is None:
        raise Mistake(f"{wanted} Yours returns nothing (None): end every branch with return.")
    if not isinstance(returned, tuple | list):
        raise Mistake(wanted)
    rungs = []
    for rung in returned:
        if not isinstance(rung, tuple | list) or len(rung) != 2:
            raise Mistake(wanted)
        name, step = rung
        if not isinstance(name, str) or name not in changes:
            raise Mistake(f"{wanted} There is no change {name!r}.")
        rungs.append((name, plain_numbers([step], wanted)[0]))
    return rungs


def _told(pipeline: Pipeline, cores: int) -> str:
    """The numbers that count on this rung."""
    numbers = ", ".join(f"{name} = {value:g}" for name, value in pipeline.items())
    return f" On this rung {numbers}, on {cores} {plural('core', cores)}."


def _step_fault(
    got: float, made: Pipeline, pipeline: Pipeline, change: Pipeline, cores: int
) -> str:
    busy = made["decode_ms"] + made["augment_ms"]
    loading = _loading_ms(made, cores)
    serial = loading + made["train_ms"]
    if same(got, step_ms({**pipeline, **change}, cores)):
        return "That is the step with this change alone. Those that were made before still hold."
    if made["slots"] and same(got, serial):
        return "With a slot loading and training go on side by side: they do not add up."
    if not made["slots"] and same(got, max(loading, made["train_ms"])):
        return "There is no slot, so loading and training take turns: they add up."
    if made["slots"] and same(got, max(loading, made["train_ms"])):
        return "Training computes on the cores as well: both works together need them."
    waits = (busy + made["read_ms"]) / made["calls"]
    if same(got, waits + made["train_ms"] * (not made["slots"])) or same(
        got, max(waits, made["train_ms"])
    ):
        return "More calls wait side by side, but they compute on no more cores than there are."
    if same(got, loading):
        return "That is loading alone, and not the step."
    if same(got, made["train_ms"]):
        return "That is training alone. Does loading keep up with it?"
    return "Work out loading first, and then the step, by the two formulas."


def _rung_fault(
    name: str, best: str, so_far: Pipeline, pipeline: Pipeline, changes: Changes, cores: int
) -> str:
    now, chosen, better = (
        step_ms(one, cores)
        for one in (so_far, {**so_far, **changes[name]}, {**so_far, **changes[best]})
    )
    said = f"There the step is {now:.6g} ms, with {name} {chosen:.6g}"
    if same(chosen, better):
        return f"{said}, and with {best} as long. Of equal ones take the first in changes."
    alone = [step_ms({**pipeline, **changes[one]}, cores) for one in (name, best)]
    why = (
        "Alone it gains more, but what was made before has left it less: gains do not multiply. "
        if alone[0] < alone[1]
        else ""
    )
    return f"{said}, and with {best} {better:.6g}. {why}Work out each change on what is reached."
