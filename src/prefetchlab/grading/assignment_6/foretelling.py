"""Task 7: the step of a load that varies, by a formula and by the recursion itself."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_6.rounding import ROUNDED, is_rounded
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural

Log = tuple[list[float], list[float]]  # the times to load, and to train on, each element

TRUST = 0.05  # how far formula and log may lie apart, as a part of what the log says


@for_test_cell
def step_by_formula(
    answer: StudentFunction, *, load: float | None = None, train: float = 1.0, slots: int = 1
) -> None:
    """Check the mean step when both times are exponential.

    >>> step_by_formula(lambda load, train, slots: max(load, train), load=2, train=1, slots=1)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With load = 2, train = 1 and slots = 1 you say 2. ...

    **Arguments:**

    - `answer`: the student's function of (load, train, slots), to a number.
    - `load`: the mean time to load, above 0; many cases by chance if left out.
    - `train`: the mean time to train, from 0.
    - `slots`: from 0.

    **Raises:** `Mistake` that names the mistake.
    """
    if load is not None:
        _check_formula(answer, load, train, slots)
        return
    rng = np.random.default_rng()
    for slots in (0, 1, 2, 3, 7, 15):
        load = float(np.round(rng.uniform(1, 50), 3))
        nearly = 1 + float(rng.choice([-1, 1]) * rng.uniform(0.005, 0.03))
        for ratio in (0.0, 1.0, nearly, float(rng.uniform(0.1, 0.9)), float(rng.uniform(1.2, 4))):
            _check_formula(answer, load, load * ratio, slots)


def _check_formula(answer: StudentFunction, load: float, train: float, slots: int) -> None:
    case = f"With load = {load:.6g}, train = {train:.6g} and slots = {slots}"
    try:
        returned = answer(load, train, slots)
    except ZeroDivisionError:
        raise Mistake(
            f"{case} your function divides by 0. What does the quotient become as both times "
            "become equal?"
        ) from None
    (got,) = plain_numbers([returned], "Return one number.")
    if not same(got, theory.exponential_step(load, train, slots)):
        raise Mistake(f"{case} you say {got:.6g}. {_formula_fault(got, load, train, slots)}")


def _formula_fault(got: float, load: float, train: float, slots: int) -> str:
    right = theory.exponential_step(load, train, slots)
    if same(got + train, right):
        return "That is the wait alone. The step holds the training, too."
    if same(got, max(load, train)):
        return "That is the step of times that do not vary. Here they vary, and one side waits."
    if same(got, load + train):
        return "That is the step without a slot."
    for other in (slots - 1, slots + 1):
        if other >= 0 and same(got, theory.exponential_step(load, train, other)):
            return f"That is the step with {other} {plural('slot', other)}. Look at the powers."
    if is_rounded(got, right):
        return ROUNDED
    return "Put the numbers into the formula by hand, and look at ρ and at the powers."


@for_test_cell
def step_by_log(
    answer: StudentFunction,
    *,
    loads: Sequence[float] = (),
    trains: Sequence[float] = (),
    slots: int = 1,
) -> None:
    """Check the mean step by the recursion.

    >>> step_by_log(lambda *log: 9.0, loads=[1, 2, 3], trains=[2, 2, 2])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that the mean step is 9, with 1 slot and loads [1, 2, 3] ...

    **Arguments:**

    - `answer`: the student's function of (loads, trains, slots), to a number.
    - `loads`, `trains`: the times of each element; many by chance if left out.
    - `slots`: from 0.

    **Raises:** `Mistake` that names the mistake.
    """
    if loads:
        _check_log(answer, list(loads), list(trains), slots)
        return
    rng = np.random.default_rng()
    for slots in (0, 1, 2, 3, 5, 12):
        count = int(rng.integers(4, 10))  # fewer than the slots, too
        times = rng.integers(1, 30, (2, count)).tolist()
        _check_log(answer, times[0], times[1], slots)
        times = rng.exponential(9.0, (2, 200)).tolist()
        _check_log(answer, times[0], times[1], slots)


def _check_log(
    answer: StudentFunction, loads: list[float], trains: list[float], slots: int
) -> None:
    (got,) = plain_numbers([answer(list(loads), list(trains), slots)], "Return one number.")
    if same(got, _mean_step(loads, trains, slots)):
        return
    times = (
        f"loads {_shown(loads)} and trains {_shown(trains)}"
        if len(loads) <= _FEW
        else f"{len(loads)} elements"
    )
    raise Mistake(
        f"You say that the mean step is {got:.6g}, with {slots} {plural('slot', slots)} and "
        f"{times}. {_log_fault(got, loads, trains, slots)}"
    )


_FEW = 12


def _shown(times: Sequence[float]) -> str:
    return f"[{', '.join(f'{time:.6g}' for time in times)}]"


def _mean_step(loads: Sequence[float], trains: Sequence[float], slots: float) -> float:
    right = theory.replay(loads, trains, slots)
    return right.mean_step_s


def _log_fault(got: float, loads: list[float], trains: list[float], slots: int) -> str:
    ran = theory.replay(loads, trains, slots)
    count = len(loads)
    if same(got, ran.trained_s[-1] / count) or same(got, ran.trained_s[-1] / (count - 1)):
        return "A step begins where the one before ended: leave out the time until the first ended."
    if same(got, np.diff(ran.taken_s).mean()):
        return "That is from one element taken to the next. From end to end of the steps is wanted."
    if same(got, ran.mean_step_s * (count - 1) / count):
        return "Of n elements there are n - 1 such steps: divide by that."
    for other in {max(slots - 1, 0), slots + 1, 1} - {slots}:
        if same(got, _mean_step(loads, trains, other)):
            return (
                f"That is the step with {other} slot{'s' * (other != 1)}. Which element must have "
                "been taken before loading can begin?"
            )
    if same(got, float(np.maximum(loads[1:], trains[:-1]).mean())):
        return (
            "That is the step with one slot. With more of them a long load need not be waited for."
        )
    if is_rounded(got, ran.mean_step_s):
        return ROUNDED
    return "Go through the first four elements by hand, line by line of the recursion."


def logs() -> dict[str, Log]:
    """Three logs of 4000 elements with the same means, 10 ms to load and 10 ms to train.

    >>> sorted(logs())
    ['constant', 'exponential', 'uniform']
    """
    rng = np.random.default_rng(6)
    return {
        "constant": ([10.0] * _LONG, [10.0] * _LONG),
        "uniform": _log(rng.uniform(0, 20, (2, _LONG))),
        "exponential": _log(rng.exponential(10, (2, _LONG))),
    }


_LONG = 4000


def _log(times: object) -> Log:
    loads, trains = np.asarray(times).tolist()
    return loads, trains


@for_test_cell
def trusted(
    answer: StudentFunction, *, given: Mapping[str, Log] | None = None, slots: int = 1
) -> None:
    """Check for which logs the formula may be trusted.

    >>> trusted(lambda logs, slots: [], given=logs())
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You leave out the log 'exponential'. ...

    **Arguments:**

    - `answer`: the student's function of (logs, slots), to a list of names.
    - `given`: (loads, trains) by name; several by chance if left out.
    - `slots`: from 0.

    **Raises:** `Mistake` that names the mistake.
    """
    if given is not None:
        _check_trusted(answer, dict(given), slots)
        return
    for slots in (0, 1, 3):
        _check_trusted(answer, dict(_clear_cases(slots)), slots)
    for slots in (1, 3):
        near = {f"log {number}": _at(apart, slots) for number, apart in enumerate(_NEAR, start=1)}
        _check_trusted(answer, near, slots)


def _apart(log: Log, slots: int) -> float:
    """How far the formula lies from the log, as a part of what the log says."""
    loads, trains = log
    formula = theory.exponential_step(float(np.mean(loads)), float(np.mean(trains)), slots)
    return abs(formula / _mean_step(loads, trains, slots) - 1)


def _clear_cases(slots: int) -> Iterator[tuple[str, Log]]:
    """Logs by chance for which nobody can doubt whether they lie within the limit."""
    rng = np.random.default_rng()
    made = 0
    while made < _CASES:
        load, train = rng.uniform(5, 20, 2)
        kind = made % 4
        if kind == 0:
            log = _log([rng.exponential(load, _LONG), rng.exponential(train, _LONG)])
        elif kind == 1:
            log = _log([np.full(_LONG, load), np.full(_LONG, train)])
        elif kind == 2:
            log = _log([rng.uniform(0, 2 * load, _LONG), rng.exponential(train, _LONG)])
        else:  # a few loads that take very long: here the step is longer than the formula says
            long = np.where(rng.random(_LONG) < 0.02, 40.0, 0.2)
            log = _log([load * long, np.full(_LONG, load)])
        if abs(_apart(log, slots) - TRUST) > TRUST / 5:
            made += 1
            yield f"log {made}", log


_CASES = 8
# Of the log's step; of the formula's the second would be within. Not half a tenth of a percent:
# rounded for the message, that is one number today and another tomorrow.
_NEAR = (TRUST - 0.0018, TRUST + 0.0018)


def _at(apart: float, slots: int) -> Log:
    """A log from which the formula lies so far, between times that do not vary and such that do."""
    rng = np.random.default_rng()
    varied = rng.exponential(10.0, (2, _LONG))
    varied *= 10.0 / varied.mean(axis=1, keepdims=True)
    few, many = 0.0, 1.0
    for _ in range(40):
        share = (few + many) / 2
        log = _log((1 - share) * 10.0 + share * varied)
        few, many = (share, many) if _apart(log, slots) > apart else (few, share)
    return log


def _check_trusted(answer: StudentFunction, given: dict[str, Log], slots: int) -> None:
    returned = answer({name: (list(a), list(b)) for name, (a, b) in given.items()}, slots)
    wanted = f"Return a list of names, of {', '.join(given)}."
    if returned is None or isinstance(returned, str):
        raise Mistake(wanted)
    names = list(returned)
    if not all(isinstance(name, str) and name in given for name in names):
        raise Mistake(f"{wanted} Yours is {str(names)[:60]}.")
    for name, log in given.items():
        apart = _apart(log, slots)
        if (apart <= TRUST) != (name in names):
            said = f"You {'name' if name in names else 'leave out'} the log {name!r}."
            raise Mistake(
                f"{said} With slots = {slots}, formula and log lie {apart:.1%} of the log's step "
                "apart. Take the means of this log for the formula, and compare with its own step."
            )
