"""Task 9: how TensorFlow sizes the buffer of `prefetch(AUTOTUNE)` as it runs."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from prefetchlab import graph, theory
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.assignment_4.logs import Log, rough_log
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same_all
from prefetchlab.grading.words import plural
from prefetchlab.measure.source import with_threads_of_its_own

DOUBLES_BELOW = 2048  # slots; from there on it grows by as many


def grown(looks: Sequence[int]) -> list[int]:
    """The size of the buffer after each look of the loop, by TensorFlow's rule.

    >>> grown([0, 1, 0, 1, 2, 0, 1])
    [1, 1, 2, 2, 2, 4, 4]
    >>> log = rough_log(seed=1)
    >>> auto = theory.autotuned(log.load, log.train)
    >>> looks = _looks(auto.schedule)
    >>> [grown([one for look in looks[: n + 1] for one in look])[-1] for n in (9, 40, 95)]
    [1, 4, 8]
    >>> auto.slots[[9, 40, 95]].tolist()
    [1, 4, 8]
    """
    size, was_full, sizes = 1, False, []
    for elements in looks:
        if not was_full:
            was_full = elements == size
        elif elements == 0:
            size += min(size, DOUBLES_BELOW)
            was_full = False
        sizes.append(size)
    return sizes


def _looks(schedule: theory.Schedule) -> list[list[int]]:
    """What the loop found at each step: 0 if it had to wait, and then what it took from."""
    asked = [0.0, *schedule.trained_s[:-1].tolist()]
    made = np.searchsorted(schedule.made_s, schedule.taken_s, side="right")
    return [
        [0] * bool(schedule.made_s[n] > asked[n]) + [int(made[n]) - n] for n in range(len(asked))
    ]


@for_test_cell
def autotuned_sizes(answer: StudentFunction, *, waiting: Sequence[int] | None = None) -> None:
    """Check a function that follows AUTOTUNE: on a running pipeline, or on logs by chance.

    >>> autotuned_sizes(lambda looks: [1 for _ in looks], waiting=[0, 1, 0])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: After the looks [0, 1, 1, 0] you say 1 slot. ...

    **Arguments:**

    - `answer`: the student's function from the numbers that the loop found to sizes.
    - `waiting`: how many elements wait when the loop of a real pipeline asks, at each step.

    **Raises:** `Mistake` that names the mistake.
    """
    if waiting is not None:
        looks, sizes = watched_sizes(waiting)
        _check(answer, looks, sizes)
        return
    for looks in _by_chance():
        _check(answer, looks, grown(looks))


def _by_chance() -> Iterator[list[int]]:
    rng = np.random.default_rng()
    for _ in range(_EACH):
        log = rough_log()
        auto = theory.autotuned(log.load, log.train)
        yield [one for look in _looks(auto.schedule) for one in look]
        starved = Log(rng.integers(6, 9, 30).tolist(), [3] * 30)
        auto = theory.autotuned(starved.load, starved.train)
        yield [one for look in _looks(auto.schedule) for one in look]
        yield _made_up(rng)
    yield [look for size in 2 ** np.arange(12) for look in (int(size), 0)] + [2048, 4096, 0]


_EACH = 4


def _made_up(rng: np.random.Generator) -> list[int]:
    """Looks of which many find the buffer nearly full, and empty when it was not full before."""
    looks, size = [0, 1], 1
    for _ in range(40):
        size = grown(looks)[-1]
        level = int(rng.choice([0, size, max(1, size - 1), max(1, size // 2)]))
        looks += [level] if level else [0, 1]
    return looks


class _Gate:
    """A source that makes an element when it is told to.

    Attributes:
        dataset: int64 scalars 0, 1, 2, …
    """

    def __init__(self) -> None:
        self._allowed = threading.Semaphore(0)
        self._is_open = True
        self.dataset = tf.data.Dataset.from_generator(
            self._generate, output_signature=tf.TensorSpec((), tf.int64)
        )

    def _generate(self) -> Iterator[int]:
        number = 0
        while self._allowed.acquire() and self._is_open:
            yield number
            number += 1

    def let_by(self, elements: int) -> None:
        """Let the source make so many more."""
        for _ in range(elements):
            self._allowed.release()

    def end(self) -> None:
        """Let it end, whatever it waits for."""
        self._is_open = False
        self._allowed.release()


def _check_can_happen(waiting: Sequence[int]) -> None:
    """Refuse what the loop cannot find: the source would be waited for without an end."""
    looks: list[int] = []
    left = most = 0
    for step, elements in enumerate(waiting):
        if not left <= elements <= most:
            can = f"{left}" if left == most else f"{left} to {most}"
            raise InputError(f"waiting: {elements} cannot wait at step {step}; give {can} there")
        looks += [elements] if elements else [0, 1]
        left, most = max(elements - 1, 0), grown(looks)[-1]


def watched_sizes(waiting: Sequence[int]) -> tuple[list[int], list[int]]:
    """Run a real `prefetch(AUTOTUNE)`, and watch its size.

    The source makes what it is told to, so how many elements wait when the loop asks is given, and
    rests on no clock.

    >>> watched_sizes([0, 1, 0, 2])
    ([0, 1, 1, 0, 1, 2], [1, 1, 1, 2, 2, 2])
    >>> watched_sizes([0, 3])
    Traceback (most recent call last):
        ...
    prefetchlab.errors.InputError: waiting: 3 cannot wait at step 1; give 0 to 1 there

    **Arguments:**

    - `waiting`: how many elements wait when the loop asks, at each step; 0 to begin with, and later
      no more than the buffer holds, and no fewer than are left over from the step before.

    **Returns:** what the loop found at each look, and the size of the buffer after it. An element
    that is waited for makes two looks: 0, and then 1 as it is taken.

    **Raises:** `InputError` if so many cannot wait at a step.
    """
    _check_can_happen(waiting)
    gate = _Gate()
    dataset = with_threads_of_its_own(graph.as_written(gate.dataset.prefetch(tf.data.AUTOTUNE)))
    iterator = iter(dataset)
    looks, sizes, left = list[int](), list[int](), 0
    try:
        for number in waiting:
            if number:
                gate.let_by(number - left)
                _wait_until(iterator, lambda one, number=number: one.elements == number)
                next(iterator)
                found, left = [number], number - 1
            else:
                _next_waited_for(iterator, gate, looks)
                found, left = [0, 1], 0
            looks += found
            sizes += [graph.buffers(iterator)[-1].slots or 0] * len(found)
    finally:
        gate.end()
    return looks, sizes


def _next_waited_for(iterator: Iterator[Any], gate: _Gate, looks: list[int]) -> None:
    """Take an element that is not there: it is let by once the loop has found the buffer empty.

    Where the rule says that the buffer grows then, that shows. Where it does not, nothing changes,
    and so it does not matter whether the loop asks first.
    """
    size = grown([*looks, 0])[-1]

    def let_by() -> None:
        if looks and size > grown(looks)[-1]:
            _wait_until(iterator, lambda one: one.slots == size)
        gate.let_by(1)

    helper = threading.Thread(target=let_by, daemon=True)
    helper.start()
    next(iterator)
    helper.join()


def _wait_until(iterator: Iterator[Any], is_so: Any) -> None:
    while not is_so(graph.buffers(iterator)[-1]):
        time.sleep(_POLL_S)


_POLL_S = 0.002


def _check(answer: StudentFunction, looks: list[int], right: list[int]) -> None:
    wanted = "Return a list of whole numbers: the size of the buffer after each look."
    got, again = (plain_numbers(answer(list(looks)), wanted) for _ in range(2))
    if got != again:
        raise Mistake(
            "Called again for a new iterator, your function returns other sizes: it remembers what "
            "it has seen before. Each new iterator begins with one slot."
        )
    if len(got) != len(right):
        raise Mistake(
            f"You return {len(got)} {plural('size', len(got))} for {len(looks)} looks. {wanted}"
        )
    if not same_all(got, right):
        at = next(n for n, size in enumerate(right) if got[n] != size)
        told = looks[: at + 1] if at < _SHOWN else f"[…, {str(looks[at - 9 : at + 1])[1:]}"
        raise Mistake(
            f"After the looks {told} you say {got[at]:g} {plural('slot', int(got[at]))}. "
            f"{_fault(got, at, looks)}"
        )


_SHOWN = 16


def _fault(got: list[float], at: int, looks: list[int]) -> str:
    before = 1.0 if at == 0 else got[at - 1]
    if at == 0:
        return "A new iterator begins with one slot, and it has not yet been found full."
    if got[at] < before:
        return "A buffer never becomes smaller while its iterator lives."
    if got[at] == before:
        return (
            "It was found full before, and now it is found empty: then it grows. Found full means "
            "that as many wait as it has slots, its only element included."
        )
    if before >= DOUBLES_BELOW and got[at] == 2 * before:
        return "From 2048 slots on it does not double any more."
    if looks[at]:
        return "Elements were waiting at this look. It grows only where the loop finds nothing."
    if got[at] == before + 1:
        return "By how much does it grow?"
    if grown(looks[: at + 1])[-1] == before:
        return (
            "The loop found it empty, but since it last grew, or began, it has not been found "
            "full. That must come first, again each time."
        )
    return "By how much does it grow?"
