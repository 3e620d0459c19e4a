"""What a reader sees of a picture: text legible on a phone, and no larger than that of the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from prefetchlab import figures
from tests.contexts import Contexts, close_pages
from tests.test_figures import DRAWINGS

pytestmark = pytest.mark.long

COLUMNS = {"phone": 328, "desktop": 688}  # px: the text column of a page 360 and 1280 px wide
LEAST_PX, PAGE_PX = 10.0, 16.0

Open = Callable[[figures.Drawing, int], Page]


@pytest.fixture
def opened(shared_context: Contexts, tmp_path: Path) -> Iterator[Open]:
    """Open a picture in a column of a page whose text has 16 px."""
    context = shared_context(viewport={"width": 720, "height": 900})

    def open_page(drawing: figures.Drawing, column: int) -> Page:
        file = tmp_path / "figure.html"
        file.write_text(
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>Figure</title>"
            f"<main style='width: {column}px; font-size: 16px'>{drawing._repr_html_()}</main>",
            encoding="utf-8",
        )
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield open_page
    close_pages([context])


def text_px(page: Page) -> set[float]:
    """The sizes that the texts of a picture have on the screen."""
    sizes = page.evaluate(
        """[...document.querySelectorAll('svg text')].map(
             e => {
               const { a, b } = e.getScreenCTM();
               return parseFloat(getComputedStyle(e).fontSize) * Math.hypot(a, b);
             })"""
    )
    return {round(size, 2) for size in sizes}


def cut_off(page: Page) -> list[str]:
    """The texts of a picture that reach out of it."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll('svg text')].filter(e => {
             const text = e.getBoundingClientRect();
             const all = e.ownerSVGElement.getBoundingClientRect();
             return text.left < all.left - 1 || text.right > all.right + 1
               || text.top < all.top - 1 || text.bottom > all.bottom + 1;
           }).map(e => e.textContent)"""
    )
    return found


every_drawing = pytest.mark.parametrize("name", DRAWINGS)
every_column = pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)


@every_drawing
@every_column
def test_text_is_legible_and_no_larger_than_that_of_the_page(
    opened: Open, name: str, column: int
) -> None:
    sizes = text_px(opened(DRAWINGS[name](), column))
    assert min(sizes) >= LEAST_PX
    assert max(sizes) <= PAGE_PX


@every_drawing
def test_no_text_is_cut_off(opened: Open, name: str) -> None:
    assert cut_off(opened(DRAWINGS[name](), COLUMNS["phone"])) == []


@every_column
def test_a_picture_with_other_text_is_found(opened: Open, column: int) -> None:
    drawing = DRAWINGS["buffer"]()
    for text, size in zip(drawing.figure.axes[0].texts, (6, 14), strict=False):
        text.set_fontsize(size)
    sizes = text_px(opened(drawing, column))
    assert min(sizes) < LEAST_PX or max(sizes) > PAGE_PX


def test_a_text_that_is_cut_off_is_found(opened: Open) -> None:
    drawing = DRAWINGS["buffer"]()
    drawing.figure.axes[0].texts[0].set_text("a title that is much too long for its place " * 2)
    assert len(cut_off(opened(drawing, COLUMNS["phone"]))) == 1


def test_a_caption_is_neither_thin_nor_faint(opened: Open) -> None:
    page = opened(DRAWINGS["buffer"](), COLUMNS["phone"])
    style = page.evaluate(
        """(() => { const s = getComputedStyle(document.querySelector('figcaption'));
             return [s.fontWeight, s.opacity] })()"""
    )
    assert style == ["400", "1"]
