"""Task 3: a loop that stops for an evaluation and loses nothing of a stream."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.words import plural
from prefetchlab.measure import CountingSource


class Stream(CountingSource):
    """Numbers that come once: whoever asks next gets the next one, as from a camera.

    >>> stream = Stream([5, 7, 9])
    >>> [int(next(iter(stream.dataset.take(1)))) for _ in range(2)]
    [5, 7]
    """

    def __init__(self, numbers: list[int]) -> None:
        """Keep the numbers, distinct int64."""
        super().__init__(len(numbers))
        self._numbers = numbers

    def _generate(self) -> Iterator[int]:
        self._settling.begin()
        while self.made < len(self._numbers):
            self.made += 1
            yield self._numbers[self.made - 1]


@dataclass
class Log:
    """What a loop did, and what its source had made meanwhile.

    Attributes:
        did: the numbers that were trained on, and None for each evaluation, in order.
        waiting: at each of these, how many that were made have not been trained on.
    """

    did: list[int | None] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    @property
    def trained(self) -> list[int]:
        """The numbers alone."""
        return [one for one in self.did if one is not None]


def _run(answer: StudentFunction, numbers: list[int], every: int, slots: int) -> Log:
    stream, log = Stream(numbers), Log()

    def note(what: int | None) -> None:
        log.did.append(what)
        if len(log.did) > 4 * len(numbers):
            raise Mistake("Your loop does not end: nothing is left in the stream. What ends it?")
        try:
            log.waiting.append(stream.settled() - len(log.trained))
        except InputError as error:
            raise not_counted(error) from None

    def train(number: Any) -> None:
        if np.size(number) != 1:
            raise Mistake("Your loop hands train more than one image. Train on one at a time.")
        note(int(np.ravel(number)[0]))

    answer(as_counted(stream.dataset), train, lambda: note(None), every, slots)
    return log


def trained_numbers(
    answer: StudentFunction, *, count: int = 12, every: int = 4, slots: int = 2
) -> list[int]:
    """Of a stream of the numbers 0, 1, 2, … those that a loop trains on.

    >>> def plain(stream, train, evaluate, every, slots):
    ...     for number in stream.take(every):
    ...         train(number)
    >>> trained_numbers(plain)
    [0, 1, 2, 3]

    **Arguments:**

    - `answer`: a function of (stream, train, evaluate, every, slots).
    - `count`: how many numbers the stream has.
    - `every`, `slots`: what to call it with.
    """
    return _run(answer, [*range(count)], every, slots).trained


@for_test_cell
def train_all(answer: StudentFunction, *, count: int = 12, every: int = 4, slots: int = 2) -> None:
    """Check that each number of a stream is trained on, and where the evaluations come.

    >>> def in_parts(stream, train, evaluate, every, slots):
    ...     for part in range(3):
    ...         for number in stream.prefetch(slots).take(every):
    ...             train(number)
    ...         evaluate()
    >>> train_all(in_parts)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: 4 of 12 images are trained on by nobody. ...

    **Arguments:**

    - `answer`: the student's function of (stream, train, evaluate, every, slots).
    - `count`: how many numbers the stream has.
    - `every`: trainings between two evaluations.
    - `slots`: how many numbers must wait.

    **Raises:** `Mistake` that names the mistake.
    """
    numbers = np.random.default_rng().choice(100_000, count, replace=False).tolist()
    log = _run(answer, numbers, every, slots)
    _check_trained(log.trained, numbers)
    _check_evaluations(log, every)
    for place, (what, waiting) in enumerate(zip(log.did, log.waiting, strict=True)):
        trained = len([one for one in log.did[: place + 1] if one is not None])
        wanted = min(slots, count - trained)
        if waiting != wanted:
            raise Mistake(
                f"{_during(what, trained)} {waiting} {plural('image', waiting)} "
                f"{'waits' if waiting == 1 else 'wait'}, and with slots = {slots} it must be "
                f"{wanted}. Is there one prefetch of that size, and nothing else that holds images?"
            )


def _during(what: int | None, trained: int) -> str:
    if what is None:
        return f"During the evaluation after {trained} images"
    return f"While image {trained} is trained on,"


def _check_trained(trained: list[int], numbers: list[int]) -> None:
    missing = len(set(numbers) - set(trained))
    if missing:
        raise Mistake(
            f"{missing} of {len(numbers)} images are trained on by nobody. Each for over a dataset "
            "begins a new iterator, with a buffer of its own, and what waits in a buffer is lost "
            "when its iterator goes. What must outlive the evaluation?"
        )
    if len(trained) > len(numbers):
        raise Mistake("Some images are trained on twice: each comes once from the stream.")
    if trained != numbers:
        raise Mistake("Each image is trained on, but in another order than they come in.")


def _check_evaluations(log: Log, every: int) -> None:
    wanted: list[int | None] = []
    for number, one in enumerate(log.trained, start=1):
        wanted.append(one)
        if number % every == 0:
            wanted.append(None)
    if log.did == wanted:
        return
    times, right = log.did.count(None), wanted.count(None)
    if times == right:
        place = next(n for n, one in enumerate(log.did) if one != wanted[n])
        images = len([one for one in log.did[:place] if one is not None])
        found = "there is one" if log.did[place] is None else "there is none"
        raise Mistake(
            f"The evaluations are as many as they must be, but not in their places: after {images} "
            f"{plural('image', images)} {found}, with every = {every}. Each must come right after "
            f"the training on the last of {every} images."
        )
    raise Mistake(
        f"Of {len(log.trained)} images with every = {every} there must be {right} "
        f"{plural('evaluation', right)}, each right after the training on the last of {every} "
        f"images; yours makes {times}. Look at where evaluate is called, and at what happens at "
        "the end."
    )
