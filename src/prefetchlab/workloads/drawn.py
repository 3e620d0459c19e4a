"""Ten classes of drawn images: small enough to make in seconds, real enough to decode and learn."""

import io
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Ink = tuple[int, int, int]
Point = npt.NDArray[np.float64]  # x and y in pixels, shape (2,)

CLASS_NAMES = (
    "disc",
    "ring",
    "square",
    "frame",
    "triangle",
    "cross",
    "star",
    "stripes_across",
    "stripes_down",
    "checkers",
)

_JPEG_QUALITY = 90


def draw_jpeg(label: int, size: int, random: np.random.Generator) -> bytes:
    """Draw one image of a class as JPEG: a shape at random place, size and colours, on noise.

    >>> draw_jpeg(0, 32, np.random.default_rng(1))[:2] == bytes([0xFF, 0xD8])
    True

    **Arguments:**

    - `label`: which class, an index into `CLASS_NAMES`.
    - `size`: the image's edge in pixels.
    - `random`: where all chance comes from; the same state draws the same bytes.
    """
    image = Image.fromarray(_background(size, random))
    radius = size * random.uniform(0.22, 0.38)
    centre = random.uniform(radius, size - radius, 2)
    _DRAWERS[CLASS_NAMES[label]](ImageDraw.Draw(image), centre, radius, _ink(random))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    return encoded.getvalue()


def _background(size: int, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A dark slope of colour with noise, so that a JPEG has something to decode everywhere."""
    corner, far = random.uniform(10, 90, (2, 3))
    slope = np.linspace(0, 1, size)[:, None, None]
    noise = random.normal(0, 8, (size, size, 3))
    pixels: npt.NDArray[np.uint8] = np.clip(corner + (far - corner) * slope + noise, 0, 255).astype(
        np.uint8
    )
    return pixels


def _ink(random: np.random.Generator) -> Ink:
    red, green, blue = random.integers(150, 256, 3)
    return int(red), int(green), int(blue)


def _box(centre: Point, radius: float) -> list[float]:
    return [*(centre - radius), *(centre + radius)]


def _points(centre: Point, radii: Sequence[float], turn: float) -> list[tuple[float, float]]:
    """Corners around a centre, one at each radius, the first one straight up at turn 0."""
    angles = turn - np.pi / 2 + np.arange(len(radii)) * 2 * np.pi / len(radii)
    return [
        (centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle))
        for radius, angle in zip(radii, angles, strict=True)
    ]


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.ellipse(_box(centre, radius), fill=ink)


def _ring(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.ellipse(_box(centre, radius), outline=ink, width=max(2, int(radius / 4)))


def _square(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.rectangle(_box(centre, radius * 0.85), fill=ink)


def _frame(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.rectangle(_box(centre, radius * 0.85), outline=ink, width=max(2, int(radius / 4)))


def _triangle(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.polygon(_points(centre, [radius] * 3, 0.0), fill=ink)


def _cross(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    upright = np.array([radius / 4, radius])
    for half in (upright, upright[::-1]):
        draw.rectangle([*(centre - half), *(centre + half)], fill=ink)


def _star(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    draw.polygon(_points(centre, [radius, radius * 0.4] * 5, 0.0), fill=ink)


def _stripes_across(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    for offset in (-0.8, -0.2, 0.4):
        left, top = centre + np.array([-radius, offset * radius])
        draw.rectangle([left, top, left + 2 * radius, top + radius * 0.3], fill=ink)


def _stripes_down(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    for offset in (-0.8, -0.2, 0.4):
        left = centre[0] + offset * radius
        draw.rectangle(
            [left, centre[1] - radius, left + radius * 0.3, centre[1] + radius], fill=ink
        )


def _checkers(draw: ImageDraw.ImageDraw, centre: Point, radius: float, ink: Ink) -> None:
    cell = radius / 2
    for row in range(4):
        for column in range(row % 2, 4, 2):
            corner = centre - radius + np.array([column, row]) * cell
            draw.rectangle([*corner, *(corner + cell)], fill=ink)


# Each draws one shape at a place, of a size, in a colour.
_DRAWERS: dict[str, Callable[[ImageDraw.ImageDraw, Point, float, Ink], None]] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "cross": _cross,
    "star": _star,
    "stripes_across": _stripes_across,
    "stripes_down": _stripes_down,
    "checkers": _checkers,
}
