"""The built site, in a real browser: nothing leaves it, everyone can read it, the quiz answers.

`make test` builds the site first; a site older than its sources fails here.
"""

import gzip
import itertools
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Protocol, cast
from urllib.parse import quote, unquote, urlsplit

import nbformat
import pytest
import yaml
from jinja2 import Template
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    ViewportSize,
)
from sphinx.search.en import SearchEnglish

from prefetchlab import quiz
from prefetchlab.page import script, style
from tests.axe import axe_faults
from tests.contexts import Contexts
from tools.repository import ROOT

pytestmark = pytest.mark.long

SITE = ROOT / "_build" / "html"
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [f"{chapter['file']}.html" for chapter in CONTENTS["chapters"]]
LANDING = f"{CONTENTS['root']}.html"
PAGES = [LANDING, *CHAPTERS, "search.html"]
BARE = {"index.html", "404.html"}  # they need no other file
CHAPTER = "book/3-overlap.html"
BANK = quiz.load("3-overlap")
WIDTHS = (360, 1280)
WINDOW: ViewportSize = {"width": 1280, "height": 900}
THEMES = ("light", "dark")
Theme = Literal["light", "dark"]
HEAVIEST_KB = 300
ICONS = re.compile(r"font-?awesome|\bfa-(?:solid|regular|brands)|\.woff2?\b")


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
    source = newest(itertools.chain(ROOT.glob("_*.yml"), *map(files_below, ("book", "exercises"))))
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
def visit(shared_context: Contexts, site: str) -> Open:
    """Open a page once, and give it a width and a theme; tests that only look share it."""
    visits: dict[str, Visit] = {}

    def visit(page: str, width: int = 1280, theme: Theme = "light") -> Visit:
        if page not in visits:
            visits[page] = Visit(shared_context(viewport=WINDOW), f"{site}/{page}")
        seen_in(visits[page].page, width, theme)
        return visits[page]

    return visit


def seen_in(page: Page, width: int, theme: Theme) -> None:
    """Give an open page a width and a theme, as a reader does who turns the phone at night."""
    page.set_viewport_size({"width": width, "height": WINDOW["height"]})
    page.emulate_media(color_scheme=theme, media="screen")
    page.locator(f"html[data-theme={theme}]").wait_for(state="attached")


@pytest.fixture
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, for a test that does something in it."""
    context = browser.new_context(viewport=WINDOW)
    yield context
    context.close()


@pytest.fixture
def tab(shared_context: Contexts) -> Iterator[Page]:
    """A page beside others, for a test that leaves nothing in the browser's memory."""
    page = shared_context(viewport=WINDOW).new_page()
    yield page
    page.close()


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
    such as the link that skips to the text. Strokes of a picture have no ground of their own.
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
          return [document.body, ...document.querySelectorAll('body :not(svg *)')]
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


def weight_kb(visit: Visit, site: str, folder: Path) -> float:
    """What a page and all that it asked for weigh when a server has compressed them."""
    paths = {unquote(urlsplit(url.removeprefix(site)).path).lstrip("/") for url in visit.requests}
    return sum(len(gzip.compress((folder / path).read_bytes(), 6)) for path in paths) / 1000


# --- every page ----------------------------------------------------------------------------------

every_page = pytest.mark.parametrize("page", PAGES)
every_width = pytest.mark.parametrize("width", WIDTHS)
every_theme = pytest.mark.parametrize("theme", THEMES)
# Pages of one template and one style differ in their text: for most, one look is enough.
IN_ALL_LOOKS = {LANDING, "book/test.html", "search.html"}
LOOKS = list(itertools.product(WIDTHS, THEMES))
every_look = pytest.mark.parametrize(
    ("page", "width", "theme"),
    [
        (page, *look)
        for place, page in enumerate(PAGES)
        for number, look in enumerate(LOOKS)
        if page in IN_ALL_LOOKS or number == place % len(LOOKS)
    ],
)


def test_these_are_all_pages_of_the_site(site: str) -> None:
    built = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")}
    assert built == {*BARE, *PAGES}


@every_look
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
def test_in_whatever_look_a_page_asks_nothing_of_another_host(
    visit: Open, site: str, page: str
) -> None:
    assert visit(page).leaving(site) == []


@every_page
def test_in_whatever_look_a_page_complains_of_nothing(visit: Open, page: str) -> None:
    assert visit(page).complaints == []


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


@every_page
def test_no_page_asks_for_an_icon_font(visit: Open, page: str) -> None:
    assert [url for url in visit(page).requests if ICONS.search(url)] == []
    assert not ICONS.search((SITE / page).read_text(encoding="utf-8"))


def test_no_icon_font_is_shipped() -> None:
    assert [path for path in SITE.rglob("*") if ICONS.search(path.name)] == []


@every_page
def test_a_page_with_all_that_it_asks_for_is_light(visit: Open, site: str, page: str) -> None:
    assert weight_kb(visit(page), site, SITE) <= HEAVIEST_KB


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
    assert sum("training waits" in label for label in labels) >= 2
    assert [label for label in labels if not re.search(r"\d", label)] == []


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


def test_a_chapter_and_its_assignment_are_saved_under_different_names(visit: Open) -> None:
    saved = visit(CHAPTER).page.evaluate(
        """[...document.querySelectorAll('a[download]')].map(
             a => a.download || a.pathname.split('/').at(-1))"""
    )
    assert saved == ["chapter-3-overlap.ipynb", "3-overlap.ipynb"]


# --- what a page says of itself ------------------------------------------------------------------


def markup_faults(html: str) -> list[str]:
    """What no browser complains of, and a validator does."""
    body = html.partition("<body")[2]
    ids = re.findall(r'\sid="([^"]+)"', body)
    folds = re.findall(r"<summary\b.*?</summary>", body, re.DOTALL)
    outside = re.sub(r"<svg\b.*?</svg>", "", body, flags=re.DOTALL)
    return [
        *(f"twice: {id}" for id, times in Counter(ids).items() if times > 1),
        *(f"style in the body: {style[:60]}" for style in re.findall("<style[^>]*>", outside)),
        *(f"a paragraph in {fold[:60]}" for fold in folds if "<p" in fold),
        *([] if html.lstrip().lower().startswith("<!doctype html>") else ["no doctype"]),
        *([] if re.search(r'<html\b[^>]*\slang="en"', html) else ["no language"]),
        *([] if len(re.findall(r"<title>[^<]+</title>", html)) == 1 else ["not one title"]),
    ]


@pytest.mark.parametrize("page", [*PAGES, *sorted(BARE)])
def test_the_markup_of_a_page_is_valid(site: str, page: str) -> None:
    assert markup_faults((SITE / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<i id='a'></i>".replace("'", '"') * 2, "twice: a"),
        ("<style>p {}</style>", "style in the body: <style>"),
        ("<details><summary><p>x</p></summary></details>", "a paragraph in <summary><p>x</p>"),
    ],
)
def test_a_fault_of_markup_is_found(body: str, fault: str) -> None:
    head = '<!doctype html><html lang="en"><title>t</title>'
    assert [found[: len(fault)] for found in markup_faults(f"{head}<body>{body}")] == [fault]
    assert markup_faults("<body>") == ["no doctype", "no language", "not one title"]


def head_of(page: str) -> tuple[str, str]:
    """The title of a page and its description."""
    html = (SITE / page).read_text(encoding="utf-8")
    (title,) = re.findall(r"<title>(.*?)</title>", html)
    (description,) = re.findall(r'<meta name="description" content="([^"]*)"', html)
    return title, description


def test_each_page_has_a_title_and_a_description_of_its_own(site: str) -> None:
    heads = [head_of(page) for page in PAGES]
    assert len({title for title, _ in heads}) == len({words for _, words in heads}) == len(PAGES)
    assert all(50 <= len(words) <= 170 for _, words in heads)
    assert heads[0][0] == "Prefetching for Performance in TensorFlow"


def test_the_page_for_a_wrong_address_leads_back(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/404.html").page
    assert page.locator("h1").inner_text() == "Page not found"
    assert dead_links(page, site, SITE) == [] and axe_faults(page) == []
    assert page.locator("a").count() == 2


REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"][
    "html_context"
]["repository"]


@every_page
def test_the_footer_links_the_source_where_its_address_is_known(visit: Open, page: str) -> None:
    links = visit(page).page.locator("footer").get_by_role("link", name="Source of this course")
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == ([REPOSITORY] if REPOSITORY else [])


@pytest.mark.parametrize(
    ("address", "shown"), [("", False), ("https://git.example.org/course", True)]
)
def test_an_address_of_the_source_makes_a_link_and_none_makes_none(
    address: str, shown: bool
) -> None:
    template = (ROOT / "book" / "_templates" / "extra-footer.html").read_text(encoding="utf-8")
    html = Template(template).render(theme_extra_footer="", repository=address)
    assert (f'<a href="{address}">Source' in html) == shown


def test_the_theme_button_says_what_is_chosen(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/{LANDING}").page
    names = []
    for _ in range(3):
        names.append(page.locator(".theme-switch-button").get_attribute("aria-label"))
        page.locator(".theme-switch-button").click()
    assert names == ["Colours: as the system", "Colours: dark", "Colours: light"]


@every_page
def test_without_javascript_nothing_offered_is_dead(
    shared_context: Contexts, site: str, page: str
) -> None:
    opened = Visit(
        shared_context(viewport=WINDOW, java_script_enabled=False), f"{site}/{page}"
    ).page
    for width in WIDTHS:
        opened.set_viewport_size({"width": width, "height": WINDOW["height"]})
        assert opened.locator("button:visible, form.bd-search:visible").count() == 0
        chapters = opened.get_by_role("navigation", name="Chapters")
        assert chapters.get_by_role("link").first.is_visible()
    opened.close()


# --- the whole course ----------------------------------------------------------------------------


def menu(page: Page) -> list[tuple[str, str | None]]:
    """The entries of the menu, each with the end of its address, or None if it is no link."""
    entries = page.locator(".course-menu li").evaluate_all(
        """all => all.map(e => [e.innerText.replace(/\\s+/g, ' ').trim(),
                               e.querySelector('a')?.getAttribute('href') ?? null])"""
    )
    return [(text, link) for text, link in entries]


def test_the_menu_shows_six_chapters_and_links_those_that_are_ready(visit: Open) -> None:
    shown = menu(visit(LANDING).page)[:6]
    assert [text[:3] for text, _ in shown] == [f"{n} ·" for n in range(1, 7)]
    ready = [chapter for chapter in CHAPTERS if re.match(r"book/\d", chapter)]
    assert [link for _, link in shown if link] == [Path(page).name for page in ready]
    assert all(("in preparation" in text) == (link is None) for text, link in shown)


def test_the_menu_says_where_the_reader_is(visit: Open) -> None:
    current = visit(CHAPTER).page.locator(".course-menu [aria-current=page]")
    assert current.all_inner_texts() == ["3 · How prefetch overlaps loading and training"]
    assert visit(LANDING).page.locator(".course-menu [aria-current]").count() == 0


def test_the_contents_mark_the_section_that_is_read(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/{CHAPTER}").page
    page.locator("#practice").evaluate("e => e.scrollIntoView()")
    marked = page.locator(".bd-toc-nav [aria-current]")
    page.locator(".bd-toc-nav a[href='#practice'][aria-current]").wait_for()
    assert marked.count() == 1


def test_a_page_names_the_page_before_it_and_no_page_that_is_not_there(visit: Open) -> None:
    links = visit(CHAPTER).page.locator(".prev-next-area a")
    assert links.first.get_attribute("rel") == "prev"
    assert links.count() == (1 if CHAPTERS[-1] == CHAPTER else 2)


@pytest.mark.parametrize("later_s", [0, 0.5])
def test_on_a_phone_the_menu_opens_takes_the_focus_and_closes(
    browser: Browser, site: str, later_s: float
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 900})
    page = Visit(context, f"{site}/{CHAPTER}").page
    slow = f".bd-sidebar-primary {{ transition: visibility 0s {later_s}s !important }}"
    page.add_style_tag(content=slow)  # as on a machine that paints late
    column = page.locator(".bd-sidebar-primary")
    assert not column.is_visible()
    page.get_by_role("button", name="Menu of the course").click()
    column.wait_for()
    page.wait_for_function("document.activeElement.closest('.bd-sidebar-primary')")
    page.keyboard.press("Escape")
    column.wait_for(state="hidden")
    page.wait_for_function("document.activeElement.matches('.primary-toggle')")
    context.close()


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
    shown = [question for question in BANK.questions if question.kind != "test"]
    assert opened.page.locator("form.pl-quiz fieldset").count() == len(shown)
    assert opened.complaints == []


@pytest.mark.parametrize("served", [True, False], ids=["from a server", "from a folder"])
def test_the_search_finds_the_chapter(site: str, desktop: BrowserContext, served: bool) -> None:
    address = site if served else SITE.as_uri()
    opened = Visit(desktop, f"{address}/search.html?q=run-ahead")
    opened.page.locator("#search-results li a").first.wait_for()
    links = opened.page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any(CHAPTER in link for link in links)
    assert opened.leaving(address) == opened.complaints == []


def test_the_quiz_is_answered_by_keyboard_alone(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/{CHAPTER}").page
    form = page.locator("#pl-q3-predict-uneven")
    form.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    status = form.locator("[role=status]")
    assert status.inner_text().strip() == "", "moving through the options is no answer yet"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Check"
    page.keyboard.press("Enter")
    assert "Correct" in status.inner_text()


# --- by keyboard ---------------------------------------------------------------------------------

FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body || e === document.documentElement) return null;
  const framed = [e, e.closest('label'), e.closest('.sd-card')].filter(Boolean).some(part => {
    const s = getComputedStyle(part);
    return s.outlineStyle === 'solid' && parseFloat(s.outlineWidth) >= 2;
  });
  return {told: e.outerHTML.slice(0, 120), framed, width: e.getBoundingClientRect().width};
}"""


def unseen_stops(page: Page, most: int = 300) -> tuple[int, list[str]]:
    """How many places the Tab key stops at, and those of them that show no frame."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    unseen = [stop["told"] for stop in stops if not stop["framed"] or stop["width"] < 1]
    return len(stops), unseen


@pytest.mark.parametrize("page", [LANDING, CHAPTER, "search.html"])
@every_width
def test_the_focus_is_seen_wherever_it_stops(
    browser: Browser, site: str, page: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    stops, unseen = unseen_stops(Visit(context, f"{site}/{page}").page)
    context.close()
    assert unseen == [] and 5 < stops < 200


def test_a_stop_that_shows_no_focus_is_found(desktop: BrowserContext, tmp_path: Path) -> None:
    style = "<style>a { outline: 3px solid } .no { outline: none }</style>"
    links = "<a href='#1'>a</a> <a class='no' href='#2'>b</a> <button>c</button>"
    _, unseen = unseen_stops(planted(desktop, tmp_path, style + links).page)
    assert [stop[:2] for stop in unseen] == ["<a", "<b"]


def test_only_what_scrolls_takes_the_focus(site: str, desktop: BrowserContext) -> None:
    page = Visit(desktop, f"{site}/{CHAPTER}").page
    still = page.evaluate(
        """[...document.querySelectorAll('article [tabindex="0"]')]
             .filter(e => e.scrollWidth <= e.clientWidth).map(e => e.className)"""
    )
    assert still == []
    page.set_viewport_size({"width": 320, "height": 900})
    page.locator("article pre[tabindex='0']").first.wait_for(state="attached")


def test_copy_buttons_stand_on_code_and_not_on_what_it_printed(visit: Open) -> None:
    page = visit(CHAPTER).page
    assert page.locator(".cell_input .copybtn").count() > 10
    assert page.locator(".cell_output .copybtn").count() == 0


# --- the search ----------------------------------------------------------------------------------


def with_search(page: Page) -> Locator:
    """The dialog, opened by its button."""
    page.locator(".course-search-open:visible").click()
    dialog = page.get_by_role("dialog", name="Search the course")
    dialog.wait_for()
    return dialog


def test_the_search_is_a_dialog_that_keeps_the_focus_and_gives_it_back(
    site: str, desktop: BrowserContext
) -> None:
    page = Visit(desktop, f"{site}/{CHAPTER}").page
    dialog = with_search(page)
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.matches('.course-search-open')")
    page.keyboard.press("Control+k")
    page.keyboard.type("slot")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=slot")


@pytest.mark.parametrize(("width", "theme"), [*zip(WIDTHS, THEMES, strict=True)])
def test_axe_finds_nothing_in_what_a_reader_opens(
    browser: Browser, site: str, width: int, theme: Theme
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = Visit(context, f"{site}/{CHAPTER}").page
    for form in page.locator("form.pl-quiz").all():
        form.locator("input").first.check()
        form.get_by_role("button", name="Check").click()
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.mouse.wheel(0, 3000)
    page.wait_for_function("scrollY > 1000")
    page.mouse.wheel(0, -300)
    page.get_by_role("link", name="Back to top").wait_for()
    assert axe_faults(page) == []
    with_search(page)
    assert axe_faults(page, inside="dialog") == []
    context.close()


def results(page: Page, words: str, site: str) -> list[tuple[str, str]]:
    """What a search for some words shows: address and text of each link, and of each excerpt."""
    page.goto(f"{site}/search.html?q={quote(words)}")
    page.locator("#search-results [role=status]:not(:empty)").wait_for()
    page.wait_for_load_state("networkidle")
    return [
        (link.get_attribute("href") or "", link.locator("xpath=..").inner_text())
        for link in page.locator("#search-results a").all()
    ]


def test_what_was_found_is_announced(site: str, tab: Page) -> None:
    results(tab, "prefetch", site)
    assert "found" in tab.get_by_role("status").inner_text()
    results(tab, "xylophone", site)
    assert "did not match" in tab.get_by_role("status").inner_text()


def test_a_hit_leads_to_its_section_and_its_excerpt_is_text(site: str, tab: Page) -> None:
    found = results(tab, "run-ahead", site)
    assert any("3-overlap.html#" in address for address, _ in found)
    assert not any(re.search(r"import |print\(|= |def ", text) for _, text in found)


@pytest.mark.parametrize(
    ("words", "anchor"),
    [
        pytest.param("The law of one slot", "#the-law-of-one-slot", id="a heading"),
        pytest.param("law slot", "#the-law-of-one-slot", id="words of a heading"),
    ],
)
def test_a_hit_on_a_heading_leads_to_it_and_shows_its_text(
    site: str, tab: Page, words: str, anchor: str
) -> None:
    found = results(tab, words, site)
    excerpts = [text for address, text in found if address.endswith(anchor)]
    assert any("follows three rules" in text for text in excerpts)


@pytest.mark.parametrize(
    "words",
    ["GPU idle", "starvation", "bottleneck", "slow input pipeline", "memory", "nothing got faster"],
)
def test_the_words_of_a_symptom_lead_to_what_explains_it(site: str, tab: Page, words: str) -> None:
    found = results(tab, words, site)
    assert any("symptoms.html#" in address and text for address, text in found)


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
def test_no_search_gives_an_answer_away(site: str, tab: Page, question: quiz.Question) -> None:
    told = [*question.steps, *(option.because for option in question.options)]
    words = [plain(text) for text in told]
    for asked in (question.options[question.key - 1].text, question.prompt.split("\n")[0]):
        shown = plain(" ".join(text for _, text in results(tab, plain(asked)[:60], site)))
        assert [text for text in words if len(text) > 40 and text[:40] in shown] == []
        assert "Correct" not in shown and "Not this" not in shown


def plain(text: str) -> str:
    """The words of some Markdown."""
    return " ".join(re.sub(r"[`*$]", "", text).split())


def test_the_index_holds_no_word_that_only_an_answer_has(site: str) -> None:
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    terms = index.partition('"terms"')[2].partition('"titles"')[0]
    indexed = set(re.findall(r'"?(\w+)"?: ', terms))
    assert {"batch", "slot"} <= indexed
    only_there = stems_of_answers() - stems_of_cells()
    assert len(only_there) > 5 and only_there & indexed == set()


def stems(text: str) -> set[str]:
    """The words of a text as the index holds them."""
    language = SearchEnglish({})
    return {language.stem(word) for word in re.findall(r"[a-z]{4,}", text.lower())}


def stems_of_answers() -> set[str]:
    questions = [question for path in quiz.find() for question in quiz.load(path).questions]
    options = [option.because for question in questions for option in question.options]
    return stems(" ".join([*options, *(step for one in questions for step in one.steps)]))


def stems_of_cells() -> set[str]:
    """What the notebooks say outside of the quiz: their cells, and what those printed."""
    read = (nbformat.read(path, as_version=4) for path in (ROOT / "book").glob("*.ipynb"))
    cells = [cell for notebook in read for cell in notebook.cells]
    printed = [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]
    plain = (path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md"))
    return stems(" ".join([*(cell.source for cell in cells), *printed, *plain]))


# --- on paper ------------------------------------------------------------------------------------

KEPT_WHOLE = "pre, table, figure, .math-block, .pl-quiz, .cell_input"


def on_paper(page: Page) -> Page:
    """An open page as it is printed by a reader who likes it dark."""
    page.emulate_media(color_scheme="dark", media="print")
    hears = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(hears)  # of the paper, with the next picture
    return page


def faults_on_paper(page: Page) -> list[str]:
    """What a sheet lacks, or has for no use: its title, ink, what is kept whole, what is a tool."""
    return cast(
        list[str],
        page.evaluate(
            """(kept) => {
          const all = (selector) => [...document.querySelectorAll(selector)];
          const seen = (e) => e.checkVisibility({visibilityProperty: true});
          const pale = (colour) => {
            const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
            return a > 0.3 && 0.2126 * r + 0.7152 * g + 0.0722 * b > 140;
          };
          const words = all('article *').filter(e =>
            [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && seen(e));
          const told = (kind, all) => all.map(e => `${kind}: ${e.outerHTML.slice(0, 90)}`);
          return [
            ...(all('h1').some(seen) ? [] : ['no title']),
            ...(pale(getComputedStyle(document.body).backgroundColor) ? [] : ['a dark ground']),
            ...told('pale', words.filter(e => pale(getComputedStyle(e).color))),
            ...told('a tool', all('nav, button, dialog, form.bd-search, .headerlink').filter(seen)),
            ...told('given away', all('.pl-because, .pl-steps li').filter(seen)),
            ...told('may be split', all(`article :is(${kept})`).filter(
              e => seen(e) && getComputedStyle(e).breakInside !== 'avoid')),
          ];
        }""",
            KEPT_WHOLE,
        ),
    )


@every_page
def test_a_page_is_printed_whole_dark_on_white_and_without_tools(visit: Open, page: str) -> None:
    assert faults_on_paper(on_paper(visit(page, theme="dark").page)) == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("h1 { visibility: hidden }", "no title"),
        ("body { background: #111 !important }", "a dark ground"),
        ("article h2 { color: #ccc !important }", "pale"),
        (".prev-next-footer { display: block !important }", "a tool"),
        (".pl-answers { display: block !important }", "given away"),
        ("figure { break-inside: auto !important }", "may be split"),
    ],
)
def test_a_fault_on_paper_is_found(
    site: str, desktop: BrowserContext, rule: str, fault: str
) -> None:
    page = on_paper(Visit(desktop, f"{site}/{CHAPTER}").page)
    page.add_style_tag(content=rule)
    page.evaluate("document.querySelectorAll('.pl-answers').forEach(e => { e.open = true })")
    assert any(found.startswith(fault) for found in faults_on_paper(page))


def test_after_printing_a_dark_page_is_dark_again(site: str, desktop: BrowserContext) -> None:
    page = on_paper(Visit(desktop, f"{site}/{CHAPTER}").page)
    page.locator("html[data-theme=light]").wait_for(state="attached")
    page.emulate_media(media="screen", color_scheme="dark")
    page.locator("html[data-theme=dark]").wait_for(state="attached")


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
    "faint code in a second block": (
        axe_faults,
        "<pre style='background: #fff'><span style='color: #111'>plain</span></pre>"
        "<pre style='background: #fff'><span style='color: #ccc'>faint</span></pre>",
    ),
    "faint code below a folded block": (
        axe_faults,
        "<details><summary>more</summary>"
        "<pre style='background: #fff'><span style='color: #ccc'>faint</span></pre></details>"
        "<pre style='background: #fff'><span style='color: #ccc'>faint</span></pre>",
    ),
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


def test_axe_looks_inside_what_it_is_told_to(desktop: BrowserContext, tmp_path: Path) -> None:
    faint = "<p style='color: #ccc; background: #fff'>faint</p>"
    page = planted(desktop, tmp_path, f"{faint}<dialog open aria-label='It'>{faint}</dialog>").page
    assert [len(axe_faults(page, inside=where)) for where in ("html", "dialog")] == [2, 1]


def test_a_page_without_fault_has_none(desktop: BrowserContext, tmp_path: Path) -> None:
    opened = planted(desktop, tmp_path, "<p>sound</p>")
    assert opened.complaints == opened.leaving("file://") == []
    assert [find(opened.page) for find, _ in FAULTS.values()] == [[]] * len(FAULTS)


def test_a_heavy_page_is_found(desktop: BrowserContext, tmp_path: Path) -> None:
    (tmp_path / "heavy.js").write_bytes(b"//" + random.Random(3).randbytes(200_000).hex().encode())
    opened = planted(desktop, tmp_path, "<script src='heavy.js'></script>")
    assert 200 < weight_kb(opened, tmp_path.as_uri(), tmp_path) < 400


@pytest.mark.parametrize(
    "text", ["css/font-awesome.css", "fa-solid-900.ttf", "<i class='fa-solid'>"]
)
def test_an_icon_font_is_found(text: str) -> None:
    assert ICONS.search(text)


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
