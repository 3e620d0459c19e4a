"""The banks of the course: what holds over all questions of a chapter."""

import ast
import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode

from prefetchlab import quiz
from tests.banks import GOOD
from tests.stated_numbers import not_in, stated
from tools.normalise import read
from tools.repository import ROOT

BANKS = [quiz.load(path) for path in quiz.find()]
CHAPTERS = [bank for bank in BANKS if bank.chapter != "test"]
TEST = quiz.load("test")
every_bank = pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.path.name)


def objectives_without_question(bank: quiz.Bank) -> set[str]:
    return set(bank.objectives) - {question.objective for question in bank.questions}


def most_keys_in_one_position(questions: Sequence[quiz.Question]) -> float:
    """The largest share of keys that one position holds."""
    positions = Counter(question.key for question in questions)
    return max(positions.values()) / len(questions)


def share_of_longest_keys(questions: Sequence[quiz.Question]) -> float:
    """How often the key is strictly the longest option, so that length would give it away."""

    def longest(question: quiz.Question) -> bool:
        lengths = sorted((len(option.text), option.correct) for option in question.options)
        return lengths[-1][1] and lengths[-1][0] > lengths[-2][0]

    return sum(map(longest, questions)) / len(questions)


@every_bank
def test_every_objective_has_a_question(bank: quiz.Bank) -> None:
    assert not objectives_without_question(bank)


@every_bank
def test_no_position_holds_more_than_two_keys_of_five(bank: quiz.Bank) -> None:
    assert most_keys_in_one_position(bank.questions) <= 0.4


@every_bank
def test_the_key_is_seldom_the_longest_option(bank: quiz.Bank) -> None:
    assert share_of_longest_keys(bank.questions) <= 1 / 3


def keys_not_compared(questions: Iterable[quiz.Question]) -> list[str]:
    """The questions whose key is a number that the last line of its proof does not have."""

    def compared(key: quiz.Option) -> bool:
        if not (key.proof and key.text[0].isdigit()):
            return True
        last = ast.unparse(ast.parse(key.proof.code).body[-1])
        return stated(key.text) > not_in(last, key.text)

    return [
        question.id for question in questions if not compared(question.options[question.key - 1])
    ]


@every_bank
def test_the_proof_of_a_key_ends_in_the_number_that_the_key_says(bank: quiz.Bank) -> None:
    # Which of two logs it was, "4 ms and 16 ms in turn", shows in that the other one fits less.
    assert {*keys_not_compared(bank.questions)} <= {"q4-which-log"}


def explained_alike(question: quiz.Question) -> list[tuple[str, str]]:
    """The options whose explanations are nearly the same: one may be that of the other."""
    return [
        (one.text, other.text)
        for one, other in itertools.combinations(question.options, 2)
        if difflib.SequenceMatcher(None, one.because, other.because).ratio() > 0.8
    ]


@every_bank
def test_each_option_has_an_explanation_of_its_own(bank: quiz.Bank) -> None:
    assert [found for each in bank.questions if (found := explained_alike(each))] == []


@every_bank
def test_every_question_id_begins_with_its_chapter(bank: quiz.Bank) -> None:
    for question in bank.questions:
        assert question.id.startswith(f"q{question.objective.split('.')[0]}-")


def test_no_id_is_used_in_two_banks() -> None:
    ids = Counter(question.id for bank in BANKS for question in bank.questions)
    assert [id for id, many in ids.items() if many > 1] == []


@every_bank
def test_a_chapter_has_a_prediction_and_five_to_practise(bank: quiz.Bank) -> None:
    kinds = Counter(question.kind for question in bank.questions)
    assert bank.chapter == "test" or (kinds["predict"] >= 1 and kinds["practice"] >= 5)


def bank_of(folder: Path, text: str) -> quiz.Bank:
    (folder / "bank.yml").write_text(text)
    return quiz.load(folder / "bank.yml")


def test_the_checks_above_can_fail(tmp_path: Path) -> None:
    bank = bank_of(tmp_path, GOOD)
    longer = bank_of(tmp_path, GOOD.replace('text: "2"', 'text: "2 of course"'))
    assert objectives_without_question(bank) == {"3.1"}
    assert most_keys_in_one_position(bank.questions) == 1
    assert share_of_longest_keys(bank.questions) == 0
    assert share_of_longest_keys(longer.questions) == 1
    assert explained_alike(bank.questions[0]) == [("1", "3")]  # "No." stands twice
    for other in ("total >= 1", "total == 3"):
        less = bank_of(tmp_path, GOOD.replace("total == 2", other))
        assert keys_not_compared(bank.questions) == [] != keys_not_compared(less.questions)


# --- the test over all chapters ------------------------------------------------------------------


def text_of(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


NOTEBOOKS = {bank.chapter: read(ROOT / "book" / f"{bank.path.stem}.ipynb") for bank in CHAPTERS}
PAGES = {chapter: text_of(notebook) for chapter, notebook in NOTEBOOKS.items()}
PAGE = text_of(read(ROOT / "book" / "test.ipynb"))


def led_nowhere(questions: Iterable[quiz.Question], pages: Mapping[str, str]) -> list[str]:
    """The questions whose section is no heading of their chapter."""
    return [
        question.id
        for question in questions
        if not re.search(
            rf"^##+ {re.escape(question.section or '')}$", pages[question.chapter], re.M
        )
    ]


def sections_of(notebook: NotebookNode) -> dict[str, str]:
    """Text and code of each section, by its heading."""
    found, heading = dict[str, str](), ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (new := re.search(r"^##+ (.+)$", cell.source, re.M)):
            heading = new[1]
        found[heading] = f"{found.get(heading, '')}\n{cell.source}"
    return found


# `map` and `range` stand in most pipelines, whatever a section is about.
STAGES = r"\.(batch|cache|filter|interleave|prefetch|repeat|shuffle|skip|take|unbatch|zip)\("


def stages_not_in(section: str, question: quiz.Question) -> set[str]:
    """The stages of a question's pipelines of which a section does not speak."""
    asked = "\n".join((question.prompt, *(option.text for option in question.options)))
    return {stage for stage in re.findall(STAGES, asked) if stage not in section}


def rows_of(page: str) -> list[str]:
    """What the table of a page says for each question: where to go back to."""
    return re.findall(r"^\| \d+ \| (\[.+\)) \|$", page, re.MULTILINE)


def rows_for(shown: quiz.ShownTest) -> list[str]:
    """The same, by what the result of the test links."""
    links = re.findall(r'hidden><a href="([^"]+)">([^<]+)</a>', shown._repr_html_())
    return [f"[{text}]({address})" for address, text in links]


def other_objectives(test: quiz.Bank, banks: Iterable[quiz.Bank]) -> set[str]:
    """The objectives of the test that no chapter has in these words."""
    known = {entry for bank in banks for entry in bank.objectives.items()}
    return {number for number, _ in test.objectives.items() - known}


def test_the_test_has_ten_questions_one_or_two_of_each_chapter() -> None:
    of_chapter = Counter(question.chapter for question in TEST.questions)
    assert len(TEST.questions) == 10
    assert set(of_chapter) == {bank.chapter for bank in CHAPTERS}
    assert set(of_chapter.values()) <= {1, 2}


def test_the_test_has_easy_medium_and_hard_questions() -> None:
    levels = Counter(question.level for question in TEST.questions)
    assert min(levels[level] for level in ("easy", "medium", "hard")) >= 3


def test_the_test_examines_objectives_of_the_chapters() -> None:
    assert other_objectives(TEST, CHAPTERS) == set()


def test_the_test_asks_nothing_that_a_chapter_asks() -> None:
    prompts = {question.prompt for bank in CHAPTERS for question in bank.questions}
    assert not prompts & {question.prompt for question in TEST.questions}


def test_each_question_of_the_test_leads_back_to_a_heading_of_its_chapter() -> None:
    assert led_nowhere(TEST.questions, PAGES) == []


@pytest.mark.parametrize("question", TEST.questions, ids=lambda question: question.id)
def test_a_question_of_the_test_leads_to_where_its_stages_are(question: quiz.Question) -> None:
    section = sections_of(NOTEBOOKS[question.chapter])[question.section or ""]
    assert stages_not_in(section, question) == set()


def test_the_table_to_score_by_hand_says_what_the_result_says() -> None:
    assert rows_of(PAGE) == rows_for(TEST.show_test())
    assert len(rows_of(PAGE)) == len(TEST.questions)


def test_the_checks_of_the_test_can_fail(tmp_path: Path) -> None:
    assert led_nowhere(TEST.questions[:1], {"1": "## How many there are now"}) == [
        "q1-three-batches"
    ]
    assert led_nowhere(TEST.questions[:1], {"1": "## How many there are"}) == []
    assert stages_not_in(sections_of(NOTEBOOKS["1"])["Split"], TEST.questions[0]) == {"batch"}
    assert other_objectives(bank_of(tmp_path, GOOD), CHAPTERS) == {"3.1", "3.10"}
    assert rows_of("| 1 | [Chapter 1, A](1-a.ipynb#a) |\n| x | y |") == [
        "[Chapter 1, A](1-a.ipynb#a)"
    ]


# --- the five questions that the lesson is known for ---------------------------------------------


def test_each_item_of_the_practice_is_a_question_of_a_chapter() -> None:
    items = {question.item for bank in CHAPTERS for question in bank.questions}
    assert {f"S15.{n}" for n in range(1, 6)} <= items
