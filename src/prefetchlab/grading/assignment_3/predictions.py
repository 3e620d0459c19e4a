"""Tasks 6, 7 and 8: formulas, held against what is counted and the recursion."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from prefetchlab import theory
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN, Counts, counts_of
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same, same_all
from prefetchlab.grading.words import plural


@for_test_cell
def source_count(
    answer: StudentFunction,
    *,
    pipelines: Sequence[tuple[int, int, int]] = ((4, 0, 0), (4, 0, 2), (4, 2, 0), (3, 2, 1)),
    taken: int = TAKEN,
) -> None:
    """Check a formula for the source's count against `run_ahead`, and beyond what that can count.

    >>> source_count(lambda taken, batch_size, before, after: taken)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: source_count(1, 4, 0, 0) is 1, and run_ahead counts another number. ...

    **Arguments:**

    - `answer`: the student's function of (taken, batch_size, before, after): batches taken, images
      a batch, slots before `batch`, slots after it.
    - `pipelines`: what to try: (batch_size, before, after).
    - `taken`: try 1, 2, … up to so many batches taken.

    **Raises:** `Mistake` that names the mistake.
    """
    for pipeline in pipelines:
        batch_size, before, after = pipeline
        said = {n: _one_count(answer(n, *pipeline)) for n in range(1, taken + 1)}
        counted = _probed(*pipeline, taken=taken)
        wrong = (n for n, right in enumerate(counted, start=1) if said[n] != right)
        if n := next(wrong, None):
            fault = _count_fault(said, *pipeline) or (
                "Fill in this row of the table by hand: what does each buffer hold, and what has "
                "been taken?"
            )
            raise Mistake(
                f"source_count({n}, {batch_size}, {before}, {after}) is {said[n]}, and run_ahead "
                f"counts another number. {fault}"
            )
    _check_predicts(answer)


def _check_predicts(answer: StudentFunction) -> None:
    """Ask for more slots than the probe's source has elements; and exact in float32."""
    rng = np.random.default_rng()
    taken, before = map(int, rng.integers(200, 500, 2))  # a recursion may take so many steps
    batch_size, after = int(rng.integers(600, 800)), int(rng.integers(9_000, 9_900))
    shown = f"source_count({taken}, {batch_size}, {before}, {after})"
    try:
        got = _one_count(answer(taken, batch_size, before, after))
    except InputError:
        raise Mistake(
            f"For {shown} your function asks run_ahead, which cannot count so many. "
            "Predict the count from the four numbers, and run no pipeline."
        ) from None
    if got != before + (taken + after) * batch_size:
        fault = _count_fault({taken: got}, batch_size, before, after) or (
            "A formula holds for any sizes; a table of the shown cases does not."
        )
        raise Mistake(f"{shown} is {got}, and that is not right. {fault}")


def _one_count(got: object) -> float:
    numbers = None if got is None else [got]
    return plain_numbers(numbers, "source_count must return one number.")[0]


def _probed(batch_size: int, before: int, after: int, *, taken: int) -> Counts:
    return counts_of(
        lambda source: source.prefetch(before).batch(batch_size).prefetch(after), taken=taken
    )


def _count_fault(said: Mapping[int, float], batch_size: int, before: int, after: int) -> str:
    """The one misconception that gives all these counts, by batches taken; '' if none or two do."""
    misconceptions: list[tuple[bool, Callable[[int], int], str]] = [
        (
            after > 0,
            lambda taken: before + taken * batch_size + after,
            "That is as if a slot after batch held one sample: it holds a whole batch.",
        ),
        (
            before > 0,
            lambda taken: (before + taken + after) * batch_size,
            "That is as if a slot before batch held a batch: it holds one sample.",
        ),
        (
            True,
            lambda taken: before + after * batch_size,
            "That is what waits in the buffers; what the consumer has taken was made, too.",
        ),
        (
            before > 0,
            lambda taken: (taken + after) * batch_size,
            "Here what waits before batch is missing: each slot there holds one sample.",
        ),
        (
            after > 1,
            lambda taken: before + (taken + 1) * batch_size,
            "That is as if the buffer after batch held one batch, however many slots it has.",
        ),
        (
            before > batch_size,
            lambda taken: (1 + taken + after) * batch_size,
            "A buffer before batch may hold more samples than one batch.",
        ),
    ]
    found = [
        told
        for is_one, formula, told in misconceptions
        if is_one and all(got == formula(taken) for taken, got in said.items())
    ]
    return found[0] if len(found) == 1 else ""


@for_test_cell
def step_times(
    answer: StudentFunction,
    *,
    load: Sequence[int] | None = None,
    train: Sequence[int] | None = None,
) -> None:
    """Check exact step times with no slot and with one slot against the recursion.

    >>> step_times(lambda load, train, slots: [], load=[5, 9, 2], train=[4, 6, 3])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With 0 slots, ... You return 0 steps, and 3 batches have 2: ...

    **Arguments:**

    - `answer`: the student's function of (load, train, slots).
    - `load`, `train`: whole milliseconds, shape (n,) each; random, n too, if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    rng = np.random.default_rng()
    batches = int(rng.integers(13, 40))
    load = list(load or map(int, rng.integers(1, 100, batches)))
    train = list(train or map(int, rng.integers(1, 100, batches)))
    for slots in (0, 1):
        taken = theory.replay(load, train, slots).taken_s
        right = [int(step) for step in np.diff(taken)]
        got = plain_numbers(
            answer(list(load), list(train), slots),
            "step_times must return one number for every step.",
        )
        if not same_all(got, right):
            fault = _step_fault(got, right, load, train, slots)
            raise Mistake(
                f"With {slots} {plural('slot', slots)}, load = {load} and train = {train}, "
                f"your steps are {got}. {fault}"
            )


def _step_fault(
    got: list[float], right: list[int], load: list[int], train: list[int], slots: int
) -> str:
    pairs = list(zip(load[1:], train[:-1], strict=True))
    if len(got) != len(pairs):
        return (
            f"You return {len(got)} {plural('step', len(got))}, and {len(load)} batches have "
            f"{len(pairs)}: a step runs from taking one batch to taking the next."
        )
    join: Callable[[tuple[int, int]], int] = max if slots else sum
    wrong_pairs = (load[1:], train[1:]), (load[:-1], train[:-1]), (load[:-1], train[1:])
    if got in [list(map(join, zip(*pair, strict=True))) for pair in wrong_pairs]:
        return (
            "You pair a load with a wrong training. Between taking batch n and batch n + 1, which "
            "batch is trained on, and which is loaded?"
        )
    if slots and got == [sum(pair) for pair in pairs]:
        return "You add load and train, as if nothing overlapped. With one slot they run together."
    if not slots and got == [max(pair) for pair in pairs]:
        return "You let load and train overlap. With no slot nothing loads while a batch trains."
    if got == [min(pair) for pair in pairs]:
        return "You take the shorter of the two. A step is over when both are."
    if len(set(got)) == 1 < len(set(right)):
        return "All your steps are alike; the right ones are not. Every step has its own two times."
    return "Draw the two lanes for the first three batches, and read the steps off them."


@for_test_cell
def one_prefetch_buys(
    answer: StudentFunction, *, cases: Sequence[tuple[int, int]] = ((10, 10), (30, 10), (10, 30))
) -> None:
    """Check the speed-up that one prefetch buys at constant times, and the wait that it leaves.

    >>> one_prefetch_buys(lambda load, train: (3, 0))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For load = 10 and train = 10 you say a speed-up of 3. No ...

    **Arguments:**

    - `answer`: the student's function of (load, train), to (speed-up, wait left).
    - `cases`: (load, train) in whole milliseconds a batch.

    **Raises:** `Mistake` that names the mistake.
    """
    for load, train in cases:
        got = plain_numbers(
            answer(load, train), "one_prefetch_buys must return two numbers: speed-up and wait."
        )
        if len(got) != 2:
            raise Mistake("Return two numbers: the speed-up, and the wait left in milliseconds.")
        place = f"For load = {load} and train = {train} you say a speed-up of {got[0]:.4g}"
        right = theory.speedup(load, train), max(0, load - train)
        if not same_all(got, right) and same_all(got[::-1], right):
            raise Mistake(f"{place}. Return the speed-up first, and then the wait.")
        if not same(got[0], right[0]):
            raise Mistake(f"{place}. {_speedup_fault(got[0], load, train)}")
        if not same(got[1], right[1]):
            raise Mistake(f"{place} and {got[1]:g} ms left. {_wait_fault(got[1], load)}")


def _speedup_fault(got: float, load: int, train: int) -> str:
    right = theory.speedup(load, train)
    if got == 1:
        return (
            "1 means no gain at all. Divide the step with no slot by the step with one slot, and "
            "with / rather than //."
        )
    if round(got, 1) == round(right, 1) or got in (int(right), round(right)):
        return "That is near, and not exact: divide with /, and do not round the quotient."
    if same(got + 1, right):
        return "That is what is gained beyond 1. The speed-up is the quotient itself."
    if got > 2:
        return (
            "No single prefetch at the end of a pipeline with one serial producer buys more than "
            "2. It is a quotient of two steps, and with one slot a step is the longer of the two "
            "times."
        )
    if got < 1:
        return "That is slower than before. Divide the old step by the new one."
    if got == 2:
        return "2 is the most that it can buy. That is reached only where the two are equal."
    if same(got, max(load, train) / min(load, train)):
        return "You divide one time by the other. Divide the serial step by the overlapped step."
    return "Divide the step with no slot by the step with one slot."


def _wait_fault(got: float, load: int) -> str:
    if got == 0:
        return "But prefetch makes no load shorter: training still waits for a slow one."
    if got == load:
        return "That is the whole load, as with no slot. How much of it does training now cover?"
    return "The wait left is the part of a load that training cannot cover."
