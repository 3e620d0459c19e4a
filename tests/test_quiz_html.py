"""Questions as HTML and as text: semantic, escaped, deterministic, without the network."""

import re
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from prefetchlab import page, quiz
from prefetchlab.errors import InputError

BANK = quiz.load("3-overlap")
TEST = quiz.load("test")


Attributes = dict[str, str]


class Elements(HTMLParser):
    """Every element with its attributes; unclosed or crossed elements are an error."""

    VOID = ("input", "br", "hr")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.found if name == tag]


def html_of(shown: quiz.Shown) -> str:
    return shown._repr_html_()


@pytest.fixture
def planted(tmp_path: Path) -> quiz.Quiz:
    """A question whose every text tries to break out of the page."""
    attack = '<script>alert(1)</script> <img src=x onerror=alert(1)> "quoted"'
    path = tmp_path / "bank.yml"
    path.write_text(
        "chapter: 3\ntitle: T\nobjectives: {3.1: O}\nquestions:\n"
        f"  - id: q3-x\n    objective: 3.1\n    level: easy\n    kind: practice\n"
        f"    prompt: |\n      {attack}\n\n      ```html\n      {attack}\n      ```\n"
        f"      ![picture](https://example.org/x.png) [link](javascript:alert(1))\n"
        f"    hint: |\n      {attack}\n    steps:\n      - |\n        {attack}\n    options:\n"
        + "".join(
            f"      - text: |\n          {n} {attack}\n        because: |\n          {attack}\n"
            f"        correct: {'true' if n == 1 else 'false'}\n        source: s\n"
            for n in range(3)
        )
    )
    return quiz.load(path)


def test_a_question_is_a_named_group_of_radios() -> None:
    page = Elements(html_of(BANK.show("q3-lost")))
    assert [form["id"] for form in page.all("form")] == ["pl-q3-lost"]
    assert len(page.all("fieldset")) == len(page.all("legend")) == 1
    radios = page.all("input")
    assert [radio["type"] for radio in radios] == ["radio"] * 4
    assert {radio["name"] for radio in radios} == {"q3-lost"}
    assert len(page.all("label")) == 4


def test_a_question_is_named_by_what_it_asks() -> None:
    page = Elements(html_of(BANK.show("q3-lost")))
    (form,), (legend,) = page.all("form"), page.all("legend")
    assert form["aria-labelledby"] == legend["id"]


def test_a_label_says_kind_and_level_and_no_number_of_an_objective() -> None:
    html = html_of(BANK.show())
    assert "Practice · easy</p>" in html
    assert "objective" not in page.without_copies(html)


def test_jupyterlab_leaves_the_arrow_keys_to_the_choices() -> None:
    choices = Elements(html_of(BANK.show("q3-lost"))).all("input")
    assert [each["data-lm-suppress-shortcuts"] for each in choices] == ["true"] * 4


def test_the_button_waits_for_the_script() -> None:
    (button,) = Elements(html_of(BANK.show("q3-lost"))).all("button")
    assert button["type"] == "submit" and "hidden" in button


def test_an_edit_of_a_question_changes_its_version_and_no_other() -> None:
    def versions(questions: Iterable[quiz.Question]) -> list[str]:
        return re.findall(r'data-version="(\w{8})"', html_of(quiz.Shown(tuple(questions))))

    first, *rest = BANK.questions
    option = replace(first.options[0], because="Another reason.")
    edited = replace(first, options=(option, *first.options[1:]))
    before, after = versions(BANK.questions), versions([edited, *rest])
    assert before[0] != after[0] and before[1:] == after[1:]
    assert len({*before}) == len(BANK.questions)


def test_feedback_is_announced_and_empty_before_a_check() -> None:
    html = html_of(BANK.show("q3-lost"))
    assert 'role="status" aria-live="polite"></div>' in html


def test_the_code_of_a_prompt_describes_the_group_of_options() -> None:
    page = Elements(html_of(BANK.show("q3-output")))
    (group,) = page.all("fieldset")
    assert group["aria-describedby"] in [div.get("id") for div in page.all("div")]


def test_code_blocks_are_reached_by_keyboard_and_coloured() -> None:
    html = html_of(BANK.show("q3-graph-loop"))
    assert all(pre.get("tabindex") == "0" for pre in Elements(html).all("pre"))
    assert '<span class="pl-k">def</span>' in html


def test_the_answers_of_all_options_are_there_without_a_script() -> None:
    html = html_of(BANK.show("q3-output"))
    details = html[html.index('<details class="pl-answers">') :]
    assert details.count('<div class="pl-because"><p>') == 4
    for option in BANK.question("q3-output").options:
        assert option.because.split("`")[0][:20].strip() in details
    truths = re.findall(r'<li data-correct="(\w+)">', details)
    assert truths == ["false", "false", "false", "true"]


@pytest.mark.parametrize(
    ("kind", "said"), [("predict", "Answer: commit to yours first"), ("practice", "Answers")]
)
def test_only_a_bet_asks_to_commit_before_the_answer(kind: str, said: str) -> None:
    html = html_of(BANK.show(kind=kind))
    details = re.findall(r'<details class="pl-answers"><summary>([^<]+)</summary>', html)
    assert details
    assert set(details) == {said}


def test_hint_and_steps_are_there() -> None:
    page = Elements(html_of(BANK.show("q3-output")))
    assert [details["class"] for details in page.all("details")] == [
        "pl-hint",
        "pl-answers",
        "pl-steps",
    ]


def test_ids_are_unique_on_a_page_that_shows_several_times() -> None:
    html = html_of(BANK.show(kind="predict")) + html_of(BANK.show(kind="practice"))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 7


def test_the_same_bank_gives_the_same_bytes() -> None:
    again = quiz.load("3-overlap")
    assert html_of(again.show()) == html_of(BANK.show())


def test_options_stand_in_the_order_of_the_file() -> None:
    html = html_of(BANK.show("q3-bound"))
    places = [html.index(words) for words in ("4×. The", "1.33×. A", "2×. Two", "More than 1.33×")]
    assert places == sorted(places)


def test_nothing_is_asked_of_the_network() -> None:
    html = html_of(BANK.show())
    assert "http" not in html and "url(" not in html and "@import" not in html
    page = Elements(html)
    assert all("src" not in attributes and "href" not in attributes for _, attributes in page.found)


def test_no_text_of_a_bank_becomes_markup(planted: quiz.Quiz) -> None:
    page = Elements(html_of(planted.show()))
    assert page.all("script") == [{"data-prefetchlab": ""}]  # the quiz's own
    assert page.all("img") == []
    assert [link["href"] for link in page.all("a")] == ["https://example.org/x.png"]
    assert not any(name.startswith("on") for _, attributes in page.found for name in attributes)


def test_every_colour_of_code_has_its_class_in_the_style() -> None:
    style = html_of(BANK.show())
    assert "light-dark(" in style
    for shown in ("pl-k", "pl-mi", "pl-nb"):
        assert f".{shown}" in style and f'class="{shown}"' in style


def test_the_text_for_a_terminal_shows_no_answer() -> None:
    text = repr(BANK.show("q3-output"))
    assert "What does this print?" in text and "D. `[0, 1, 2, 3, 4]`" in text
    assert "Prefetch changes when" not in text and "orrect" not in text


def test_a_kind_shows_its_questions_in_their_order() -> None:
    shown = BANK.show(kind="practice").questions
    assert [question.kind for question in shown] == ["practice"] * 5
    assert BANK.show("q3-bound", "q3-lost").questions[0].id == "q3-bound"


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        pytest.param(["q3-none"], None, id="a question"),
        pytest.param([], "drill", id="a kind"),
    ],
)
def test_what_is_not_in_the_bank_is_named(ids: list[str], kind: str | None) -> None:
    with pytest.raises(InputError, match=r"3-overlap\.yml: no question .*; use "):
        BANK.show(*ids, kind=kind)


# --- a test --------------------------------------------------------------------------------------


def of_class(html: str, name: str) -> list[Attributes]:
    found = (attributes for _, attributes in Elements(html).found)
    return [attributes for attributes in found if name in attributes.get("class", "").split()]


def test_a_test_is_one_form_with_one_button_for_all() -> None:
    html = html_of(TEST.show_test())
    page = Elements(html)
    assert [form["id"] for form in page.all("form")] == ["pl-test"]
    assert len(page.all("fieldset")) == len(of_class(html, "pl-part")) == 10
    kinds = [(button["type"], "hidden" in button) for button in page.all("button")]
    assert kinds == [("submit", True), ("button", True)]


def test_only_the_result_of_a_test_is_announced() -> None:
    html = html_of(TEST.show_test())
    announced = [each for _, each in Elements(html).found if each.get("role") == "status"]
    assert announced == of_class(html, "pl-score")
    assert len(announced) == 1


def test_a_test_gives_no_hint() -> None:
    html = html_of(TEST.show_test())
    assert of_class(html, "pl-hint") == []
    assert all(question.hint not in html for question in TEST.questions)


def test_the_questions_of_a_test_are_numbered() -> None:
    labels = re.findall(r'<p class="pl-label">(.+?)</p>', html_of(TEST.show_test()))
    expected = [f"Question {n} · {each.level}" for n, each in enumerate(TEST.questions, 1)]
    assert labels == expected
    text = repr(TEST.show_test())
    assert re.findall(r"^Question \d+", text, re.M) == [f"Question {n}" for n in range(1, 11)]
    assert not any(option.because in text for each in TEST.questions for option in each.options)


def test_a_test_leads_back_to_notebooks_beside_it_and_shows_that_to_nobody_yet() -> None:
    html = html_of(TEST.show_test())
    links = [link["href"] for link in Elements(html).all("a")]
    assert len(links) == 10
    assert all(re.fullmatch(r"[1-6]-[a-z-]+\.ipynb#[a-z-]+", link) for link in links)
    (returns,) = of_class(html, "pl-returns")
    assert "hidden" in returns
    items = [item for item in Elements(html).all("li") if "data-question" in item]
    assert len(items) == 10 and all("hidden" in item for item in items)


def test_a_test_asks_nothing_of_the_network() -> None:
    html = html_of(TEST.show_test())
    assert "http" not in html and "url(" not in html and "@import" not in html


def test_an_edit_of_one_question_changes_the_version_of_its_test() -> None:
    first, *rest = TEST.questions
    edited = replace(TEST, questions=(replace(first, prompt="Another?"), *rest))
    forms = [Elements(html_of(each.show_test())).all("form")[0] for each in (TEST, edited)]
    assert forms[0]["data-version"] != forms[1]["data-version"]


def test_only_the_test_can_be_shown_as_one() -> None:
    with pytest.raises(InputError, match=r"3-overlap\.yml: chapter 3 is no test; use `show`"):
        BANK.show_test()


def test_a_chapter_that_nobody_can_go_back_to_is_named() -> None:
    lost = replace(TEST.questions[0], id="q9-lost", objective="9.1")
    with pytest.raises(
        InputError, match=r"test\.yml: question q9-lost: chapter 9 has no bank; use"
    ):
        replace(TEST, questions=(lost,)).show_test()
