"""The question bank: what loads, what is refused and where, and what holds over the whole bank."""

import dataclasses
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from prefetchlab import quiz
from prefetchlab.errors import InputError

BANKS = [quiz.load(path) for path in sorted(Path("book/quizzes").glob("*.yml"))]

GOOD = """\
chapter: 3
title: Overlap
objectives:
  3.1: Tell it.
  3.10: Tell it again.
questions:
  - id: q3-sum
    objective: 3.10
    item: S15.4
    level: easy
    kind: practice
    prompt: What is 1 + 1?
    options:
      - text: "1"
        because: No.
        proof: 1 + 1 == 1
      - text: "2"
        correct: true
        because: Yes.
        proof: |
          total = 1 + 1
          total == 2
      - text: "3"
        because: No.
        source: Peano, 1889
    hint: Count.
    steps: [One., Two.]
"""


@pytest.fixture
def bank_of(tmp_path):
    def write(text):
        path = tmp_path / "bank.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_bank_becomes_frozen_dataclasses(bank_of):
    bank = quiz.load(bank_of(GOOD))
    question = bank.questions[0]
    assert (bank.chapter, bank.title, list(bank.objectives)) == ("3", "Overlap", ["3.1", "3.10"])
    assert (question.id, question.item, question.level) == ("q3-sum", "S15.4", "easy")
    assert question.key == 2
    assert question.steps == ("One.", "Two.")
    assert question.options[2].source == "Peano, 1889"
    with pytest.raises(dataclasses.FrozenInstanceError):
        question.hint = ""


def test_an_objective_3_10_is_not_read_as_the_number_3_1(bank_of):
    assert quiz.load(bank_of(GOOD)).questions[0].objective == "3.10"


def test_options_and_proofs_know_their_lines(bank_of):
    path = bank_of(GOOD)
    options = quiz.load(path).questions[0].options
    assert [option.where for option in options] == [f"{path}:{line}" for line in (14, 17, 23)]
    assert [option.proof_line for option in options] == [16, 21, 0]


# What is planted, the line that must be named, and words of the message.
FAULTS = {
    "an unknown key": ("    level: easy", "    lvel: easy", 10, "unknown key `lvel`"),
    "a missing hint": ("    hint: Count.\n", "", 7, "question q3-sum: `hint` is missing"),
    "no because": ("        because: Yes.\n", "", 17, "option 2: `because` is missing"),
    "an empty because": ("because: Yes.", "because:", 19, "option 2: `because` is empty"),
    "an unknown level": ("level: easy", "level: hrad", 10, "use easy, medium or hard"),
    "an unknown kind": ("kind: practice", "kind: drill", 11, "use practice, test or predict"),
    "an id of another form": ("id: q3-sum", "id: Sum", 7, "'Sum' is not allowed"),
    "an id of another chapter": ("id: q3-sum", "id: q4-sum", 7, "begin with its chapter"),
    "an unknown objective": ("objective: 3.10", "objective: 3.7", 8, "no objective '3.7'"),
    "an objective of another chapter": ("  3.1: Tell", "  4.1: Tell", 4, "not of chapter 3"),
    "a foreign curriculum id": ("item: S15.4", "item: T15", 9, "write a curriculum id"),
    "two keys": ("because: No.\n        proof", "correct: true\n        because: N\n        proof",
                 13, "options [1, 2] are all correct"),
    "no key": ("        correct: true\n", "", 13, "no option is correct"),
    "a key that is text": ("correct: true", 'correct: "true"', 18, "write true or false"),
    "proof and source": ("source: Peano", "proof: 1 == 3\n        source: Peano", 23, "both"),
    "neither": ("        source: Peano, 1889\n", "", 23, "neither proof nor source"),
    "a proof that is not Python": ("total = 1 + 1", "total = = 1", 20, "not Python, line 21"),
    "a proof without an end": ("          total == 2\n", "", 20, "does not end in an expression"),
    "two options of one text": ('text: "3"', 'text: "1"', 13, "two options read '1'"),
    "an unquoted truth value": ('text: "3"', "text: true", 23, "must not be the truth value true"),
    "a prompt without words": ("prompt: What is 1 + 1?", "prompt: |\n      ```\n      x\n      ```",
                               12, "does not begin with words"),
    "a key written twice": ("    level: easy", "    level: easy\n    level: hard", 11, "twice"),
    "an alias": ('text: "3"', "text: &a x\n        because: *a\n        proof: x", 24, "alias"),
    "a tag": ("title: Overlap", "title: !!python/name:os.system x", 2, "tag"),
    "a tab": ("title: Overlap", "title:\n\t- x", 3, "not YAML"),
    "a list for text": ("hint: Count.", "hint: [Count.]", 26, "`hint` must not be a list"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_line_and_what_to_do(bank_of, fault):
    old, new, line, words = FAULTS[fault]
    assert GOOD.count(old) >= 1
    path = bank_of(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        quiz.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert words in message
    assert "; " in message and "\n" not in message


def test_two_options_are_too_few(bank_of):
    at = GOOD.index('      - text: "3"')
    path = bank_of(GOOD[:at] + GOOD[GOOD.index("    hint:") :])
    with pytest.raises(InputError, match=":13: question q3-sum: `options` has 2 entries; give at"):
        quiz.load(path)


def test_an_id_is_used_once(bank_of):
    again = GOOD[GOOD.index("  - id:") :]
    path = bank_of(GOOD + again)
    with pytest.raises(InputError, match=":28: question q3-sum: the id is used twice"):
        quiz.load(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ":1: the file is empty"),
        (b"# only a comment\n", ":1: the file is empty"),
        (b"a\xff", ":1: not UTF-8"),
        (b"a: \x00", ":1: not YAML"),
        (b"- 1\n", ":1: this entry must not be a list"),
        (b"{", "not YAML"),
        (b"a: 1\n---\nb: 2\n", ":2: not YAML"),
    ],
)
def test_what_is_no_bank_at_all_is_named_too(bank_of, content, words):
    with pytest.raises(InputError, match=words):
        quiz.load(bank_of(content))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "missing.yml", tmp_path):
        with pytest.raises(InputError, match=f"{path}: .*; give a readable file"):
            quiz.load(path)


def test_the_banks_of_the_course_are_found_from_a_folder_inside(monkeypatch, tmp_path):
    bank = tmp_path / "book" / "quizzes" / "3.yml"
    bank.parent.mkdir(parents=True)
    bank.write_text(GOOD)
    monkeypatch.chdir(bank.parent)
    assert quiz.find() == [bank]


def test_a_folder_without_banks_says_so(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no book/quizzes"):
        quiz.find()


# --- the banks of the course ---------------------------------------------------------------------


def objectives_without_question(bank):
    return set(bank.objectives) - {question.objective for question in bank.questions}


def most_keys_in_one_position(questions):
    """The largest share of keys that one position holds."""
    positions = Counter(question.key for question in questions)
    return max(positions.values()) / len(questions)


def share_of_longest_keys(questions):
    """How often the key is strictly the longest option, so that length would give it away."""

    def longest(question):
        lengths = sorted((len(option.text), option.correct) for option in question.options)
        return lengths[-1][1] and lengths[-1][0] > lengths[-2][0]

    return sum(map(longest, questions)) / len(questions)


def test_there_are_banks():
    assert BANKS


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.path.name)
def test_every_objective_has_a_question(bank):
    assert not objectives_without_question(bank)


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.path.name)
def test_no_position_holds_more_than_two_keys_of_five(bank):
    assert most_keys_in_one_position(bank.questions) <= 0.4


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.path.name)
def test_the_key_is_the_longest_option_at_most_one_time_in_three(bank):
    assert share_of_longest_keys(bank.questions) <= 1 / 3


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.path.name)
def test_every_question_id_begins_with_its_chapter(bank):
    for question in bank.questions:
        assert question.id.startswith(f"q{question.objective.split('.')[0]}-")


def test_no_id_is_used_in_two_banks():
    ids = Counter(question.id for bank in BANKS for question in bank.questions)
    assert [id for id, many in ids.items() if many > 1] == []


def test_chapter_3_has_five_practice_questions_and_the_three_of_the_curriculum():
    bank = next(bank for bank in BANKS if bank.chapter == "3")
    kinds = Counter(question.kind for question in bank.questions)
    assert kinds == {"practice": 5, "predict": 2}
    assert {"S15.2", "S15.3", "S15.4"} <= {question.item for question in bank.questions}


def test_the_checks_above_can_fail(bank_of):
    bank = quiz.load(bank_of(GOOD))
    longer = GOOD.replace('text: "2"', 'text: "2 of course"')
    assert objectives_without_question(bank) == {"3.1"}
    assert most_keys_in_one_position(bank.questions) == 1
    assert share_of_longest_keys(bank.questions) == 0
    assert share_of_longest_keys(quiz.load(bank_of(longer)).questions) == 1


def test_importing_the_room_loads_no_tensorflow():
    code = "import prefetchlab.quiz, sys; print('tensorflow' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("False", "")
