"""Give the line that unfolds a cell one name.

MyST-NB writes two paragraphs, one for each state, under a third name for
assistive technology. A browser tells by itself whether it is unfolded.
"""

from myst_nb.sphinx_ import HideCodeCellNode  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def _enter(translator: HTML5Translator, fold: HideCodeCellNode) -> None:
    words = fold["prompt_show"]
    translator.body.append(
        f'<details class="hide">\n<summary>{words}</summary>\n'
    )


def _leave(translator: HTML5Translator, fold: HideCodeCellNode) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Replace how MyST-NB writes what it folds."""
    app.setup_extension("myst_nb")
    app.add_node(HideCodeCellNode, override=True, html=(_enter, _leave))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
