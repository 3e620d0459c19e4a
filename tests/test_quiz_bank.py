"""The question bank: what loads, and what is refused and where."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import quiz
from prefetchlab.errors import InputError
from tests.banks import GOOD
from tests.marked import line_of, planted
from tools.repository import ROOT

BankOf = Callable[[str | bytes], Path]


@pytest.fixture
def bank_of(tmp_path: Path) -> BankOf:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "bank.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# --- what loads ----------------------------------------------------------------------------------


def test_a_bank_becomes_frozen_dataclasses(bank_of: BankOf) -> None:
    bank = quiz.load(bank_of(GOOD))
    question = bank.questions[0]
    assert (bank.chapter, bank.title, list(bank.objectives)) == ("3", "Overlap", ["3.1", "3.10"])
    assert (question.id, question.item, question.level) == ("q3-sum", "S15.4", "easy")
    assert (question.chapter, question.section) == ("3", None)
    assert question.key == 2
    assert question.steps == ("One.", "Two.")
    assert question.options[2].source == "Peano, 1889"
    with pytest.raises(dataclasses.FrozenInstanceError):
        question.hint = ""  # type: ignore[misc]  # what mypy refuses must fail in Python, too


def test_a_question_of_the_test_knows_its_section(bank_of: BankOf) -> None:
    text = planted(GOOD, OF_TEST | {"kind: practice": "kind: test", "level: easy": SECTION})
    assert quiz.load(bank_of(text)).questions[0].section == "Sums"


def test_an_objective_is_text_and_no_number(bank_of: BankOf) -> None:
    assert quiz.load(bank_of(GOOD)).questions[0].objective == "3.10"


def test_options_and_proofs_know_their_lines(bank_of: BankOf) -> None:
    path = bank_of(GOOD)
    options = quiz.load(path).questions[0].options
    places = [f"{path}:{line_of(GOOD, f'- text: {words}')}" for words in ('"1"', '"2"', '"3"')]
    assert [option.where for option in options] == places
    first, second, third = (option.proof for option in options)
    assert first and first.where == f"{path}:{line_of(GOOD, 'sum([1, 1])')}"
    assert second and second.where == f"{path}:{line_of(GOOD, 'total = 1 + 1')}"
    assert third is None


def test_a_bank_loads_by_name_from_any_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert quiz.load("3-overlap").path == ROOT / "book" / "quizzes" / "3-overlap.yml"


@pytest.mark.parametrize(
    "name", [pytest.param("bank.yml", id="an ending"), pytest.param("./bank", id="a slash")]
)
def test_text_with_an_ending_or_a_slash_is_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(GOOD)
    assert quiz.load(name).title == quiz.load(Path(name)).title == "Overlap"


def test_an_unknown_name_is_told_which_banks_there_are() -> None:
    with pytest.raises(InputError) as caught:
        quiz.load("4-nothing")
    assert str(caught.value) == (
        f"4-nothing: no bank has this name; use one of: {', '.join(names_of_banks())}; "
        "or name a .yml file"
    )


def names_of_banks() -> list[str]:
    return sorted(path.stem for path in (ROOT / "book" / "quizzes").glob("*.yml"))


def test_every_bank_of_the_book_is_found() -> None:
    assert [path.stem for path in quiz.find()] == names_of_banks() != []


# --- what is refused -----------------------------------------------------------------------------

QUESTION, OPTIONS, KEY, LAST = "- id: q3-sum", "options:", '- text: "2"', '- text: "3"'

OF_TEST, SECTION = {"chapter: 3": "chapter: test"}, "level: easy\n    section: Sums"


def marked(line: str) -> dict[str, str]:
    """The change that marks a sound line as the place of a fault."""
    return {line: f"{line}  # <- fault"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"level: easy": "lvel: easy  # <- fault"}, "unknown key `lvel`", id="an unknown key"
        ),
        pytest.param(
            marked(QUESTION) | {"    hint: Count.\n": ""},
            "question q3-sum: `hint` is missing",
            id="a missing hint",
        ),
        pytest.param(
            marked(KEY) | {"        because: Yes.\n": ""},
            "option 2: `because` is missing",
            id="no because",
        ),
        pytest.param(
            {"because: Yes.": "because:  # <- fault"},
            "option 2: `because` is empty",
            id="an empty because",
        ),
        pytest.param(
            {"hint: Count.": 'hint: "  "  # <- fault'}, "`hint` is empty", id="a hint of blanks"
        ),
        pytest.param(
            {"chapter: 3": 'chapter: " "  # <- fault'}, "' ' is not allowed", id="a blank chapter"
        ),
        pytest.param(
            {"chapter: 3": 'chapter: "3\\n"  # <- fault'},
            r"`chapter`: '3\n' is not allowed",
            id="a chapter that ends in a new line",
        ),
        pytest.param(
            {"id: q3-sum": 'id: "q3-sum\\n"  # <- fault'},
            r"`id`: 'q3-sum\n' is not allowed",
            id="an id that ends in a new line",
        ),
        pytest.param(
            {"item: S15.4": 'item: "S15.4\\n"  # <- fault'},
            r"`item`: 'S15.4\n' is not allowed",
            id="an item that ends in a new line",
        ),
        pytest.param(
            {"  3.1: Tell": '  "3.1\\n": Tell', "objectives:": "objectives:  # <- fault"},
            r"'3.1\n' is not allowed",
            id="an objective that ends in a new line",
        ),
        pytest.param(
            {"level: easy": "level: hrad  # <- fault"},
            "use easy, medium or hard",
            id="an unknown level",
        ),
        pytest.param(
            {"kind: practice": "kind: drill  # <- fault"},
            "use practice, test or predict",
            id="an unknown kind",
        ),
        pytest.param(
            {"id: q3-sum": "id: Sum  # <- fault"},
            "'Sum' is not allowed",
            id="an id of another form",
        ),
        pytest.param(
            {"id: q3-sum": "id: q4-sum  # <- fault"},
            "begin with its chapter; let it begin with q3-",
            id="an id of another chapter",
        ),
        pytest.param(
            {"objective: 3.10": "objective: 3.7  # <- fault"},
            "no objective '3.7'",
            id="an unknown objective",
        ),
        pytest.param(
            {"  3.1: Tell it.": "  4.1: Tell it.  # <- fault"},
            "not of chapter 3",
            id="an objective of another chapter",
        ),
        pytest.param(
            {"item: S15.4": "item: T15  # <- fault"},
            "write a curriculum id",
            id="a foreign curriculum id",
        ),
        pytest.param(
            marked(OPTIONS) | {"because: No.": "correct: true\n        because: No."},
            "options [1, 2] are all correct",
            id="two keys",
        ),
        pytest.param(
            marked(OPTIONS) | {"        correct: true\n": ""}, "no option is correct", id="no key"
        ),
        pytest.param(
            {"correct: true": 'correct: "true"  # <- fault'},
            "write true or false",
            id="a key that is text",
        ),
        pytest.param(
            marked(OPTIONS) | {"kind: practice": "kind: predict"},
            "no option is tempting",
            id="a bet that tempts to nothing",
        ),
        pytest.param(
            marked(OPTIONS)
            | {"kind: practice": "kind: predict", KEY: f"{KEY}\n        tempting: true"},
            "the tempting option is correct",
            id="a bet that the tempted win",
        ),
        pytest.param(
            marked(OPTIONS)
            | {
                "kind: practice": "kind: predict",
                '- text: "1"': '- text: "1"\n        tempting: true',
                LAST: f"{LAST}\n        tempting: true",
            },
            "options [1, 3] are all tempting",
            id="a bet with two temptations",
        ),
        pytest.param(
            marked(OPTIONS) | {LAST: f"{LAST}\n        tempting: true"},
            "only a bet has a tempting option",
            id="a temptation where nobody bets",
        ),
        pytest.param(
            {"level: easy": "level: easy\n    section: Sums  # <- fault"},
            "question q3-sum: only the test leads back to a section",
            id="a section outside of the test",
        ),
        pytest.param(
            OF_TEST | {"kind: practice": "kind: practice  # <- fault", "level: easy": SECTION},
            "question q3-sum: the test has only questions to test; write `kind: test`",
            id="an exercise in the test",
        ),
        pytest.param(
            OF_TEST | marked(QUESTION) | {"kind: practice": "kind: test"},
            "question q3-sum: `section` is missing",
            id="a question of the test that leads nowhere",
        ),
        pytest.param(
            marked(LAST) | {"source: Peano": "proof: sum([]) == 3\n        source: Peano"},
            "it has both proof and source",
            id="proof and source",
        ),
        pytest.param(
            marked(LAST) | {"        source: Peano, 1889\n": ""},
            "it has neither proof nor source",
            id="neither proof nor source",
        ),
        pytest.param(
            {"proof: |": "proof: |  # <- fault", "total = 1 + 1": "total = = 1"},
            f"the proof is not Python, line {line_of(GOOD, 'total = 1 + 1')}",
            id="a proof that is not Python",
        ),
        pytest.param(
            {"proof: |": "proof: |  # <- fault", "          total == 2\n": ""},
            "does not end in an expression",
            id="a proof without an end",
        ),
        pytest.param(
            {"proof: |": "proof: |  # <- fault", "total == 2": "True"},
            "ends in a constant, True, which proves nothing",
            id="a proof that is true whatever runs",
        ),
        pytest.param(
            {"proof: |": "proof: |  # <- fault", "total == 2": "total is 2"},
            f'line {line_of(GOOD, "total == 2")}: "is" with',
            id="a proof with a warning",
        ),
        pytest.param(
            marked(OPTIONS) | {'text: "3"': 'text: "1"'},
            "two options read '1'",
            id="two options of one text",
        ),
        pytest.param(
            {'- text: "3"': "- text: true  # <- fault"},
            "must not be the truth value true",
            id="an unquoted truth value",
        ),
        pytest.param(
            {
                "prompt: What is 1 + 1?": "prompt: |  # <- fault\n      ```\n      x\n      ```",
            },
            "does not begin with words",
            id="a prompt without words",
        ),
        pytest.param(
            {"    level: easy": "    level: easy\n    level: hard  # <- fault"},
            "the key `level` stands here twice",
            id="a key written twice",
        ),
        pytest.param(
            {'text: "3"\n        because: No.': "text: &a x\n        because: *a  # <- fault"},
            "an alias is used",
            id="an alias",
        ),
        pytest.param(
            {"title: Overlap": "title: !!python/name:os.system x  # <- fault"}, "tag", id="a tag"
        ),
        pytest.param({"title: Overlap": "title:\n\t- x  # <- fault"}, "not YAML", id="a tab"),
        pytest.param(
            {"hint: Count.": "hint: [Count.]  # <- fault"},
            "`hint` must not be a list",
            id="a list for text",
        ),
        pytest.param(
            {
                '- text: "3"': '- {text: "3", because: No., source: s, "a\\nb": c}  # <- fault\n'
                '      - text: "4"'
            },
            "option 3: unknown key `a b`",
            id="an unknown key of two lines",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(
    bank_of: BankOf, changes: dict[str, str], words: str
) -> None:
    text = planted(GOOD, changes)
    path = bank_of(text)
    with pytest.raises(InputError) as caught:
        quiz.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line_of(text)}: ")
    assert words in message
    assert "; " in message and "\n" not in message


LAST_OPTION = GOOD[GOOD.index(f"      {LAST}") : GOOD.index("    hint:")]


@pytest.mark.parametrize(
    ("options", "many"),
    [pytest.param("", 2, id="too few"), pytest.param(LAST_OPTION * 7, 9, id="too many")],
)
def test_a_question_has_three_to_eight_options(bank_of: BankOf, options: str, many: int) -> None:
    path = bank_of(GOOD.replace(LAST_OPTION, options))
    words = f"question q3-sum: `options` has {many} entries; give three to eight options"
    with pytest.raises(InputError, match=f":{line_of(GOOD, OPTIONS)}: {words}"):
        quiz.load(path)


def test_an_id_is_used_once(bank_of: BankOf) -> None:
    again = GOOD[GOOD.index("  - id:") :].replace(QUESTION, f"{QUESTION}  # <- fault")
    path = bank_of(GOOD + again)
    words = "question q3-sum: the id is used twice"
    with pytest.raises(InputError, match=f":{line_of(GOOD + again)}: {words}"):
        quiz.load(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", ":1: the file is empty", id="nothing"),
        pytest.param(b"# only a comment\n", ":1: the file is empty", id="a comment"),
        pytest.param(b"a\xff", ":1: not UTF-8", id="another encoding"),
        pytest.param(b"a: \x00", ":1: not YAML", id="a null character"),
        pytest.param(b"- 1\n", ":1: this entry must not be a list", id="a list"),
        pytest.param(b"{", ":1: not YAML", id="half a mapping"),
        pytest.param(b"a: 1\n---\nb: 2\n", ":2: not YAML", id="two documents"),
        pytest.param(b"[" * 5000, ":1: nested more than", id="a deep list"),
    ],
)
def test_what_is_no_bank_at_all_is_named_too(bank_of: BankOf, content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        quiz.load(bank_of(content))


# --- what an import and a load cost --------------------------------------------------------------


def loaded_by(code: str) -> str:
    """Which heavy modules are in memory after some code, and nothing on stderr."""
    heavy = "{'tensorflow', 'pygments', 'matplotlib'}"
    code = f"import sys\n{code}\nprint(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() + done.stderr


def test_loading_a_bank_imports_neither_tensorflow_nor_pygments() -> None:
    load = "from prefetchlab import quiz\nbank = quiz.load('3-overlap')"
    assert loaded_by(load) == "[]"
    assert loaded_by(f"{load}\nbank.show()._repr_html_()") == "['pygments']"
