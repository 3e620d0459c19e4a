"""The manifest of a folder of record shards: written by us, and trusted in nothing when read."""

import functools
import hashlib
import json
import reprlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators

from prefetchlab.errors import InputError
from prefetchlab.workloads.images import check_regular, unreadable

MANIFEST = "manifest.json"
FORMAT = 1
_MOST_BYTES = 16_000_000  # ten thousand shards need 2 MB


@dataclass(frozen=True)
class Shard:
    """One TFRecord file.

    Attributes:
        file: its name inside the data folder.
        split: "train" or "validation".
        records: how many images it holds.
        bytes: its length in bytes.
        sha256: the checksum of its bytes, in hexadecimal.
    """

    file: str
    split: str
    records: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What `make_shards` wrote, and how to make it again.

    Attributes:
        format: the version of this description.
        seed: the seed that all chance came from.
        size: the edge of every image in pixels.
        class_names: the name of each label, label 0 first.
        made_with: versions of the packages that draw and encode; others may encode other bytes.
        shards: the record files.
    """

    format: int
    seed: int
    size: int
    class_names: tuple[str, ...]
    made_with: dict[str, str]
    shards: tuple[Shard, ...]

    def to_json(self) -> bytes:
        """The manifest as the text of its file."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()

    def __rich__(self) -> str:
        """One line for a terminal."""
        images = sum(shard.records for shard in self.shards)
        megabytes = sum(shard.bytes for shard in self.shards) / 1e6
        return (
            f"{images} JPEG images of {self.size}×{self.size} in {len(self.shards)} shards, "
            f"{megabytes:.1f} MB, {len(self.class_names)} classes, seed {self.seed}"
        )


def read_manifest(path: Path) -> Manifest:
    """Read a manifest and hold it against its schema.

    **Arguments:**

    - `path`: the file.

    **Returns:** a `Manifest`; that its shards are as it says is not checked here.

    **Raises:** `InputError` that names the file, the entry, and what the entry must be.
    """
    values = _json(path)
    faults = sorted(_validator().iter_errors(values), key=_order)
    if faults:
        raise InputError(f"{path}: {_described(faults[0])}; make the data again in a new folder")
    shards = tuple(Shard(**shard) for shard in values.pop("shards"))
    files = Counter(shard.file for shard in shards)
    if twice := [file for file, count in files.items() if count > 1]:
        raise InputError(f"{path}: it names {twice[0]} twice; make the data again in a new folder")
    return Manifest(shards=shards, class_names=tuple(values.pop("class_names")), **values)


def checksum(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_stored(path: Path, shard: Shard) -> bool:
    """Whether a regular file holds just the bytes that the manifest names."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != shard.bytes:
        return False
    return checksum(path) == shard.sha256


def _json(path: Path) -> Any:
    content = _content(path)
    try:
        return json.loads(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}:{error.lineno}: not JSON: {error.msg}; make the data again"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; make the data again") from None
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        raise InputError(f"{path}: no JSON that can be read; make the data again") from None


def _content(path: Path) -> bytes:
    check_regular(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: too large for a manifest; make the data again")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


@functools.cache
def _validator() -> Any:
    """A validator to which 48.0 is no whole number; to JSON Schema it is one."""
    schema = resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
    extend: Any = validators.extend  # it has no types
    return extend(Draft202012Validator, type_checker=types)(json.loads(schema))


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _order(error: ValidationError) -> tuple[bool, str]:
    """The format first: with another one, all else may differ."""
    return list(error.absolute_path) != ["format"], _place(error.absolute_path)


def _place(at: Sequence[str | int]) -> str:
    """An entry's place as it is written in Python: `shards[0].file`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return "".join(parts).lstrip(".")


def _described(error: ValidationError) -> str:
    schema, value = cast(dict[str, Any], error.schema), cast(Any, error.instance)
    place = _place(error.absolute_path)
    name = f"`{place}`" if place else "not a manifest of ours: it"
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in value)
        return f"{name} lacks `{missing}`"
    if error.validator == "additionalProperties":
        unknown = min(set(value) - set(schema["properties"]))
        return f"{name} has the unknown key {reprlib.repr(unknown)}"
    return f"{name} is {reprlib.repr(value)} and must be {schema['description']}"
