"""Link the laboratory's style and script once, not once an output.

Outputs of a notebook carry what they need to be looked at alone. On a
page they would hold the same text many times.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from prefetchlab import page

_FILES = {
    "prefetchlab.css": page.stylesheet,
    "prefetchlab.js": page.javascript,
}


def _write_files(app: Sphinx) -> None:
    """Write them before any page: its links hold their checksums."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _FILES.items():
        (folder / name).write_text(text(), encoding="utf-8")


def _without_copies(
    app: Sphinx,
    name: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    if "body" in context:
        context["body"] = page.without_copies(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the files to every page, and take the copies out."""
    app.connect("builder-inited", _write_files)
    app.connect("html-page-context", _without_copies)
    # Before the course's own styles, which adapt it to the theme.
    app.add_css_file("prefetchlab.css", priority=400)
    app.add_js_file("prefetchlab.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
