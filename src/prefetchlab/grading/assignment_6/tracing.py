"""Task 8: who is waited for, read from a trace of several lanes."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from prefetchlab import theory
from prefetchlab.grading.assignment_6.rounding import ROUNDED, is_rounded
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.timeline import Event, Timeline
from prefetchlab.traces import to_chrome

LANES = ("load", "copy", "launch", "train")
_LAUNCH_S = 0.0003


def recorded() -> str:
    """A trace of two runs, "serial" and "prefetch": a device trains what the host launches.

    >>> sum(event["ph"] == "X" for event in json.loads(recorded())["traceEvents"])
    96
    """
    rng = np.random.default_rng(6)
    loads, trains = rng.uniform(0.006, 0.012, 12), rng.uniform(0.012, 0.016, 12)
    runs = {"serial": _replayed(loads, trains, 0), "prefetch": _replayed(loads, trains, 1)}
    return to_chrome(runs).decode()


def crowded() -> str:
    """A small trace of two runs: work that overlaps or lies within other work, in any order.

    >>> {event["ph"] for event in json.loads(crowded())["traceEvents"]} > {"M", "X", "C"}
    True
    """
    load, train = "load", "train"
    four = [
        Event(0.000, 0.047, load, 0),
        Event(0.010, 0.030, load, 1),
        Event(0.040, 0.083, load, 2),
        Event(0.060, 0.091, train, 0),
        Event(0.100, 0.138, train, 1),
        Event(0.110, 0.129, load, 3),
    ]
    one = [Event(0.000, 0.060, load, 0), Event(0.060, 0.090, train, 0)]
    runs = {"one call": Timeline.of(one), "four calls": Timeline.of(four)}
    return _mixed(to_chrome(runs).decode(), np.random.default_rng(6))


def _replayed(loads: Any, trains: Any, slots: int) -> Timeline:
    """A run of so many slots. The host launches a step at once, and the device works on it."""
    run = theory.replay(loads, trains, slots)
    events = []
    for n, (begun, made, taken, trained) in enumerate(
        zip(run.begun_s, run.made_s, run.taken_s, run.trained_s, strict=True)
    ):
        copied = made - begun
        events += [
            Event(float(begun), float(made), "load", n),
            Event(float(begun + 0.9 * copied), float(made), "copy", n),
            Event(float(taken), float(taken + _LAUNCH_S), "launch", n),
            Event(float(taken), float(trained), "train", n),
        ]
    return Timeline.of(events)


@for_test_cell
def waited_for(
    answer: StudentFunction, *, trace: str | None = None, process: str = "prefetch"
) -> None:
    """Check how busy each lane of a process is, and which one is waited for.

    >>> waited_for(lambda trace, process: ({}, "load"), trace=recorded())
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your shares are of the lanes , and the process has ...

    **Arguments:**

    - `answer`: the student's function of (trace, process), to (shares by lane, name of a lane).
    - `trace`: the trace as JSON; several by chance if left out.
    - `process`: the name of the process to look at.

    **Raises:** `Mistake` that names the mistake.
    """
    if trace is not None:
        _check(answer, trace, process)
        return
    rng = np.random.default_rng()
    for _ in range(_CASES):
        runs = {name: _by_chance(rng) for name in rng.permutation(_PROCESSES)}
        trace = _mixed(to_chrome(runs).decode(), rng)
        for name in runs:
            if _is_clear(busy_shares(json.loads(trace), name)):
                _check(answer, trace, name)


_CASES = 12
_PROCESSES = ("serial", "prefetch", "four calls")


def _by_chance(rng: np.random.Generator) -> Timeline:
    """Events that overlap in their lanes and lie within each other, none at the time 0."""
    start = float(rng.uniform(0.5, 2.0))
    lanes = rng.permutation(["load", "copy", "train", "evaluate"])[: rng.integers(2, 5)]
    events = []
    for lane in lanes:
        begins = start + rng.uniform(0, 0.4, rng.integers(3, 12))
        lengths = rng.uniform(0.001, rng.uniform(0.01, 0.12), len(begins))
        events += [
            Event(float(begin), float(begin + length), str(lane), n)
            for n, (begin, length) in enumerate(zip(begins, lengths, strict=True))
        ]
    return Timeline.of(events)


def _mixed(trace: str, rng: np.random.Generator) -> str:
    """The same trace with its events in any order, and with some of other kinds among them."""
    whole = json.loads(trace)
    events = whole["traceEvents"]
    events += [{"ph": "i", "name": "mark", "pid": 1, "tid": 1, "ts": 1.0, "s": "g"}]
    events += [{"ph": "C", "name": "ready", "pid": 1, "tid": 0, "ts": 9e6, "args": {"ready": 1}}]
    whole["traceEvents"] = [events[place] for place in rng.permutation(len(events))]
    return json.dumps(whole)


def _is_clear(shares: Mapping[str, float]) -> bool:
    """Whether one lane is clearly the busiest."""
    second, first = sorted(shares.values())[-2:]
    return first > second * (1 + 1e-3)


def _of_process(trace: Any, process: str) -> list[dict[str, Any]]:
    events = trace["traceEvents"]
    (pid,) = {
        one["pid"]
        for one in events
        if one["name"] == "process_name" and one["args"]["name"] == process
    }
    return [one for one in events if one["ph"] == "X" and one["pid"] == pid]


def busy_shares(trace: Any, process: str) -> dict[str, float]:
    """For each lane of a process, the part of the process's time in which it is at work.

    >>> one = to_chrome({"a": Timeline.of([Event(0, 1, "load", 0), Event(1, 4, "train", 0)])})
    >>> busy_shares(json.loads(one), "a")
    {'load': 0.25, 'train': 0.75}
    """
    events = _of_process(trace, process)
    window = _window(events)
    return {lane: _busy(_spans(events, lane)) / window for lane in _lanes(events)}


def _lanes(events: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(one["cat"] for one in events))


def _spans(events: list[dict[str, Any]], lane: str) -> list[tuple[float, float]]:
    return sorted((one["ts"], one["ts"] + one["dur"]) for one in events if one["cat"] == lane)


def _window(events: list[dict[str, Any]]) -> float:
    ends = [one["ts"] + one["dur"] for one in events]
    return float(max(ends) - min(one["ts"] for one in events))


def _busy(spans: list[tuple[float, float]]) -> float:
    busy, until = 0.0, float("-inf")
    for start, end in spans:
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy


def _check(answer: StudentFunction, trace: str, process: str) -> None:
    returned = answer(trace, process)
    wanted = "Return two things: a dictionary from lane to share, and the name of a lane."
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Mistake(wanted)
    shares, name = returned
    if not isinstance(shares, Mapping):
        raise Mistake(wanted)
    right = busy_shares(json.loads(trace), process)
    if set(shares) != set(right):
        raise Mistake(
            f"Your shares are of the lanes {', '.join(map(str, shares))}, and the process has "
            f"{', '.join(right)}: several threads may belong to one lane, and the file holds other "
            "processes and other kinds of events."
        )
    numbers = plain_numbers([shares[one] for one in right], wanted)
    _check_what_of(numbers, list(right.values()))
    for lane, share in zip(right, numbers, strict=True):
        if not same(share, right[lane]):
            fault = _fault(share, json.loads(trace), process, lane)
            raise Mistake(f"You say that {lane} is at work for {share:.4g} of the time. {fault}")
    if name != max(right, key=lambda lane: right[lane]):
        raise Mistake(
            f"Your shares are right, and you say that {name} is waited for. The side that is "
            "waited for is the one that hardly ever waits itself. Which one is at work most "
            "of the time?"
        )


def _check_what_of(got: list[float], right: list[float]) -> None:
    """Of what the shares are parts, where all of them show it."""
    if all(same(share, 100 * wanted) for share, wanted in zip(got, right, strict=True)):
        raise Mistake("Your shares are in percent. A lane that is always at work has the share 1.")
    if same(sum(got), 1) and not same(sum(right), 1):
        raise Mistake(
            "Your shares add up to 1. Lanes work at the same time, so their shares need not: each "
            "is a part of the run's time, and not of the work of all lanes."
        )


def _fault(got: float, trace: Any, process: str, lane: str) -> str:
    events = _of_process(trace, process)
    spans, window = _spans(events, lane), _window(events)
    total = sum(end - start for start, end in spans)
    everything = [one for one in trace["traceEvents"] if one["ph"] == "X"]
    own = max(end for _, end in spans) - spans[0][0]
    if same(got, total / window):
        return "Where two of its events overlap you count the time twice."
    if same(got, _busy(spans) / own):
        return "That is a part of the lane's own time. Take the time of the whole process."
    if same(got, _busy(spans) / max(end for _, end in _spans(everything, lane))):
        return "The process does not begin at 0: its time begins with its first event."
    if same(got, _busy(spans) / max(one["ts"] + one["dur"] for one in events)):
        return "The process does not begin at 0: its time begins with its first event."
    if same(got, _busy(spans) / _window(everything)):
        return "That is a part of the time of all processes together."
    spans_of_all = _spans(everything, lane)
    total_of_all = sum(end - start for start, end in spans_of_all)
    counted = (_busy(spans_of_all), total_of_all)
    if any(same(got, time / of) for time in counted for of in (window, _window(everything))):
        return "Events of another process are counted, too."
    if is_rounded(got, _busy(spans) / window):
        return ROUNDED
    if got > 1:
        return "No lane is at work for more than the whole time: look at what you count twice."
    return "Sort its events by their start, and add up only what no earlier one has covered."
