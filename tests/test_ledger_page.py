"""The ledger's page: each claim once, where it leads, what is not there, and what a script adds."""

import html
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from prefetchlab import claims
from prefetchlab.claims import Claim, Verdict
from tests.axe import axe_faults
from tests.marked import planted
from tests.small_site import built
from tools.repository import ROOT

LEDGER = """\
claims:
  - id: sums-are-even
    item: S1
    told: A sum of ones is even.
    verdict: depends
    holds: A sum of `n` ones is even where `n` is even.
    check: |
      sums = {n: sum([1] * n) % 2 == 0 for n in range(4)}
      verdict.fits(sums)
  - id: ones-and-ones
    item: S1.2
    told: One & one make <eleven>.
    verdict: false
    holds: One and one make two.
    taught: 2-sums#sums
    source: the playground, https://playground.example/sums, and **elsewhere**
    check: |
      total = sum([1, 1])  # <b>
      verdict.fits([total == 11])
  - id: one-is-one
    item: S1
    told: One is one.
    verdict: false
    holds: It is one.
    taught: 1-ones#one-and-one-s-sum
    check: |
      ones = [1]
      verdict.fits([sum(ones) != 1])
"""
PAGES = {
    "index.md": "# Book\n\n```{toctree}\n2-sums\n1-ones\nledger\n```\n",
    "2-sums.md": "# All of sums\n\n## Sums\n\nSee [it](ledger.md#claim-sums-are-even).\n",
    "1-ones.md": "# On ones\n\n## One and one's sum\n\nText.\n",
    "ledger.md": "# Ledger\n\nWords.\n\n```{ledger} claims.yml\n:releases: releases.json\n```\n",
}
OPTIONS = ("myst_heading_anchors=3", f"html_static_path={ROOT / 'book' / '_static'}")
EXTENSIONS = "myst_parser,ledger"


def page_of(
    folder: Path,
    changes: dict[str, str] | None = None,
    releases: dict[str, Any] | None = None,
) -> str:
    """The page, built with two others that teach what it claims."""
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "claims.yml").write_text(planted(LEDGER, changes or {}), encoding="utf-8")
    if releases is not None:
        (folder / "releases.json").write_text(json.dumps(releases), encoding="utf-8")
    site = built(folder, extensions=EXTENSIONS, options=OPTIONS)
    return (site / "ledger.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    page_of(folder, releases=stored(STAND))
    return folder / "site"


@pytest.fixture(scope="module")
def page(small: Path) -> str:
    return (small / "ledger.html").read_text(encoding="utf-8")


def order(page: str, *parts: str) -> list[str]:
    """These parts of a page, in the order in which they stand there."""
    assert all(page.count(part) == 1 for part in parts)
    return sorted(parts, key=page.index)


def item(page: str, id: str) -> str:
    """What the page says of one claim."""
    (found,) = re.findall(rf'<li id="claim-{id}">.*?</li>', page, re.DOTALL)
    return str(found)


# --- what the page holds -------------------------------------------------------------------------


def test_claims_stand_by_verdict_and_then_by_the_page_that_teaches_them(page: str) -> None:
    wanted = [
        '<section id="false">',
        "<h3>All of sums</h3>",  # the book's order, not that of the names
        '<li id="claim-ones-and-ones">',
        "<h3>On ones</h3>",
        '<li id="claim-one-is-one">',
        '<section id="it-depends">',
        "<h3>Taught on no page</h3>",
        '<li id="claim-sums-are-even">',
    ]
    assert order(page, *wanted) == wanted
    assert '<section id="true">' not in page


def test_a_claim_shows_what_is_told_what_holds_and_where_it_is_taught(page: str) -> None:
    shown = item(page, "ones-and-ones")
    assert '<p class="pl-told">One &amp; one make &lt;eleven&gt;.</p>' in shown
    assert "<p>One and one make two.</p>" in shown
    assert 'taught in <a href="2-sums.html#sums">Sums</a>' in shown
    assert '<a href="#claim-ones-and-ones">ones-and-ones</a>' in shown
    assert "<code>n</code>" in item(page, "sums-are-even")
    assert "taught in" not in item(page, "sums-are-even")


def test_a_place_is_found_by_the_anchor_of_its_heading(page: str) -> None:
    link = """<a href="1-ones.html#one-and-one-s-sum">One and one's sum</a>"""
    assert link in item(page, "one-is-one")


def test_an_address_in_a_source_is_a_link(page: str) -> None:
    address = "https://playground.example/sums"
    assert f'source: the playground, <a href="{address}">{address}</a>, and <strong>' in item(
        page, "ones-and-ones"
    )
    assert "source:" not in item(page, "one-is-one")


def test_a_check_is_folded_away_coloured_and_escaped_once(page: str) -> None:
    shown = item(page, "ones-and-ones")
    folded = shown.partition("<details><summary>Its check</summary>")[2]
    assert '<pre class="highlight">' in folded and "verdict.fits" in folded
    assert '<span class="c"># &lt;b&gt;' in folded
    assert "&amp;lt;" not in page
    assert '<span class="k">for </span>' in item(page, "sums-are-even")


def test_the_counts_stand_above(page: str) -> None:
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")[1:]]
    assert rows == [
        ['<a href="#false">False</a>', "2", "1"],
        ['<a href="#it-depends">It depends</a>', "1", "0"],
        ["all", "3", "1"],
    ]


def test_another_page_links_a_claim(small: Path) -> None:
    linking = (small / "2-sums.html").read_text(encoding="utf-8")
    assert 'href="ledger.html#claim-sums-are-even"' in linking


def test_the_search_does_not_index_claims_nor_checks(small: Path) -> None:
    index = (small / "searchindex.js").read_text(encoding="utf-8")
    assert '"word"' in index  # of the page's own text
    assert "eleven" not in index and "playground" not in index and "total" not in index


def test_only_the_page_loads_style_and_script(small: Path, page: str) -> None:
    assert page.count("ledger.css") == page.count("ledger.js") == 1
    other = (small / "1-ones.html").read_text(encoding="utf-8")
    assert "ledger.css" not in other and "ledger.js" not in other


# --- what must not pass --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"2-sums#sums": "2-sums#gone"}, "claim ones-and-ones: no place 2-sums#gone in the book"),
        ({"verdict: depends": "verdict: perhaps"}, "claim sums-are-even: `verdict`"),
    ],
)
def test_a_fault_of_the_ledger_stops_the_site_and_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], changes: dict[str, str], says: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        page_of(tmp_path, changes)
    assert says in capfd.readouterr().err


# --- the course's own ledger ---------------------------------------------------------------------


def places(all_claims: tuple[Claim, ...]) -> dict[str, list[str]]:
    """The headings of each page that teaches some claim."""
    found: dict[str, list[str]] = {}
    for claim in all_claims:
        if claim.taught:
            page, _, heading = claim.taught.partition("#")
            found.setdefault(page, []).append(heading)
    return {page: sorted(set(headings)) for page, headings in found.items()}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the course's own ledger, beside pages that have the headings and no more."""
    folder = tmp_path_factory.mktemp("real")
    book = folder / "book"
    book.mkdir()
    for page, anchors in places(claims.load().claims).items():
        titles = "".join(f"## {anchor.replace('-', ' ')}\n\nText.\n\n" for anchor in anchors)
        (book / f"{page}.md").write_text(f"# Page {page}\n\n{titles}", encoding="utf-8")
    index = "# Site\n\n```{toctree}\n:glob:\nbook/*\n```\n"
    (folder / "index.md").write_text(index, encoding="utf-8")
    for name in ("claims.yml", "ledger.md"):
        shutil.copy(ROOT / "book" / name, book)
    site = built(folder, extensions=EXTENSIONS, options=OPTIONS)
    return (site / "book" / "ledger.html").read_text(encoding="utf-8")


def not_once(page: str, all_claims: tuple[Claim, ...]) -> list[str]:
    """The claims that a page does not hold exactly once, or not with all that they say."""
    anchors = Counter(re.findall(r'<li id="claim-([^"]+)">', page))
    return [
        claim.id
        for claim in all_claims
        if anchors[claim.id] != 1
        or " ".join(claim.check.code.split()) not in words(item(page, claim.id))
        or (claim.taught is not None) != ("· taught in <a" in item(page, claim.id))
        or (claim.source is not None) != ("· source: " in item(page, claim.id))
    ]


def words(text: str) -> str:
    """The words of some HTML, with one blank between any two."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def test_the_page_of_the_ledger_names_every_claim_once(real: str) -> None:
    all_claims = claims.load().claims
    assert len(all_claims) >= 40
    assert not_once(real, all_claims) == []
    assert real.count('<li id="claim-') == len(all_claims)


def test_a_claim_that_is_lost_doubled_or_cut_is_found(real: str) -> None:
    first, second, third = claims.load().claims[:3]
    lost = real.replace(item(real, first.id), "")
    doubled = lost.replace(item(real, second.id), item(real, second.id).replace(second.id, "x"))
    cut = doubled.replace(item(real, third.id), item(real, third.id).replace("verdict", ""))
    assert not_once(cut, (first, second, third)) == [first.id, second.id, third.id]


def test_each_claim_stands_below_its_verdict(real: str) -> None:
    titles = {Verdict.FALSE: "false", Verdict.DEPENDS: "it-depends", Verdict.TRUE: "true"}
    starts = {verdict: real.index(f'<section id="{name}">') for verdict, name in titles.items()}
    for claim in claims.load().claims:
        at = real.index(f'<li id="claim-{claim.id}">')
        above = max((start, verdict) for verdict, start in starts.items() if start < at)
        assert above[1] is claim.verdict


def test_the_claim_that_the_page_names_as_an_example_is_one(real: str) -> None:
    own = (ROOT / "book" / "ledger.md").read_text(encoding="utf-8")
    (id,) = re.findall(r"^prefetchlab claims check (\S+)$", own, re.MULTILINE)
    assert claims.load().only(id)


# --- releases ------------------------------------------------------------------------------------


DIGESTS = {  # of `LEDGER`
    "sums-are-even": "5ff4b6f227a5",
    "ones-and-ones": "c0ddcb455db7",
    "one-is-one": "fd3a0ec695d3",
}
STAND = {id: ["stands", "stands"] for id in DIGESTS}


def stored(outcomes: dict[str, list[str]]) -> dict[str, Any]:
    """What `make releases` writes of two releases."""
    releases = [
        {
            "release": release,
            "versions": {"tensorflow": release, "keras": "3.1", "numpy": "2.1"},
            "claims": {id: told[n] for id, told in outcomes.items()},
            "questions": {"q1": "stands", "q2": "stands"},
            "second_run": {},
        }
        for n, release in enumerate(("2.20.0", "2.21.0"))
    ]
    machine = {"machine": "Linux", "cores": "2", "device": "CPU", "python": "3.11.7"}
    return {"date": "2026-01-02", "machine": machine, "digests": DIGESTS, "releases": releases}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """What the page says of a file, for the ledger with some changes."""
    extension = import_from(ROOT / "book" / "_ext" / "ledger.py")
    file = tmp_path_factory.mktemp("told") / "claims.yml"

    def told(file_of: dict[str, Any], changes: dict[str, str] | None = None) -> str:
        file.write_text(planted(LEDGER, changes or {}), encoding="utf-8")
        return str(extension.releases_html(file_of, claims.load(file).claims))

    return told


def import_from(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # a dataclass looks for its module there
    spec.loader.exec_module(module)
    return module


def test_without_a_file_nothing_is_said_of_releases(real: str) -> None:
    assert "With each release" not in real


def test_the_page_tells_of_releases_where_the_file_is(page: str) -> None:
    section = page.partition('<section id="with-each-release-of-tensorflow">')[2]
    assert "<td>2.20.0</td><td>3.1</td><td>2.1</td><td>3 of 3</td><td>2 of 2</td>" in section


def test_releases_in_which_all_stands_are_told(told: Callable[..., str]) -> None:
    text = told(stored(STAND))
    assert "On 2026-01-02" in text and "Python 3.11.7" in text
    assert "Each claim that was counted stands" in text and "not counted" not in text
    assert "second run" not in text


def test_a_claim_that_differs_is_named_with_what_each_release_made_of_it(
    told: Callable[..., str],
) -> None:
    text = told(stored(STAND | {"one-is-one": ["raised: <what>", "stands"]}))
    row = '<a href="#claim-one-is-one">one-is-one</a></td><td>raised: &lt;what&gt;</td>'
    assert f"{row}<td>stands</td>" in text
    assert "<td>2 of 3</td>" in text and "<td>3 of 3</td>" in text
    assert "#claim-ones-and-ones" not in text and "Each claim" not in text


def test_a_claim_that_is_new_or_was_changed_is_not_counted(told: Callable[..., str]) -> None:
    differs = stored(STAND | {"one-is-one": ["refuted", "refuted"]})
    text = told(differs, {"sum(ones) != 1": "sum(ones) != 2 - 1"})
    assert text.count("<td>2 of 2</td><td>2 of 2</td>") == 2
    assert "since then: 1. They are not counted." in text and "refuted" not in text
    renamed = told(differs, {"id: one-is-one": "id: one-is-two"})
    assert "since then: 1. They are not counted." in renamed


def test_a_claim_whose_words_alone_were_changed_is_counted(told: Callable[..., str]) -> None:
    text = told(stored(STAND), {"One is one.": "One is 1."})
    assert "<td>3 of 3</td>" in text and "not counted" not in text


def test_second_runs_are_told(told: Callable[..., str]) -> None:
    again = stored(STAND)
    again["releases"][0]["second_run"] = {"one-is-one": "timed out: no answer within 60 s"}
    assert "Second runs: 1." in told(again)


def test_a_file_that_is_something_else_stops_the_site(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        page_of(tmp_path, releases={"releases": []})
    assert "releases.json: not what `make releases` writes" in capfd.readouterr().err


# --- in a browser --------------------------------------------------------------------------------


def test_the_filter_shows_what_holds_the_words_and_has_the_verdict(
    browser: Browser, small: Path
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.goto((small / "ledger.html").as_uri())
    # The site's own script shows what needs one.
    page.evaluate("document.querySelector('.needs-script').hidden = false")
    status = page.get_by_role("search", name="Claims").get_by_role("status")

    def shown() -> list[str]:
        return [
            str(each.get_attribute("id")).removeprefix("claim-")
            for each in page.locator(".pl-claims li:visible").all()
        ]

    assert status.inner_text() == "3 claims" and len(shown()) == 3
    page.get_by_label("Words").fill("ONE two")
    assert (shown(), status.inner_text()) == (["ones-and-ones"], "1 of 3 claims")
    assert page.locator(".pl-claims h3:visible").count() == 1
    page.get_by_label("Words").fill("total")  # stands in a check alone
    assert shown() == [] and status.inner_text() == "0 of 3 claims"
    page.get_by_label("Words").fill("")
    page.get_by_label("Verdict").select_option("depends")
    assert shown() == ["sums-are-even"]
    page.evaluate("location.hash = '#claim-one-is-one'")  # a link to what is hidden
    page.locator("#claim-one-is-one").wait_for()
    assert len(shown()) == 3 and page.get_by_label("Verdict").input_value() == ""
    wide = page.locator(".pl-ledger-filter, .pl-claims").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.className)"
    )
    assert wide == []
    assert axe_faults(page, inside=".pl-ledger-filter") == []
    page.close()


def test_without_a_script_all_claims_are_there_and_no_filter(browser: Browser, small: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((small / "ledger.html").as_uri())
    assert page.locator(".pl-claims li:visible").count() == 3
    assert page.locator(".pl-ledger-filter:visible").count() == 0
    page.locator("#claim-one-is-one summary").click()
    assert page.locator("#claim-one-is-one pre").is_visible()
    context.close()
