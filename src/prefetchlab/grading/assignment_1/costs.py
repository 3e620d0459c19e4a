"""Task 10: what each stage adds, and what no spreading over cores can beat."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same, same_all
from prefetchlab.grading.words import plural


class Row(NamedTuple):
    """A pipeline up to one stage; all numbers are for one batch."""

    name: str
    ms: float
    cpu_ms: float
    bytes: int


_STAGES = ("read", "parse", "decode", "resize", "augment", "batch")


@for_test_cell
def stage_costs(
    answer: StudentFunction,
    *,
    rows: Sequence[tuple[str, float, float, int]] | None = None,
    cores: int = 2,
) -> None:
    """Check what a student reads off a table of a pipeline that grows stage by stage.

    >>> rows = [("read", 4, 1, 10), ("decode", 9, 6, 90)]
    >>> stage_costs(lambda rows, cores: ([4, 9], "read", 9), rows=rows)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that the stages add [4, 9] ms. ...

    **Arguments:**

    - `answer`: the student's function of (rows, cores), to (added, costliest, least).
    - `rows`: (name, milliseconds, CPU milliseconds, bytes) of each growing pipeline; many tables by
      chance if left out.
    - `cores`: over how many the work may be spread; of tables by chance, for the first.

    **Raises:** `Mistake` that names the mistake.
    """
    if rows is not None:
        _check_table(answer, [Row(*row) for row in rows], cores)
        return
    for number in range(_TABLES):
        _check_table(answer, _by_chance(), cores + number)


_TABLES = 20  # where rows come by chance


def _check_table(answer: StudentFunction, table: Sequence[Row], cores: int) -> None:
    returned = answer([tuple(row) for row in table], cores)
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Mistake("Return three things: a list of numbers, a name, and a number.")
    added, costliest, least = returned
    _check_added(plain_numbers(added, "The first thing must be a list of numbers."), table)
    _check_costliest(costliest, table)
    got = plain_numbers([least], "The third thing must be one number of milliseconds.")[0]
    _check_least(got, table, cores)


def _by_chance() -> list[Row]:
    """Rows in which time, work and bytes each name another stage as the largest, not the last."""
    rng = np.random.default_rng()
    stages = len(_STAGES)
    costliest, busiest, largest = rng.choice(np.arange(1, stages - 1), 3, replace=False)
    added = rng.integers(1, 20, (3, stages)).astype(float)
    added[0, costliest], added[1, busiest], added[2, largest] = 60, 50, 40
    totals = np.cumsum(added, axis=1)
    return [
        Row(name, float(ms), float(cpu), int(size) * 1000)
        for name, ms, cpu, size in zip(_STAGES, *totals, strict=True)
    ]


def _added(totals: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise([0, *totals])]


def _check_added(got: list[float], table: Sequence[Row]) -> None:
    right = _added([row.ms for row in table])
    if same_all(got, right):
        return
    said = f"You say that the stages add {got} ms."
    if len(got) != len(right):
        raise Mistake(
            f"{said} There are {len(right)} stages, and each adds something, the first one, too."
        )
    if same_all(got, [row.ms for row in table]):
        raise Mistake(f"{said} Those are times of whole pipelines, each up to one stage.")
    if same_all(got, _added([row.cpu_ms for row in table])):
        raise Mistake(f"{said} That is the CPU work. The time stands in another column.")
    if same_all(got[1:], right[1:]):
        raise Mistake(f"{said} The first number is wrong: what stands before the first stage?")
    raise Mistake(f"{said} Compare each row with the row of the pipeline before it.")


def _check_costliest(got: object, table: Sequence[Row]) -> None:
    names = [row.name for row in table]
    if not isinstance(got, str) or got not in names:
        raise Mistake(f"You name {got!r} as the costliest stage. Return one of the names: {names}.")
    costliest = {key: _costliest(table, key) for key in ("ms", "cpu_ms", "bytes")}
    if got == costliest["ms"]:
        return
    said = f"You name {got} as the costliest stage."
    if got == names[-1]:
        raise Mistake(f"{said} Its row is that of the whole pipeline. What does it add?")
    if got == costliest["cpu_ms"]:
        raise Mistake(f"{said} It adds most CPU work, and the task asks for time.")
    if got == costliest["bytes"]:
        raise Mistake(f"{said} It adds most bytes, and the task asks for time.")
    raise Mistake(f"{said} Another stage adds more time.")


def _costliest(table: Sequence[Row], key: str) -> str:
    added = _added([getattr(row, key) for row in table])
    return table[int(np.argmax(added))].name


def _check_least(got: float, table: Sequence[Row], cores: int) -> None:
    whole = table[-1]
    if same(got, whole.cpu_ms / cores):
        return
    on = f"{cores} {plural('core', cores)}"
    said = f"You say that a batch takes {got:.6g} ms at least on {on}."
    if same(got, whole.ms / cores):
        raise Mistake(f"{said} You spread the time. Which column holds the work of the cores?")
    if same(got, whole.cpu_ms):
        raise Mistake(f"{said} That is the work of one core that does all.")
    if same(got, sum(row.cpu_ms for row in table) / cores):
        raise Mistake(f"{said} You count work twice: a row holds that of all stages before it.")
    if abs(got - whole.cpu_ms / cores) < 1:
        raise Mistake(f"{said} That is near: divide with /, and do not round.")
    raise Mistake(f"{said} Take the work of the whole pipeline, and spread it evenly.")
