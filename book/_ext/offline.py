"""Take out of every page what would fetch code from another host.

Jupyter Book adds Thebe to all pages, twice, whether it is used or not. It
is not used here: nothing on the site runs code.
"""

from typing import Any

from sphinx.application import Sphinx


def _without_thebe(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    for kind in ("script_files", "css_files"):
        files = context.get(kind, [])
        context[kind] = [file for file in files if not _is_thebe(file)]


def _is_thebe(file: object) -> bool:
    source = str(getattr(file, "filename", file) or "")
    inline = str(getattr(file, "attributes", {}).get("body", ""))
    return "thebe" in source.lower() or "thebe" in inline.lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Clean each page after all extensions have added to it."""
    app.connect("html-page-context", _without_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
