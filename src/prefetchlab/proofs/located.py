"""YAML in which every value still knows its line, so that a fault can be named where it stands.

Only what a bank or a ledger needs is read: mappings, lists, text, and the words `true` and
`false`. Numbers stay text (an objective 3.10 is not 3.1). Anchors, aliases and tags are faults, and
so is a key that is written twice: YAML itself would keep the last one and say nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.proofs.text import one_line

MAX_BYTES = 1_000_000  # the ledger has two thirds of that
MAX_DEPTH = 20  # a bank needs 6; libyaml itself gives up at 1,000

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value, from the whole document inwards."""

_TEXT, _BOOL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"


@dataclass(frozen=True)
class Document:
    """A YAML file as plain values, and the line of each.

    Attributes:
        path: the file.
        data: mappings, lists, text and truth values.
        lines: the line of each value, counted from 1, by its place.
        text_lines: the line on which a text's own first line stands, by the same.
    """

    path: Path
    data: Any
    lines: Mapping[Place, int]
    text_lines: Mapping[Place, int]

    def at(self, place: Place) -> Any:
        """The value at a place."""
        value = self.data
        for step in place:
            value = value[step]
        return value

    def line(self, place: Place) -> int:
        """The line of a place, or of what is nearest around it."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def error(self, place: Place, what: str, todo: str) -> InputError:
        """An error that names the file, the line, what is wrong and what to do."""
        return _error(self.path, self.line(place), what, todo)


def read(path: Path) -> Document:
    """Read one YAML file.

    **Arguments:**

    - `path`: a regular file, UTF-8, at most `MAX_BYTES` long.

    **Returns:** a `Document`.

    **Raises:** `InputError` with file and line if it cannot be read or is not such YAML.
    """
    path = given.path("path", path)
    node = _compose(path, _text(path))
    if node is None:
        raise _error(path, 1, "the file is empty", "write its entries")
    values = _Values(path)
    data = values.value(node, ())
    return Document(path, data, values.lines, values.text_lines)


def _error(path: Path, line: int, what: str, todo: str) -> InputError:
    return InputError(f"{path}:{line}: {one_line(what)}; {one_line(todo)}")


def _text(path: Path) -> str:
    data = _bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _error(path, line, "not UTF-8 text", "save it as UTF-8") from None


def _bytes(path: Path) -> bytes:
    """What the file holds; a pipe or a device, which may never end, is not opened."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not a file of text; give a readable file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: {reason}; give a readable file") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES:,} bytes; split it into several files")
    return data


class _Loader(yaml.CSafeLoader):
    """Every plain scalar is text, except true and false.

    It is libyaml's, which comes with PyYAML: the one in Python takes ten times as long.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and type are PyYAML's


_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), ["t", "f"])


def _compose(path: Path, text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = min(_line(error.problem_mark), text.count("\n") + 1)  # libyaml counts one more
        if error.problem == "exceeded maximum nesting depth":
            raise _too_deep(path, line) from None
        raise _error(path, line, f"not YAML: {error.problem}", "correct this line") from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        reason = getattr(error, "reason", "unreadable")
        raise _error(path, 1, f"not YAML: {reason}", "save it as UTF-8 text") from None
    return node


def _too_deep(path: Path, line: int) -> InputError:
    return _error(path, line, f"nested more than {MAX_DEPTH} levels deep", "write it flat")


def _line(mark: yaml.Mark | None) -> int:
    return mark.line + 1 if mark else 1


class _Values:
    """Turns YAML's nodes into plain values, and notes the line of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Place, int] = {}
        self.text_lines: dict[Place, int] = {}
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = self.lines.setdefault(place, _line(node.start_mark))
        if len(place) >= MAX_DEPTH:
            raise _too_deep(self.path, line)
        if id(node) in self.seen:
            raise _error(self.path, line, "an alias is used", "write the value out")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part, (*place, n)) for n, part in enumerate(node.value)]
        if node.tag == _BOOL:
            return node.value == "true"
        if node.tag != _TEXT:
            raise _error(self.path, line, f"the tag {node.tag} is used", "remove it")
        # A block's text begins on the line below its `|` or `>`.
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        self.text_lines[place] = _line(node.start_mark) + is_block
        return node.value

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            line = _line(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                raise _error(self.path, line, "a key is not a word", "write `name: value`")
            if key.value in result:
                what = f"the key `{key.value}` stands here twice"
                raise _error(self.path, line, what, "remove one")
            self.lines[(*place, key.value)] = line
            result[key.value] = self.value(value, (*place, key.value))
        return result
