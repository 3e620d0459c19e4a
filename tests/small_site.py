"""A small site, built by Sphinx with extensions of the course."""

import os
import subprocess
import sys
from pathlib import Path

from tools.repository import ROOT


def built(folder: Path, *, extensions: str, options: tuple[str, ...] = ()) -> Path:
    """Build the pages of a folder into its folder "site".

    **Arguments:**

    - `folder`: holds "index.rst" or "index.md".
    - `extensions`: their names with commas, those of `book/_ext` among them.
    - `options`: settings, each as `name=value`.
    """
    settings = [f"extensions={extensions}", *options]
    words = [word for setting in settings for word in ("-D", setting)]
    paths = [str(ROOT / "book" / "_ext"), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    program = [sys.executable, "-m", "sphinx", "-q", "-W", "-C", "-b", "html", *words, ".", "site"]
    subprocess.run(program, cwd=folder, env=environment, check=True)
    return folder / "site"


def built_with_html(folder: Path, html: str, *, extensions: str) -> str:
    """The HTML of a built page that holds some HTML as it is."""
    lines = "".join(f"   {line}\n" for line in html.splitlines())
    (folder / "index.rst").write_text(f"Page\n====\n\n.. raw:: html\n\n{lines}", encoding="utf-8")
    return (built(folder, extensions=extensions) / "index.html").read_text(encoding="utf-8")
