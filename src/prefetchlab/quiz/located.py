"""YAML in which every value still knows its line, so that a fault can be named where it stands.

Only what a bank needs is read: mappings, lists, text, and the words `true` and `false`. Numbers
stay text (an objective 3.10 is not 3.1). Anchors, aliases and tags are faults, and so is a key
that is written twice: YAML itself would keep the last one and say nothing.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from prefetchlab.errors import InputError

Path_ = tuple[str | int, ...]  # keys and indices that lead to a value

_TEXT, _BOOL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"


class _Loader(yaml.SafeLoader):
    """Every plain scalar is text, except true and false."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the name and the type are PyYAML's


_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), ["t", "f"])


@dataclass(frozen=True)
class Document:
    """A YAML file as plain values, and the line of each.

    Attributes:
        path: the file.
        data: mappings, lists, text and truth values.
        lines: the line of each value, counted from 1, by the keys and indices that lead to it.
        text_lines: the line on which a text's own first line stands, by the same.
    """

    path: Path
    data: object = None
    lines: dict[Path_, int] = field(default_factory=dict)
    text_lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, at: Path_) -> int:
        """The line of `at`, or of what is nearest around it."""
        while at not in self.lines:
            at = at[:-1]
        return self.lines[at]

    def fault(self, at: Path_, what: str, todo: str) -> InputError:
        """An error that names the file, the line, what is wrong and what to do."""
        return InputError(f"{self.path}:{self.line(at)}: {what}; {todo}")


def read(path: Path) -> Document:
    """Read one YAML file.

    **Arguments:**

    - `path`: the file, UTF-8.

    **Returns:** a `Document`.

    **Raises:** `InputError` with file and line if it cannot be read or is not such YAML.
    """
    try:
        node = yaml.compose(_text(path), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem).split())
        raise InputError(f"{path}:{line}: not YAML: {problem}; correct this line") from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        reason = getattr(error, "reason", "unreadable")
        raise InputError(f"{path}:1: not YAML: {reason}; save it as UTF-8 text") from None
    if node is None:
        raise InputError(f"{path}:1: the file is empty; write a question bank")
    document = Document(path, lines={(): node.start_mark.line + 1})
    data = _value(node, (), document, set())
    return Document(path, data, document.lines, document.text_lines)


def _text(path: Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a readable file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}:{line}: not UTF-8 text; save it as UTF-8") from None


def _value(node: yaml.Node, at: Path_, document: Document, seen: set[int]):
    document.lines.setdefault(at, node.start_mark.line + 1)
    if id(node) in seen:
        raise document.fault(at, "an alias is used", "write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, document, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part, (*at, n), document, seen) for n, part in enumerate(node.value)]
    if node.tag == _BOOL:
        return node.value == "true"
    if node.tag != _TEXT:
        raise document.fault(at, f"the tag {node.tag} is used", "remove it")
    document.text_lines[at] = node.start_mark.line + (2 if node.style in ("|", ">") else 1)
    return node.value


def _mapping(node: yaml.MappingNode, at: Path_, document: Document, seen: set[int]) -> dict:
    result = {}
    for key, value in node.value:
        here = (*at, str(key.value))
        again = here in document.lines
        document.lines[here] = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise document.fault(here, "a key is not a word", "write `name: value`")
        if again:
            raise document.fault(here, f"the key `{key.value}` stands here twice", "remove one")
        result[key.value] = _value(value, here, document, seen)
    return result
