"""Timelines as a file that Perfetto opens: Chrome's trace events, in JSON.

The format: "Trace Event Format", Google, 2016. Each timeline is a process there, and each of its
lanes a thread. Perfetto draws what overlaps on one thread only if one event lies within the other.
So a lane whose events overlap otherwise is told as several threads: "load", "load 2" and so on.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from prefetchlab import given
from prefetchlab.timeline import Event, Timeline

_MICROSECONDS = 1e6  # in a second: the format's unit
_DIGITS = 3  # behind the point: nanoseconds


def to_chrome(timelines: Mapping[str, Timeline]) -> bytes:
    """The timelines as one trace, in UTF-8; open it at ui.perfetto.dev, or in chrome://tracing.

    >>> one = Timeline.of([Event(0.010, 0.030, "load", 3)])
    >>> trace = json.loads(to_chrome({"serial": one}))
    >>> [event["args"] for event in trace["traceEvents"] if event["ph"] == "M"]
    [{'name': 'serial'}, {'sort_index': 1}, {'name': 'load'}]
    >>> {key: trace["traceEvents"][-1][key] for key in ("name", "ts", "dur")}
    {'name': 'load 3', 'ts': 10000.0, 'dur': 20000.0}

    **Arguments:**

    - `timelines`: by the heading that each is to have. Times stay seconds from each timeline's own
      start, so that timelines lie below each other.

    **Raises:** `InputError` if it is no mapping of timelines.
    """
    given.mapping("timelines", timelines, "timelines", least=0)
    events = [
        event
        for process, (heading, timeline) in enumerate(timelines.items(), start=1)
        for event in _process(process, heading, timeline)
    ]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}).encode()


def _process(process: int, heading: str, timeline: Timeline) -> Iterator[dict[str, Any]]:
    yield _metadata("process_name", process, 0, name=heading)
    yield _metadata("process_sort_index", process, 0, sort_index=process)
    threads = [
        (name, events) for lane in timeline.lanes for name, events in timeline.rows(lane).items()
    ]
    for thread, (name, _) in enumerate(threads, start=1):
        yield _metadata("thread_name", process, thread, name=name)
    for thread, (_, events) in enumerate(threads, start=1):
        for event in events:
            yield _complete(event, process, thread)


def _metadata(what: str, process: int, thread: int, **told: str | int) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": process, "tid": thread, "args": told}


def _complete(event: Event, process: int, thread: int) -> dict[str, Any]:
    start, end = _microseconds(event.start_s), _microseconds(event.end_s)
    return {
        "ph": "X",
        "name": f"{event.lane} {event.index}",
        "cat": event.lane,
        "pid": process,
        "tid": thread,
        "ts": start,
        "dur": round(end - start, _DIGITS),  # so that what follows at once does not overlap
        "args": {"element": int(event.index)},
    }


def _microseconds(time_s: float) -> float:
    return round(float(time_s) * _MICROSECONDS, _DIGITS)
