"""Figures: alt text and captions come from the data; one picture reads in light and dark."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from prefetchlab import figures, theory
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS
from prefetchlab.graph import AUTOTUNE, Pipeline, Stage
from prefetchlab.measure import Gain, Peace, Prefix, Result, StageCosts
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
    Result("serial", (0.020, 0.021, 0.022), (0.0205, 0.0205), (0.010,), "loading", (1, 2, 3), {}),
    Result("one slot", (0.011,), (0.0105, 0.0109), (0.010, 0.0098), "cores", (2, 3, 4), {}),
]
GAINS = [
    Gain((0.010, 0.012), (0.010, 0.010), serial_s=(0.021, 0.021), one_slot_s=(0.011, 0.010)),
    Gain((0.020, 0.022), (0.010, 0.010), serial_s=(0.030, 0.030), one_slot_s=(0.022, 0.022)),
]
COSTS = StageCosts(
    (
        Prefix("read", 8, 80_000, (0.001,), (0.001,)),
        Prefix("decode", 8, 800_000, (0.005,), (0.006,)),
        Prefix("batch", 2, 800_000, (0.006,), (0.007,)),
    ),
    (0.006,),
    {},
)
SCHEDULE = theory.replay([4, 1, 4, 1, 4], [2] * 5, slots=2)
WRITTEN = Pipeline((Stage("Range"), Stage("Batch", 4)))
RUNS = Pipeline((*WRITTEN.line, Stage("Prefetch", AUTOTUNE)))
IN_GRAPH_LOOP = Pipeline((*WRITTEN.line, Stage("Scan"), Stage("Prefetch", AUTOTUNE)))
COUNTS = {"batch(4).prefetch(2)": (12, 16, 20), "prefetch(2).batch(4)": (6, 10, 14)}
DRAWINGS: dict[str, Callable[[], figures.Drawing]] = {
    "timelines": lambda: figures.draw_timelines({"serial": SERIAL}),
    "steps": lambda: figures.draw_steps(RESULTS),
    "bound": lambda: figures.draw_bound(GAINS),
    "replays": lambda: figures.draw_replays({"2 slots": SCHEDULE}),
    "rewrite": lambda: figures.draw_rewrite(WRITTEN, RUNS),
    "loops": lambda: figures.draw_loops(RUNS, IN_GRAPH_LOOP),
    "stage costs": lambda: figures.draw_stage_costs(COSTS),
    "pictures": lambda: figures.draw_pictures({"epochs": [np.zeros([96, 96, 3])] * 4}),
    "slots": lambda: figures.draw_slots(COUNTS, slots=2, batch=4),
    "buffer": lambda: figures.draw_buffer(SCHEDULE, 2, [1, 5.5]),
    "sweep": lambda: figures.draw_sweep({"serial": RESULTS, "again": RESULTS}, [0, 1]),
    "fill": lambda: figures.draw_fill({"2 slots": figures.Fill(SCHEDULE.ready.tolist(), 2)}),
}


def test_alt_text_of_a_timeline_tells_waits_and_overlap() -> None:
    assert figures.draw_timelines({"serial": SERIAL}).alt == (
        "serial: 3 batches in 60 ms; training waits 50 % of the time; "
        "loading and training overlap 0 ms; a train bar lasts 10.0 ms alone on average."
    )


def test_alt_text_of_steps_tells_measured_predicted_and_the_estimated_limit() -> None:
    alt = figures.draw_steps(RESULTS).alt
    assert "serial: measured 21.0 ms a step, predicted 20.5 ms, limit estimated at 10.0 ms, " in alt
    assert "one slot: measured 11.0 ms a step, predicted 10.5 to 10.9 ms, limit estimated" in alt
    assert "set by cores; efficiency 0.90." in alt


def test_alt_text_of_the_bound_tells_spread_and_noise() -> None:
    first, second = figures.draw_bound(GAINS).alt.split(" Loading 21.0 ms, ")
    assert first == (
        "Loading 11.0 ms, training 10.0 ms: measured 2.00 (1.91 to 2.10), "
        "at most 1.92 within noise."
    )
    assert second == "training 10.0 ms: measured 1.36 (1.36 to 1.36), at most 1.48."


@pytest.mark.parametrize("order", [GAINS, GAINS[::-1]], ids=["first", "last"])
def test_the_caption_of_the_bound_names_the_load_of_the_best_point(order: list[Gain]) -> None:
    caption = figures.draw_bound(order).caption
    assert "Best measured: 2.00, where loading takes 11.0 ms and training 10.0 ms" in caption


@pytest.mark.parametrize(("serial_s", "one_slot_s"), [(0.047, 0.020), (0.010, 0.020)])
def test_no_point_of_the_bound_is_cut_off(serial_s: float, one_slot_s: float) -> None:
    odd = Gain((0.3,), (0.010,), (serial_s,), (one_slot_s,))
    (axes,) = figures.draw_bound([*GAINS, odd]).figure.axes
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left < odd.ratio < right
    assert low < odd.spread.least <= odd.spread.most < high


def test_a_point_of_the_bound_stands_at_the_measured_ratio() -> None:
    (axes,) = figures.draw_bound(GAINS[:1]).figure.axes
    (points,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert points.get_xdata() == pytest.approx([1.1])


def test_a_speedup_above_the_bound_and_its_noise_is_no_record() -> None:
    odd = Gain((0.010,), (0.010,), (0.025,), (0.010,))
    assert "measured 2.50 (2.50 to 2.50), at most 2.00, estimated too low." in (
        figures.draw_bound([odd]).alt
    )


def test_below_the_caption_of_the_bound_stand_machine_and_peace() -> None:
    drawing = figures.draw_bound(GAINS, note="Not in peace.", labels={"tensorflow": "2"})
    assert drawing.note == "Measured on TensorFlow 2. Not in peace."


def test_whiskers_and_band_of_a_step_reach_its_rounds() -> None:
    (axes,) = figures.draw_steps(RESULTS).figure.axes
    reached = {
        tuple(np.asarray(path.vertices)[:, 0].round(6).tolist())
        for collection in axes.collections
        for path in collection.get_paths()
    }
    assert {(20.0, 22.0), (10.5, 10.9), (9.9, 9.9)} <= reached
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert (9.8, 0.2) in {(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in bars}


def test_below_the_caption_of_steps_stand_machine_and_peace() -> None:
    peace = Peace(work_ratio=1.01, felt_ratio=1.0, others_share=None, rounds=2, disturbed=0)
    seen = replace(RESULTS[0], versions={"tensorflow": "2"}, peace=peace)
    assert figures.draw_steps([seen]).note == f"Measured on TensorFlow 2. {peace}"
    assert figures.draw_steps(RESULTS).note == ""


def test_the_caption_of_steps_tells_how_many_rounds_there_were() -> None:
    assert figures.draw_steps(RESULTS).caption.startswith(
        "Median of 3 interleaved rounds; whiskers"
    )
    assert figures.draw_steps(RESULTS[1:]).caption.startswith("One round, so that nothing tells")


def test_the_docstring_tells_of_each_picture_what_it_shows() -> None:
    told = re.findall(r"^\| `(draw_\w+|explore)` \|", figures.__doc__ or "", re.MULTILINE)
    assert sorted(told) == [name for name in figures.__all__ if name.startswith(("draw_", "expl"))]


def test_a_legend_names_each_mark_once() -> None:
    (legend,) = figures.draw_steps(RESULTS).figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert sorted(named) == ["limit (estimated)", "measured", "predicted"]


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
def test_a_picture_styles_nothing_but_itself_and_takes_the_font_of_the_page(name: str) -> None:
    svg = DRAWINGS[name]().svg()
    assert "<style" not in svg
    assert "font-family" not in svg and "font:" not in svg


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
    odd = Result("a < b", (0.01,), (0.01, 0.01), (0.01,), "loading", None, {"tensorflow": "<2>"})
    assert "<2>" not in figures.draw_steps([odd])._repr_html_()


def test_loading_is_blue_and_training_orange() -> None:
    """As in all pictures that are stored."""
    load, train = (to_rgb(LANE_COLOURS[lane]) for lane in ("load", "train"))
    assert load[2] > load[1] > load[0]
    assert train[0] > train[1] > train[2]


def test_where_style_and_picture_are_taken_out_the_words_stay() -> None:
    """As JupyterLab does with a notebook that it does not trust."""
    drawing = figures.draw_steps(RESULTS)
    html = drawing._repr_html_()
    left = re.sub(r"<(style|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
    assert f"Run this cell to see the picture. {drawing.alt}" in unescape(left)
    assert ".prefetchlab-unseen {\n  display: none;" in html
