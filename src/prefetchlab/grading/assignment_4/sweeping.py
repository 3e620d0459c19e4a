"""Task 4: a sweep over numbers of slots, predicted from a log and read without its noise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_4.logs import Log, rough_log
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same, same_all
from prefetchlab.grading.words import listed, plural

Sweep = Mapping[int, Sequence[float]]  # by slots the step in milliseconds, one for each round


@for_test_cell
def read_sweep(
    answer: StudentFunction,
    *,
    load: Sequence[int] = (),
    train: Sequence[int] = (),
    sweep: Sweep | None = None,
) -> None:
    """Check the predicted steps, and the fewest slots that no more of them clearly beat.

    >>> sweep = {1: [6.1, 6.2], 2: [6.0, 6.3]}
    >>> read_sweep(lambda *given: ([6, 6], 2), load=[2, 6, 2], train=[5, 5, 5], sweep=sweep)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You predict a step of 6 ms with 1 slot. ...

    **Arguments:**

    - `answer`: the student's function of (load_ms, train_ms, sweep), to (predicted steps, slots).
    - `load`, `train`: times of a log in whole milliseconds.
    - `sweep`: by number of slots the measured step in milliseconds, a number a round; many logs
      and sweeps by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    if sweep is not None:
        _check(answer, Log(list(load), list(train)), sweep)
        return
    for log, measured in _by_chance():
        _check(answer, log, measured)


_EACH = 6


def _by_chance() -> Iterator[tuple[Log, Sweep]]:
    """Sweeps with a drift between rounds, of several kinds; the slots come in any order."""
    rng = np.random.default_rng()
    for number in range(_EACH * len(_SHAPES)):
        shape = _SHAPES[number % len(_SHAPES)]
        counts = (1, 2, 4, 8, 16)
        rounds = int(rng.integers(3, 7))
        drift = rng.uniform(1, 1.4, rounds)  # of the machine, the same for all in one round
        signs = np.where(np.arange(rounds) % 2, 1, -1)
        noise = rng.uniform(0.02, 0.2, (len(counts), rounds)) * rng.permutation(signs)
        noise[::2] *= -1  # neighbours change places from round to round
        steps = np.round((np.array(shape)[:, None] * 20 + noise) * drift, 2)
        order = rng.permutation(len(counts))
        yield rough_log(batches=60), {counts[at]: steps[at].tolist() for at in order}


_SHAPES = (
    (1.5, 1.3, 1.0, 1.0, 1.0),
    (1.0, 1.0, 1.0, 1.0, 1.0),
    (1.5, 1.5, 1.5, 1.2, 1.2),  # the next one is no better, and a later one is
    (1.4, 1.3, 1.2, 1.1, 1.0),
    (1.3, 1.0, 1.0, 1.1, 1.2),  # too many cost something
    (1.4, 1.3, 1.0, 1.2, 1.5),
)


def _check(answer: StudentFunction, log: Log, sweep: Sweep) -> None:
    returned = answer(list(log.load), list(log.train), {k: list(v) for k, v in sweep.items()})
    wanted = "Return two things: a list of predicted steps, and a number of slots."
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Mistake(wanted)
    _check_predicted(plain_numbers(returned[0], wanted), log, sweep)
    if isinstance(returned[1], str) or np.ndim(returned[1]) != 0:
        raise Mistake(wanted)
    _check_chosen(plain_numbers([returned[1]], wanted)[0], sweep)


def _check_predicted(got: list[float], log: Log, sweep: Sweep) -> None:
    slots = sorted(sweep)
    right = [_step(log, one) for one in slots]
    if same_all(got, right):
        return
    if len(got) != len(right):
        raise Mistake(
            f"You predict {len(got)} {plural('step', len(got))}, and the sweep holds {len(right)} "
            f"numbers of slots: {listed(slots)}."
        )
    if same_all(got, [_step(log, one) for one in sweep]):
        raise Mistake(
            f"Your steps are in the order of the sweep, which is {listed(list(sweep))} slots here. "
            "Begin with the fewest slots."
        )
    at = next(place for place, both in enumerate(zip(got, right, strict=True)) if not same(*both))
    raise Mistake(
        f"You predict a step of {got[at]:.6g} ms with {slots[at]} {plural('slot', slots[at])}. "
        f"{_predicted_fault(got, at, log, sweep)}"
    )


def _step(log: Log, slots: float) -> float:
    return theory.replay(log.load, log.train, slots).mean_step_s


def _predicted_fault(got: list[float], at: int, log: Log, sweep: Sweep) -> str:
    slots = sorted(sweep)
    schedule = theory.replay(log.load, log.train, slots[at])
    if abs(got[at] - schedule.mean_step_s) < _ROUNDED_MS:
        return "That is near, and not exact: do not round."
    if same(got[at], float(schedule.trained_s[-1])):
        return "That is the whole log. The mean step is wanted."
    if same(got[at], float(schedule.trained_s[-1]) / len(log.load)):
        return "You spread the whole log, and with it the load before the first step."
    if same(got[at], float(np.diff(schedule.taken_s).mean())):
        return "You measure from taking to taking. A step ends where training on its batch ends."
    if same(got[at], float(np.median(schedule.step_times_s))):
        return "That is the median step. A stall shows in the mean alone."
    if same(got[at], theory.unbounded_step(log.load, log.train)):
        return "That is the limit that no buffer passes in the long run. Replay the log."
    if same(got[at], theory.one_slot_step(log.load, log.train)):
        return "That holds for one slot, and where chance brings loads and steps together."
    if any(same(got[at], float(pick(sweep[slots[at]]))) for pick in (np.mean, np.median, min)):
        return "That is what was measured. Predict it from the log."
    if len(set(got)) == 1 < len({_step(log, one) for one in slots}):
        return "All your steps are alike. Replay the log once for each number of slots."
    if any(same(got[at], _step(log, one)) for one in range(slots[-1] + 3) if one != slots[at]):
        return "That is the step with another number of slots."
    return "Replay the log with so many slots, and take the mean step."


_ROUNDED_MS = 0.006


def _check_chosen(got: float, sweep: Sweep) -> None:
    if got not in sweep:
        raise Mistake(
            f"You choose {got:g}. Choose a number that was measured: {listed(sorted(sweep))}."
        )
    right = _chosen(sweep)
    if got == right:
        return
    said = f"You choose {int(got)} {plural('slot', int(got))} of {dict(sweep)}."
    if got < right:
        raise Mistake(f"{said} {_too_few(int(got), sweep)}")
    raise Mistake(f"{said} {_too_many(int(got), sweep)}")


def _clearly_beats(more: Sequence[float], few: Sequence[float]) -> bool:
    return all(one < other for one, other in zip(more, few, strict=True))


def _chosen(sweep: Sweep) -> int:
    slots = sorted(sweep)
    return next(
        few
        for few in slots
        if not any(_clearly_beats(sweep[more], sweep[few]) for more in slots if more > few)
    )


def _too_few(got: int, sweep: Sweep) -> str:
    more = sorted(one for one in sweep if one > got)
    if not _clearly_beats(sweep[more[0]], sweep[got]):
        return "The next number is not clearly shorter, but a larger one is. Compare with all."
    return f"In every round the step is shorter with {more[0]} {plural('slot', more[0])}."


def _too_many(got: int, sweep: Sweep) -> str:
    medians: dict[int, Any] = {one: np.median(sweep[one]) for one in sweep}
    look = "Compare round by round, and see whether fewer slots lose in every round."
    if got == min(medians, key=lambda one: medians[one]):
        return f"Its median is the least, and fewer slots win in some rounds. {look}"
    if got == max(sweep):
        return f"That is the largest that was measured. {look}"
    return f"Fewer slots are not clearly beaten. {look}"
