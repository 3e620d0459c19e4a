"""The banks of the course: what holds over all questions of a chapter."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from prefetchlab import quiz
from tests.banks import GOOD

BANKS = [quiz.load(path) for path in quiz.find()]
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
