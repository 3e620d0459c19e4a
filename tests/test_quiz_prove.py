"""Verdicts: each option against what running its proof shows, and the command that tells them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import cli, quiz
from prefetchlab.errors import InputError
from tests.marked import line_of, planted

BANK = """\
chapter: 3
title: Overlap
objectives:
  3.1: Tell it.
questions:
  - id: q3-sum
    objective: 3.1
    level: easy
    kind: practice
    prompt: What is 1 + 1?
    hint: Count.
    steps: [One.]
    options:
      - text: "2"
        correct: true
        because: Yes.
        proof: sum([1, 1]) == 2
      - text: "3"
        because: No.
        proof: sum([1, 1]) == 3
      - text: "4"
        because: No.
        proof: sum([1, 1]) == 4
"""
KEY, DISTRACTOR, THIRD = (f"proof: sum([1, 1]) == {n}" for n in (2, 3, 4))

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the bank with another proof for some option."""

    def write(changes: dict[str, str] | None = None) -> Path:
        path = tmp_path / "bank.yml"
        path.write_text(planted(BANK, changes or {}))
        return path

    return write


def outcomes(verdicts: quiz.Verdicts) -> list[str]:
    return [verdict.outcome for verdict in verdicts.verdicts]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["proven", "refuted", "refuted"], id="all as the bank says"),
        pytest.param(
            {KEY: "proof: sum([1, 1]) == 11"},
            ["wrong key", "refuted", "refuted"],
            id="a key that is false",
        ),
        pytest.param(
            {DISTRACTOR: "proof: sum([1, 1]) == 2"},
            ["proven", "true distractor", "refuted"],
            id="a distractor that is true",
        ),
        pytest.param(
            {THIRD: "source: Peano, 1889"},
            ["proven", "refuted", "cited"],
            id="a citation, which is not run",
        ),
        pytest.param(
            {DISTRACTOR: "proof: int('x') == 3"},
            ["proven", "raised", "refuted"],
            id="a distractor whose proof is broken",
        ),
    ],
)
def test_each_option_is_judged_by_what_running_shows(
    write: Write, changes: dict[str, str], expected: list[str]
) -> None:
    verdicts = quiz.prove([quiz.load(write(changes))], timeout_s=30.0)
    assert outcomes(verdicts) == expected
    good = {"proven", "refuted", "cited"}
    assert verdicts.ok == good.issuperset(expected)
    assert [verdict.outcome for verdict in verdicts.faults] == [
        outcome for outcome in expected if outcome not in good
    ]


@pytest.mark.parametrize("outcome", quiz.Ruling)
def test_what_running_did_not_show_is_a_fault(outcome: quiz.Ruling) -> None:
    verdict = quiz.Verdict("q3-sum", 1, outcome, "bank.yml:14", "as it came")
    assert verdict.ok == (outcome in {"proven", "refuted", "cited"})


def test_a_citation_is_its_own_message(write: Write) -> None:
    path = write({THIRD: "source: Peano, 1889"})
    assert quiz.prove([quiz.load(path)]).verdicts[2].message == "Peano, 1889"


def test_a_fault_is_named_with_file_line_question_and_option(write: Write) -> None:
    path = write({KEY: "proof: sum([1, 1]) == 11"})
    (fault,) = quiz.prove([quiz.load(path)]).faults
    line = line_of(BANK, '- text: "2"')
    place = f"{path}:{line}: question q3-sum, option 1: wrong key: "
    assert str(fault).startswith(place)


def test_an_exception_is_named_with_its_own_line(write: Write) -> None:
    path = write({DISTRACTOR: "proof: int('x') == 3"})
    (fault,) = quiz.prove([quiz.load(path)]).faults
    assert fault.message.startswith(f"line {line_of(BANK, DISTRACTOR)}: ValueError")


def test_progress_is_told_before_each_verdict(write: Write) -> None:
    told: list[tuple[str, int, int]] = []
    quiz.prove([quiz.load(write())], progress=lambda *news: told.append(news))
    assert told == [("proofs", 0, 3), ("proofs", 1, 3), ("proofs", 2, 3)]


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("inf")])
def test_a_time_that_is_no_time_is_refused(write: Write, timeout_s: float) -> None:
    with pytest.raises(InputError, match="timeout_s: "):
        quiz.prove([quiz.load(write())], timeout_s=timeout_s)


# --- the command ---------------------------------------------------------------------------------


def test_the_command_ends_with_0_where_all_stand(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["quiz", "prove", str(write())]) == 0
    out, err = capsys.readouterr()
    assert "all stand" in out
    assert err == ""


def test_the_command_ends_with_1_and_names_each_fault(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write({KEY: "proof: sum([1, 1]) == 11"})
    assert cli.main(["quiz", "prove", str(path)]) == 1
    out, err = capsys.readouterr()
    line = line_of(BANK, '- text: "2"')
    assert f"{path}:{line}: question q3-sum, option 1: wrong key" in out.splitlines()[-1]
    assert err == ""


@pytest.mark.parametrize(
    ("bank", "words"),
    [
        pytest.param("none.yml", "none.yml: No such file or directory; give", id="a file"),
        pytest.param("none", "none: no bank has this name; use one of: 1-", id="a name"),
    ],
)
def test_the_command_refuses_a_bank_that_is_not_there(
    capsys: pytest.CaptureFixture[str], bank: str, words: str
) -> None:
    assert cli.main(["quiz", "prove", bank]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"prefetchlab: {words}")
    assert len(err.splitlines()) == 1
