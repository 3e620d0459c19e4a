"""Lanes: measured and calculated timelines are drawn alike, and say which of the two they are."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from prefetchlab import figures, theory
from prefetchlab.figures.drawing import LANE_COLOURS
from prefetchlab.timeline import Event, Timeline

LOAD, TRAIN = [4, 1, 4, 1, 4], [2] * 5
REPLAYS = {f"{slots} slots": theory.replay(LOAD, TRAIN, slots) for slots in (0, 1, 2)}


def timeline(*spans: tuple[str, int, float, float]) -> Timeline:
    """A timeline of (lane, batch, start, end), in milliseconds."""
    return Timeline.of(
        Event(start / 1e3, end / 1e3, lane, index) for lane, index, start, end in spans
    )


ALONE = timeline(
    ("load", 3, 0, 10), ("train", 3, 10, 22), ("load", 4, 22, 32), ("train", 4, 32, 44)
)  # fmt: skip
BESIDE = timeline(
    ("train", 3, 0, 16), ("load", 4, 0, 12), ("train", 4, 16, 32), ("load", 5, 16, 28)
)  # fmt: skip
MEASURED = {"serial": ALONE, "prefetch(1)": BESIDE}


def bars(axes: Axes, *, hatched: bool) -> list[tuple[float, float]]:
    """Where the bars of a row begin, and how long they are; those of training first."""
    found = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    return [
        (round(bar.get_x(), 6), round(bar.get_width(), 6))
        for bar in found
        if bool(bar.get_hatch()) == hatched
    ]


def numbers(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_each_load_and_each_step_of_a_schedule_is_a_bar() -> None:
    for axes, schedule in zip(
        figures.draw_replays(REPLAYS).figure.axes, REPLAYS.values(), strict=True
    ):
        trained = zip(schedule.taken_s, TRAIN, strict=True)
        loaded = zip(schedule.begun_s, LOAD, strict=True)
        assert bars(axes, hatched=False) == [*trained, *loaded]
        assert numbers(axes) == ["1", "2", "3", "4", "5"] * 2


def test_exactly_the_waits_of_training_are_hatched() -> None:
    serial, one, two = figures.draw_replays(REPLAYS).figure.axes
    assert bars(serial, hatched=True) == [(0, 4), (6, 1), (9, 4), (15, 1), (18, 4)]
    assert bars(one, hatched=True) == [(0, 4), (8, 2), (14, 2)]
    assert bars(two, hatched=True) == [(0, 4), (8, 1), (13, 1)]


def test_a_heading_tells_how_long_it_takes_and_how_long_training_waits() -> None:
    axes = figures.draw_replays(REPLAYS).figure.axes
    titles = [each.get_title("left").replace("\N{NO-BREAK SPACE}", " ") for each in axes]
    assert titles == [
        "0 slots: 24 s, training waits 14 s",
        "1 slots: 18 s, training waits 8 s",
        "2 slots: 16 s, training waits 6 s",
    ]


def test_all_rows_stand_on_one_axis_of_the_unit() -> None:
    drawing = figures.draw_replays(REPLAYS, unit="ms")
    assert {axes.get_xlim() for axes in drawing.figure.axes} == {(0, 24)}
    assert drawing.figure.axes[-1].get_xlabel() == "milliseconds"
    assert "5 batches in 16 ms; training waits 38 % of the time" in drawing.alt


def test_a_caption_says_calculated_or_measured() -> None:
    calculated, measured = figures.draw_replays(REPLAYS), figures.draw_timelines(MEASURED)
    assert calculated.caption.startswith("Calculated. ") and "easured" not in calculated.caption
    assert measured.caption.startswith("Measured. ") and "alculated" not in measured.caption


def test_an_empty_stretch_of_the_load_lane_is_told_where_there_is_one() -> None:
    full = theory.replay([1, 1], [0, 0], slots=1)
    assert "empty stretch of the load lane" in figures.draw_replays(REPLAYS).caption
    assert "empty stretch of the load lane" not in figures.draw_replays({"full": full}).caption


def test_batches_from_the_middle_of_a_run_are_numbered_from_1_and_say_so() -> None:
    drawing = figures.draw_timelines(MEASURED)
    assert [numbers(axes) for axes in drawing.figure.axes] == [["1", "2"] * 2, ["1", "2", "2", "3"]]
    assert "from the middle of a run, numbered from 1" in drawing.caption
    first = timeline(("load", 0, 0, 10), ("train", 0, 10, 20))
    assert "middle of a run" not in figures.draw_timelines({"all": first}).caption


def test_how_long_a_train_bar_lasts_is_told_alone_and_beside_a_load() -> None:
    drawing = figures.draw_timelines(MEASURED)
    told = (
        "A train bar lasts on average: serial, 12.0 ms alone; prefetch(1), 16.0 ms beside a load."
    )
    assert drawing.caption.endswith(told)
    assert "a train bar lasts 12.0 ms alone on average. prefetch(1): 2 batches" in drawing.alt
    assert drawing.alt.endswith("a train bar lasts 16.0 ms beside a load on average.")


def test_a_timeline_with_both_kinds_of_train_bars_tells_both() -> None:
    both = timeline(("train", 0, 0, 10), ("train", 1, 10, 30), ("load", 2, 10, 20))
    caption = figures.draw_timelines({"both": both}).caption
    assert caption.endswith("both, 10.0 ms alone and 20.0 ms beside a load.")


def test_the_noise_of_two_clocks_is_no_load_beside_a_train_bar() -> None:
    touching = timeline(("load", 0, 0, 10.05), ("train", 0, 10, 20))
    assert "alone" in figures.draw_timelines({"serial": touching}).caption


def test_below_measured_lanes_stand_machine_and_versions() -> None:
    labels = {"tensorflow": "2.21.0", "device": "CPU", "cores": "2", "python": "3.11"}
    note = figures.draw_timelines(MEASURED, labels=labels).note
    assert note == "Measured on cores: 2, CPU, TensorFlow 2.21.0, Python 3.11."
    assert figures.draw_timelines(MEASURED).note == figures.draw_replays(REPLAYS).note == ""


def test_a_bar_without_room_has_no_number() -> None:
    short = theory.replay([0.01, 100.0], [0.01, 100.0], slots=1)
    (axes,) = figures.draw_replays({"short": short}).figure.axes
    assert numbers(axes) == ["2", "2"]
    assert len(bars(axes, hatched=False)) == 4


def test_a_long_heading_is_broken_and_its_row_is_taller() -> None:
    long = {"a source that waits 10 ms and an accelerator that waits 10 ms": REPLAYS["0 slots"]}
    drawing, short = figures.draw_replays(long), figures.draw_replays({"a": REPLAYS["0 slots"]})
    assert drawing.figure.axes[0].get_title("left").count("\n") == 1
    assert drawing.figure.get_figheight() > short.figure.get_figheight()


@pytest.mark.parametrize("lane", ["load", "train"])
def test_both_kinds_of_lanes_have_the_same_colours(lane: str) -> None:
    assert LANE_COLOURS[lane] in figures.draw_replays(REPLAYS).svg()
    assert LANE_COLOURS[lane] in figures.draw_timelines(MEASURED).svg()


def test_a_schedule_of_another_unit_is_drawn_as_it_is() -> None:
    replayed = theory.replay(np.array([4, 4]), np.array([2, 2]), theory.UNBOUNDED)
    (axes,) = figures.draw_replays({"unbounded": replayed}, unit="h").figure.axes
    assert axes.get_xlabel() == "h"
