"""Task 2: how busy two lanes are, and how much of the time both work."""

from collections.abc import Sequence

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.timeline import Event, Timeline

Interval = tuple[float, float]  # start and end, seconds
Lanes = tuple[Sequence[Interval], Sequence[Interval]]


@for_test_cell
def shares(
    answer: StudentFunction,
    *,
    load: Sequence[Interval] | None = None,
    train: Sequence[Interval] = (),
) -> None:
    """Check the share of the time in which loading, training, and both were busy.

    >>> shares(lambda load, train: (1, 0.5, 0), load=[(0, 2), (1, 3)], train=[(3, 4)])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: You say that loading is busy for 1 of the time. ...

    **Arguments:**

    - `answer`: the student's function of (load, train), to three shares.
    - `load`, `train`: (start, end) of the events of each lane, seconds; many by chance if left out.

    **Raises:** `Mistake` that names the mistake.
    """
    if load is not None:
        _check(answer, (load, train))
        return
    for _ in range(_TIMELINES):
        _check(answer, _by_chance())


_TIMELINES = 20
_WANTED = "Return three numbers: the shares of loading, of training, and of both at once."


def _by_chance() -> Lanes:
    """Loads that reach across each other, some within another; training that takes turns."""
    rng = np.random.default_rng()
    starts = np.sort(rng.integers(0, 4_000, int(rng.integers(2, 9)))) / 1000
    load = [(float(s), float(s) + float(rng.integers(1, 1_500)) / 1000) for s in starts]
    edges = np.sort(rng.choice(6_000, 2 * int(rng.integers(1, 6)), replace=False)) / 1000 + 0.5
    train = [(float(a), float(b)) for a, b in edges.reshape(-1, 2)]
    rng.shuffle(load)
    return [(a, b) for a, b in load], train


def _check(answer: StudentFunction, lanes: Lanes) -> None:
    load, train = lanes
    got = plain_numbers(answer(list(load), list(train)), _WANTED)
    if len(got) != 3:
        raise Mistake(f"{_WANTED} You return {len(got)}.")
    busy, both, span = _measured(lanes)
    named = zip(("loading is", "training is", "both are"), got, (*busy, both), strict=True)
    for lane, said, right in named:
        if not same(said, right / span):
            raise Mistake(
                f"You say that {lane} busy for {said:.6g} of the time. "
                f"{_fault(lane, said, lanes, right)} The lanes were load = {_shown(load)} and "
                f"train = {_shown(train)}."
            )


def _measured(lanes: Lanes) -> tuple[tuple[float, float], float, float]:
    """Busy seconds of each lane, those of both at once, and the span of all events."""
    timeline = Timeline.of(
        Event(start, end, name, index)
        for name, lane in zip(("load", "train"), lanes, strict=True)
        for index, (start, end) in enumerate(lane)
    )
    span = timeline.span_s - timeline.events[0].start_s
    busy = timeline.busy_s("load"), timeline.busy_s("train")
    return busy, timeline.overlap_s("load", "train"), span


def _shown(lane: Sequence[Interval]) -> str:
    return str(list(lane)) if len(lane) <= 4 else f"{len(lane)} events"


def _fault(lane: str, said: float, lanes: Lanes, right: float) -> str:
    (load, train), (busy, both, span) = lanes, _measured(lanes)
    added = [sum(end - start for start, end in one) for one in (load, train)]
    pairs = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in load for b in train)
    last = max(end for _, end in (*load, *train))
    if same(said, right):
        return "That is the time in seconds. A share is the part that it is of the whole."
    if same(said, 100 * right / span):
        return "That is percent. A share lies between 0 and 1."
    if same(said, right / last) and not same(span, last):
        return "The whole does not begin at 0: it begins with the first event."
    if lane == "loading is" and same(said, added[0] / span):
        return "Where two loads run at once, you count the time twice."
    if lane == "both are" and same(said, pairs / span):
        return "Where two loads run at once beside training, you count the time twice."
    if lane == "both are" and same(said, both / min(busy)):
        return "That is a part of the less busy lane. The task asks for a part of the whole."
    if lane == "both are" and same(said, min(busy) / span):
        return "You take it that the less busy lane works while the other one does. Compare times."
    if lane == "both are" and same(said, busy[0] / span * (busy[1] / span)):
        return "The product of two shares holds only for lanes that know nothing of each other."
    if same(said, 1 - right / span):
        return "That is the part of the time in which it is not so."
    own = train if lane == "training is" else load
    reach = max(end for _, end in own) - min(start for start, _ in own)
    if lane != "both are" and same(said, right / reach):
        return "You divide by the time from the first to the last event of this lane alone."
    return "Draw the events on a line of time, and mark where something runs."
