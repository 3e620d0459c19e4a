"""The built site, in a real browser: nothing leaves it, everyone can read it, the quiz answers.

`make test` builds the site first; a site older than its sources fails here.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Literal, Protocol, cast
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from prefetchlab.page import script, style
from tests.axe import axe_faults
from tools.repository import ROOT

SITE = ROOT / "_build" / "html"
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [f"{chapter['file']}.html" for chapter in CONTENTS["chapters"]]
LANDING = f"{CONTENTS['root']}.html"
PAGES = [LANDING, *CHAPTERS, "search.html", "genindex.html"]
CHAPTER = "book/3-overlap.html"
WIDTHS = (360, 1280)
THEMES = ("light", "dark")
Theme = Literal["light", "dark"]


# --- serving and opening -------------------------------------------------------------------------


def files_below(folder: str) -> list[Path]:
    """The files that the site is made of; not what Python or an editor leaves beside them."""
    kept = (ROOT / folder).rglob("*")
    return [
        path for path in kept if path.is_file() and not re.search("__pycache__|/\\.", str(path))
    ]


def newest(paths: Iterable[Path]) -> Path:
    return max(paths, key=lambda path: path.stat().st_mtime)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files and say nothing of it."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built site, served from this machine."""
    source = newest(chain(ROOT.glob("_*.yml"), *map(files_below, ("book", "exercises"))))
    landing = SITE / LANDING
    assert landing.is_file() and landing.stat().st_mtime >= source.stat().st_mtime, (
        f"_build/html is missing or older than {source.relative_to(ROOT)}: run `make site`"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Visit:
    """One page, opened; what it asked for and what it complained of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def leaving(self, site: str) -> list[str]:
        """The requests that go to any other host."""
        inside = (f"{site}/", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(inside)]


class Open(Protocol):
    """Opens a page of the site."""

    def __call__(self, page: str, width: int = 1280, theme: Theme = "light") -> Visit: ...


@pytest.fixture(scope="session")
def visit(browser: Browser, site: str) -> Iterator[Open]:
    """Open a page once for each width and theme; tests that only look share it."""
    visits: dict[tuple[str, int, Theme], Visit] = {}

    def visit(page: str, width: int = 1280, theme: Theme = "light") -> Visit:
        if (page, width, theme) not in visits:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme
            )
            visits[page, width, theme] = Visit(context, f"{site}/{page}")
        return visits[page, width, theme]

    yield visit
    for each in visits.values():
        each.page.context.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, for a test that does something in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


# --- what may be wrong with a page ---------------------------------------------------------------


def too_wide(page: Page) -> list[str]:
    """By how much the page is wider than its window."""
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wider} px too wide"] if wider > 0 else []


def not_one_heading(page: Page) -> list[str]:
    """The headings of the first level, shown or not, where they are not exactly one."""
    headings = page.locator("h1").all_text_contents()
    return [] if len(headings) == 1 else [f"h1: {headings}"]


def mute_pictures(page: Page) -> list[str]:
    """Pictures of the text that say nothing in words, nor that they only decorate."""
    return cast(
        list[str],
        page.evaluate(
            """[...document.querySelectorAll('article img, article figure svg')]
           .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label')))
           .map(e => e.outerHTML.slice(0, 200))"""
        ),
    )


def inline_copies(html: str) -> list[str]:
    """Styles and scripts of the laboratory that stand in a page, where one file serves all."""
    blocks = re.findall(r"<(?:style|script)\b[^>]*>.*?</(?:style|script)>", html, re.DOTALL)
    return [block for block in blocks if re.search(r"pl-quiz|prefetchlab-", block)]


def boxes_against_the_theme(page: Page) -> list[str]:
    """What is painted light in a dark page or dark in a light one, and is wider than 250 px.

    Small controls may turn the colours around, and so may what waits above the page's upper edge,
    such as the link that skips to the text.
    """
    return cast(
        list[str],
        page.evaluate(
            """() => {
          const dark = matchMedia('(prefers-color-scheme: dark)').matches;
          const against = (e) => {
            const painted = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g);
            const [r, g, b, a = 1] = painted.map(Number);
            const bright = (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
            const wrong = dark ? bright > 0.4 : bright < 0.6;
            const box = e.getBoundingClientRect();
            return a > 0.5 && wrong && box.width > 250 && box.bottom > 0;
          };
          return [document.body, ...document.querySelectorAll('body *')]
            .filter(e => e.checkVisibility() && against(e)).map(e => e.outerHTML.slice(0, 120));
        }"""
        ),
    )


def dead_links(page: Page, site: str, folder: Path) -> list[str]:
    """Links to the site itself that lead to no file, or to no place in it."""
    targets = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
    inside = {target for target in targets if target.startswith(site)}
    return sorted(target for target in inside if not leads_somewhere(target, site, folder))


def leads_somewhere(target: str, site: str, folder: Path) -> bool:
    path, _, fragment = unquote(target.removeprefix(site)).partition("#")
    file = folder / (path.partition("?")[0].lstrip("/") or "index.html")
    if not file.is_file():
        return False
    is_page = fragment and file.suffix == ".html"
    return not is_page or f'id="{fragment}"' in file.read_text(encoding="utf-8")


# --- every page ----------------------------------------------------------------------------------

every_page = pytest.mark.parametrize("page", PAGES)
every_width = pytest.mark.parametrize("width", WIDTHS)
every_theme = pytest.mark.parametrize("theme", THEMES)


def test_these_are_all_pages_of_the_site(site: str) -> None:
    built = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")}
    assert {page for page in built if not page.startswith("_static/")} == {"index.html", *PAGES}


@every_page
@every_width
@every_theme
def test_a_page_asks_nothing_of_another_host(
    visit: Open, site: str, page: str, width: int, theme: Theme
) -> None:
    assert visit(page, width, theme).leaving(site) == []


@every_page
@every_width
@every_theme
def test_a_page_complains_of_nothing(visit: Open, page: str, width: int, theme: Theme) -> None:
    assert visit(page, width, theme).complaints == []


@every_page
@every_width
@every_theme
def test_axe_finds_nothing(visit: Open, page: str, width: int, theme: Theme) -> None:
    assert axe_faults(visit(page, width, theme).page) == []


@every_page
@every_width
def test_a_page_is_no_wider_than_its_window(visit: Open, page: str, width: int) -> None:
    assert too_wide(visit(page, width).page) == []


@every_page
@every_theme
def test_dark_is_dark_and_light_is_light(visit: Open, page: str, theme: Theme) -> None:
    opened = visit(page, theme=theme).page
    colour = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert (brightness < 60) if theme == "dark" else (brightness > 200)
    assert boxes_against_the_theme(opened) == []


@every_page
def test_a_page_has_one_heading_of_the_first_level(visit: Open, page: str) -> None:
    assert not_one_heading(visit(page).page) == []


@every_page
def test_every_picture_says_in_words_what_it_shows(visit: Open, page: str) -> None:
    assert mute_pictures(visit(page).page) == []


@every_page
def test_every_link_inside_the_site_leads_somewhere(visit: Open, site: str, page: str) -> None:
    assert dead_links(visit(page).page, site, SITE) == []


@every_page
def test_a_page_links_the_style_of_its_outputs_and_holds_no_copy(site: str, page: str) -> None:
    html = (SITE / page).read_text(encoding="utf-8")
    assert inline_copies(html) == []
    assert html.count("_static/prefetchlab.css") == html.count("_static/prefetchlab.js") == 1


# --- what the pages do ---------------------------------------------------------------------------


def test_the_address_of_the_site_leads_to_the_landing_page(
    site: str, desktop: BrowserContext
) -> None:
    page = desktop.new_page()
    page.goto(f"{site}/")
    page.wait_for_url(f"**/{LANDING}")


def test_the_landing_page_links_to_every_chapter_that_is_ready(visit: Open) -> None:
    links = visit(LANDING).page.eval_on_selector_all("article a", "all => all.map(a => a.href)")
    assert [chapter for chapter in CHAPTERS if not any(chapter in link for link in links)] == []


def test_the_landing_page_shows_a_measured_timeline(visit: Open) -> None:
    label = visit(LANDING).page.locator("figure svg").first.get_attribute("aria-label")
    assert label is not None and "training waits" in label


def test_timelines_of_the_chapter_have_numbers_in_their_alt_text(visit: Open) -> None:
    opened = visit(CHAPTER).page
    labels = opened.evaluate(
        "[...document.querySelectorAll('figure svg')].map(e => e.getAttribute('aria-label'))"
    )
    assert sum("training waits" in label for label in labels) == 2


def test_formulas_are_drawn_by_the_browser_itself(visit: Open) -> None:
    opened = visit(CHAPTER).page
    heights = opened.evaluate(
        "[...document.querySelectorAll('math')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) >= 5 and min(heights) > 5
    assert not any("$" in text for text in opened.locator("article p").all_inner_texts())


def test_the_assignment_that_the_site_offers_is_the_released_one(visit: Open) -> None:
    opened = visit(CHAPTER).page
    address = opened.evaluate("document.querySelector('article a.download').href")
    offered = SITE / urlsplit(address).path.lstrip("/")
    assert offered.read_bytes() == (ROOT / "exercises/3-overlap/3-overlap.ipynb").read_bytes()


def test_the_reader_chooses_dark_and_the_next_page_keeps_it(
    site: str, desktop: BrowserContext
) -> None:
    page = Visit(desktop, f"{site}/{LANDING}").page
    theme = page.locator("html")
    for _ in range(3):  # the button goes round: the system's choice, light, dark
        if theme.get_attribute("data-theme") == "dark":
            break
        page.locator("button.theme-switch-button:visible").click()
    page.goto(f"{site}/{CHAPTER}")
    assert theme.get_attribute("data-theme") == "dark"


def test_the_site_works_from_a_folder_without_any_server(
    site: str, desktop: BrowserContext
) -> None:
    opened = Visit(desktop, (SITE / CHAPTER).as_uri())
    assert opened.leaving("file://") == []
    assert opened.page.locator("h1").inner_text().startswith("3 · How prefetch")
    assert opened.page.locator("form fieldset").count() == 7


@pytest.mark.parametrize("served", [True, False], ids=["from a server", "from a folder"])
def test_the_search_finds_the_chapter(site: str, desktop: BrowserContext, served: bool) -> None:
    address = site if served else SITE.as_uri()
    opened = Visit(desktop, f"{address}/search.html?q=run-ahead")
    opened.page.locator("#search-results li a").first.wait_for()
    links = opened.page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any(CHAPTER in link for link in links)
    assert opened.leaving(address) == []


def test_the_quiz_is_answered_by_keyboard_alone(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/{CHAPTER}").page
    form = page.locator("form", has_text="What does it take with one prefetch slot?")
    form.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    status = form.locator("[role=status]")
    assert status.inner_text().strip() == "", "moving through the options is no answer yet"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Check"
    page.keyboard.press("Enter")
    assert "Correct" in status.inner_text()


# --- the checks find what they look for ----------------------------------------------------------


def planted(context: BrowserContext, folder: Path, body: str) -> Visit:
    """A small page without fault but for what `body` brings."""
    head = "<html lang='en'><meta charset='utf-8'><title>planted</title>"
    style = "<style>:root { color-scheme: light dark; } body { background: Canvas; }</style>"
    size = "<meta name='viewport' content='width=device-width'>"
    file = folder / "planted.html"
    text = f"<!doctype html>{head}{size}{style}<main><h1>A</h1><article>{body}</article></main>"
    file.write_text(text, encoding="utf-8")
    return Visit(context, file.as_uri())


def test_a_page_that_calls_another_host_is_caught(desktop: BrowserContext, tmp_path: Path) -> None:
    pixel = "http://elsewhere.invalid/pixel.png"
    assert planted(desktop, tmp_path, f"<img alt='' src='{pixel}'>").leaving("file://") == [pixel]


def test_a_page_whose_style_calls_another_host_is_caught(
    desktop: BrowserContext, tmp_path: Path
) -> None:
    style = "https://fonts.elsewhere.invalid/css"
    body = f"<style>@import url({style});</style>"
    assert planted(desktop, tmp_path, body).leaving("file://") == [style]


def test_a_page_that_calls_another_host_later_is_caught(
    desktop: BrowserContext, tmp_path: Path
) -> None:
    body = "<script>onload = () => fetch('http://elsewhere.invalid/count').catch(() => 0)</script>"
    opened = planted(desktop, tmp_path, body)
    assert opened.leaving("file://") == ["http://elsewhere.invalid/count"]


@pytest.mark.parametrize(
    "body",
    [
        "<script>nothing.here</script>",
        "<script>console.error('bad')</script>",
        "<script>console.warn('odd')</script>",
        "<script src='missing.js'></script>",
    ],
)
def test_a_page_that_complains_is_caught(
    desktop: BrowserContext, tmp_path: Path, body: str
) -> None:
    assert len(planted(desktop, tmp_path, body).complaints) == 1


FAULTS: dict[str, tuple[Callable[[Page], list[str]], str]] = {
    "faint text": (axe_faults, "<p style='color: #ccc; background: #fff'>faint</p>"),
    "a second heading": (not_one_heading, "<h1 hidden>B</h1>"),
    "a mute picture": (mute_pictures, "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"),
    "a mute figure": (mute_pictures, "<figure><svg></svg></figure>"),
    "a dark box": (boxes_against_the_theme, "<div style='background: #222'>box</div>"),
    "a wide line": (too_wide, "<pre style='width: 2000px'>wide</pre>"),
}


@pytest.mark.parametrize("copy", [style("figure"), style("table"), style("quiz"), script("quiz")])
def test_a_planted_copy_of_a_style_or_script_is_found(copy: str) -> None:
    unmarked = copy.replace(" data-prefetchlab", "")
    assert inline_copies(f"<script>let a = 1</script>{copy}{unmarked}") == [copy, unmarked]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_of_a_page_is_found(
    desktop: BrowserContext, tmp_path: Path, name: str
) -> None:
    find, body = FAULTS[name]
    opened = planted(desktop, tmp_path, body)
    assert len(find(opened.page)) == 1


def test_a_page_without_fault_has_none(desktop: BrowserContext, tmp_path: Path) -> None:
    opened = planted(desktop, tmp_path, "<p>sound</p>")
    assert opened.complaints == opened.leaving("file://") == []
    assert [find(opened.page) for find, _ in FAULTS.values()] == [[]] * len(FAULTS)


def test_a_white_box_in_a_dark_page_is_found(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    box = "<div style='background: white; color: black'>box</div>"
    found = boxes_against_the_theme(planted(context, tmp_path, box).page)
    context.close()
    assert len(found) == 1


def test_a_link_that_leads_nowhere_is_found(desktop: BrowserContext, tmp_path: Path) -> None:
    links = "<a href='gone.html'>a</a> <a href='planted.html#no'>b</a> <a href='planted.html'>c</a>"
    page = planted(desktop, tmp_path, links).page
    found = dead_links(page, tmp_path.as_uri(), tmp_path)
    assert [link.rpartition("/")[2] for link in found] == ["gone.html", "planted.html#no"]
