"""Task 3: three times that were measured, and what they say."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same

WORDS = ("loading", "training", "in each other's way", "half hidden", "serial")


class Times(NamedTuple):
    """Milliseconds a batch, one number a round, each of shape (rounds,)."""

    loading: NDArray[np.float64]
    training: NDArray[np.float64]
    step: NDArray[np.float64]


@for_test_cell
def verdict(
    answer: StudentFunction,
    *,
    measured: Sequence[tuple[Sequence[float], Sequence[float], Sequence[float]]] | None = None,
) -> None:
    """Check what a student reads off loading alone, training alone and the step.

    >>> verdict(lambda *times: (9, 9, 9, "serial"), measured=[([9], [5], [9])])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that loading costs 9 ms. ...

    **Arguments:**

    - `answer`: the student's function of (loading, training, step), to (cost, perfect, left, word).
    - `measured`: what to call it with, milliseconds, a number a round; many by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    given = measured if measured is not None else _by_chance()
    for times in given:
        _check(answer, Times(*(np.array(one, float) for one in times)))


def _by_chance() -> Iterator[Times]:
    """Each kind several times, with even and odd rounds, and a drift that hides in the medians."""
    rng = np.random.default_rng()
    for number in range(_EACH * len(_KINDS)):
        rounds = int(rng.integers(3, 8))
        drift = np.round(rng.uniform(1, 2, rounds), 2)  # of a machine, the same for all three
        loading, training = np.round(rng.uniform(5, 15, 2), 1)
        alone = np.array([loading * drift, training * drift])
        noise = rng.uniform(0.01, 0.3, rounds) * np.where(np.arange(rounds) % 2, 1, -1)
        step = _KINDS[number % len(_KINDS)](alone, noise)
        yield Times(*np.round([*alone, step], 3))


_EACH = 8
_KINDS = (
    lambda alone, noise: alone.max(axis=0) + noise,
    lambda alone, noise: alone.sum(axis=0) + noise,
    lambda alone, noise: alone.max(axis=0) + alone.min(axis=0) / 2 + noise,
    lambda alone, noise: alone.sum(axis=0) + 1 + noise,
    lambda alone, noise: alone.max(axis=0) - abs(noise),
)


def _check(answer: StudentFunction, times: Times) -> None:
    returned = answer(*(one.tolist() for one in times))
    wanted = "Return four things: three numbers of milliseconds, and a word."
    if not isinstance(returned, tuple | list) or len(returned) != 4:
        raise Mistake(wanted)
    got = plain_numbers(returned[:3], wanted)
    names = ("loading costs", "the step of perfect overlap is", "there are left to gain")
    shown = ", ".join(f"{name} = {one.tolist()}" for name, one in times._asdict().items())
    for name, said, right in zip(names, got, _numbers(times), strict=True):
        if not same(said, right):
            raise Mistake(
                f"You say that {name} {said:.6g} ms. {_number_fault(name, said, times)} "
                f"It was {shown}."
            )
    _check_word(returned[3], times, shown)


def _numbers(times: Times) -> tuple[float, float, float]:
    longer = np.maximum(times.loading, times.training)
    return (
        max(0.0, float(np.median(times.step - times.training))),
        float(np.median(longer)),
        max(0.0, float(np.median(times.step - longer))),
    )


def _number_fault(name: str, said: float, times: Times) -> str:
    loading, training, step = (float(np.median(one)) for one in times)
    longer = np.maximum(times.loading, times.training)
    each = {
        "loading costs": times.step - times.training,
        "the step of perfect overlap is": longer,
        "there are left to gain": times.step - longer,
    }[name]
    after = {
        "loading costs": step - training,
        "the step of perfect overlap is": max(loading, training),
        "there are left to gain": step - max(loading, training),
    }[name]
    median = float(np.median(each))
    if same(said, float(np.median(each.clip(0)))):
        return "You set single rounds to 0. That is for the median, if it comes out below 0."
    if said < 0 and same(said, median):
        return "It is less than nothing: what does the task say of numbers below 0?"
    if same(said, float(np.mean(each))) or same(said, max(0.0, float(np.mean(each)))):
        return "That is the mean of the rounds. One round that was disturbed shifts it."
    if same(said, after) or same(said, max(0.0, after)):
        return "You take the medians first. The rounds differ: calculate within each round first."
    if any(same(said, float(one)) for one in np.sort(each)):
        return "That is one round's number. Look at what the median of so many rounds is."
    return _of_other_kind(name, said, times)


def _of_other_kind(name: str, said: float, times: Times) -> str:
    """What a number is that stands in the place of another; a hint if it is none of them."""
    if name != "the step of perfect overlap is":
        if same(said, float(np.median(times.step - times.loading))):
            return "You subtract the wrong time: without loading, a step would be training alone."
        if same(said, float(np.median(times.loading))):
            return "That is loading alone. Overlap may hide a part of it: look at the step."
        return "What does each part of a step stand for? Draw the lanes of one round."
    if same(said, float(np.median(times.loading + times.training))):
        return "That is what they take in turns."
    if same(said, float(np.median(np.minimum(times.loading, times.training)))):
        return "A step is over when both are: which of the two does it wait for?"
    return "How long is a step if loading and training run at the same time?"


def _check_word(got: Any, times: Times, shown: str) -> None:
    if not isinstance(got, str) or got not in WORDS:
        raise Mistake(f"Your word is {got!r}. Return one of these: {', '.join(WORDS)}.")
    if got != _word(times):
        raise Mistake(f"You say {got!r}, and the numbers are right. {_word_fault(got, times)} "
                      f"It was {shown}.")  # fmt: skip


Above = Callable[[NDArray[np.float64], NDArray[np.float64]], bool]


def _in_every_round(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool((one > other).all())


def _across_the_rounds(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(one.min() > other.max())


def _word(times: Times, above: Above = _in_every_round) -> str:
    longer, total = np.maximum(times.loading, times.training), times.loading + times.training
    if not above(times.step, longer):
        return "loading" if np.median(times.loading) > np.median(times.training) else "training"
    if above(times.step, total):
        return "in each other's way"
    return "half hidden" if above(total, times.step) else "serial"


def _word_fault(got: str, times: Times) -> str:
    right = _word(times)
    if got == _word(times, _across_the_rounds):
        return "Compare each round with itself, beginning with rule 1."
    if {got, right} == {"loading", "training"}:
        return "Compare the medians of the two times alone."
    if right in ("loading", "training"):
        return "Is the step the longer one in every round? Begin with the first rule."
    if right == "serial":
        return "Is the step longer than the sum in every round, or shorter in every round?"
    if got in ("loading", "training"):
        return "The step is longer than either of the two alone, in every round. Begin with rule 1."
    return "Compare the step with the sum round by round, and both ways: longer and shorter."
