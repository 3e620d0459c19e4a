"""Task 9: where the seconds of a night went."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same

Event = tuple[str, float, float]  # lane, start and end, seconds


@for_test_cell
def account(
    answer: StudentFunction,
    *,
    events: Sequence[Event] | None = None,
    start: float = 0,
    end: float = 0,
) -> None:
    """Check the account of a night: seconds by lane, seconds of nothing, the costliest lane.

    >>> night = [("train", 0, 6), ("trace", 1, 4), ("save", 7, 9)]
    >>> account(lambda *log: ({"train": 6, "trace": 3, "save": 2}, 2, "trace"),
    ...         events=night, start=0, end=10)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that train took 6 s. ...

    **Arguments:**

    - `answer`: the student's function of (events, start, end), to (seconds, unaccounted, lane).
    - `events`: (lane, start, end) of each, in any order; several nights by chance if left out.
    - `start`, `end`: of the night, seconds.

    **Raises:** `Mistake` that names the mistake.
    """
    if events is not None:
        _check(answer, list(events), start, end)
        return
    for _ in range(_NIGHTS):
        _check(answer, *_by_chance())


_NIGHTS = 20


def _by_chance() -> tuple[list[Event], float, float]:
    """Events with gaps, some within others, in any order; two lanes never cost the same."""
    rng = np.random.default_rng()
    lanes = [*rng.permutation(["wait", "validate", "save", "rebuild"]), "train", "train"]
    now = start = float(rng.integers(0, 90_000))
    events = list[Event]()
    for lane in rng.choice(lanes, int(rng.integers(6, 20))):
        now += float(rng.integers(0, 40)) / 8 * int(rng.integers(0, 2))
        length = float(rng.integers(96, 800)) / 8  # longer than what lies within it
        events.append((str(lane), now, now + length))
        if lane in ("train", "validate") and rng.integers(0, 2):
            cut = float(rng.integers(8, 30)) / 8
            events.append(("trace", now + int(rng.integers(0, 2)), now + 1 + cut))
            events.append(("fetch", now + 6, now + 7 + cut))
        now += length
    events += [("train", now, now + 4), ("wait", now + 4, now + 3_000)]
    rng.shuffle(events)
    return [(lane, a, b) for lane, a, b in events], start, now + 3_000 + float(rng.integers(0, 9))


def _check(answer: StudentFunction, events: list[Event], start: float, end: float) -> None:
    returned = answer(list(events), start, end)
    wanted = "Return three things: a dict of seconds by lane, a number of seconds, and a lane."
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Mistake(wanted)
    seconds, rest, costliest = returned
    right = _seconds(events)
    if not isinstance(seconds, Mapping):
        raise Mistake(wanted)
    if set(seconds) != set(right):
        raise Mistake(
            f"Your dict has the lanes {', '.join(map(str, seconds))}, and the log has "
            f"{', '.join(right)}. Every lane of the log is a key, and nothing else is."
        )
    got = dict(zip(seconds, plain_numbers(list(seconds.values()), wanted), strict=True))
    for lane, said in got.items():
        if not same(said, right[lane]):
            raise Mistake(f"You say that {lane} took {said:g} s. {_fault(lane, said, events)}")
    left = end - start - sum(right.values())
    said = plain_numbers([rest], wanted)[0]
    if not same(said, left):
        raise Mistake(
            f"You leave {said:g} s unaccounted for. {_rest_fault(said, events, start, end)}"
        )
    _check_costliest(costliest, right)


def _inner(event: Event, events: Sequence[Event]) -> list[Event]:
    """The events that lie within it."""
    _, start, end = event
    return [one for one in events if start <= one[1] and one[2] <= end and one is not event]


def _whole(events: Sequence[Event]) -> dict[str, float]:
    """The seconds by lane, those within other events counted in both."""
    seconds = dict[str, float]()
    for lane, start, end in events:
        seconds[lane] = seconds.get(lane, 0) + end - start
    return seconds


def _seconds(events: Sequence[Event]) -> dict[str, float]:
    seconds = _whole(events)
    for event in events:
        for _, start, end in _inner(event, events):
            seconds[event[0]] -= end - start
    return seconds


def _fault(lane: str, said: float, events: Sequence[Event]) -> str:
    own = [one for one in events if one[0] == lane]
    whole = _whole(events)[lane]
    if same(said, whole):
        return "Within some of its events lie others: those seconds belong to the inner ones alone."
    if any(same(said, end - start) for _, start, end in own) and len(own) > 1:
        return f"That is one event alone, and {lane} has {len(own)}. Add them up."
    if same(said, len(own)):
        return "That is how many events it has."
    if said < 0:
        return "It is less than nothing: from what do you subtract what?"
    if said < _seconds(events)[lane]:
        return "It took longer: look for events that you leave out, or subtract twice."
    return "It took less. Which of its seconds belong to another lane?"


def _rest_fault(said: float, events: Sequence[Event], start: float, end: float) -> str:
    left = end - start - sum(_seconds(events).values())
    covered = max(one[2] for one in events) - min(one[1] for one in events)
    if same(said, end - start - sum(_whole(events).values())):
        return "There you count the seconds within other events twice."
    if same(said, left - (end - start - covered)):
        return "The night begins and ends where the function is told, not where the log does."
    if same(said, -left):
        return "From what do you subtract what?"
    if same(said, end - sum(_seconds(events).values())):
        return "The clock does not say 0 when the night begins."
    return "How long is the night, and how much of it do the lanes explain?"


def _check_costliest(got: Any, right: Mapping[str, float]) -> None:
    others = {lane: seconds for lane, seconds in right.items() if lane != "train"}
    if not isinstance(got, str) or got not in right:
        raise Mistake(f"You name {got!r} as the costliest lane. Return one of: {', '.join(right)}.")
    if got == "train":
        raise Mistake("You name train as the costliest lane. The task asks for one of the others.")
    if others[got] < max(others.values()):
        raise Mistake(f"You name {got} as the costliest lane. Another one took more seconds.")
