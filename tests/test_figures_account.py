"""An account of time: its bars lie end to end, and add up to all of it."""

import math

import pytest
from matplotlib.patches import Rectangle

from prefetchlab import figures
from prefetchlab.errors import InputError

NIGHT = {"training": 6.0, "waiting": 3.0, "saving": 1.0}


def test_each_bar_begins_where_the_one_above_it_ends() -> None:
    (axes,) = figures.draw_account(NIGHT).figure.axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    drawn = [(bar.get_x(), bar.get_width()) for bar in bars]
    assert drawn == [(0.0, 6.0), (6.0, 3.0), (9.0, 1.0)]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(NIGHT)


def test_seconds_and_shares_stand_beside_the_bars_and_in_the_alt_text() -> None:
    drawing = figures.draw_account(NIGHT, labels={"tensorflow": "2"})
    words = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert words == ["6.0 s, 60%", "3.0 s, 30%", "1.0 s, 10%"]
    assert (
        drawing.alt == "Of 10.0 s: training 6.0 s, 60 %; waiting 3.0 s, 30 %; saving 1.0 s, 10 %."
    )
    assert drawing.note == "Measured on TensorFlow 2."


def test_what_took_no_time_keeps_its_row() -> None:
    drawing = figures.draw_account({"training": 1.0, "waiting": 0.0})
    assert "waiting 0.0 s, 0 %" in drawing.alt


@pytest.mark.parametrize(
    "seconds",
    [{}, {"a": 0.0}, {"a": -1.0, "b": 2.0}, {"a": math.nan}, {"a": math.inf, "b": 1.0}],
    ids=["none", "no time", "negative", "no number", "endless"],
)
def test_what_is_no_account_is_refused(seconds: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"seconds: .*; give (times|at least one)"):
        figures.draw_account(seconds)
