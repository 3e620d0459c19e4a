"""Questions in a real browser: by keyboard alone, announced, readable in light and dark."""

import re
from collections.abc import Callable, Iterator, Set
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from prefetchlab import quiz
from tests.axe import axe_faults
from tests.contexts import Contexts, close_pages

pytestmark = pytest.mark.long

BANK = quiz.load("3-overlap")
TEST = quiz.load("test")
SITE = "<html lang='en' data-content_root='./' data-theme='{}'>"
LAB = "<body data-jp-theme-light='{}'>"
CODE = "<body data-vscode-theme-kind='vscode-{}'>"
PLAIN = "<html lang='en'>"
THEMES = {  # what the system prefers, and what the page says; the page wins
    "the system's light": ("light", PLAIN, "<body>"),
    "the system's dark": ("dark", PLAIN, "<body style='color: #eee; background: #111'>"),
    "the site's light": ("dark", SITE.format("light"), "<body>"),
    "the site's dark": ("light", SITE.format("dark"), "<body>"),
    "JupyterLab's light": ("dark", PLAIN, LAB.format("true")),
    "JupyterLab's dark": ("light", PLAIN, LAB.format("false")),
    "VS Code's light": ("dark", PLAIN, CODE.format("light")),
    "VS Code's dark": ("light", PLAIN, CODE.format("dark")),
}


Open = Callable[..., Page]


def outputs_of_a_chapter() -> str:
    """Three outputs, as a chapter has several."""
    return "".join(BANK.show(kind=kind)._repr_html_() for kind in ("predict", "practice", "test"))


def page_text(html: str = PLAIN, body: str = "<body>", *, outputs: str = "") -> str:
    """A page with some outputs, those of a chapter if none are given."""
    outputs = outputs or outputs_of_a_chapter()
    return (
        f"<!doctype html>{html}<head><meta charset='utf-8'><title>Quiz</title>"
        "<meta name='viewport' content='width=device-width'></head>"
        f"{body}<main><h1>Quiz</h1>{outputs}</main></body></html>"
    )


@pytest.fixture
def opened(shared_context: Contexts, tmp_path: Path) -> Iterator[Open]:
    """Open the page; at the end nothing may have gone wrong or been asked for."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(*parts: str, outputs: str = "", width: int = 1280, **options: Any) -> Page:
        file = tmp_path / "quiz.html"
        file.write_text(page_text(*parts, outputs=outputs), encoding="utf-8")
        context = shared_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda ask: troubles.extend({ask.url} - {file.as_uri()}))
        page.goto(file.as_uri())
        return page

    yield open_page
    close_pages(contexts)
    assert troubles == []


def form_of(page: Page, id: str = "q3-output") -> Locator:
    return page.locator(f"#pl-{id}")


def choose(form: Locator, number: int) -> None:
    form.get_by_role("radio").nth(number - 1).check()


def test_a_question_is_answered_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    form = form_of(page)
    form.locator("pre").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert form.get_by_role("status").inner_text() == ""  # arrow keys choose, and check nothing
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Enter")
    assert "Correct." in form.get_by_role("status").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert form.locator(".pl-hint").get_attribute("open") is not None


def test_enter_on_a_radio_checks_and_stays_on_the_page(opened: Open) -> None:
    page = opened()
    address = page.url
    choose(form_of(page), 1)
    page.keyboard.press("Enter")
    assert "Not yet." in form_of(page).get_by_role("status").inner_text()
    assert page.url == address


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_feedback_is_that_of_the_chosen_option(opened: Open, number: int) -> None:
    page = opened()
    form = form_of(page)
    choose(form, number)
    form.get_by_role("button", name="Check").click()
    option = BANK.question("q3-output").options[number - 1]
    said = form.get_by_role("status").inner_text()
    assert " ".join(option.because.replace("`", "").split()) in " ".join(said.split())
    assert ("Correct." in said) == option.correct
    assert ("Not yet." in said) != option.correct


def test_a_check_without_a_choice_gives_nothing_away(opened: Open) -> None:
    form = form_of(opened())
    form.get_by_role("button", name="Check").click()
    assert "Choose an answer first." in form.get_by_role("status").inner_text()
    assert not form.locator(".pl-answers").is_visible()


def test_answers_and_steps_appear_only_after_a_check(opened: Open) -> None:
    form = form_of(opened())
    assert not form.locator(".pl-answers").is_visible()
    assert not form.locator(".pl-steps").is_visible()
    choose(form, 1)
    form.get_by_role("button", name="Check").click()
    assert form.locator(".pl-answers").is_visible()
    assert form.locator(".pl-steps").is_visible()
    assert form.locator(".pl-answers").get_attribute("open") is None


def test_another_choice_takes_the_old_feedback_back(opened: Open) -> None:
    form = form_of(opened())
    choose(form, 1)
    form.get_by_role("button", name="Check").click()
    choose(form, 2)
    assert form.get_by_role("status").inner_text() == ""
    assert form.locator("[data-result]").count() == 0


def test_a_check_touches_no_other_question(opened: Open) -> None:
    page = opened()
    choose(form_of(page), 1)
    form_of(page).get_by_role("button", name="Check").click()
    assert page.locator("[data-checked]").count() == 1
    assert form_of(page, "q3-lost").get_by_role("status").inner_text() == ""


def test_a_question_that_arrives_later_works_too(opened: Open) -> None:
    page = opened()
    page.evaluate("document.querySelector('main').append(document.querySelector('#pl-q3-bound'))")
    form = form_of(page, "q3-bound")
    choose(form, 2)
    form.get_by_role("button", name="Check").click()
    assert "Correct." in form.get_by_role("status").inner_text()


def test_without_javascript_there_is_no_check_button_but_all_answers(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    assert page.get_by_role("button", name="Check").count() == 0
    form = form_of(page)
    form.locator(".pl-answers summary").click()
    assert form.locator(".pl-because:visible").count() == 4
    assert form.locator(".pl-answers").get_by_text("D. Correct:").is_visible()
    assert form.locator(".pl-steps summary").is_visible()
    choose(form, 1)
    page.keyboard.press("Enter")
    assert "?" not in page.url


# --- what the tab remembers ----------------------------------------------------------------------


def answer(page: Page, id: str, number: int) -> None:
    choose(form_of(page, id), number)
    form_of(page, id).get_by_role("button", name="Check").click()


def verdicts(page: Page) -> dict[str, str]:
    """The verdict of each question that has one, by the question's id."""
    return cast(
        dict[str, str],
        page.evaluate(
            """Object.fromEntries([...document.querySelectorAll('form[data-result]')].map(
                 form => [form.id.slice(3), form.querySelector('.pl-status strong').innerText]))"""
        ),
    )


def test_after_a_reload_choice_and_verdict_are_back(opened: Open) -> None:
    page = opened()
    answer(page, "q3-output", 1)
    answer(page, "q3-bound", 2)
    page.reload()
    assert verdicts(page) == {"q3-output": "Not yet.", "q3-bound": "Correct."}
    assert form_of(page).get_by_role("radio").nth(0).is_checked()
    assert form_of(page).locator(".pl-answers").is_visible()


def test_an_edited_question_forgets_its_answer_and_no_other_does(opened: Open) -> None:
    page = opened()
    answer(page, "q3-output", 1)
    answer(page, "q3-bound", 2)
    file = Path(urlsplit(page.url).path)
    html = file.read_text(encoding="utf-8")
    before = re.findall(r'id="pl-q3-output".*?data-version="(\w+)"', html)
    file.write_text(html.replace(before[0], "edited"), encoding="utf-8")
    page.reload()
    assert verdicts(page) == {"q3-bound": "Correct."}


def test_another_tab_begins_anew(opened: Open) -> None:
    page = opened()
    answer(page, "q3-output", 1)
    other = page.context.new_page()
    other.goto(page.url)
    assert verdicts(other) == {}


def test_where_storage_is_denied_the_quiz_works_and_forgets(opened: Open) -> None:
    page = opened()
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('denied') } })"
    )
    page.reload()
    answer(page, "q3-output", 1)
    assert verdicts(page) == {"q3-output": "Not yet."}
    page.reload()
    assert verdicts(page) == {}


def test_a_group_says_how_many_of_its_questions_are_answered(opened: Open) -> None:
    page = opened()
    counts = page.locator(".pl-progress")
    assert counts.all_inner_texts() == [f"0 of {many} answered" for many in (6, 5, 3)]
    answer(page, "q3-output", 1)
    answer(page, "q3-output", 2)  # the same once more
    answer(page, "q3-bound", 2)
    form_of(page, "q3-lost").get_by_role("button", name="Check").click()  # nothing chosen
    assert counts.all_inner_texts() == ["0 of 6 answered", "0 of 5 answered", "2 of 3 answered"]


# --- where less can be shown ---------------------------------------------------------------------


def test_a_verdict_stands_as_a_mark_on_the_option(opened: Open) -> None:
    page = opened()
    answer(page, "q3-output", 1)
    assert form_of(page).locator(".pl-mark").all_inner_texts() == ["✗", "", "", ""]
    answer(page, "q3-output", 4)
    assert form_of(page).locator(".pl-mark").all_inner_texts() == ["", "", "", "✓"]
    described = form_of(page).get_by_role("radio").nth(3).get_attribute("aria-describedby")
    assert "Correct." in page.locator(f"#{described}").inner_text()


def test_with_forced_colours_the_button_has_an_edge(opened: Open) -> None:
    page = opened(forced_colors="active")
    style = (
        form_of(page)
        .locator(".pl-check")
        .evaluate(
            "e => { const s = getComputedStyle(e);"
            " return [s.borderTopStyle, s.borderTopWidth, s.borderTopColor, s.backgroundColor] }"
        )
    )
    assert style[:2] == ["solid", "1px"] and style[2] != style[3]


def test_a_prediction_is_not_given_away_before_a_commitment(opened: Open) -> None:
    form = form_of(opened(), "q3-predict-uneven")
    for number in (1, 2, 3, 4):  # to choose is not to commit
        choose(form, number)
    assert not form.locator(".pl-answers").is_visible()
    assert not form.locator(".pl-steps").is_visible()
    assert form.locator("[data-result]").count() == 0
    form.get_by_role("button", name="Check").click()
    assert form.locator(".pl-answers summary").inner_text() == "Answers"


def test_without_javascript_a_prediction_asks_for_a_commitment_first(opened: Open) -> None:
    form = form_of(opened(java_script_enabled=False), "q3-predict-uneven")
    assert form.locator(".pl-answers").get_attribute("open") is None
    assert form.locator(".pl-answers summary").inner_text() == "Answer: commit to yours first"
    assert not form.locator(".pl-because").first.is_visible()


def as_untrusted(html: str) -> str:
    """What JupyterLab leaves of an output that it does not trust: no style, no script, no input."""
    bare = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r" data-\w+=\"[^\"]*\"", "", bare).replace("<input ", "<input disabled ")


def test_an_untrusted_notebook_reads_well_and_offers_nothing_dead(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "untrusted.html"
    file.write_text(f"<meta charset='utf-8'>{as_untrusted(page_text())}", encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    form = form_of(page)
    assert form.get_by_text("Run this cell to answer.").is_visible()
    assert not form.locator("button").is_visible()
    assert form.locator("details[open]").count() == 0
    lines = form.locator("label").all_inner_texts()
    assert [line.strip()[:2] for line in lines] == ["A.", "B.", "C.", "D."]
    tops = form.locator("label").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len({*tops}) == 4
    page.close()


def test_where_the_script_runs_no_line_asks_to_run_the_cell(opened: Open) -> None:
    assert opened().locator(".pl-run:visible").count() == 0


@pytest.mark.parametrize(
    ("theme", "width"), [*zip(THEMES, [360, 1280, 1280, 360] * 2, strict=True)]
)
def test_axe_finds_nothing(opened: Open, theme: str, width: int) -> None:
    scheme, *parts = THEMES[theme]
    page = opened(*parts, width=width, color_scheme=scheme)
    for id, number in (("q3-output", 1), ("q3-bound", 2)):  # one wrong, one right
        choose(form_of(page, id), number)
        form_of(page, id).get_by_role("button", name="Check").click()
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert axe_faults(page) == []


def test_axe_would_find_grey_on_grey(opened: Open) -> None:
    page = opened()
    page.add_style_tag(content=".pl-quiz .pl-text { color: #bbb; }")
    assert any(fault.startswith("color-contrast: ") for fault in axe_faults(page))


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_decides_between_light_and_dark(opened: Open, theme: str) -> None:
    scheme, *parts = THEMES[theme]
    page = opened(*parts, color_scheme=scheme)
    colour = form_of(page).evaluate("form => getComputedStyle(form).backgroundColor")
    assert colour == ("rgb(27, 31, 36)" if theme.endswith("dark") else "rgb(255, 255, 255)")


def test_a_phone_needs_no_sideways_scrolling_and_hits_every_target(opened: Open) -> None:
    page = opened(width=360)
    choose(form_of(page), 1)
    form_of(page).get_by_role("button", name="Check").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    targets = page.locator(".pl-option:visible, .pl-check:visible, summary:visible")
    assert targets.count() > 30
    heights = targets.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(heights) >= 44


def test_the_focus_is_seen(opened: Open) -> None:
    page = opened()
    form_of(page).locator("pre").first.focus()
    for place in ("label:has(:focus)", "button:focus", ".pl-hint summary:focus"):
        page.keyboard.press("Tab")
        outline = form_of(page).locator(place).evaluate("e => getComputedStyle(e).outline")
        assert "solid 3px" in outline


# --- a test --------------------------------------------------------------------------------------

RIGHT = [question.key for question in TEST.questions]
WRONG = [
    key % len(question.options) + 1 for key, question in zip(RIGHT, TEST.questions, strict=True)
]
NONE: Set[int] = frozenset()
PLACES = [
    f"Chapter {question.chapter}, {question.section} (question {number})"
    for number, question in enumerate(TEST.questions, 1)
]


def open_test(opened: Open, *parts: str, **options: Any) -> Page:
    return opened(*parts, outputs=TEST.show_test()._repr_html_(), **options)


def part_of(page: Page, number: int) -> Locator:
    return page.locator(".pl-part").nth(number - 1)


def answer_all(page: Page, *, wrong: Set[int] = NONE, but: Set[int] = NONE) -> None:
    """Choose in each question, by number; in `wrong` what is false, in `but` nothing."""
    for number in sorted({*range(1, 11)} - but):
        choose(part_of(page, number), (WRONG if number in wrong else RIGHT)[number - 1])


def see_the_result(page: Page) -> None:
    page.get_by_role("button", name="See the result").click()


def score(page: Page) -> str:
    return " ".join(page.locator(".pl-score").inner_text().split())


def places(page: Page) -> list[str]:
    return page.locator(".pl-returns li:visible").all_inner_texts()


def told(page: Page) -> int:
    """In how many places the page says, marks or shows what is right."""
    shown = ".pl-because:visible, .pl-verdict:visible, .pl-answers:visible, .pl-steps:visible"
    return page.locator(f"[data-result], {shown}").count() + len(places(page))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.className"))


def test_a_test_tells_nothing_before_all_is_answered(opened: Open) -> None:
    page = open_test(opened)
    assert page.get_by_role("button").all_inner_texts() == ["See the result"]
    answer_all(page, wrong={2, 5}, but={10})
    assert (told(page), score(page)) == (0, "")
    part_of(page, 1).get_by_role("radio").nth(0).focus()
    page.keyboard.press("Enter")  # sends the form
    assert page.locator("[data-result], .pl-answers:visible, .pl-steps:visible").count() == 0
    assert (score(page), places(page)) == ("→ Answer these first: question 10", [])
    choose(part_of(page, 10), RIGHT[9])
    assert (told(page), score(page)) == (0, "")


def test_the_questions_that_are_not_answered_are_named_and_linked(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, but={3, 7})
    see_the_result(page)
    assert score(page) == "→ Answer these first: question 3, question 7"
    assert focused(page) == "pl-result"
    page.get_by_role("link", name="question 7").click()
    assert page.evaluate("document.activeElement.name") == TEST.questions[6].id
    assert part_of(page, 7).locator("legend").evaluate("e => e.getBoundingClientRect().top") >= 0
    assert "#" not in page.url
    page.keyboard.press("Space")
    assert score(page) == "→ Answer these first: question 3"
    choose(part_of(page, 3), 1)
    assert score(page) == ""


def test_a_wrong_answer_leads_to_its_chapter_and_a_right_one_nowhere(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={2, 8})
    see_the_result(page)
    assert score(page).startswith("→ 8 of 10 right")
    assert places(page) == [PLACES[1], PLACES[7]]
    assert focused(page) == "pl-result"
    assert page.get_by_role("group", name="Result").get_by_role("status").count() == 1


def test_each_question_leads_to_its_own_place(opened: Open) -> None:
    page = open_test(opened)
    for number, question in enumerate(TEST.questions, 1):
        answer_all(page, wrong={number})
        see_the_result(page)
        assert score(page).startswith("→ 9 of 10 right")
        assert places(page) == [PLACES[number - 1]]
        marked = page.locator(".pl-part[data-result=wrong]")
        assert [each.get_attribute("id") for each in marked.all()] == [f"pl-{question.id}"]
        page.get_by_role("button", name="Start again").click()


def test_all_right_leads_nowhere(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page)
    see_the_result(page)
    assert score(page).startswith("✓ 10 of 10 right")
    assert not page.locator(".pl-returns").is_visible()


def test_behind_the_result_each_question_says_why(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={4})
    see_the_result(page)
    for number, question in enumerate(TEST.questions, 1):
        chosen = (WRONG if number == 4 else RIGHT)[number - 1]
        said = " ".join(part_of(page, number).locator(".pl-status").inner_text().split())
        assert said.startswith("✗ Wrong." if number == 4 else "✓ Correct.")
        because = question.options[chosen - 1].because.replace("`", "")
        assert " ".join(because.split()) in said
        assert part_of(page, number).locator(".pl-answers").is_visible()


def test_behind_the_result_no_answer_can_be_changed(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page)
    see_the_result(page)
    assert page.locator("input:enabled").count() == 0
    assert page.get_by_role("button").all_inner_texts() == ["Start again"]


def test_start_again_clears_all_of_it(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={2})
    see_the_result(page)
    part_of(page, 2).locator(".pl-answers summary").click()
    page.get_by_role("button", name="Start again").click()

    def assert_cleared() -> None:
        assert page.locator("input:checked").count() == 0
        assert (told(page), score(page)) == (0, "")
        assert page.locator("details[open]").count() == 0
        assert page.locator(".pl-progress").inner_text() == "0 of 10 answered"
        assert page.evaluate("sessionStorage.length") == 0

    assert page.evaluate("document.activeElement.name") == TEST.questions[0].id
    assert_cleared()
    page.reload()
    assert_cleared()
    answer_all(page)
    see_the_result(page)
    assert score(page).startswith("✓ 10 of 10 right")


def test_after_a_reload_the_choices_of_a_test_are_back_and_nothing_is_told(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={1}, but={6})
    page.reload()
    assert page.locator(".pl-progress").inner_text() == "9 of 10 answered"
    assert (page.locator("input:checked").count(), told(page), score(page)) == (9, 0, "")
    choose(part_of(page, 6), RIGHT[5])
    assert page.locator(".pl-progress").inner_text() == "10 of 10 answered"
    page.reload()  # all is answered, and nobody has asked for the result
    assert (page.locator("input:checked").count(), told(page), score(page)) == (10, 0, "")


def test_after_a_reload_the_result_is_back_and_takes_no_focus(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={9})
    see_the_result(page)
    page.reload()
    assert score(page).startswith("→ 9 of 10 right")
    assert places(page) == [PLACES[8]]
    assert page.evaluate("document.activeElement === document.body")


def test_a_test_with_an_edited_question_has_no_result_and_keeps_the_other_answers(
    opened: Open,
) -> None:
    page = open_test(opened)
    answer_all(page)
    see_the_result(page)
    file = Path(urlsplit(page.url).path)
    html = file.read_text(encoding="utf-8")
    version = re.findall(rf'id="pl-{TEST.questions[3].id}" data-version="(\w+)"', html)[0]
    whole = re.findall(r'id="pl-test".*?data-version="(\w+)"', html)[0]
    file.write_text(html.replace(version, "edited").replace(whole, "edited"), encoding="utf-8")
    page.reload()
    assert page.locator(".pl-progress").inner_text() == "9 of 10 answered"
    assert (told(page), score(page)) == (0, "")


def test_where_storage_is_denied_a_test_works_and_forgets(opened: Open) -> None:
    page = open_test(opened)
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('denied') } })"
    )
    page.reload()
    answer_all(page)
    see_the_result(page)
    assert score(page).startswith("✓ 10 of 10 right")
    page.get_by_role("button", name="Start again").click()
    assert page.locator("input:checked").count() == 0


@pytest.mark.parametrize(
    ("parts", "ending"),
    [
        pytest.param([SITE.format("light")], ".html", id="on the site"),
        pytest.param([PLAIN, LAB.format("true")], ".ipynb", id="in JupyterLab"),
        pytest.param([PLAIN, CODE.format("light")], ".ipynb", id="in VS Code"),
    ],
)
def test_a_test_leads_to_pages_on_the_site_and_else_to_notebooks(
    opened: Open, parts: list[str], ending: str
) -> None:
    page = open_test(opened, *parts)
    answer_all(page, wrong={4})
    see_the_result(page)
    link = page.get_by_role("link", name="The law of one slot")
    assert link.get_attribute("href") == f"3-overlap{ending}#the-law-of-one-slot"


def test_a_test_is_taken_by_keyboard_alone(opened: Open) -> None:
    page = open_test(opened)
    answer_all(page, wrong={10}, but={10})
    part_of(page, 10).locator("pre").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(WRONG[9] - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "See the result"
    page.keyboard.press("Enter")
    assert focused(page) == "pl-result"
    page.keyboard.press("Tab")
    assert "Where the place is kept" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".pl-progress").inner_text() == "0 of 10 answered"


def test_without_javascript_a_test_has_no_button_and_no_result_but_all_answers(
    opened: Open,
) -> None:
    page = open_test(opened, java_script_enabled=False)
    assert page.get_by_role("button").count() == 0
    assert places(page) == [] and page.locator("details[open]").count() == 0
    assert page.locator(".pl-answers summary:visible").count() == 10
    part_of(page, 10).locator(".pl-answers summary").click()
    assert part_of(page, 10).locator(".pl-because:visible").count() == 4


def test_an_untrusted_test_reads_well_and_offers_nothing_dead(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "untrusted.html"
    html = as_untrusted(page_text(outputs=TEST.show_test()._repr_html_()))
    file.write_text(f"<meta charset='utf-8'>{html}", encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.get_by_text("Run this cell to answer.").count() == 1
    assert page.get_by_text("Run this cell to answer.").is_visible()
    assert page.locator("button:visible").count() == len(places(page)) == 0
    page.close()


@pytest.mark.parametrize(("theme", "width"), [("the site's light", 360), ("the site's dark", 1280)])
def test_axe_finds_nothing_in_a_test(opened: Open, theme: str, width: int) -> None:
    scheme, *parts = THEMES[theme]
    page = open_test(opened, *parts, width=width, color_scheme=scheme)
    answer_all(page, wrong={2, 5}, but={7})
    see_the_result(page)
    assert axe_faults(page) == []
    choose(part_of(page, 7), RIGHT[6])
    see_the_result(page)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert axe_faults(page) == []


def test_a_phone_shows_a_test_whole_and_hits_every_target(opened: Open) -> None:
    page = open_test(opened, width=360)
    answer_all(page, wrong={*range(1, 11)})
    button = page.get_by_role("button", name="See the result")
    assert button.evaluate("e => e.getBoundingClientRect().height") >= 44
    button.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    targets = page.locator(".pl-option:visible, button:visible, summary:visible")
    heights = targets.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert len(heights) == 61 and min(heights) >= 44
