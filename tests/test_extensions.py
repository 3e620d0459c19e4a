"""What the extensions of the site do, each shown on a small site."""

import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser

from tests.axe import axe_faults
from tests.small_site import built
from tools.normalise import normalised
from tools.repository import ROOT

pytestmark = pytest.mark.long

PAGE = "# Page\n\nWhat this page is about. And more.\n"


def names(site: Path) -> set[str]:
    return {path.name for path in (site / "_static").rglob("*") if path.is_file()}


# --- lean ----------------------------------------------------------------------------------------


def static_folder(folder: Path) -> None:
    """A page and static files: a style that names a picture, and what nothing names."""
    (folder / "index.md").write_text(PAGE, encoding="utf-8")
    static = folder / "own"
    (static / "fonts").mkdir(parents=True)
    (static / "own.css").write_text("body { background: url(ground.svg); }", encoding="utf-8")
    for name in ("ground.svg", "own.css.map", "fonts/icons.woff2"):
        (static / name).write_text("unused", encoding="utf-8")


OPTIONS = ("html_static_path=own", "html_css_files=own.css")


def test_a_static_file_that_nothing_names_is_not_shipped(tmp_path: Path) -> None:
    static_folder(tmp_path)
    site = built(tmp_path, extensions="myst_parser,lean", options=OPTIONS)
    assert {"own.css", "ground.svg", "basic.css"} <= names(site)
    assert names(site).isdisjoint({"own.css.map", "icons.woff2"})
    assert not (site / "_static" / "fonts").exists()


def test_without_the_extension_all_static_files_are_shipped(tmp_path: Path) -> None:
    static_folder(tmp_path)
    site = built(tmp_path, extensions="myst_parser", options=OPTIONS)
    assert {"own.css.map", "icons.woff2"} <= names(site)


def test_scripts_that_no_page_uses_are_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text(PAGE, encoding="utf-8")
    added = "myst_parser,sphinx_thebe,sphinx_togglebutton,sphinx_design"
    before = (built(tmp_path, extensions=added) / "index.html").read_text(encoding="utf-8")
    assert all(word in before for word in ("thebe", "togglebutton", "design-tabs"))
    site = built(tmp_path, extensions=f"{added},lean", options=("html_title=again",))
    after = (site / "index.html").read_text(encoding="utf-8")
    assert not any(word in after for word in ("thebe", "toggle", "design-tabs"))


# --- described -----------------------------------------------------------------------------------


def test_a_page_is_described_by_whole_sentences_of_its_first_paragraph(tmp_path: Path) -> None:
    long = "A sentence of a few words. " * 10
    (tmp_path / "index.md").write_text(f"# Page\n\n{long}\n\nMore.\n", encoding="utf-8")
    templates = tmp_path / "templates"
    templates.mkdir()
    shown = "{% block extrahead %}<i>{{ description }}</i>{% endblock %}"
    layout = f'{{% extends "basic/layout.html" %}}{shown}'
    (templates / "layout.html").write_text(layout, encoding="utf-8")
    site = built(
        tmp_path, extensions="myst_parser,described", options=("templates_path=templates",)
    )
    html = (site / "index.html").read_text(encoding="utf-8")
    described = html.partition("<i>")[2].partition("</i>")[0]
    assert described == ("A sentence of a few words. " * 5).strip()


# --- folded --------------------------------------------------------------------------------------


def summaries(folder: Path, extensions: str) -> list[str]:
    """The line that unfolds a cell whose code is hidden."""
    cell = new_code_cell("print(1)", metadata={"tags": ["hide-input"]})
    notebook = normalised(new_notebook(cells=[new_markdown_cell("# Page"), cell]))
    text = nbformat.writes(notebook)
    (folder / "index.ipynb").write_text(str(text), encoding="utf-8")
    options = ("nb_execution_mode=off", "nb_code_prompt_show=Code of this cell")
    html = (built(folder, extensions=extensions, options=options) / "index.html").read_text("utf-8")
    return re.findall(r"<summary[^>]*>.*?</summary>", html, re.DOTALL)


def test_a_line_that_unfolds_code_has_one_name(tmp_path: Path) -> None:
    assert summaries(tmp_path, "folded") == ["<summary>Code of this cell</summary>"]


def test_without_the_extension_it_has_three(tmp_path: Path) -> None:
    (line,) = summaries(tmp_path, "myst_nb")
    assert line.count("<p") == 2 and "aria-label" in line


# --- boxes ---------------------------------------------------------------------------------------

QUOTES = {
    "> **In one line** A slot is room for one element.": "line",
    "> **Myth: prefetch always helps.** It does not.": "myth",
    "> **Pitfall.** It counts samples.": "pitfall",
    "> **What you need**\n>\n> - a loop\n> - a dataset": "need",
    "> **Try it** with `prefetch(2)`.": "try",
}
NO_BOXES = [
    "> Myth is no bold word here.",
    "> **Mythical** beasts are others.",
    "> *Try it*, it is only slanted.",
    "> The words stand later: **Try it**",
    "**Try it** in a paragraph.",
]


def boxes_of(folder: Path, text: str, *, extensions: str = "myst_parser,boxes") -> list[str]:
    """The kinds of the boxes that a page of this text has, in their order."""
    (folder / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    html = (built(folder, extensions=extensions) / "index.html").read_text(encoding="utf-8")
    return re.findall(r'<div class="pl-box pl-box-(\w+)" role="note" aria-label="[^"]+">', html)


def test_a_quote_with_the_words_of_a_box_is_one(tmp_path: Path) -> None:
    assert boxes_of(tmp_path, "\n\ntext\n\n".join(QUOTES)) == list(QUOTES.values())


def test_a_box_keeps_what_the_quote_held(tmp_path: Path) -> None:
    boxes_of(tmp_path, "> **What you need** now\n>\n> - a *loop*\n")
    html = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    box = html.partition('aria-label="What you need">')[2].partition("</div>")[0]
    assert "<strong>What you need</strong> now" in box and "<em>loop</em>" in box
    assert "blockquote" not in html


def test_another_quote_stays_a_quote(tmp_path: Path) -> None:
    assert boxes_of(tmp_path, "\n\ntext\n\n".join(NO_BOXES)) == []
    html = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert html.count("<blockquote>") == len(NO_BOXES) - 1


def test_without_the_extension_a_quote_is_no_box(tmp_path: Path) -> None:
    assert boxes_of(tmp_path, next(iter(QUOTES)), extensions="myst_parser") == []


STYLE = (ROOT / "book" / "_static" / "boxes.css").read_text(encoding="utf-8")


def test_each_kind_of_box_has_a_style_and_each_style_a_kind() -> None:
    assert {*re.findall(r"\.pl-box-(\w+)", STYLE)} == {*QUOTES.values()}


@pytest.mark.parametrize("media", ["light", "dark", "print", "forced"])
def test_a_box_is_read_and_told_apart_on_a_phone(
    browser: Browser, tmp_path: Path, media: str
) -> None:
    boxes_of(tmp_path, "\n\n----\n\n".join(QUOTES))
    html = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    boxes = "".join(re.findall(r'<div class="pl-box.*?\n</div>', html, re.DOTALL))
    dark = media == "dark"
    surface, ink = ("#222", "#eee") if dark else ("#f3f4f5", "#111")
    theme = {"surface": surface, "primary": ink, "text-muted": ink}
    names = " ".join(f"--pst-color-{name}: {colour};" for name, colour in theme.items())
    ground = "background: #111; color: #eee" if dark else "background: #fff; color: #111"
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.set_content(
        f"<!doctype html><html lang='en' data-theme='{media}'><title>Boxes</title>"
        f"<style>{STYLE} html {{ {names} }} body {{ {ground} }}</style>"
        f"<main><h1>Boxes</h1>{boxes}</main>"
    )
    page.emulate_media(
        media="print" if media == "print" else None,
        forced_colors="active" if media == "forced" else None,
    )
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    edges = page.locator(".pl-box").evaluate_all(
        "all => all.map(e => getComputedStyle(e)).map(s => s.borderLeftWidth + s.borderTopWidth)"
    )
    assert len(edges) == len(QUOTES) and "0px0px" not in edges
    page.close()


# --- unindexed -----------------------------------------------------------------------------------

RAW = "```{raw} html\n<p>zebra</p>\n```\n\nWords of the text: **findable**.\n"


def index_of(folder: Path, *, extensions: str) -> str:
    (folder / "index.md").write_text(f"# Page\n\n{RAW}", encoding="utf-8")
    site = built(folder, extensions=extensions)
    assert "<p>zebra</p>" in (site / "index.html").read_text(encoding="utf-8")
    return (site / "searchindex.js").read_text(encoding="utf-8")


def test_raw_html_is_shown_and_not_indexed(tmp_path: Path) -> None:
    index = index_of(tmp_path, extensions="myst_parser,unindexed")
    assert '"findabl"' in index and "zebra" not in index


def test_without_the_extension_raw_html_is_indexed(tmp_path: Path) -> None:
    assert '"zebra"' in index_of(tmp_path, extensions="myst_parser")


# --- downloads -----------------------------------------------------------------------------------


def page_with_a_link(folder: Path, target: str) -> None:
    (folder / "index.md").write_text(f"# Page\n\nSee [the task]({target}).\n", encoding="utf-8")
    (folder / "tasks").mkdir()
    task = "---\norphan: true\n---\n\n# A task\n"
    (folder / "tasks" / "task.md").write_text(task, encoding="utf-8")


def test_a_link_to_a_file_that_is_no_page_offers_it(tmp_path: Path) -> None:
    page_with_a_link(tmp_path, "tasks/task.md")
    site = built(tmp_path, extensions="myst_parser,downloads", options=("exclude_patterns=tasks",))
    html = (site / "index.html").read_text(encoding="utf-8")
    (address,) = re.findall(r'<a class="[^"]*download[^"]*" download="" href="([^"]+)"', html)
    assert address.endswith("/task.md")
    assert (site / address).read_bytes() == (tmp_path / "tasks" / "task.md").read_bytes()


def test_without_the_extension_such_a_link_is_a_fault(tmp_path: Path) -> None:
    page_with_a_link(tmp_path, "tasks/task.md")
    with pytest.raises(subprocess.CalledProcessError):
        built(tmp_path, extensions="myst_parser", options=("exclude_patterns=tasks",))


def test_a_link_to_nothing_is_a_fault(tmp_path: Path) -> None:
    page_with_a_link(tmp_path, "tasks/gone.md")
    with pytest.raises(subprocess.CalledProcessError):
        built(tmp_path, extensions="myst_parser,downloads")


def test_a_link_to_a_page_stays_as_it_is(tmp_path: Path) -> None:
    page_with_a_link(tmp_path, "tasks/task.md")
    site = built(tmp_path, extensions="myst_parser,downloads")
    html = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="tasks/task.html"' in html and "download" not in html
