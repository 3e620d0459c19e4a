"""A JSON schema for documents, and its errors as faults.

The schema says what a document may hold; the `description` of a part says what to do where the
document holds something else.
"""

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from prefetchlab.proofs.faults import Fault, Kind
from prefetchlab.proofs.located import Document, Place


def read_schema(file: Traversable) -> Validator:
    """Read a JSON schema.

    Two words mean more than elsewhere: a `pattern` is the pattern of the whole text, and blanks
    around a text do not count in `minLength`.

    **Arguments:**

    - `file`: a JSON file, for example one that ships with a package.

    **Returns:** a validator for `schema_faults`.
    """
    return _Schema(json.loads(file.read_text(encoding="utf-8")))


def schema_faults(schema: Validator, document: Document) -> Iterator[Fault]:
    """Find everything in a document that its schema does not allow.

    **Arguments:**

    - `schema`: from `read_schema`.
    - `document`: what to look through.

    **Returns:** an iterator over the `Fault`s, in no order.
    """
    for error in schema.iter_errors(document.data):
        translate = _TRANSLATIONS.get(str(error.validator), _wrong_value)
        yield from translate(error, tuple(error.absolute_path))


def _pattern(schema: Validator, pattern: str, text: Any, _: Any) -> Iterator[ValidationError]:
    """Python's `$` would also match before the line's end that a text may have."""
    if schema.is_type(text, "string") and not re.fullmatch(pattern, text):
        yield ValidationError(f"{text!r} is not {pattern!r}")


def _min_length(schema: Validator, least: int, text: Any, _: Any) -> Iterator[ValidationError]:
    if schema.is_type(text, "string") and len(text.strip()) < least:
        yield ValidationError(f"{text!r} is too short")


_WORDS = {"pattern": _pattern, "minLength": _min_length}
# types-jsonschema leaves a parameter of `extend` untyped.
_Schema: type[Validator] = extend(Draft202012Validator, _WORDS)  # type: ignore[no-untyped-call]


def _unknown_keys(error: ValidationError, at: Place) -> Iterator[Fault]:
    entry, known = _instance(error), _part(error)["properties"]
    for key in sorted(set(entry) - set(known)):
        todo = f"use one of: {', '.join(known)}"
        yield Fault((*at, key), f"unknown key `{key}`", todo, Kind.UNKNOWN_KEY)


def _missing_key(error: ValidationError, at: Place) -> Iterator[Fault]:
    entry, required = _instance(error), _value(error)
    missing = next(key for key in required if key not in entry)
    yield Fault(at, f"`{missing}` is missing", "add it", Kind.MISSING_KEY)


def _wrong_number(error: ValidationError, at: Place) -> Iterator[Fault]:
    entries = len(_instance(error))
    what = f"has {entries} entries" if entries else "is empty"
    yield Fault(at, f"{_name(at)} {what}", _todo(error), Kind.WRONG_VALUE)


def _too_short(error: ValidationError, at: Place) -> Iterator[Fault]:
    yield Fault(at, f"{_name(at)} is empty", _todo(error), Kind.WRONG_VALUE)


def _wrong_value(error: ValidationError, at: Place) -> Iterator[Fault]:
    value = _instance(error)
    if isinstance(value, str):  # `propertyNames` gives the key itself
        what = f"{_name(at)}: {value!r} is not allowed"
    else:
        what = f"{_name(at)} must not be {_kind(value)}"
    yield Fault(at, what, _todo(error), Kind.WRONG_VALUE)


_TRANSLATIONS: dict[str, Callable[[ValidationError, Place], Iterator[Fault]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_key,
    "minItems": _wrong_number,
    "maxItems": _wrong_number,
    "minProperties": _wrong_number,
    "minLength": _too_short,
}


# jsonschema leaves these unset only in errors that it did not make itself.
def _instance(error: ValidationError) -> Any:
    return error.instance


def _value(error: ValidationError) -> Any:
    return error.validator_value


def _part(error: ValidationError) -> Any:
    return error.schema


def _todo(error: ValidationError) -> str:
    return str(_part(error).get("description", "correct it"))


def _name(at: Place) -> str:
    return f"`{at[-1]}`" if at and isinstance(at[-1], str) else "this entry"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    return "a mapping" if isinstance(value, dict) else "a list"
