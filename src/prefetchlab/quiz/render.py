"""Questions as one semantic piece of HTML, for notebook and site alike, and as plain text.

The HTML carries its own style and script, asks for nothing over the network, and may stand on a
page many times. Without JavaScript it offers no Check button but shows all answers behind a
`<details>`. Nothing in it is random: ids come from the question's id, options keep their order.
"""

import functools
import string
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

import pygments
from markdown_it import MarkdownIt
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from prefetchlab.quiz.bank import Option, Question

_KINDS = {"practice": "Practice", "test": "Test", "predict": "Predict"}
_LETTERS = string.ascii_uppercase
_NOTE = "This question is for practice: its answers are part of this page."


@dataclass(frozen=True, repr=False)
class Shown:
    """Questions to show; a notebook takes the HTML, a terminal the text.

    Attributes:
        questions: in the order in which they appear.
    """

    questions: tuple["Question", ...]

    def _repr_html_(self) -> str:
        style, script = _asset("quiz.css"), _asset("quiz.js")
        forms = "\n".join(_form(question) for question in self.questions)
        return (
            f'<div class="pl-quizzes">\n<style>\n{style}</style>\n{forms}\n'
            f"<script>\n{script}</script>\n</div>"
        )

    def __repr__(self) -> str:
        """The questions without their answers."""
        return "\n\n".join(_text(question) for question in self.questions)


def begins_with_words(prompt: str) -> bool:
    """Whether a prompt's first block is a paragraph: it names the group of options.

    >>> begins_with_words("What does this print?"), begins_with_words("    code")
    (True, False)
    """
    tokens = _markdown().parse(prompt)
    return bool(tokens) and tokens[0].type == "paragraph_open"


@functools.cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _markdown() -> MarkdownIt:
    """CommonMark without raw HTML, and without images: those would ask the network."""
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    markdown.add_render_rule("fence", _code)
    markdown.add_render_rule("code_block", _code)
    return markdown


def _code(renderer, tokens, index, options, env) -> str:
    """A code block that the keyboard can scroll, coloured by classes that the style knows."""
    token = tokens[index]
    try:
        lexer = get_lexer_by_name(token.info.strip() or "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    spans = pygments.highlight(token.content, lexer, HtmlFormatter(nowrap=True, classprefix="pl-"))
    return f'<pre class="pl-code" tabindex="0"><code>{spans}</code></pre>\n'


def _blocks(text: str) -> str:
    return _markdown().render(text).strip()


def _inline(text: str) -> str:
    return _markdown().renderInline(" ".join(text.split()))


def _prompt(question: "Question") -> tuple[str, str]:
    """The first paragraph, for the legend, and the HTML of the rest."""
    markdown = _markdown()
    tokens = markdown.parse(question.prompt)
    legend = markdown.renderer.render(tokens[1:2], markdown.options, {})
    return legend, markdown.renderer.render(tokens[3:], markdown.options, {}).strip()


def _form(question: "Question") -> str:
    """One question. `method="dialog"` keeps Enter from leaving the page without JavaScript."""
    legend, rest = _prompt(question)
    name = escape(f"pl-{question.id}")
    described = f' aria-describedby="{name}-more"' if rest else ""
    more = f'<div class="pl-more" id="{name}-more">{rest}</div>\n' if rest else ""
    options = "\n".join(_choice(question, n) for n in range(len(question.options)))
    label = f"{_KINDS[question.kind]} · {question.level} · objective {question.objective}"
    return (
        f'<form class="pl-quiz" id="{name}" method="dialog">\n'
        f'<p class="pl-label">{escape(label)}</p>\n'
        f"<fieldset{described}>\n<legend>{legend}</legend>\n{more}{options}\n</fieldset>\n"
        f'<button class="pl-check" type="submit">Check</button>\n'
        f'<div class="pl-status" role="status" aria-live="polite"></div>\n'
        f'<details class="pl-hint"><summary>Hint</summary>{_blocks(question.hint)}</details>\n'
        f"{_answers(question)}\n{_steps(question)}\n</form>"
    )


def _choice(question: "Question", n: int) -> str:
    return (
        f'<label class="pl-option"><input type="radio" name="{escape(question.id)}" value="{n}">'
        f'<span class="pl-letter">{_LETTERS[n]}</span>'
        f'<span class="pl-text">{_inline(question.options[n].text)}</span></label>'
    )


def _answers(question: "Question") -> str:
    items = "\n".join(_answer(option, n) for n, option in enumerate(question.options))
    return (
        f'<details class="pl-answers"><summary>Answers</summary>\n<ul>\n{items}\n</ul>\n'
        f'<p class="pl-note">{_NOTE}</p></details>'
    )


def _answer(option: "Option", n: int) -> str:
    mark, word, truth = ("✓", "Correct", "true") if option.correct else ("✗", "Not this", "false")
    return (
        f'<li data-correct="{truth}"><p class="pl-verdict"><span aria-hidden="true">{mark}</span> '
        f"<strong>{_LETTERS[n]}. {word}:</strong> {_inline(option.text)}</p>"
        f'<div class="pl-because">{_blocks(option.because)}</div></li>'
    )


def _steps(question: "Question") -> str:
    items = "\n".join(f"<li>{_blocks(step)}</li>" for step in question.steps)
    return (
        '<details class="pl-steps"><summary>Solution steps</summary>\n'
        f"<ol>\n{items}\n</ol></details>"
    )


def _text(question: "Question") -> str:
    options = [
        f"  {_LETTERS[n]}. {' '.join(option.text.split())}"
        for n, option in enumerate(question.options)
    ]
    title = f"{_KINDS[question.kind]} ({question.level}, objective {question.objective})"
    return "\n".join([title, question.prompt.strip(), *options])
