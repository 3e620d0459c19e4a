"""Task 9: a prefetch of a thread and a buffer, that hands on errors and the end, and stops."""

import gc
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import plural
from prefetchlab.measure.settling import Settling


class _GoneError(Exception):
    """What the source raises: nobody else does."""


class _Source:
    """Elements that count how many were asked for; perhaps an error among them."""

    def __init__(self, elements: Sequence[Any], *, fails_at: int | None = None) -> None:
        self.made = 0
        self.asked_by: set[int | None] = set()  # the threads, by their numbers
        self.raised: _GoneError | None = None
        self._elements = elements
        self._fails_at = fails_at

    def __iter__(self) -> Iterator[Any]:
        for place, element in enumerate(self._elements):
            self.made += 1
            self.asked_by.add(threading.get_ident())
            if place == self._fails_at:
                self.raised = _GoneError(f"no element {place}")
                raise self.raised
            yield element


class _Reader(threading.Thread):
    """Goes over what the student's function makes, one element each time that it may."""

    def __init__(self, answer: StudentFunction, source: _Source, slots: int, leave: int) -> None:
        super().__init__(daemon=True)
        self.got: list[Any] = []
        self.error: BaseException | None = None
        self.ended = False
        self.go = threading.Semaphore(0)
        self._answer: StudentFunction | None = answer
        self._source, self._slots, self._leave = source, slots, leave

    def run(self) -> None:
        """Read, and hold still after each element."""
        try:
            self._read()
        except BaseException as error:
            self.error = error.with_traceback(None)
        gc.collect()
        self.ended = True

    def _read(self) -> None:
        for element in self._answer(self._source, self._slots):  # type: ignore[misc]
            self.got.append(element)
            self.go.acquire()
            if len(self.got) == self._leave:
                return


_PATIENCE_S = 10.0  # long for a thread that has nothing to do but to hand on numbers


class _Visit:
    """One visit of a loop to the student's prefetch, until it ends or nothing moves any more.

    Attributes:
        got: the elements that came.
        made: how many the source had made at each.
        error: what was raised, or None.
        hangs: whether the loop waits for what never comes.
        left: how many threads there are in the end that were not there before.
        asks_itself: whether the source was asked on the thread of the loop.
    """

    def __init__(
        self, answer: StudentFunction, source: _Source, slots: int, *, leave: int = 10_000
    ) -> None:
        before = set(threading.enumerate())
        settling = Settling(patience_s=_PATIENCE_S)
        reader = _Reader(answer, source, slots, leave)
        reader.start()

        def moved() -> int:
            return source.made + len(reader.got) + reader.ended + len(threading.enumerate())

        self.made: list[int] = []
        settling.wait(moved)
        while not reader.ended and len(reader.got) > len(self.made):
            self.made.append(source.made)
            reader.go.release()
            settling.wait(moved)
        self.got, self.error, self.hangs = reader.got, reader.error, not reader.ended
        self.left = len(set(threading.enumerate()) - before - {reader})
        self.asks_itself = reader.ident in source.asked_by


@for_test_cell
def ahead(
    answer: StudentFunction, *, count: int = 8, slots: int = 2, anything: bool = False
) -> None:
    """Check what a prefetch hands on and when, and that it stops with its loop.

    >>> ahead(lambda source, slots: list(source))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With slots = 2 the source has been asked for 8 elements while ...

    **Arguments:**

    - `answer`: the student's function of (source, slots), to what a loop can go over.
    - `count`: how many elements the source has.
    - `slots`: from 1.
    - `anything`: whether an array and an error are among the elements.

    **Raises:** `Mistake` that names the mistake.
    """
    elements: list[Any] = np.random.default_rng().choice(1000, count, replace=False).tolist()
    elements[count // 2] = None
    elements[count // 3] = False
    if anything:
        elements[0] = np.arange(3)
        elements[1] = ValueError("an element, and no error of the source")
    try:
        with _nothing_of_threads():
            _check_elements(answer, elements, slots)
            _check_error(answer, elements, slots)
            _check_stop(answer, elements, slots)
    except InputError as error:
        if "a thread still works" in str(error):
            raise Mistake(_NEVER_RESTS) from None
        raise not_counted(error) from None


_NEVER_RESTS = (
    f"For {_PATIENCE_S:g} s no element has moved, and yet a thread does not rest. Does a wait of "
    "yours have a time limit, or does something ask again and again? Let it wait until it is woken."
)


@contextmanager
def _nothing_of_threads() -> Iterator[None]:
    """Print nothing of an error that ends a thread of the student's: the check tells of it."""
    hook, threading.excepthook = threading.excepthook, lambda error: None
    try:
        yield
    finally:
        threading.excepthook = hook


def _check_elements(answer: StudentFunction, elements: list[Any], slots: int) -> None:
    visit = _Visit(answer, _Source(elements), slots)
    if any(isinstance(one, Exception) for one in elements) and isinstance(visit.error, ValueError):
        raise Mistake(_ANY_ELEMENT)
    _check_no_error(visit)
    for taken, made in enumerate(visit.made, start=1):
        if made != min(taken + slots, len(elements)):
            raise Mistake(_wrong_count(taken, made, slots, len(elements)))
    if visit.asks_itself:
        raise Mistake(
            "The source is asked on the thread of the loop, which waits meanwhile and does not "
            "train. As many elements wait as must, but nothing overlaps. Which thread should ask?"
        )
    if not _are_the_same(visit.got, elements):
        raise Mistake(
            f"Of {len(elements)} elements {len(visit.got)} come out, or they are not those of the "
            "source in its order. An element may be anything, None and False as well: how does the "
            "loop tell the end from an element?"
        )
    if visit.hangs:
        raise Mistake("Behind the last element the loop waits for ever. What tells it the end?")
    if visit.left:
        raise Mistake(f"When the loop is over, {_threads(visit.left)} still there. What ends it?")


_ANY_ELEMENT = (
    "An element may be anything: an array, which compares each of its numbers, or an error, "
    "which the source hands out and does not raise. How does the loop tell an element from the "
    "end, and from an error that was raised?"
)


def _are_the_same(got: list[Any], wanted: list[Any]) -> bool:
    """Whether these are the same elements. An array would compare each of its numbers."""
    return len(got) == len(wanted) and all(
        one is other or (type(one) is type(other) is int and one == other)
        for one, other in zip(got, wanted, strict=True)
    )


def _check_no_error(visit: _Visit) -> None:
    if isinstance(visit.error, Exception):
        raise visit.error


def _wrong_count(taken: int, made: int, slots: int, count: int) -> str:
    said = (
        f"With slots = {slots} the source has been asked for {made} elements while the loop holds "
        f"element {taken}, and it must be {min(taken + slots, count)}."
    )
    if made == taken + slots + 1:
        return (
            f"{said} One is in the hand of the thread, made before there was room for it. When "
            "does it wait: before it makes one, or after?"
        )
    if made >= count:
        return f"{said} Nothing holds the thread back. What tells it that the buffer is full?"
    if made <= taken:
        return f"{said} Nothing is made while the loop holds an element. Who makes the next one?"
    return f"{said} Count the slots when the thread begins, and at each element that is taken."


def _check_error(answer: StudentFunction, elements: list[Any], slots: int) -> None:
    place = len(elements) - 3
    source = _Source(elements, fails_at=place)
    visit = _Visit(answer, source, slots)
    if visit.hangs:
        raise Mistake(
            f"The source raises an error at element {place}, and the loop waits for ever. In which "
            "thread was the error raised, and how does the loop hear of it?"
        )
    if isinstance(visit.error, _GoneError) and visit.error is not source.raised:
        raise Mistake(
            "The error that is raised in the loop is not the one that the source has raised, but "
            "another of its kind. What it says, and where it was raised, goes with the first."
        )
    if not isinstance(visit.error, _GoneError):
        _check_no_error(visit)
        raise Mistake(
            "The source raises an error, and the loop ends as if all were well. It must be raised "
            "in the loop, at its place."
        )
    if not _are_the_same(visit.got, elements[:place]):
        raise Mistake(
            f"The source raises an error at element {place}. Before it {place} elements should "
            f"come, and {len(visit.got)} do. An error has its place in the buffer, as "
            "an element has."
        )
    if visit.left:
        raise Mistake(f"After an error {_threads(visit.left)} still there. What ends it?")


def _check_stop(answer: StudentFunction, elements: list[Any], slots: int) -> None:
    source = _Source(elements * 10)
    visit = _Visit(answer, source, slots, leave=3)
    _check_no_error(visit)
    if source.made > 3 + slots + 1:
        raise Mistake(
            f"The loop leaves after 3 elements, and the source is still asked for more: "
            f"{source.made} in all. What tells the thread to stop?"
        )
    if visit.left:
        raise Mistake(
            f"The loop leaves early, and {_threads(visit.left)} still there, for ever: waiting for "
            "room that nobody makes any more. Which part of a generator runs when its loop leaves "
            "it, and what can it do there to wake the thread?"
        )


def _threads(count: int) -> str:
    return f"{count} {plural('thread', count)} {'is' if count == 1 else 'are'}"
