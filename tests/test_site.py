"""The built site, in a real browser: nothing leaves it, everyone can read it, the quiz answers.

`make test` builds the site first; a site older than its sources fails here.
"""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
PAGES = ["book/index.html", "book/3-overlap.html", "search.html", "genindex.html"]
CHAPTER = "book/3-overlap.html"
WIDTHS = (360, 1280)
THEMES = ("light", "dark")

# Parts of the theme that cannot be mended from outside, each with its reason.
THEME_FAULTS: dict[str, str] = {}


def files_below(folder: str) -> list[Path]:
    """The files that the site is made of; not what Python or an editor leaves beside them."""
    kept = (ROOT / folder).rglob("*")
    return [
        path for path in kept if path.is_file() and not re.search("__pycache__|/\\.", str(path))
    ]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files and say nothing of it."""

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="session")
def site():
    """The address of the built site, served from this machine."""
    newest = max(
        path.stat().st_mtime
        for path in chain(ROOT.glob("_*.yml"), *map(files_below, ("book", "exercises")))
    )
    index = SITE / "book" / "index.html"
    assert index.is_file() and index.stat().st_mtime >= newest, (
        "_build/html is missing or older than book/: run `make site`"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Visit:
    """One page, opened; what it asked for and what it complained of."""

    def __init__(self, context, address: str) -> None:
        self.page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")

    def _note(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def leaving(self, site: str) -> list[str]:
        """The requests that go to any other host."""
        inside = (site, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(inside)]


@pytest.fixture(scope="session")
def visit(browser, site):
    """Open a page once for each width and theme; tests that only look share it."""
    visits: dict[tuple, Visit] = {}

    def visit(page: str, width: int = 1280, theme: str = "light") -> Visit:
        if (page, width, theme) not in visits:
            window = {"width": width, "height": 900}
            context = browser.new_context(viewport=window, color_scheme=theme)
            visits[page, width, theme] = Visit(context, f"{site}/{page}")
        return visits[page, width, theme]

    yield visit
    for each in visits.values():
        each.page.context.close()


@pytest.fixture
def desktop(browser):
    """A window of its own, for a test that does something in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


every_page = pytest.mark.parametrize("page", PAGES)
every_width = pytest.mark.parametrize("width", WIDTHS)
every_theme = pytest.mark.parametrize("theme", THEMES)


def axe_faults(page) -> list[str]:
    """What axe finds, less the faults of the theme that are named above."""
    exclude = [[selector] for selector in THEME_FAULTS]
    found = Axe().run(page, context={"include": [["html"]], "exclude": exclude})
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]


@every_page
@every_width
@every_theme
def test_a_page_asks_nothing_of_another_host(visit, site, page, width, theme):
    assert visit(page, width, theme).leaving(site) == []


@every_page
@every_width
@every_theme
def test_a_page_complains_of_nothing(visit, page, width, theme):
    assert visit(page, width, theme).complaints == []


@every_page
@every_width
@every_theme
def test_axe_finds_nothing(visit, page, width, theme):
    assert axe_faults(visit(page, width, theme).page) == []


@every_page
@every_width
def test_a_page_is_no_wider_than_its_window(visit, page, width):
    wider = "document.documentElement.scrollWidth - innerWidth"
    assert visit(page, width).page.evaluate(wider) <= 0


@every_page
@every_theme
def test_dark_is_dark_and_light_is_light(visit, page, theme):
    colour = visit(page, theme=theme).page.evaluate(
        "getComputedStyle(document.body).backgroundColor"
    )
    brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert (brightness < 60) if theme == "dark" else (brightness > 200)


@every_page
def test_a_page_shows_one_heading_of_the_first_level(visit, page):
    assert visit(page).page.locator("h1:visible").count() == 1


@every_page
def test_every_picture_says_in_words_what_it_shows(visit, page):
    mute = visit(page).page.evaluate(
        """[...document.querySelectorAll('article img, article figure svg')]
           .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label')))
           .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert mute == []


def test_the_chapter_shows_its_timelines_with_numbers_in_their_alt_text(visit):
    opened = visit(CHAPTER).page
    labels = opened.evaluate(
        "[...document.querySelectorAll('figure svg')].map(e => e.getAttribute('aria-label'))"
    )
    assert sum("training waits" in label for label in labels) == 2


def test_formulas_are_drawn_by_the_browser_itself(visit):
    opened = visit(CHAPTER).page
    heights = opened.evaluate(
        "[...document.querySelectorAll('math')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) >= 5 and min(heights) > 5
    assert "$" not in opened.locator("article p").all_inner_texts()


@every_page
def test_every_link_inside_the_site_leads_somewhere(visit, site, page):
    opened = visit(page).page
    targets = opened.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
    inside = {target for target in targets if target.startswith(site)}
    for target in inside:
        path, _, fragment = unquote(target.removeprefix(site)).partition("#")
        file = SITE / (path.partition("?")[0].lstrip("/") or "index.html")
        assert file.is_file(), f"{page} links to {target}, and {file.name} is not there"
        if fragment and file.suffix == ".html":
            text = file.read_text(encoding="utf-8")
            assert f'id="{fragment}"' in text, f"{page} links to {target}, and no id is {fragment}"


def test_the_assignment_that_the_site_offers_is_the_released_one(visit):
    opened = visit(CHAPTER).page
    address = opened.evaluate("document.querySelector('article a.download').href")
    offered = SITE / urlsplit(address).path.lstrip("/")
    assert offered.read_bytes() == (ROOT / "exercises/3-overlap/3-overlap.ipynb").read_bytes()


def test_the_site_works_from_a_folder_without_any_server(browser):
    context = browser.new_context()
    page = context.new_page()
    outside = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(("file:", "data:")) else outside.append(request.url)
        ),
    )
    page.goto((SITE / CHAPTER).as_uri())
    assert outside == []
    assert page.locator("h1:visible").inner_text().startswith("3 · How prefetch")
    assert page.locator("form fieldset").count() == 7
    context.close()


def test_the_search_finds_the_chapter(site, desktop):
    opened = Visit(desktop, f"{site}/search.html?q=run-ahead").page
    opened.locator("#search-results li a").first.wait_for()
    links = opened.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any(CHAPTER in link for link in links)


def test_the_quiz_is_answered_by_keyboard_alone(site, desktop):
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


def test_a_page_that_calls_another_host_is_caught(browser, tmp_path):
    (tmp_path / "planted.html").write_text(
        "<title>planted</title><img alt='' src='http://elsewhere.invalid/pixel.png'>"
    )
    context = browser.new_context()
    visit = Visit(context, (tmp_path / "planted.html").as_uri())
    context.close()
    assert visit.leaving("file:") == ["http://elsewhere.invalid/pixel.png"]


def test_a_page_that_some_cannot_read_is_caught(browser, tmp_path):
    (tmp_path / "planted.html").write_text(
        "<html lang=en><title>planted</title><main><h1>A</h1>"
        "<p style='color:#ccc;background:#fff'>faint</p></main></html>"
    )
    context = browser.new_context()
    visit = Visit(context, (tmp_path / "planted.html").as_uri())
    faults = axe_faults(visit.page)
    context.close()
    assert [fault.split(":")[0] for fault in faults] == ["color-contrast"]
