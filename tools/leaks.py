"""Search what students get for what they must not get.

A secret is a solution, a hidden test, a model answer or a wrong answer. It is searched as a whole
and line by line, in every file, in archives inside archives, and as it looks once it is escaped
(JSON, Unicode, HTML) or in base64. A text that the reader sees anyway is no secret: what stands in
the chapters, and what stands in the visible part of an assignment.
"""

import base64
import binascii
import functools
import getpass
import html
import io
import re
import socket
import tarfile
import textwrap
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

# A shorter text, like `return batches`, may stand anywhere.
SHORTEST = 16
# So may a line that names fewer things, like `options = tf.data.Options()`.
FEWEST_NAMES = 3
DEEPEST = 4  # archives in archives, base64 in base64

_NAME = re.compile(r"[^\W\d][\w.]*")
_SECRET_PARTS = re.compile(
    r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)[ \t]*### END \1\n?", re.DOTALL
)
_KINDS = {"SOLUTION": "solution", "HIDDEN TESTS": "hidden test"}
# Quotes and commas are left out, too: a notebook stores a cell as a list of quoted lines.
_LEFT_OUT = re.compile(r"""[\s"',\\]+""")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt]))")
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE64_LINES = re.compile(r"(?:^\s*[A-Za-z0-9+/]{20,}={0,2}\s*$\n?){2,}", re.MULTILINE)
_HOME = re.compile(r"(?:/home|/Users|/root|/tmp|/var/folders)/[\w.-]+|[A-Z]:\\+Users\\+\w+")


@dataclass(frozen=True)
class Secret:
    """A text that students must not get.

    Attributes:
        kind: solution, hidden test, model answer or wrong answer.
        place: the file, and the cell or the key in it.
        needles: what is searched: the whole text and its distinctive lines, in compared form.
    """

    kind: str
    place: str
    needles: frozenset[str] = field(repr=False)


@dataclass(frozen=True, order=True)
class Leak:
    """A place in a release that holds a secret.

    Attributes:
        file: the file in the release; a file in an archive follows it after `!`.
        kind: the kind of the secret, or "machine".
        place: where the secret comes from, or the words that betray the machine.
    """

    file: str
    kind: str
    place: str


def compared(text: str) -> str:
    """The form in which texts are compared: without white space, quotes, commas, backslashes.

    >>> compared('"steps = []\\n",')
    'steps=[]'
    """
    return _LEFT_OUT.sub("", text)


def secrets(root: Path) -> tuple[Secret, ...]:
    """All secrets of a checkout that can be told from what the reader sees anyway.

    **Arguments:**

    - `root`: the checkout.

    **Returns:** a `Secret` each, in the order of the files.
    """
    public = compared("\n".join(_public_texts(root)))
    found = []
    for kind, place, text in _secret_texts(root):
        parts = map(compared, [text, *filter(is_distinctive, text.splitlines())])
        needles = frozenset(part for part in parts if len(part) >= SHORTEST and part not in public)
        if needles:
            found.append(Secret(kind, place, needles))
    return tuple(found)


def is_distinctive(line: str) -> bool:
    """Whether a line alone tells where it comes from: it names at least three things.

    >>> is_distinctive("wait_left = max(0, load - train)")
    True
    >>> is_distinctive("options = tf.data.Options()")
    False
    """
    return len({name for name in _NAME.findall(line) if not iskeyword(name)}) >= FEWEST_NAMES


def _cells(root: Path) -> Iterator[tuple[str, NotebookNode]]:
    for path in sorted(root.glob("solutions/*/*.ipynb")):
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell {number}")
            yield f"{path.relative_to(root).as_posix()}: {grade_id}", cell


def _is_model_answer(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "markdown" and bool(marks.get("solution"))


def _secret_texts(root: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, place and text of each."""
    for place, cell in _cells(root):
        if _is_model_answer(cell):
            yield "model answer", place, cell.source
        for mark, text in _SECRET_PARTS.findall(cell.source):
            yield _KINDS[mark], place, textwrap.dedent(text)
    for path in sorted(root.glob("tests/**/*.yml")):
        for keys, code in _codes(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)):
            yield "wrong answer", f"{path.relative_to(root).as_posix()}: {keys}", code


def _codes(value: object, keys: str = "") -> Iterator[tuple[str, str]]:
    """Every text under a key `code`, and the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key == "code":
                yield keys, str(below)
            else:
                yield from _codes(below, f"{keys} {key}".strip())
    elif isinstance(value, list):
        for number, below in enumerate(value, start=1):
            yield from _codes(below, f"{keys} {number}".strip())


def _public_texts(root: Path) -> Iterator[str]:
    for path in sorted(root.glob("book/*.ipynb")):
        yield from (cell.source for cell in nbformat.read(path, as_version=4).cells)
    for path in sorted(root.glob("book/**/*.yml")):  # question banks and the ledger of claims
        yield path.read_text(encoding="utf-8")
    for _, cell in _cells(root):
        if not _is_model_answer(cell):
            yield _SECRET_PARTS.sub("", cell.source)


def leaks(name: str, data: bytes, hidden: Iterable[Secret], machine: Iterable[str]) -> list[Leak]:
    """Search one file, and every file that it holds if it is an archive.

    **Arguments:**

    - `name`: the name of the file, for the report.
    - `data`: its bytes.
    - `hidden`: what must not be in it.
    - `machine`: words that betray the machine on which the file was made.

    **Returns:** the leaks, sorted; empty if there is none.
    """
    secret, words = tuple(hidden), tuple(machine)
    found = {
        Leak(file, kind, place)
        for file, content in contents(name, data)
        for kind, place in _found(content, secret, words)
    }
    return sorted(found)


@functools.cache  # every zip holds the same wheel; its files are searched once
def _found(
    content: bytes, hidden: tuple[Secret, ...], machine: tuple[str, ...]
) -> frozenset[tuple[str, str]]:
    """Kind and place of what the bytes of one file hold."""
    needles = _by_beginning(hidden)
    found = set()
    for text in texts(content):
        seen = compared(text)
        found |= {(each.kind, each.place) for each in _held(seen, needles)}
        found |= {("machine", word) for word in machine if compared(word) in seen}
        found |= {("machine", home) for home in _HOME.findall(text)}
    return frozenset(found)


@functools.cache
def _by_beginning(hidden: tuple[Secret, ...]) -> dict[str, list[tuple[str, Secret]]]:
    """Each needle and its secret, by as many letters as every needle has."""
    found: dict[str, list[tuple[str, Secret]]] = {}
    for each in hidden:
        for needle in each.needles:
            found.setdefault(needle[:SHORTEST], []).append((needle, each))
    return found


def _held(text: str, needles: Mapping[str, list[tuple[str, Secret]]]) -> Iterator[Secret]:
    """The secrets that the text holds.

    One look at each place, however many needles there are: a pattern of thousands of alternatives
    takes ten times as long.
    """
    for place in range(len(text) - SHORTEST + 1):
        for needle, each in needles.get(text[place : place + SHORTEST], ()):
            if text.startswith(needle, place):
                yield each


def machine_words(root: Path) -> tuple[str, ...]:
    """The words that betray this machine: the checkout's folder, the home, the user, the host.

    A user's or host's name that is an ordinary word of text, like `root`, is left out.
    """
    names = {getpass.getuser(), socket.gethostname()} - {"root", "runner", "user", "localhost"}
    paths = {str(root.resolve()), str(Path.home())}
    paths = {path for path in paths if path.count("/") > 1}  # one word below / betrays nobody
    return tuple(sorted(paths | {name for name in names if len(name) >= 5}))


def contents(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The file, and every file in it if it is a zip or tar archive, to any depth up to 4."""
    yield name, data
    if depth < DEEPEST:
        for inner, content in _unpacked(data):
            yield from contents(f"{name}!{inner}", content, depth + 1)
            yield f"{name}!{inner} (its name)", inner.encode()


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((inner, archive.read(inner)) for inner in archive.namelist())
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                yield member.name, file.read() if file else b""
    except tarfile.TarError:
        return


def texts(data: bytes, depth: int = 0) -> Iterator[str]:
    """All readings of the bytes: as they stand, unescaped, and what base64 in them holds."""
    plain = data.decode("utf-8", errors="replace")
    once = _unescaped(plain)
    for text in dict.fromkeys((plain, once, _unescaped(once))):
        yield text
        if depth < DEEPEST:
            for inner in _base64(text):
                yield from texts(inner, depth + 1)


def _unescaped(text: str) -> str:
    return html.unescape(_ESCAPE.sub(_character, text))


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else "\n"


def _base64(text: str) -> set[bytes]:
    """What each run of base64 letters decodes to, whichever letter the code begins with."""
    runs = [*_BASE64_LINE.findall(text), *_BASE64_LINES.findall(text)]
    return {
        decoded
        for run in map(compared, runs)
        for start in range(4)
        if len(decoded := _decoded(run[start:])) >= SHORTEST and decoded.isascii()
    }


@functools.cache
def _decoded(run: str) -> bytes:
    letters = run.rstrip("=").replace("-", "+").replace("_", "/")
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    except binascii.Error:
        return b""
