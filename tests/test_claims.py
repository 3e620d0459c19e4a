"""The ledger: what loads, what is refused and where, and which verdicts stand."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import claims, cli
from prefetchlab.claims import Verdict, loading
from prefetchlab.errors import InputError
from prefetchlab.proofs import Answer, Outcome
from tests.marked import line_of, planted
from tools.repository import ROOT

LEDGER = """\
claims:
  - id: sum-of-ones
    item: S1.2
    told: One and one make eleven.
    verdict: false
    holds: One and one make two.
    taught: 3-overlap#sums
    source: the playground
    check: |
      total = sum([1, 1])
      verdict.fits([total == 11])
  - id: sums-are-even
    item: S1
    told: A sum of ones is even.
    verdict: depends
    holds: A sum of n ones is even where n is even.
    check: |
      sums = {n: sum([1] * n) % 2 == 0 for n in range(4)}
      verdict.fits(sums)
"""
FIRST, SECOND = "- id: sum-of-ones", "- id: sums-are-even"
END = "verdict.fits([total == 11])"

LedgerOf = Callable[..., Path]


@pytest.fixture
def ledger_of(tmp_path: Path) -> LedgerOf:
    """Write the ledger with some changes."""

    def write(changes: dict[str, str] | None = None) -> Path:
        path = tmp_path / "claims.yml"
        path.write_text(planted(LEDGER, changes or {}))
        return path

    return write


# --- what loads ----------------------------------------------------------------------------------


def test_a_ledger_becomes_frozen_dataclasses(ledger_of: LedgerOf) -> None:
    path = ledger_of()
    first, second = claims.load(path).claims
    assert (first.id, first.item, first.verdict) == ("sum-of-ones", "S1.2", Verdict.FALSE)
    assert (first.told, first.holds) == ("One and one make eleven.", "One and one make two.")
    assert (first.taught, first.source) == ("3-overlap#sums", "the playground")
    assert first.where == f"{path}:{line_of(LEDGER, FIRST)}"
    assert first.check.where == f"{path}:{line_of(LEDGER, 'total = sum')}"
    assert (second.verdict, second.taught, second.source) == (Verdict.DEPENDS, None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.told = ""  # type: ignore[misc]  # what mypy refuses must fail in Python, too


def test_the_ledger_of_the_book_is_found_from_any_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert claims.find() == ROOT / "book" / "claims.yml"


def test_claims_are_chosen_by_id_each_once_and_in_the_order_asked(ledger_of: LedgerOf) -> None:
    ledger = claims.load(ledger_of())
    ids = ("sums-are-even", "sum-of-ones", "sums-are-even")
    assert [claim.id for claim in ledger.only(*ids)] == ["sums-are-even", "sum-of-ones"]
    assert ledger.only() == ledger.claims


@pytest.mark.parametrize(
    ("id", "words"),
    [
        pytest.param(
            "sum-of-one",
            "sum-of-one: no claim has this id; use one of those near it: sum-of-ones, ",
            id="one that is misspelt",
        ),
        pytest.param("xyz", "xyz: no claim has this id; all are in ", id="one far from all"),
        pytest.param("", "'': no claim has this id; all are in ", id="an empty one"),
    ],
)
def test_an_unknown_id_is_told_which_are_near(ledger_of: LedgerOf, id: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        claims.load(ledger_of()).only("sum-of-ones", id)
    assert str(caught.value).startswith(words)


# --- what is refused -----------------------------------------------------------------------------


def marked(line: str) -> dict[str, str]:
    """The change that marks a sound line as the place of a fault."""
    return {line: f"{line}  # <- fault"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"told: One": "tld: One", "make eleven.": "make eleven.  # <- fault"},
            "claim sum-of-ones: unknown key `tld`; use one of: id, item, told, verdict, ",
            id="an unknown key",
        ),
        pytest.param(
            marked(FIRST) | {"    told: One and one make eleven.\n": ""},
            "claim sum-of-ones: `told` is missing; add it",
            id="a missing sentence",
        ),
        pytest.param(
            marked(SECOND) | {"    verdict: depends\n": ""},
            "claim sums-are-even: `verdict` is missing; add it",
            id="a missing verdict",
        ),
        pytest.param(
            {"holds: One and one make two.": 'holds: " "  # <- fault'},
            "claim sum-of-ones: `holds` is empty; write the sentence that holds",
            id="a sentence of blanks",
        ),
        pytest.param(
            {"verdict: depends": "verdict: maybe  # <- fault"},
            "'maybe' is not allowed; write true, false or depends, without quotes",
            id="an unknown verdict",
        ),
        pytest.param(
            {"verdict: false": 'verdict: "false"  # <- fault'},
            "'false' is not allowed; write true, false or depends, without quotes",
            id="a verdict in quotes",
        ),
        pytest.param(
            {FIRST: "- id: Sum_1  # <- fault"},
            "claim Sum_1: `id`: 'Sum_1' is not allowed; write words in small letters",
            id="an id of another form",
        ),
        pytest.param(
            {SECOND: '- id: "sums\\n"  # <- fault'},
            r"'sums\n' is not allowed",
            id="an id that ends in a new line",
        ),
        pytest.param(
            {FIRST: "- id: []  # <- fault"},
            "claim number 1: `id` must not be a list",
            id="an id that is none",
        ),
        pytest.param(
            {SECOND: "- id: sum-of-ones  # <- fault"},
            "claim sum-of-ones: the id is used twice; rename one",
            id="an id used twice",
        ),
        pytest.param(
            {"item: S1\n": "item: T1  # <- fault\n"},
            "'T1' is not allowed; write a curriculum id",
            id="a foreign curriculum id",
        ),
        pytest.param(
            {"taught: 3-overlap#sums": "taught: chapter 3  # <- fault"},
            "'chapter 3' is not allowed; write page#heading",
            id="a place that is no page and heading",
        ),
        pytest.param(
            {"holds: One and one make two.": "holds: one and  one make ELEVEN.  # <- fault"},
            "`holds` repeats `told`, and the verdict is not true; write the sentence that holds",
            id="a false sentence that holds as it is told",
        ),
        pytest.param(
            {"check: |": "check: |  # <- fault", "total = sum": "total = = sum"},
            f"the check is not Python, line {line_of(LEDGER, 'total = sum')}",
            id="a check that is not Python",
        ),
        pytest.param(
            {"check: |": "check: |  # <- fault", f"      {END}\n": ""},
            "the check does not end in an expression",
            id="a check without an end",
        ),
        pytest.param(
            {"check: |": "check: |  # <- fault", END: "True"},
            "the check ends in a constant, True, which proves nothing",
            id="a check that is true whatever runs",
        ),
        pytest.param(
            {"    item: S1.2": "    item: S1\n    item: S1.2  # <- fault"},
            "the key `item` stands here twice",
            id="a key written twice",
        ),
    ],
)
def test_a_fault_is_named_with_file_line_and_claim(
    ledger_of: LedgerOf, changes: dict[str, str], words: str
) -> None:
    path = ledger_of(changes)
    with pytest.raises(InputError) as caught:
        claims.load(path)
    assert str(caught.value).startswith(f"{path}:{line_of(path.read_text())}: ")
    assert words in str(caught.value)


def test_a_true_sentence_may_hold_as_it_is_told(ledger_of: LedgerOf) -> None:
    told = "holds: One and one make eleven."
    path = ledger_of({"verdict: false": "verdict: true", "holds: One and one make two.": told})
    assert claims.load(path).claims[0].verdict == Verdict.TRUE


# --- a verdict and its cases ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "fitting"),
    [
        ([True], Verdict.TRUE),
        ([True, True], Verdict.TRUE),
        ([False], Verdict.FALSE),
        ({"here": False, "there": False}, Verdict.FALSE),
        ({"here": True, "there": False}, Verdict.DEPENDS),
        ((value for value in (False, True)), Verdict.DEPENDS),
    ],
)
def test_exactly_one_verdict_fits_what_was_seen(cases: object, fitting: Verdict) -> None:
    seen = cases if isinstance(cases, dict) else list(cases)  # type: ignore[call-overload]
    assert [verdict for verdict in Verdict if verdict.fits(seen)] == [fitting]


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        pytest.param([], "none was run", id="none"),
        pytest.param({}, "none was run", id="none by name"),
        pytest.param([True, 1], "1 is not a bool", id="a number"),
        pytest.param({"here": (1, 2, 3)}, r"\(1, 2, 3\) is not a bool", id="counts"),
    ],
)
def test_what_shows_no_case_fits_no_verdict(cases: list[bool], words: str) -> None:
    with pytest.raises(InputError, match=f"cases: {words}"):
        Verdict.TRUE.fits(cases)


# --- checking ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        pytest.param({}, Outcome.TRUE, "stands", id="a verdict that is what running shows"),
        pytest.param(
            {"verdict: false": "verdict: true"},
            Outcome.FALSE,
            "the verdict true is not what running shows",
            id="a verdict that is flipped",
        ),
        pytest.param(
            {"verdict: false": "verdict: depends"},
            Outcome.FALSE,
            "the verdict depends is not what running shows",
            id="a verdict that is too careful",
        ),
        pytest.param(
            {"total == 11": "total == 2"},
            Outcome.FALSE,
            "the verdict false is not what running shows",
            id="a check that shows something else",
        ),
        pytest.param(
            {END: "assert total == 3\n      total == 2"},
            Outcome.RAISED,
            f"raised: line {line_of(LEDGER, END)}: AssertionError",
            id="an assertion that fails",
        ),
        pytest.param(
            {END: "import os\n      os.abort()\n      total == 2"},
            Outcome.CRASHED,
            "crashed: killed by SIGABRT",
            id="a check that crashes",
        ),
        pytest.param(
            {END: "total"},
            Outcome.NOT_BOOL,
            "not a bool: it gave int",
            id="a check that gives a number",
        ),
        pytest.param(
            {END: "total == 2"},
            Outcome.TRUE,
            "stands",
            id="a check that does not ask for the verdict",
        ),
    ],
)
def test_a_verdict_stands_if_running_shows_it(
    ledger_of: LedgerOf, changes: dict[str, str], outcome: Outcome, words: str
) -> None:
    path = ledger_of(changes)
    findings = claims.check(claims.load(path).claims, timeout_s=30.0)
    first, second = findings.findings
    assert (first.answer.outcome, second.ok) == (outcome, True)
    assert (findings.ok, findings.faults == ()) == (first.ok, first.ok) == (words == "stands",) * 2
    start = f"{path}:{line_of(LEDGER, FIRST)}: claim sum-of-ones: {words}"
    assert str(first).startswith(start)


def test_a_check_that_hangs_is_killed(ledger_of: LedgerOf) -> None:
    path = ledger_of({END: "import time\n      time.sleep(60)\n      total == 2"})
    (finding,) = claims.check(claims.load(path).only("sum-of-ones"), timeout_s=0.5).findings
    assert finding.shown == "timed out: no answer within 0.5 s; it was killed"


def test_a_verdict_stands_by_its_own_check_alone(ledger_of: LedgerOf) -> None:
    path = ledger_of({"total = sum": "verdict = None\n      total = sum", END: "total == 2"})
    assert claims.check(claims.load(path).claims).ok


def test_progress_is_told_before_each_check(ledger_of: LedgerOf) -> None:
    told: list[tuple[str, int, int]] = []
    chosen = claims.load(ledger_of()).claims
    claims.check(chosen, progress=lambda *news: told.append(news))
    assert told == [("proofs", 0, 2), ("proofs", 1, 2)]


@pytest.mark.parametrize(
    ("timeout_s", "workers", "words"),
    [(0.0, 2, "timeout_s: "), (float("inf"), 2, "timeout_s: "), (60.0, 0, "workers: ")],
)
def test_a_time_or_a_number_that_is_none_is_refused(
    ledger_of: LedgerOf, timeout_s: float, workers: int, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        claims.check(claims.load(ledger_of()).claims, timeout_s=timeout_s, workers=workers)


def test_the_table_names_each_claim_and_counts_the_faults(ledger_of: LedgerOf) -> None:
    first, second = claims.load(ledger_of()).claims
    found = (
        claims.Finding(first, Answer(Outcome.TRUE)),
        claims.Finding(second, Answer(Outcome.RAISED, "line 9: ValueError")),
    )
    id, item, verdict, shown = claims.table(claims.Findings(found)).columns
    assert list(id.cells) == ["sum-of-ones", "sums-are-even"]
    assert (list(item.cells), list(verdict.cells)) == (["S1.2", "S1"], ["false", "depends"])
    assert (list(shown.cells), shown.footer) == (["stands", "raised"], "1 fault")


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def ledger(ledger_of: LedgerOf, monkeypatch: pytest.MonkeyPatch) -> LedgerOf:
    """Write a ledger, and have the command read it in place of the book's."""

    def write(changes: dict[str, str] | None = None) -> Path:
        path = ledger_of(changes)
        monkeypatch.setattr(loading, "find", lambda: path)
        return path

    return write


def test_the_command_ends_with_0_where_all_stand(
    ledger: LedgerOf, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger()
    assert cli.main(["claims", "check"]) == 0
    out, err = capsys.readouterr()
    assert "sum-of-ones" in out and "sums-are-even" in out and "all stand" in out
    assert err == ""


@pytest.mark.parametrize("after_s", [1.5, 3.0])
def test_ctrl_c_ends_the_command_and_its_processes_with_one_line(after_s: float) -> None:
    command = [str(Path(sys.executable).with_name("prefetchlab")), "claims", "check"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        time.sleep(after_s)  # whatever the processes do by then: import, or check
        os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told.strip()) == (130, "prefetchlab: interrupted")


def test_the_command_checks_only_what_is_named(
    ledger: LedgerOf, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger({"verdict: false": "verdict: true"})
    assert cli.main(["claims", "check", "sums-are-even"]) == 0
    assert "sum-of-ones" not in capsys.readouterr().out


def test_the_command_ends_with_1_and_names_each_fault_in_a_line(
    ledger: LedgerOf, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ledger({"verdict: false": "verdict: true"})
    assert cli.main(["claims", "check"]) == 1
    out, err = capsys.readouterr()
    faults = [line for line in out.splitlines() if line.startswith(str(path))]
    line = line_of(LEDGER, FIRST)
    words = "claim sum-of-ones: the verdict true is not what running shows"
    assert faults == [f"{path}:{line}: {words}"]
    assert err == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, "sum-of-two: no claim has this id; use one of", id="an unknown id"),
        pytest.param({"verdict: false": "verdict: no"}, "ones: `verdict`: 'no' is", id="a fault"),
    ],
)
def test_the_command_refuses_in_one_line_and_ends_with_2(
    ledger: LedgerOf, capsys: pytest.CaptureFixture[str], changes: dict[str, str], words: str
) -> None:
    ledger(changes)
    assert cli.main(["claims", "check", "sum-of-two"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("prefetchlab: ") and words in err


def test_loading_the_ledger_imports_no_tensorflow() -> None:
    load = "import sys\nfrom prefetchlab import claims\nclaims.load()\n"
    code = f"{load}print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout + done.stderr == "False\n"
