"""The ledger of claims as a page: `{ledger} claims.yml` in Markdown.

Each claim is drawn once, with its check folded away, below its verdict and
the page that teaches it. All of it is HTML that the search does not index:
the code of hundreds of checks would drown what the chapters say.

The option `:releases:` names a file that `make releases` writes; without
that file nothing is said of releases.
"""

import html
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from markdown_it import MarkdownIt
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Operator, String
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from prefetchlab import claims
from prefetchlab.claims import Claim, Verdict
from prefetchlab.errors import InputError

TITLES = {
    Verdict.FALSE: "False",
    Verdict.DEPENDS: "It depends",
    Verdict.TRUE: "True",
}
_HOLDS = "As told, each of these sentences holds"
_SAID = {
    Verdict.FALSE: "in none of the cases that its check runs.",
    Verdict.DEPENDS: "in some cases that its check runs, not in others.",
    Verdict.TRUE: "in all cases that its check runs.",
}
_OF_RELEASES = "With each release of TensorFlow"
_NOT_STORED = (ValueError, KeyError, TypeError, AttributeError)
NOWHERE = "Taught on no page"
STANDS = "stands"
# What is coloured, by the classes of Pygments. With operators, numbers and
# the names of Python too, the page had 1.5 MB; so it has less than 1 MB.
_CLASSES = {
    Comment: "c",
    Keyword: "k",
    Operator.Word: "ow",
    String: "s",
    Name.Class: "nc",
    Name.Function: "nf",
}
_ADDRESS = re.compile(r"(?<![<(\[`])https?://[^\s<>()]*[^\s<>().,;:]")
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
_lexer = PythonLexer()

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a claim is taught.

    Attributes:
        page: the page's place in the book's order, and its title.
        title: of the section.
        address: as a link from the ledger's page.
    """

    page: tuple[int, str]
    title: str
    address: str


class Drawn(nodes.General, nodes.Element):  # type: ignore[misc]
    """A part of the page: its `html`, or `claims` that still need links."""


class LedgerDirective(SphinxDirective):
    """Draws the claims of a file, and what releases made of them."""

    required_arguments = 1
    option_spec: ClassVar = {"releases": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Read the files; links are made when all pages are known."""
        try:
            found = claims.load(self._file(self.arguments[0])).claims
        except InputError as error:
            raise self.error(str(error)) from None
        parts: list[nodes.Node] = [
            Drawn(html=counts_html(found)),
            Drawn(html=filter_html(len(found))),
        ]
        for verdict, title in TITLES.items():
            if listed := [one for one in found if one.verdict is verdict]:
                words = nodes.paragraph("", f"{_HOLDS} {_SAID[verdict]}")
                drawn = Drawn(claims=listed, verdict=str(verdict))
                parts.append(self._section(title, words, drawn))
        return parts + self._releases(found)

    def _releases(self, found: Sequence[Claim]) -> list[nodes.Node]:
        name = self.options.get("releases")
        if name is None or not (file := self._file(name)).exists():
            return []
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            drawn = Drawn(html=releases_html(stored, found))
        except _NOT_STORED as error:
            what = f"not what `make releases` writes: {error!r}"
            raise self.error(f"{file.name}: {what}") from None
        return [self._section(_OF_RELEASES, drawn)]

    def _file(self, name: str) -> Path:
        """A file beside the page, which is read anew when it changes."""
        relative, absolute = self.env.relfn2path(name)
        self.env.note_dependency(relative)
        return Path(absolute)

    def _section(self, title: str, *parts: nodes.Node) -> nodes.section:
        section = nodes.section("", nodes.title("", title), *parts)
        section["names"].append(nodes.fully_normalize_name(title))
        self.state.document.note_implicit_target(section, section)
        return section


class Link(SphinxPostTransform):
    """Draws the claims, once it is known where all pages are."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Look at the claims of one page."""
        for drawn in list(self.document.findall(Drawn)):
            if "claims" in drawn:
                placed = [
                    (one, self._place(one)) for one in drawn["claims"]
                ]
                drawn["html"] = claims_html(placed, drawn["verdict"])

    def _place(self, claim: Claim) -> Place | None:
        if claim.taught is None:
            return None
        page, _, heading = claim.taught.partition("#")
        here = self.env.docname
        target = posixpath.join(posixpath.dirname(here), page)
        slugs = self.env.metadata.get(target, {}).get("myst_slugs", {})
        titles = {anchor: title for _, anchor, title in slugs.values()}
        if heading not in titles:
            what = f"claim {claim.id}: no place {claim.taught} in the book"
            logger.warning(what, location=here)
            return None
        order = self.env.toctree_includes.get(self.config.root_doc, [])
        turn = order.index(target) if target in order else len(order)
        address = self.app.builder.get_relative_uri(here, target)
        name = self.env.titles[target].astext()
        return Place((turn, name), titles[heading], f"{address}#{heading}")


def _let_pages_link(app: Sphinx, document: nodes.document) -> None:
    """Let `[…](ledger.md#claim-order-is-kept)` lead to a claim."""
    of_page = app.env.metadata[app.env.docname]
    for drawn in document.findall(Drawn):
        for claim in drawn.get("claims", ()):
            slugs = of_page.setdefault("myst_slugs", {})
            slugs[anchor_of(claim)] = (0, anchor_of(claim), claim.told)


def _load_style_and_script(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if doctree and any(doctree.findall(Drawn)):
        app.add_css_file("ledger.css")
        app.add_js_file("ledger.js", loading_method="defer")


def _enter(translator: HTML5Translator, drawn: Drawn) -> None:
    translator.body.append(drawn["html"])


def _leave(translator: HTML5Translator, drawn: Drawn) -> None:
    pass


# --- claims -------------------------------------------------------------


def counts_html(claims: Sequence[Claim]) -> str:
    """How many claims have each verdict, and how many name a source."""
    rows = [
        _counts(f'<a href="#{nodes.make_id(title)}">{title}</a>', found)
        for verdict, title in TITLES.items()
        if (found := [one for one in claims if one.verdict is verdict])
    ]
    heads = ("verdict", "claims", "that name a source")
    return table_html(heads, [*rows, _counts("all", claims)])


def _counts(name: str, claims: Sequence[Claim]) -> tuple[str, str, str]:
    sources = sum(one.source is not None for one in claims)
    return name, str(len(claims)), str(sources)


def filter_html(number: int) -> str:
    """What shows some claims alone; without a script it stays hidden."""
    verdicts = "".join(
        f'<option value="{verdict}">{title}</option>'
        for verdict, title in TITLES.items()
    )
    return (
        '<div class="pl-ledger-filter needs-script" role="search"'
        ' aria-label="Claims" hidden>'
        '<label>Words <input type="search" autocomplete="off"></label>'
        '<label>Verdict <select><option value="">any</option>'
        f"{verdicts}</select></label>"
        f'<p role="status">{number} claims</p></div>\n'
    )


def claims_html(
    placed: Iterable[tuple[Claim, Place | None]], verdict: str
) -> str:
    """Claims of one verdict, in groups by the page that teaches them."""
    groups: dict[tuple[int, str] | None, list[str]] = {}
    for claim, place in placed:
        page = place.page if place else None
        groups.setdefault(page, []).append(claim_html(claim, place))
    ordered = sorted(groups, key=lambda page: (page is None, page))
    return "".join(
        f'<div class="pl-claims" data-verdict="{verdict}">\n'
        f"<h3>{_escaped(page[1] if page else NOWHERE)}</h3>\n"
        f"<ul>\n{''.join(groups[page])}</ul></div>\n"
        for page in ordered
    )


def claim_html(claim: Claim, place: Place | None) -> str:
    """One claim, which a link can lead to, with its check folded away."""
    anchor = anchor_of(claim)
    notes = [f'<a href="#{anchor}">{claim.id}</a>']
    if place:
        title = _escaped(place.title)
        notes.append(f'taught in <a href="{place.address}">{title}</a>')
    if claim.source:
        notes.append(f"source: {inline_html(claim.source)}")
    return (
        f'<li id="{anchor}">'
        f'<p class="pl-told">{inline_html(claim.told)}</p>\n'
        f"{blocks_html(claim.holds)}\n"
        f'<p class="pl-notes">{" · ".join(notes)}</p>\n'
        "<details><summary>Its check</summary>"
        f'<pre class="highlight">{code_html(claim.check.code)}</pre>'
        "</details></li>\n"
    )


def anchor_of(claim: Claim) -> str:
    """What a link to a claim ends in."""
    return f"claim-{claim.id}"


# --- texts --------------------------------------------------------------


def inline_html(text: str) -> str:
    """Words of one paragraph."""
    return str(_markdown.renderInline(_linked(" ".join(text.split()))))


def blocks_html(text: str) -> str:
    """Words of one paragraph or more."""
    return str(_markdown.render(_linked(text))).strip()


def _linked(text: str) -> str:
    """With each bare address as a link."""
    return _ADDRESS.sub(r"<\g<0>>", text)


def code_html(code: str) -> str:
    """Python, of which some has the colours that it has on other pages."""
    runs: list[tuple[str, str]] = []
    for token, text in _lexer.get_tokens(code):
        name = _class_of(token)
        if runs and (runs[-1][0] == name or text.isspace()):
            runs[-1] = (runs[-1][0], runs[-1][1] + text)
        else:
            runs.append((name, text))
    return "".join(_span(name, text) for name, text in runs).rstrip()


def _class_of(token: Any) -> str:
    return next(
        (name for kind, name in _CLASSES.items() if token in kind), ""
    )


def _span(name: str, text: str) -> str:
    escaped = _escaped(text)
    return f'<span class="{name}">{escaped}</span>' if name else escaped


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def table_html(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table as Markdown makes it; heads and cells are HTML."""
    head = "".join(f'<th class="head">{each}</th>' for each in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n"
        for row in rows
    )
    return (
        '<div class="pst-scrollable-table-container">'
        f'<table class="table"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>\n"
    )


# --- releases -----------------------------------------------------------


def releases_html(
    stored: Mapping[str, Any], claims: Sequence[Claim]
) -> str:
    """What releases made of the claims that are as they were then.

    **Arguments:**

    - `stored`: what `make releases` writes.
    - `claims`: the ledger as it is now.
    """
    digests, releases = stored["digests"], stored["releases"]
    asked = [one for one in claims if digests.get(one.id) == one.digest]
    words = " ".join(_said(stored, len(claims) - len(asked)))
    rows = [_release_row(release, asked) for release in releases]
    heads = ("TensorFlow", "Keras", "NumPy", "claims", "questions")
    differing = _differing_html(releases, asked)
    return f"<p>{words}</p>\n{table_html(heads, rows)}{differing}"


def _said(stored: Mapping[str, Any], left_out: int) -> Iterator[str]:
    of = stored["machine"]
    words = (
        f"{of['machine']}, cores: {of['cores']}, Python {of['python']},"
        f" device: {of['device']}"
    )
    yield (
        f"On {_escaped(stored['date'])}, <code>make releases</code> ran"
        " the ledger and the question banks with each of these releases"
        f" ({_escaped(words)})."
        " The table says how many claims and questions stood."
    )
    if again := sum(len(each["second_run"]) for each in stored["releases"]):
        yield (
            "What does not stand is run once more, alone, and the second"
            f" run counts. Second runs: {again}."
        )
    if left_out:
        yield (
            f"Claims of this page that were not in that run, or whose check"
            f" or verdict is another since then: {left_out}. They are not"
            " counted."
        )


def _release_row(
    release: Mapping[str, Any], asked: Sequence[Claim]
) -> Iterator[str]:
    versions = release["versions"]
    for version in (
        release["release"],
        versions["keras"],
        versions["numpy"],
    ):
        yield _escaped(version)
    claims = [release["claims"][one.id] for one in asked]
    for outcomes in (claims, [*release["questions"].values()]):
        yield f"{outcomes.count(STANDS)} of {len(outcomes)}"


def _differing_html(
    releases: Sequence[Mapping[str, Any]], asked: Sequence[Claim]
) -> str:
    rows = []
    for one in asked:
        outcomes = [release["claims"][one.id] for release in releases]
        if set(outcomes) != {STANDS}:
            name = f'<a href="#{anchor_of(one)}">{one.id}</a>'
            rows.append([name, *map(_escaped, outcomes)])
    if not rows:
        return (
            "<p>Each claim that was counted stands with each release.</p>\n"
        )
    heads = ["claim", *(_escaped(each["release"]) for each in releases)]
    return (
        "<p>These do not stand, or cannot run, with each release:</p>\n"
        f"{table_html(heads, rows)}"
    )


# --- Sphinx ---


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive, and what draws it."""
    app.add_node(Drawn, html=(_enter, _leave))
    app.add_directive("ledger", LedgerDirective)
    app.add_post_transform(Link)
    app.connect("doctree-read", _let_pages_link)
    app.connect("html-page-context", _load_style_and_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
