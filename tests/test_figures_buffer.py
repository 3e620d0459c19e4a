"""The picture of a prefetch: who has which element at a moment, by the schedule."""

import re

import pytest
from matplotlib.patches import Rectangle

from prefetchlab import figures, theory
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS, TEXT_POINTS
from prefetchlab.figures.sheet import WIDTH, width_of

LOAD, TRAIN = [4, 1, 4, 1, 4], [2] * 5


def drawn(slots: int, *at_s: float) -> figures.Drawing:
    return figures.draw_buffer(theory.replay(LOAD, TRAIN, slots), slots, at_s)


def words(drawing: figures.Drawing) -> list[str]:
    return [text.get_text() for text in drawing.figure.axes[0].texts]


def boxes(drawing: figures.Drawing) -> list[Rectangle]:
    return [box for box in drawing.figure.axes[0].patches if isinstance(box, Rectangle)]


@pytest.mark.parametrize(
    ("slots", "at_s", "said"),
    [
        (0, 1, "the source makes 1; the training loop waits."),
        (0, 5, "the source waits until asked; the training loop trains on 1."),
        (1, 5.5, "the prefetch thread waits: slot full; element 2 waits in 1 slot; "),
        (1, 6, "the prefetch thread makes 3; no element waits in 1 slot; the training loop "),
        (2, 5.5, "the prefetch thread makes 3; element 2 waits in 2 slots; the training loop "),
        (2, 18, "the prefetch thread is done; no element waits in 2 slots; the training loop is"),
    ],
)
def test_alt_text_tells_who_has_which_element(slots: int, at_s: float, said: str) -> None:
    assert drawn(slots, at_s).alt.startswith(f"After {at_s} s: {said}")


def test_a_thread_waits_only_while_its_slots_are_full() -> None:
    full = theory.replay([1.0] * 6, [4.0] * 6, 2)
    alt = figures.draw_buffer(full, 2, [2.5, 4.5, 5.5]).alt
    assert "After 2.5 s: the prefetch thread makes 3; element 2 waits in 2 slots;" in alt
    assert "4.5 s: the prefetch thread waits: slots full; elements 2 and 3 wait in 2 slots;" in alt
    assert "5.5 s: the prefetch thread makes 4; element 3 waits in 2 slots; the training" in alt


def test_each_element_is_drawn_once_and_each_free_slot_is_dotted() -> None:
    (made, *_), shown = boxes(drawn(2, 5.5)), boxes(drawn(2, 5.5))
    fills = [box.get_facecolor() for box in shown if box.get_linestyle() == "-"]
    dotted = [box for box in shown if box.get_linestyle() == ":"]
    assert len(shown) == 4 and len(fills) == 3 and len(dotted) == 1
    assert made.get_facecolor() == fills[0] == fills[2] != fills[1]
    assert [word for word in words(drawn(2, 5.5)) if word.isdigit()] == ["3", "1", "2"]


def test_the_element_that_waits_longest_stands_next_to_the_loop() -> None:
    full = figures.draw_buffer(theory.replay([1.0] * 6, [4.0] * 6, 2), 2, [4.5])
    places = {text.get_text(): text.get_position()[0] for text in full.figure.axes[0].texts}
    assert places["3"] < places["2"] < places["1"]


def test_who_waits_is_hatched_and_nobody_else() -> None:
    assert [bool(box.get_hatch()) for box in boxes(drawn(1, 5.5))] == [True, False, False]
    assert [bool(box.get_hatch()) for box in boxes(drawn(1, 1))] == [False, True, False]
    assert not any(box.get_hatch() for box in boxes(drawn(1, 6.5)))


@pytest.mark.parametrize(("slots", "title"), [(1, "prefetch(1)"), (3, "prefetch(3)"), (0, None)])
def test_thread_and_slots_are_named_as_the_prefetch_that_they_are(
    slots: int, title: str | None
) -> None:
    named = [word for word in words(drawn(slots, 1)) if word.startswith("prefetch")]
    assert named == ([title] if title else [])
    assert ("A prefetch is a thread" in drawn(slots, 1).caption) == bool(slots)


@pytest.mark.parametrize("slots", range(7))
def test_nothing_is_drawn_outside_of_the_sheet(slots: int) -> None:
    schedule = theory.replay([1.0] * 30, [4.0] * 30, slots)
    drawing = figures.draw_buffer(schedule, slots, [101.5])
    for text in drawing.figure.axes[0].texts:
        left, wide = text.get_position()[0], width_of(text.get_text())
        left -= wide / 2 if text.get_horizontalalignment() == "center" else 0
        assert 0 <= left < left + wide <= WIDTH
        assert text.get_fontsize() == TEXT_POINTS
    for box in boxes(drawing):
        assert 0 < box.get_x() < box.get_x() + box.get_width() < WIDTH


def test_elements_are_filled_by_whose_they_are() -> None:
    svg = drawn(2, 5.5).svg()
    filled = {
        lane: len(re.findall(f"fill: {colour}", svg)) for lane, colour in LANE_COLOURS.items()
    }
    assert filled == {"load": 2, "copy": 0, "train": 1}


def test_a_moment_is_needed() -> None:
    with pytest.raises(InputError, match="at_s: it is empty; give at least one"):
        drawn(1)


@pytest.mark.parametrize("slots", [-1, 7, theory.UNBOUNDED, 1.5])
def test_slots_that_have_no_room_are_refused(slots: int) -> None:
    with pytest.raises(
        InputError, match=r"slots: .* (too small|too large|not a whole number); give"
    ):
        figures.draw_buffer(theory.replay(LOAD, TRAIN, 1), slots, [1])


def test_slots_that_cannot_hold_what_waits_are_refused() -> None:
    schedule = theory.replay([1.0] * 6, [4.0] * 6, 3)
    with pytest.raises(InputError, match="slots: 2 are too few, because 3 elements wait in this"):
        figures.draw_buffer(schedule, 2, [1])
