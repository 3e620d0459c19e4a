"""Figures: alt text and captions come from the data; one picture reads in light and dark."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import figures
from prefetchlab.errors import InputError
from prefetchlab.measure import Result
from prefetchlab.timeline import Event, Timeline

SERIAL = Timeline.of(
    event
    for n in range(3)
    for event in (
        Event(0.02 * n, 0.02 * n + 0.01, "load", n),
        Event(0.02 * n + 0.01, 0.02 * n + 0.02, "train", n),
    )
)
RESULTS = [
    Result("serial", (0.020, 0.021, 0.022), 0.0205, 0.010, "loading", (1, 2, 3), {}),
    Result("one slot", (0.011,), 0.0105, 0.010, "cores", (2, 3, 4), {"tensorflow": "2.21.0"}),
]
DRAWINGS: dict[str, Callable[[], figures.Drawing]] = {
    "timelines": lambda: figures.draw_timelines({"serial": SERIAL}),
    "steps": lambda: figures.draw_steps(RESULTS),
    "bound": lambda: figures.draw_bound([0.010, 0.020], 0.010, [1.9, 1.4]),
}


def test_alt_text_of_a_timeline_tells_waits_and_overlap() -> None:
    assert figures.draw_timelines({"serial": SERIAL}).alt == (
        "serial: 3 batches in 60 ms; training waits 50 % of the time; "
        "loading and training overlap 0 ms."
    )


def test_alt_text_of_steps_tells_measured_predicted_and_limit() -> None:
    assert "one slot: measured 11.0 ms a step, predicted 10.5 ms, limit 10.0 ms set by cores" in (
        figures.draw_steps(RESULTS).alt
    )


def test_other_data_make_another_alt_text() -> None:
    later = Timeline.of([*SERIAL.events, Event(0.06, 0.10, "load", 3)])
    assert figures.draw_timelines({"a": SERIAL}).alt != figures.draw_timelines({"a": later}).alt


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_picture_takes_its_ink_from_the_page(name: str) -> None:
    drawing = DRAWINGS[name]()
    svg = drawing.svg()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawing.alt
    assert "currentColor" in svg
    assert not re.search(r"#(000000|ffffff|010203)\b", svg), "an ink that only one theme can show"


@pytest.mark.parametrize("name", DRAWINGS)
def test_each_id_in_a_picture_is_used_and_prefixed(name: str) -> None:
    svg = DRAWINGS[name]().svg()
    ids = set(re.findall(r' id="([^"]+)"', svg))
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    assert ids == used
    assert all(each.startswith(f"{DRAWINGS[name]().name}-") for each in ids)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_data_draw_the_same_bytes(name: str) -> None:
    assert DRAWINGS[name]()._repr_html_() == DRAWINGS[name]()._repr_html_()


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_saved_in_the_format_of_its_ending(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"picture.{ending}"
    DRAWINGS["steps"]().save(path)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(start)


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"picture.bmp: unknown kind of picture"):
        DRAWINGS["steps"]().save(tmp_path / "picture.bmp")


def test_a_caption_is_escaped() -> None:
    odd = Result("a < b", (0.01,), 0.01, 0.01, "loading", None, {"tensorflow": "<2>"})
    assert "<2>" not in figures.draw_steps([odd])._repr_html_()
