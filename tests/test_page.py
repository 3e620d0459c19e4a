"""What outputs look like without any site, and the site's one copy of their style and script."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from prefetchlab import page, quiz
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.figures import draw_steps
from prefetchlab.measure import Result
from tests.axe import axe_faults
from tests.contexts import Contexts, close_pages
from tests.small_site import built_with_html
from tools.repository import ROOT

FOLDER = ROOT / "src" / "prefetchlab" / "page"
STYLES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.css")}
SCRIPTS = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}
RESULT = Result("serial", (0.02,), (0.02, 0.02), (0.02,), "loading", None, {"tensorflow": "2"})
TABLE = Experiment(title="Waits", results=(RESULT, RESULT, RESULT), note="Training sets it.")


def outputs() -> str:
    """A figure, a table and a question, as a notebook shows them."""
    shown = draw_steps([RESULT]), TABLE, quiz.load("3-overlap").show("q3-lost")
    return "".join(each._repr_html_() for each in shown)


# --- the text ------------------------------------------------------------------------------------


def test_every_style_and_script_of_the_folder_is_used() -> None:
    assert {name: f"<style data-prefetchlab>\n{STYLES[name]}</style>" for name in STYLES} == {
        name: page.style(name) for name in ("explorer", "figure", "quiz", "table")
    }
    assert {name: f"<script data-prefetchlab>\n{SCRIPTS[name]}</script>" for name in SCRIPTS} == {
        name: page.script(name) for name in ("explorer", "quiz")
    }
    assert all(text in page.stylesheet() for text in STYLES.values())
    assert all(text in page.javascript() for text in SCRIPTS.values())


def test_the_outputs_carry_what_they_need() -> None:
    html = outputs()
    assert [html.count(page.style(name)) for name in ("figure", "table", "quiz")] == [1, 1, 1]
    assert html.count(page.script("quiz")) == 1


def test_copies_are_taken_out_and_nothing_else() -> None:
    other = "<style>p { color: red }</style><script>let a = 1</script>"
    html = page.without_copies(f"<p>{page.style('quiz')}</p>{page.script('quiz')}{other}")
    assert html == f"<p></p>{other}"
    assert "data-prefetchlab" not in page.without_copies(outputs())
    assert "<form" in page.without_copies(outputs())


@pytest.mark.parametrize("text", [*STYLES.values(), *SCRIPTS.values()], ids=[*STYLES, *SCRIPTS])
def test_an_asset_asks_for_nothing_and_cannot_end_early(text: str) -> None:
    assert not re.search(r"https?:|url\(|@import|</", text)


THEME = re.compile(r"--pst-|\.bd-|\.sbt-|\.sd-|\.cell_output|\.text_html")


def test_the_styles_know_no_theme() -> None:
    assert [name for name, text in STYLES.items() if THEME.search(text)] == []
    patches = (ROOT / "book" / "_static" / "custom.css").read_text(encoding="utf-8")
    assert THEME.search(patches)


# --- without a site ------------------------------------------------------------------------------

# What a host does to all tables and captions: JupyterLab's stripes, and a theme's thin captions.
HOST = """
table { border: 3px solid red; }
tbody tr:nth-child(odd) { background: rgb(200, 0, 0); }
tbody tr:hover { background: rgb(0, 0, 200); }
th, td { border: 3px solid red; text-align: center; }
figure figcaption { font-weight: 100; text-align: center; }
"""
INK, PAPER = {"light": "#222222", "dark": "#eeeeee"}, {"light": "#ffffff", "dark": "#111111"}

Open = Callable[[str, str], Page]


@pytest.fixture
def opened(shared_context: Contexts, tmp_path: Path) -> Iterator[Open]:
    """Open some outputs on a bare page of a light or a dark host."""
    context = shared_context(viewport={"width": 360, "height": 900})

    def open_page(html: str, theme: str) -> Page:
        style = f"{HOST} body {{ color: {INK[theme]}; background: {PAPER[theme]}; }}"
        file = tmp_path / "outputs.html"
        file.write_text(
            f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Outputs</title>"
            f"<style>{style}</style><main><h1>Outputs</h1>{html}</main>",
            encoding="utf-8",
        )
        shown = context.new_page()
        shown.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        shown.goto(file.as_uri())
        return shown

    yield open_page
    close_pages([context])


def computed(shown: Page, selector: str, name: str) -> str:
    return str(shown.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}"))


every_theme = pytest.mark.parametrize("theme", ["light", "dark"])


@every_theme
def test_figure_and_table_take_the_ink_of_the_page(opened: Open, theme: str) -> None:
    shown = opened(outputs(), theme)
    ink = computed(shown, "body", "color")
    for selector in ("figcaption", "svg", "caption", "tbody th", "td"):
        assert computed(shown, selector, "color") == ink


@every_theme
def test_a_table_keeps_out_the_stripes_of_its_host(opened: Open, theme: str) -> None:
    shown = opened(outputs(), theme)
    assert computed(shown, "tbody tr", "backgroundColor") == "rgba(0, 0, 0, 0)"
    shown.locator("tbody tr").first.hover()
    assert computed(shown, "tbody tr", "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert computed(shown, "td", "textAlign") == "right"
    assert computed(shown, "td", "borderTopStyle") == "none"


def test_without_its_style_a_table_takes_the_stripes(opened: Open) -> None:
    shown = opened(page.without_copies(outputs()), "light")
    assert computed(shown, "tbody tr", "backgroundColor") == "rgb(200, 0, 0)"
    assert computed(shown, "figcaption", "fontWeight") == "100"


NAMES = ("serial", "nothing written", "graph loop, prefetch(1)", "inject_prefetch=False")


def wide(*names: str) -> Experiment:
    """A table with long names and long times."""
    slow = Result("", (0.1042, 0.1203), (0.1001, 0.1204), (0.1, 0.11), "training", None, {})
    return replace(TABLE, results=tuple(replace(slow, name=name) for name in names))


def cut_cells(shown: Page) -> list[str]:
    """The cells that reach out of the page, or whose text reaches out of them."""
    found: list[str] = shown.evaluate(
        """[...document.querySelectorAll('table, th, td, caption')].filter(e =>
             e.getBoundingClientRect().right > innerWidth || e.scrollWidth > e.clientWidth + 1
           ).map(e => e.tagName)"""
    )
    return found


@pytest.mark.parametrize("width", [344, 360, 1280])
def test_no_cell_of_a_table_is_cut_and_nothing_scrolls(opened: Open, width: int) -> None:
    shown = opened(wide(*NAMES)._repr_html_(), "light")
    shown.set_viewport_size({"width": width, "height": 900})
    assert cut_cells(shown) == []
    assert not shown.locator("html").evaluate("e => e.scrollWidth > e.clientWidth")


def broken_words(shown: Page) -> list[str]:
    """The words of a table that stand on two lines."""
    found: list[str] = shown.evaluate(
        """[...document.querySelectorAll('th, td, small')].flatMap(e => [...e.childNodes])
             .filter(node => node.nodeType === Node.TEXT_NODE)
             .flatMap(node => [...node.data.matchAll(/\\S+/g)].filter(word => {
               const range = document.createRange();
               range.setStart(node, word.index);
               range.setEnd(node, word.index + word[0].length);
               return range.getClientRects().length > 1;
             }).map(word => word[0]))"""
    )
    return found


def test_no_word_of_a_table_is_broken_on_a_phone(opened: Open) -> None:
    assert broken_words(opened(wide(*NAMES)._repr_html_(), "light")) == []


def test_a_broken_word_is_found(opened: Open) -> None:
    html = wide(*NAMES)._repr_html_().replace("prefetch(1)", "prefetch(1)and_more_of_it")
    assert broken_words(opened(html, "light")) == ["prefetch(1)and_more_of_it"]


def test_a_table_that_is_too_wide_is_found(opened: Open) -> None:
    html = wide(*NAMES)._repr_html_().replace("112", "1" * 60)
    assert cut_cells(opened(html, "light"))


def empty_lines(shown: Page) -> list[str]:
    """The cells of a table with an empty line between two lines of text."""
    return [text for text in shown.locator("td").all_inner_texts() if "\n\n" in text]


def test_no_cell_of_a_table_has_an_empty_line(opened: Open) -> None:
    shown = opened(wide(*NAMES)._repr_html_(), "light")
    assert "112\n104–120" in shown.locator("td").first.inner_text()
    assert empty_lines(shown) == []


def test_an_empty_line_is_found(opened: Open) -> None:
    html = wide(*NAMES)._repr_html_().replace("display: none; /* they part", "/* they part")
    assert empty_lines(opened(html, "light"))


@every_theme
def test_axe_finds_nothing_without_a_site(opened: Open, theme: str) -> None:
    assert axe_faults(opened(outputs(), theme)) == []


# --- on a site -----------------------------------------------------------------------------------


def test_the_site_links_one_file_in_place_of_every_copy(tmp_path: Path) -> None:
    html = built_with_html(tmp_path, outputs() * 2, extensions="shared_style")
    assert html.count("prefetchlab.css") == html.count("prefetchlab.js") == 1
    assert "data-prefetchlab" not in html
    assert html.count('<form class="pl-quiz"') == 2
    static = tmp_path / "site" / "_static"
    assert (static / "prefetchlab.css").read_text(encoding="utf-8") == page.stylesheet()
    assert (static / "prefetchlab.js").read_text(encoding="utf-8") == page.javascript()


def test_without_the_extension_every_copy_stays(tmp_path: Path) -> None:
    html = built_with_html(tmp_path, outputs() * 2, extensions="sphinx.ext.todo")
    assert html.count("<style data-prefetchlab>") == 6
