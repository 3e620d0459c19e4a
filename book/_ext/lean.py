"""Ship and load only what a page of the course uses.

Jupyter Book and the theme add to every page, used or not: Thebe, which
would fetch code from another host; tabs and toggle buttons; scripts of the
theme, whose work the course's own few lines do; and to the folder of static
files an icon font, source maps, and messages in fifty languages.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_UNUSED = re.compile(
    r"thebe|toggle-?button|toggleHint|toggleOpen|design-tabs|sphinx-book-theme\.js"
)
_THEBE = re.compile(
    r'<script type="text/x-thebe-config">.*?</script>'
    r"|<script>kernelName = [^<]*</script>",
    re.DOTALL,
)
_READ = {".html", ".css", ".js"}


def _without_unused(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    for kind in ("script_files", "css_files"):
        files = context.get(kind, [])
        context[kind] = [
            file for file in files if not _UNUSED.search(_told_of(file))
        ]
    if "body" in context:
        context["body"] = _THEBE.sub("", context["body"])


def _told_of(file: object) -> str:
    """Where a script comes from, or else what it says."""
    body = getattr(file, "attributes", {}).get("body", "")
    return f"{getattr(file, 'filename', file) or ''} {body or ''}"


def _ship_what_is_named(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        site = Path(app.outdir)
        for path in unnamed(site):
            path.unlink()
        _remove_empty_folders(site / "_static")


def unnamed(site: Path) -> list[Path]:
    """The static files that no page names, nor any file that a page names.

    A file counts as named where its bare name occurs in the text.

    **Arguments:**

    - `site`: the folder of a built site.

    **Returns:** the files below `_static`, in the order of their paths.
    """
    left = {
        path for path in (site / "_static").rglob("*") if path.is_file()
    }
    readers = [path for path in site.rglob("*.html") if path not in left]
    while readers:
        text = readers.pop().read_text(encoding="utf-8")
        found = {
            path
            for path in left
            if path.name in text and path.suffix != ".map"
        }
        left -= found
        readers += [path for path in found if path.suffix in _READ]
    return sorted(left)


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def setup(app: Sphinx) -> dict[str, bool]:
    """Clean each page after all others, and the folder at the end."""
    app.connect("html-page-context", _without_unused, priority=900)
    app.connect("build-finished", _ship_what_is_named, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
