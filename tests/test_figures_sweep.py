"""The step over the slots, and how full a buffer was: what is drawn is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.patches import StepPatch

from prefetchlab import figures
from prefetchlab.errors import InputError
from prefetchlab.figures import Fill, draw_fill, draw_sweep
from prefetchlab.graph import Buffer
from prefetchlab.measure import Peace, Result


def result(*rounds_ms: float, predicted_ms: float = 10.1, limit_ms: float = 10.0) -> Result:
    predicted_s = predicted_ms / 1e3
    rounds_s = tuple(each / 1e3 for each in rounds_ms)
    return Result("", rounds_s, (predicted_s,) * 2, (limit_ms / 1e3,), "training", None, {})


EVEN = [result(20, 21, 26, predicted_ms=20.5), result(12), result(10.5)]
STALLS = [result(30, predicted_ms=29), result(15), result(14, limit_ms=13)]
SWEPT = {"even": EVEN, "stalls": STALLS}
SLOTS = (0, 1, 4)


def panels(drawing: figures.Drawing) -> list[Axes]:
    return [axes for axes in drawing.figure.axes if axes.axison]


# --- a sweep -------------------------------------------------------------------------------------


def test_alt_text_of_a_sweep_tells_each_load_size_and_limit() -> None:
    assert draw_sweep(SWEPT, SLOTS).alt == (
        "even: 0 slots 21.0 ms, predicted 20.5; 1 slot 12.0 ms, predicted 10.1; "
        "4 slots 10.5 ms, predicted 10.1; limit 10.0 ms. "
        "stalls: 0 slots 30.0 ms, predicted 29.0; 1 slot 15.0 ms, predicted 10.1; "
        "4 slots 14.0 ms, predicted 10.1; limit 13.0 ms."
    )


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_each_load_has_a_panel_of_its_own_with_the_sizes_below_it(count: int) -> None:
    named = {f"load {place}": EVEN for place in range(count)}
    shown = panels(draw_sweep(named, SLOTS))
    assert [axes.get_title() for axes in shown] == list(named)
    for axes in shown[-2:]:  # the lowest of each column, also where none stands beside it
        assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "4"]
    assert all(axes.get_ylim()[0] == 0 for axes in shown)


def test_no_load_reaches_above_the_axis_that_all_panels_share() -> None:
    highest_ms = 30  # of the second load; the first one ends at 26
    for axes in panels(draw_sweep(SWEPT, SLOTS)):
        assert axes.get_ylim() == pytest.approx((0, 1.08 * highest_ms))


def test_the_longest_whisker_is_below_the_end_of_the_axis() -> None:
    (axes,) = panels(draw_sweep({"even": EVEN}, SLOTS))
    assert axes.get_ylim() == pytest.approx((0, 1.08 * 26))  # its median is 21


def test_points_whiskers_line_and_limit_of_a_panel_are_the_numbers() -> None:
    axes = panels(draw_sweep(SWEPT, SLOTS))[0]
    (bars,) = (each for each in axes.containers if isinstance(each, ErrorbarContainer))
    points = bars.lines[0]
    assert points.get_ydata() == pytest.approx([21, 12, 10.5])
    (whiskers,) = axes.collections
    reach = [np.asarray(path.vertices)[:, 1].tolist() for path in whiskers.get_paths()]
    assert np.array(reach) == pytest.approx(np.array([[20, 26], [12, 12], [10.5, 10.5]]))
    drawn = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}
    assert drawn["predicted"] == pytest.approx([20.5, 10.1, 10.1])
    assert set(drawn["limit (estimated)"].tolist()) == {10.0}


def test_the_legend_of_a_sweep_names_each_mark_once() -> None:
    (legend,) = draw_sweep(SWEPT, SLOTS).figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert sorted(named) == ["limit (estimated)", "measured", "predicted"]


def test_the_caption_of_a_sweep_tells_how_many_rounds_there_were() -> None:
    assert "Points are medians of 3 rounds; whiskers" in draw_sweep({"x": EVEN}, SLOTS).caption
    assert "Points are medians of 2 rounds" in draw_sweep({"x": [result(1, 2)]}, [1]).caption


def test_below_the_caption_of_a_sweep_stand_machine_and_peace() -> None:
    peace = Peace(work_ratio=1.01, felt_ratio=1.0, others_share=None, rounds=2, disturbed=0)
    seen = replace(EVEN[0], versions={"tensorflow": "2"}, peace=peace)
    assert draw_sweep({"x": [seen]}, [0]).note == f"Measured on TensorFlow 2. {peace}"
    assert draw_sweep({"x": [EVEN[0]]}, [0]).note == ""


@pytest.mark.parametrize(
    ("named", "slots", "said"),
    [
        pytest.param({}, [1], "named: it is empty; give at least one", id="no load"),
        pytest.param({"x": []}, [], "slots: it is empty", id="no size"),
        pytest.param(
            SWEPT | {"short": EVEN[:2]}, SLOTS,
            "short: it has 2 results for 3 sizes; give one for each", id="too few",
        ),
        pytest.param(SWEPT, [1, 2], "even: it has 3 results for 2 sizes", id="too many"),
    ],
)  # fmt: skip
def test_a_sweep_without_a_result_for_each_size_is_refused(
    named: dict[str, list[Result]], slots: list[int], said: str
) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        draw_sweep(named, slots)


# --- how full a buffer was -----------------------------------------------------------------------

GREW = Fill(ready=[0, 1, 0, 2, 3, 0], slots=[1, 2, 2, 4, 4, 4])


def test_alt_text_of_a_fill_tells_the_sizes_and_after_which_none_was_ready() -> None:
    assert draw_fill({"grew": GREW, "full": Fill([2, 2, 2], 2)}).alt == (
        "grew: 6 elements, 1, then 2, then 4 slots; none ready after 3 of them: 1, 3, 6. "
        "full: 3 elements, 2 slots; after each, another was ready."
    )


@pytest.mark.parametrize(("count", "end"), [(8, "7, 8."), (9, "7, 8, ….")])
def test_alt_text_of_a_fill_names_the_first_eight_at_most(count: int, end: str) -> None:
    alt = draw_fill({"x": Fill([0] * count, 2)}).alt
    assert alt.endswith(f"none ready after {count} of them: 1, 2, 3, 4, 5, 6, {end}")


def test_filled_is_what_is_ready_and_the_line_is_the_room() -> None:
    (axes,) = panels(draw_fill({"grew": GREW}))
    filled, line = (patch for patch in axes.patches if isinstance(patch, StepPatch))
    for drawn, values in ((filled, GREW.ready), (line, GREW.sizes)):
        shown, edges, _ = drawn.get_data()
        assert list(shown) == list(values)
        assert list(edges) == [n + 0.5 for n in range(7)]
    assert axes.get_ylim()[1] > 4


def test_each_run_has_a_row_with_its_heading() -> None:
    shown = panels(draw_fill({"one": GREW, "two": Fill([1], 1)}))
    assert [axes.get_title("left") for axes in shown] == ["one", "two"]


def test_one_size_holds_for_every_element() -> None:
    assert Fill([1, 2, 0], 2).sizes == Fill([1, 2, 0], [2]).sizes == [2, 2, 2]
    assert GREW.sizes == [1, 2, 2, 4, 4, 4]
    assert GREW.empty == (1, 3, 6) and Fill([1, 2], 2).empty == ()


@pytest.mark.parametrize(("stalls", "end"), [(8, "7, 8."), (9, "7, 8, ….")])
def test_the_alt_text_names_eight_stalls_and_says_whether_there_are_more(
    stalls: int, end: str
) -> None:
    assert draw_fill({"x": Fill([0] * stalls, 2)}).alt.endswith(end)


def test_a_fill_is_made_of_what_was_watched() -> None:
    watched = [Buffer("Prefetch", 1, 0, 0), Buffer("Prefetch", 2, 1, 8)]
    fill = Fill.of(watched)
    assert (list(fill.ready), fill.sizes) == ([0, 1], [1, 2])


def test_a_fill_says_whether_it_was_measured_or_calculated() -> None:
    calculated = draw_fill({"x": GREW})
    measured = draw_fill({"x": GREW}, labels={"tensorflow": "2"})
    assert calculated.caption.startswith("Calculated: ") and calculated.note == ""
    assert measured.caption.startswith("Measured: ")
    assert measured.note == "Measured on TensorFlow 2."


@pytest.mark.parametrize(
    ("named", "said"),
    [
        pytest.param({}, "named: it is empty; give at least one", id="none"),
        pytest.param({"x": Fill([], 1)}, "x: 0 elements and 1 sizes; give one", id="no element"),
        pytest.param({"x": Fill.of([])}, "x: 0 elements and 0 sizes; give one", id="not watched"),
        pytest.param(
            {"x": GREW, "y": Fill([1, 2], [1, 2, 3])}, "y: 2 elements and 3 sizes", id="too many"
        ),
    ],
)
def test_a_fill_with_sizes_for_other_elements_is_refused(named: dict[str, Fill], said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        draw_fill(named)
