"""`prefetchlab run`: what each experiment writes, prints and draws. Each is run once, on little."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from prefetchlab import cli, experiments
from prefetchlab.experiments import Pace, catalogue
from prefetchlab.pipelines import LADDER
from prefetchlab.workloads import KINDS

pytestmark = pytest.mark.long

ONE_BY_ONE = [name for name in experiments.NAMES if name != "all"]


@dataclass(frozen=True)
class Ran:
    """What a run left.

    Attributes:
        shown: what it printed.
        rows: its results.
        picture: its picture, as SVG.
        trace: the events of its trace.
    """

    shown: str
    rows: list[dict[str, Any]]
    picture: str
    trace: list[dict[str, Any]]


Run = Callable[[str], Ran]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    @cache
    def run(name: str) -> Ran:
        folder = tmp_path_factory.mktemp(name)
        files = {kind: folder / f"{kind}.{end}" for kind, end in ENDINGS.items()}
        words = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as shown:
            patch.setattr(catalogue, "QUICK", Pace(steps=4, repeats=1, again=False))
            patch.setitem(catalogue._PIXELS, "photographs", 64)
            assert cli.main(["run", name, "--quick", *words]) == 0
        text = {kind: path.read_text(encoding="utf-8") for kind, path in files.items()}
        trace = json.loads(text["trace"])["traceEvents"]
        return Ran(shown.getvalue(), json.loads(text["json"]), text["plot"], trace)

    return run


ENDINGS = {"json": "json", "plot": "svg", "trace": "json"}

# --- what all of them write ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_each_row_says_which_experiment_it_is_of_and_on_what_it_was_measured(
    name: str, ran: Run
) -> None:
    rows = ran(name).rows
    assert all(row["experiment"] for row in rows)
    assert all("tensorflow" in row["versions"] for row in rows if "versions" in row)
    assert rows


LANES = {
    "pipeline": {"train"},
    "stall": {"load", "train"},
    "overlap": {"load", "train"},
    "buffer": {"load", "train"},
    "combine": {"train"},
    "internals": {"load", "copy", "train"},
    "service": {"load", "train"},
}


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_each_writes_a_trace_of_what_it_ran(name: str, ran: Run) -> None:
    trace = ran(name).trace
    headings = [event["args"]["name"] for event in trace if event["name"] == "process_name"]
    assert len(headings) == len(set(headings)) >= 1
    assert {event["cat"] for event in trace if event["ph"] == "X"} >= LANES[name]


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_each_draws_a_picture_with_an_axis(name: str, ran: Run) -> None:
    assert "milliseconds" in ran(name).picture


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_what_is_simulated_is_called_so(name: str, ran: Run) -> None:
    simulates = name in ("stall", "overlap", "buffer", "internals", "service")
    assert ("simulated" in ran(name).shown) == simulates


# --- what one of them writes ---------------------------------------------------------------------


def test_overlap_writes_a_row_for_each_variant_with_all_that_was_promised(ran: Run) -> None:
    rows = ran("overlap").rows
    assert [row["name"] for row in rows][:2] == ["serial", "prefetch(1)"]
    keys = {"name", "measured_s", "predicted_s", "limit_s", "limit_set_by", "efficiency"}
    assert all(keys | {"run_ahead", "versions", "experiment"} <= set(row) for row in rows)


def test_buffer_writes_a_row_for_each_load_and_size(ran: Run) -> None:
    rows, sizes = ran("buffer").rows, (0, 1, 2, 4, 8)
    of_waits = [f"{kind}, prefetch({slots})" for kind in KINDS for slots in sizes]
    assert [row["name"] for row in rows][: len(of_waits)] == of_waits
    assert len(rows) == len(of_waits) + len(sizes)
    assert [row["run_ahead"] for row in rows][:2] == [[1, 2, 3], [2, 3, 4]]


def test_combine_writes_a_row_for_each_rung(ran: Run) -> None:
    rows = ran("combine").rows
    assert "Keras training on" in ran("combine").shown
    assert [row["name"] for row in rows] == list(LADDER)
    assert [row["batch_bytes"] for row in rows] == [6_291_712] * 8 + [1_573_120]
    assert all(row["work_s"] > 0 for row in rows)


def test_internals_writes_its_four_parts_and_what_was_promised_of_each_row(ran: Run) -> None:
    rows = ran("internals").rows
    parts = list(dict.fromkeys(row["experiment"] for row in rows))
    assert [sum(row["experiment"] == part for row in rows) for part in parts] == [9, 18, 5, 8]
    keys = {"name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"}
    assert all(keys <= set(row) for row in rows)
