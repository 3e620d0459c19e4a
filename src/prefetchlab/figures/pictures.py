"""The images that a pipeline gives, so that one can see which of them are the same."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import STYLE, WIDTH_INCHES, Drawing

_EDGE = 48  # pixels of a picture on the page: enough to tell two of them apart

Image = npt.NDArray[np.float64]


def draw_pictures(
    rows: Mapping[str, Sequence[npt.ArrayLike]], *, name: str = "pictures"
) -> Drawing:
    """Draw images in rows, and say how many different ones each row has.

    >>> black, grey = np.zeros([8, 8, 3]), np.full([8, 8, 3], 99.0)
    >>> draw_pictures({"epochs": [black, grey, black]}).alt
    'epochs: 3 images, 2 of them different; mean brightness 0, 99, 0 of 255.'

    **Arguments:**

    - `rows`: by a heading the images of a row, each of shape (height, width, 3), values from 0 to
      255; what lies outside of these is cut off. Values from 0 to 1 are shown as nearly black.
    - `name`: a word for ids in the picture, unique on a page.

    **Raises:** `InputError` if there is no image, or one that is of another shape or no numbers.
    """
    given.mapping("rows", rows, "rows")
    arrays = {heading: [_checked(heading, each) for each in row] for heading, row in rows.items()}
    columns = max(map(len, arrays.values()), default=0)
    if not columns:
        raise InputError("rows: there is no image in them; give at least one")
    with mpl.rc_context(STYLE):
        height_inches = len(arrays) * (WIDTH_INCHES / columns + 0.3)
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        axes = figure.subplots(len(arrays), columns, squeeze=False)
        for across, (heading, images) in zip(axes, arrays.items(), strict=True):
            across[0].set_title(heading, loc="left")
            for place, each in enumerate(across):
                _draw(each, images[place] if place < len(images) else None)
    told = [_told(heading, images) for heading, images in arrays.items()]
    return Drawing(figure, name, f"What came out. {' '.join(told)}", _alt(arrays))


def _checked(heading: str, image: npt.ArrayLike) -> Image:
    array = np.asarray(image)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise InputError(f"rows: {heading} holds what is no number; give numbers from 0 to 255")
    if array.ndim != 3 or array.shape[-1] != 3 or 0 in array.shape:
        raise InputError(
            f"rows: {heading} holds an array of shape {array.shape}; give (height, width, 3)"
        )
    return array.astype(float) + 0.0  # so that equal numbers have equal bytes


def _draw(axes: Axes, image: Image | None) -> None:
    axes.set_axis_off()
    if image is not None:
        step = max(1, round(image.shape[0] / _EDGE))
        shown = np.clip(image[::step, ::step], 0, 255).astype(np.uint8)
        axes.imshow(shown, interpolation="none")


def _different(images: Sequence[Image]) -> int:
    return len({(image.shape, image.tobytes()) for image in images})


def _told(heading: str, images: Sequence[Image]) -> str:
    count, different = len(images), _different(images)
    told = {count: "no two alike", 1: "the same each time"}.get(different, f"{different} differ")
    shown = f"{count} images, {told}" if count > 1 else f"{count} image"
    return f"{heading[:1].upper()}{heading[1:]}: {shown}."


def _alt(rows: Mapping[str, Sequence[Image]]) -> str:
    return " ".join(
        f"{heading}: {len(images)} images, {_different(images)} of them different; mean brightness "
        f"{', '.join(f'{np.clip(image, 0, 255).mean():.0f}' for image in images)} of 255."
        for heading, images in rows.items()
        if images
    )
