"""The Markdown of prompts, options and answers, as HTML without anything foreign in it."""

import functools
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token


def begins_with_words(prompt: str) -> bool:
    """Whether a prompt's first block is a paragraph: it names the group of options.

    >>> begins_with_words("What does this print?"), begins_with_words("    code")
    (True, False)
    """
    tokens = _markdown().parse(prompt)
    return bool(tokens) and tokens[0].type == "paragraph_open"


def blocks(text: str) -> str:
    """Text of several paragraphs, lists and code, as HTML.

    >>> blocks("Load *ahead*.")
    '<p>Load <em>ahead</em>.</p>'
    """
    return str(_markdown().render(text)).strip()


def inline(text: str) -> str:
    """Text of one line, as HTML without a paragraph around it.

    >>> inline("`prefetch(1)`")
    '<code>prefetch(1)</code>'
    """
    return str(_markdown().renderInline(" ".join(text.split())))


def first_paragraph_and_rest(prompt: str) -> tuple[str, str]:
    """The words of a prompt's first paragraph, and everything after it, as HTML.

    >>> first_paragraph_and_rest("What?\\n\\nSee *below*.")
    ('What?', '<p>See <em>below</em>.</p>')
    """
    tokens = _markdown().parse(prompt)
    return _rendered(tokens[1:2]), _rendered(tokens[3:])


def _rendered(tokens: Sequence[Token]) -> str:
    markdown = _markdown()
    return str(markdown.renderer.render(tokens, markdown.options, {})).strip()


@functools.cache
def _markdown() -> MarkdownIt:
    """CommonMark without raw HTML, and without images: those would ask the network."""
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    markdown.add_render_rule("fence", _code)
    markdown.add_render_rule("code_block", _code)
    return markdown


def _code(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """A code block that the keyboard can scroll."""
    language = tokens[index].info.strip() or "text"
    spans = _coloured(tokens[index].content, language)
    return f'<pre class="pl-code" tabindex="0"><code>{spans}</code></pre>\n'


def _coloured(code: str, language: str) -> str:
    """The code with classes that the style knows.

    Pygments is imported with the first block that is shown, because proving a bank shows none.
    """
    import pygments
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    return pygments.highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix="pl-"))
