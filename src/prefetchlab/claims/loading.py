"""A YAML file becomes a `Ledger`, or one line that names its fault; and where the ledger is."""

import functools
from importlib import resources
from pathlib import Path

from jsonschema.protocols import Validator

from prefetchlab import given
from prefetchlab.claims.model import Claim, Ledger, Verdict
from prefetchlab.claims.rules import rule_faults
from prefetchlab.proofs import (
    Document,
    Place,
    entry_name,
    proof_at,
    raise_first,
    read,
    read_schema,
    schema_faults,
    shipped,
)


def load(file: Path | None = None) -> Ledger:
    """Read a ledger and hold it against the schema and the rules.

    >>> claim, = load().only("order-is-kept")
    >>> str(claim.verdict), claim.item
    ('true', 'S3')

    **Arguments:**

    - `file`: a YAML file; None for the course's own ledger.

    **Returns:** a `Ledger`.

    **Raises:** `InputError` that names file, line and claim, for the fault that stands first in
    the file.
    """
    document = read(find() if file is None else given.path("file", file))
    raise_first(document, schema_faults(_schema(), document), name_place=_name_place)
    raise_first(document, rule_faults(document), name_place=_name_place)
    claims = (_claim(document, ("claims", n)) for n in range(len(document.data["claims"])))
    return Ledger(document.path, tuple(claims))


def find() -> Path:
    """The file of the course's ledger."""
    return shipped(Path(__file__).resolve().with_name("claims.yml"), in_book="claims.yml")


@functools.cache
def _schema() -> Validator:
    return read_schema(resources.files(__package__).joinpath("schema.json"))


def _name_place(document: Document, at: Place) -> str:
    claim = entry_name(document, at, entries="claims", word="claim")
    return claim and f"{claim}: "


def _claim(document: Document, at: Place) -> Claim:
    entry = document.at(at)
    return Claim(
        id=entry["id"],
        item=entry["item"],
        told=entry["told"].strip(),
        verdict=Verdict(str(entry["verdict"]).lower()),  # YAML's true and false are truth values
        holds=entry["holds"].strip(),
        check=proof_at(document, (*at, "check")),
        taught=entry.get("taught"),
        source=entry.get("source"),
        where=f"{document.path}:{document.line(at)}",
    )
