"""Make links to notebooks that are no page links to download them.

`[task](../exercises/3-overlap/3-overlap.ipynb)` is plain Markdown, which
opens the file in JupyterLab. MyST offers other files for download; one that
ends like a page it takes for a page, and finds none.
"""

from pathlib import Path
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class Downloads(SphinxTransform):
    """Replaces each link to a file that is no page, while it is read."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Look at the links of one page."""
        for link in list(self.document.findall(addnodes.pending_xref)):
            if link.get("refdomain") == "doc":
                self._offer(link)

    def _offer(self, link: addnodes.pending_xref) -> None:
        name = link["reftarget"]
        if name in self.env.found_docs or not (file := self._file(name)):
            return
        given = {**link.attributes, "reftarget": file}
        offer = addnodes.download_reference("", "", *link.children, **given)
        link.replace_self(offer)

    def _file(self, name: str) -> str | None:
        """Where the file is, from the root of the course, or None."""
        for suffix in self.config.source_suffix:
            if (Path(self.env.srcdir) / f"{name}{suffix}").is_file():
                return f"/{name}{suffix}"
        return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_transform(Downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
