"""Pictures of images: what is the same is said to be the same."""

import numpy as np
import numpy.typing as npt
import pytest

from prefetchlab import figures
from prefetchlab.errors import InputError

Image = npt.NDArray[np.float64]

BLACK, GREY = np.zeros([96, 96, 3]), np.full([96, 96, 3], 99.0)


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ([BLACK, BLACK, BLACK], "Epochs: 3 images, the same each time."),
        ([BLACK, GREY, GREY + 1], "Epochs: 3 images, no two alike."),
        ([BLACK, GREY, BLACK], "Epochs: 3 images, 2 differ."),
        ([BLACK], "Epochs: 1 image."),
        ([BLACK, -BLACK, BLACK.astype(np.uint8)], "Epochs: 3 images, the same each time."),
        ([BLACK[:4], BLACK[:, :4]], "Epochs: 2 images, no two alike."),
    ],
)
def test_a_caption_tells_how_many_images_differ(images: list[Image], told: str) -> None:
    assert told in figures.draw_pictures({"epochs": images}).caption


def test_images_that_look_alike_and_differ_are_told_apart() -> None:
    nearly = BLACK.copy()
    nearly[1, 1, 1] = 0.25
    assert "no two alike" in figures.draw_pictures({"epochs": [BLACK, nearly]}).caption


def test_what_is_drawn_is_what_was_given_cut_to_what_can_be_shown() -> None:
    drawing = figures.draw_pictures({"one": [BLACK - 50], "other": [GREY + 300]})
    shown = [np.asarray(axes.images[0].get_array()) for axes in drawing.figure.axes]
    assert [int(image.max()) for image in shown] == [0, 255]
    assert all(image.shape == (48, 48, 3) for image in shown)


def test_the_alt_text_tells_the_brightness_that_is_drawn() -> None:
    assert "brightness 0, 255 of 255" in figures.draw_pictures({"x": [BLACK - 50, GREY + 300]}).alt


def test_rows_of_unlike_length_leave_places_empty() -> None:
    drawing = figures.draw_pictures({"one": [BLACK], "two": [BLACK, GREY]})
    assert [len(axes.images) for axes in drawing.figure.axes] == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "rows: it is empty"),
        ({"x": []}, "rows: there is no image"),
        ({"x": [np.zeros([8, 8])]}, r"rows: x holds an array of shape \(8, 8\)"),
        ({"x": [np.full([8, 8, 3], np.nan)]}, "rows: x holds what is no number"),
        ({"x": [np.full([8, 8, 3], "a")]}, "rows: x holds what is no number"),
        ({"x": [np.zeros([8, 8, 1])]}, r"rows: x holds an array of shape \(8, 8, 1\)"),
    ],
)
def test_what_is_no_image_is_named(rows: dict[str, list[Image]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        figures.draw_pictures(rows)
