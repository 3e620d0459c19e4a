"""Begin a chapter: a notebook in the order that all chapters have, and its question bank.

What is to be written in them begins with "Write"; `tests/test_chapters.py` lists what is left.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import yaml

from tools.repository import ROOT

TEMPLATES = ROOT / "tools" / "templates"


def files_of(name: str, title: str) -> dict[str, str]:
    """The text of each new file, by its path from the root.

    **Arguments:**

    - `name`: the chapter's number and words in small letters, `4-buffer-size` for example.
    - `title`: its title.

    **Raises:** `ValueError` if it is no such name, or no title of one line.
    """
    if not re.fullmatch(r"[1-6](-[a-z0-9]+)+", name):
        raise ValueError(f"{name!r} is no chapter's name; write number and words: 4-buffer-size")
    if not title.strip() or not title.isprintable():
        raise ValueError(f'{title!r} is no title; write one: TITLE="Choosing the buffer size"')
    words = {"NUMBER": name[0], "NAME": name}
    in_json, in_yaml = json.dumps(title, ensure_ascii=False)[1:-1], _as_yaml(title)
    return {
        f"book/{name}.ipynb": _filled("chapter.ipynb", words | {"TITLE": in_json}),
        f"book/quizzes/{name}.yml": _filled("bank.yml", words | {"TITLE": in_yaml}),
    }


def _as_yaml(text: str) -> str:
    """The text as YAML has it: in quotes where it would be read as something else."""
    try:
        plain = yaml.safe_load(f"key: {text}") == {"key": text}
    except yaml.YAMLError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)


def _filled(template: str, words: dict[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return re.sub("|".join(words), lambda found: words[found[0]], text)


def with_chapter(contents: str, name: str, title: str) -> str:
    """The text of `_toc.yml` with one chapter more, at its number's place.

    **Arguments:**

    - `contents`: the file's text.
    - `name`, `title`: as for `files_of`.
    """
    entry = f"  - file: book/{name}\n    title: {_as_yaml(f'{name[0]} · {title}')}\n"
    later = (
        found.start()
        for found in re.finditer(r"^  - file: book/(.)", contents, re.MULTILINE)
        if found[1] > name[0]  # back matter begins with a letter, and stands behind all numbers
    )
    place = next(later, len(contents))
    return contents[:place] + entry + contents[place:]


def begin(root: Path, name: str, title: str) -> list[str]:
    """Write the new files and the line in the contents.

    **Returns:** the paths of the new files, from the root.

    **Raises:** `ValueError` if it is no chapter's name, or its number is taken; `FileExistsError`
    that names what is there.
    """
    files = files_of(name, title)
    contents = root / "_toc.yml"
    listed = contents.read_text(encoding="utf-8")
    if taken := re.search(rf"book/({name[0]}-\S+)", listed):
        raise ValueError(f"_toc.yml: chapter {name[0]} is {taken[1]} there; nothing was written")
    for path in files:
        if (root / path).exists():
            raise FileExistsError(f"{path}: it is there already; nothing was written")
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    contents.write_text(with_chapter(listed, name, title), encoding="utf-8")
    return list(files)


def main() -> None:
    """Begin the chapter that the command line names, or say in one line why not."""
    parser = argparse.ArgumentParser(description="Begin a chapter.")
    parser.add_argument("name", help="number and words in small letters, 4-buffer-size for example")
    parser.add_argument("title", help="its title")
    given = parser.parse_args()
    try:
        written = begin(ROOT, given.name, given.title)
    except (ValueError, OSError) as error:
        sys.exit(f"new_chapter: {error}")
    print("\n".join([*written, "_toc.yml", "Now write them, then: make notebooks site"]))


if __name__ == "__main__":
    main()
