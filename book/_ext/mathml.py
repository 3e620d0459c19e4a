"""Formulas as MathML: browsers draw it without a script, font or request.

Sphinx's own MathJax renderer loads a script from another host for every
page that has a formula.
"""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(convert(node.astext(), display="inline"))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    # On a phone a wide formula scrolls by itself: it must take the focus.
    formula = convert(node.astext(), display="block")
    opening = '<div class="math-block" tabindex="0">'
    translator.body.append(f"{opening}{formula}</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
