"""The ledger of the course: what holds over all its claims, and that every verdict stands."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from docutils.nodes import make_id

from prefetchlab import claims
from prefetchlab.claims import Claim, Verdict
from tests.stated_numbers import not_in, stated
from tools.repository import ROOT

LEDGER = claims.load()
BOOK = ROOT / "book"

every_claim = pytest.mark.parametrize("claim", LEDGER.claims, ids=lambda claim: claim.id)


@pytest.mark.long
def test_every_verdict_is_what_running_shows() -> None:
    findings = claims.check(LEDGER.claims)
    assert [str(fault) for fault in findings.faults] == []


def test_the_ledger_holds_all_verdicts_and_no_fewer_than_forty_claims() -> None:
    assert len(LEDGER.claims) >= 40
    assert {claim.verdict for claim in LEDGER.claims} == set(Verdict)


# --- a flipped verdict fails ---------------------------------------------------------------------


def asks_for_the_verdict(code: str) -> bool:
    """Whether a check ends in `verdict.fits(…)`, for which exactly one verdict is right."""
    last = ast.parse(code).body[-1]
    return isinstance(last, ast.Expr) and ast.unparse(last).startswith("verdict.fits(")


@every_claim
def test_a_check_ends_in_whether_the_verdict_fits(claim: Claim) -> None:
    assert asks_for_the_verdict(claim.check.code)


@pytest.mark.parametrize(
    "code",
    [
        "shown = 3\nshown == 3",
        "verdict = None\nassert verdict is None\nverdict.fits",
        "shown = [True]\nshown or verdict.fits(shown)",
    ],
)
def test_a_check_that_does_not_ask_is_found(code: str) -> None:
    assert not asks_for_the_verdict(code)


def gives_constants(code: str) -> bool:
    """Whether a check gives its last call cases that no run decides, `False` for each."""
    last = ast.parse(code).body[-1]
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    cases = last.value.args[0]
    if isinstance(cases, ast.ListComp | ast.GeneratorExp):
        return isinstance(cases.elt, ast.Constant)
    if isinstance(cases, ast.DictComp):
        return isinstance(cases.value, ast.Constant)
    if isinstance(cases, ast.List | ast.Tuple):
        return any(isinstance(case, ast.Constant) for case in cases.elts)
    return isinstance(cases, ast.Dict) and any(
        isinstance(case, ast.Constant) for case in cases.values
    )


def test_whether_a_claim_fits_is_no_constant() -> None:
    assert [claim.id for claim in LEDGER.claims if gives_constants(claim.check.code)] == []


@pytest.mark.parametrize(
    "cases",
    ["[False for _ in seen]", "{name: True for name in seen}", "[a == b, True]", '{"eager": True}'],
)
def test_a_case_that_is_a_constant_is_found(cases: str) -> None:
    assert gives_constants(f"verdict.fits({cases})")


def test_no_check_makes_a_verdict_of_its_own() -> None:
    for claim in LEDGER.claims:
        assert not re.search(r"\bverdict\s*=|\bVerdict\b", claim.check.code), claim.id


# --- no clock ------------------------------------------------------------------------------------


def clocks(code: str) -> list[str]:
    """The clocks that a check reads; to wait and to give up are no measurements."""
    return re.findall(r"\bperf_counter|\bprocess_time|\btime\.time\b|\btimeit\b", code)


def test_no_check_measures_seconds() -> None:
    assert [claim.id for claim in LEDGER.claims if clocks(claim.check.code)] == []
    assert clocks("start = time.perf_counter()") == ["perf_counter"]


# --- the numbers of a verdict --------------------------------------------------------------------

# What a reader can work out: 20 · 80 / 100, 3 · 4, the two behind the cycle's 4, 2000 rows in 32s.
FOLLOW = {
    "50-and-20-leave-60-percent-idle": {70, 71},
    "a-busy-process-gets-on": {100},
    "a-cycle-is-the-number-of-open-files": {12},
    "a-filter-may-stand-anywhere": {0.5},
    "a-part-stays-in-a-cache": {3},
    "a-thousand-rows-make-31-batches": {63},
    "all-prefetches-buy-at-most-two": {0.5},
    "an-interleave-reads-ahead-by-its-calls": {12},
    "autotune-doubles-a-buffer-seen-full-then-empty": {2048},
    "float32-holds-a-time-stamp": {7.8, 1970},
    "one-switch-makes-map-and-batch-serial": {6},
    "only-the-last-prefetch-holds-elements": {18},
    "shuffle-before-repeat-buffers-once": {2},
    "slots-are-the-batches-of-a-step": {8, 24},
    "take-and-skip-split": {16},
    "ten-slots-are-faster-than-one": {24},
    "the-test-leads-back-to-each-chapter": {6},
    "zip-and-generators-cannot-be-dealt-out": {2.21},
}


def not_shown(claim: Claim) -> set[float]:
    """The numbers of what holds that are neither in the check nor in what is told."""
    return not_in(claim.check.code, claim.holds) - stated(claim.told)


def test_a_number_of_a_verdict_is_in_its_check_or_follows_from_those_there() -> None:
    found = {claim.id: numbers for claim in LEDGER.claims if (numbers := not_shown(claim))}
    assert found == FOLLOW


# --- where a claim is taught ---------------------------------------------------------------------


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as the site has them."""
    cells = nbformat.read(page, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return {make_id(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def taught_nowhere(places: Iterable[str]) -> list[str]:
    """The places, "page#heading", that the book does not have."""
    anchors = {page.stem: headings(page) for page in BOOK.glob("*.ipynb")}
    split = {place: place.split("#") for place in places}
    return [
        place for place, (page, heading) in split.items() if heading not in anchors.get(page, ())
    ]


def test_a_claim_is_taught_where_it_says() -> None:
    places = {claim.taught for claim in LEDGER.claims if claim.taught}
    assert places
    assert taught_nowhere(places) == []


def test_a_place_that_is_not_there_is_found() -> None:
    gone = ["9-nothing#in-this-chapter", "3-overlap#nothing"]
    assert taught_nowhere([*gone, "3-overlap#in-this-chapter"]) == gone
