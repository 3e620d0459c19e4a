"""The cheat sheet: its counts are those of a run, its code runs, and it fits on a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import Loop, RunAhead, Transform, run_ahead
from tools.repository import ROOT

pytestmark = pytest.mark.long

SHEET = (ROOT / "book" / "cheat-sheet.md").read_text(encoding="utf-8")
MOST_WORDS = 500
ROW = re.compile(r"^\| `([^`]+)` \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A pipeline, and what the three columns say of it.

    Attributes:
        pipeline: its stages, or `source` if there are none; `f` is some function.
        as_written: the counts without rewrites.
        by_default: those with the rewrites, for a loop in Python.
        in_graph: those with the rewrites, for a `for` in a `tf.function`.
    """

    pipeline: str
    as_written: str
    by_default: str
    in_graph: str


def rows(text: str) -> list[Row]:
    return [Row(*(cell.strip() for cell in found)) for found in ROW.findall(text)]


def build_of(pipeline: str) -> Transform:
    code = pipeline if pipeline == "source" else f"source.{pipeline}"

    def build(source: Any) -> Any:
        return eval(code, {"source": source, "f": tf.square})

    return build


def counted(row: Row) -> Iterator[tuple[str, str, RunAhead]]:
    """For each column: its name, what it says, and what a run counts."""
    build = build_of(row.pipeline)
    yield "as written", row.as_written, run_ahead(build)
    loops: tuple[tuple[str, Loop], ...] = ((row.by_default, "eager"), (row.in_graph, "graph"))
    for told, loop in loops:
        yield f"default, {loop}", told, run_ahead(build, as_written=False, loop=loop)


def faults(row: Row) -> list[str]:
    """Each column of a row that does not say what a run counts."""
    columns = list(counted(row))
    _, _, as_written = columns[0]
    found = []
    for column, told, made in columns:
        if told == "more":
            right = all(more > few for more, few in zip(made, as_written, strict=True))
        else:
            right = told == " ".join(map(str, made)) and not made.at_least
        if not right:
            found.append(f"{row.pipeline}, {column}: {told}, and counted {made!r}")
    return found


@pytest.mark.parametrize("row", rows(SHEET), ids=lambda row: row.pipeline)
def test_the_counts_are_those_of_a_run(row: Row) -> None:
    assert faults(row) == []


def test_each_row_of_the_table_is_read() -> None:
    lines = SHEET.partition("## Counts")[2].partition("## Do not")[0]
    assert len(rows(SHEET)) == lines.count("\n| `") == 10


@pytest.mark.parametrize(
    ("right", "wrong", "column"),
    [
        ("| 6 10 14 | 10 14 18 |", "| 12 16 20 | 10 14 18 |", "as written"),
        ("| 6 10 14 | 10 14 18 |", "| 6 10 14 | 6 10 14 |", "default, eager"),
        ("10 14 18 | 6 10 14 |", "10 14 18 | more |", "default, graph"),
    ],
)
def test_a_changed_count_is_found(right: str, wrong: str, column: str) -> None:
    assert SHEET.count(right) == 1
    (row,) = (row for row in rows(SHEET.replace(right, wrong)) if row not in rows(SHEET))
    (fault,) = faults(row)
    assert f", {column}: " in fault


def test_its_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", SHEET, re.DOTALL)
    files = tf.data.Dataset.range(64)
    names: dict[str, Any] = {"tf": tf, "files": files, "load": tf.square, "augment": tf.negative}
    exec(code, names)
    written, runs, buffers = capsys.readouterr().out.split("\n", 2)
    assert written.startswith("Range → ParallelMap(AUTOTUNE) → Cache")
    assert written.endswith("ParallelMap(AUTOTUNE) → Batch(32) → Prefetch(AUTOTUNE)")
    assert runs.endswith("MapAndBatch(AUTOTUNE) → Prefetch(AUTOTUNE)")
    assert str(graph.runs(names["serial"])) == written
    assert "Prefetch" in buffers
    assert len(list(names["dataset"])) == 2


def test_it_is_short_enough_for_a_page() -> None:
    text = re.sub(r"\]\([^)]*\)", "]", SHEET)  # without the addresses of links
    assert sum(bool(re.search("[A-Za-z]", word)) for word in text.split()) <= MOST_WORDS


def test_it_prints_on_one_page_of_a4(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((ROOT / "_build" / "html" / "book" / "cheat-sheet.html").as_uri())
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1
