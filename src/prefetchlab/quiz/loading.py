"""A YAML file becomes a `Bank`, or one line that names its fault; and where the banks are."""

import functools
from importlib import resources
from pathlib import Path

from jsonschema.protocols import Validator

from prefetchlab import given
from prefetchlab.errors import InputError
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
from prefetchlab.quiz.model import Bank, Option, Question
from prefetchlab.quiz.rules import rule_faults


def load(bank: Path | str) -> Bank:
    """Read a question bank and hold it against the schema and the rules.

    **Arguments:**

    - `bank`: the name of a bank of the course, "3-overlap" for example; or a YAML file, as a path
      or as text with a slash or an ending.

    **Returns:** a `Bank`.

    **Raises:** `InputError` that names file, line, question and option, for the fault that stands
    first in the file; or the banks there are, if none has this name.
    """
    given.path("bank", bank)
    document = read(_path(bank))
    raise_first(document, schema_faults(_schema(), document), name_place=_name_place)
    raise_first(document, rule_faults(document), name_place=_name_place)
    data = document.data
    return Bank(
        path=document.path,
        chapter=data["chapter"],
        title=data["title"],
        objectives=data["objectives"],
        questions=tuple(_question(document, n) for n in range(len(data["questions"]))),
    )


def find() -> list[Path]:
    """The file of every bank of the course, in the order of their names.

    **Raises:** `InputError` if the banks are not where they belong.
    """
    folder = _folder()
    if found := sorted(folder.glob("*.yml")):
        return found
    raise InputError(f"{folder}: no bank is there; name a file, or install prefetchlab again")


def chapter_pages() -> dict[str, str]:
    """The page of each chapter that has a bank: bank and notebook have one name.

    >>> chapter_pages()["3"]
    '3-overlap'
    """
    return {path.stem.partition("-")[0]: path.stem for path in find()}


def _path(bank: Path | str) -> Path:
    if isinstance(bank, Path) or Path(bank).name != bank or Path(bank).suffix:
        return Path(bank)
    banks = {path.stem: path for path in find()}
    if bank not in banks:
        known = ", ".join(banks)
        raise InputError(
            f"{bank or repr(bank)}: no bank has this name; use one of: {known}; or name a .yml file"
        )
    return banks[bank]


def _folder() -> Path:
    return shipped(Path(__file__).resolve().with_name("banks"), in_book="quizzes")


@functools.cache
def _schema() -> Validator:
    return read_schema(resources.files(__package__).joinpath("schema.json"))


def _name_place(document: Document, at: Place) -> str:
    question = entry_name(document, at, entries="questions", word="question")
    if at[2:3] == ("options",) and len(at) > 3:
        return f"{question}, option {int(at[3]) + 1}: "
    return question and f"{question}: "


def _question(document: Document, n: int) -> Question:
    entry = document.at(("questions", n))
    at = ("questions", n, "options")
    return Question(
        id=entry["id"],
        objective=entry["objective"],
        item=entry.get("item"),
        section=entry.get("section"),
        level=entry["level"],
        kind=entry["kind"],
        prompt=entry["prompt"],
        options=tuple(_option(document, (*at, m)) for m in range(len(entry["options"]))),
        hint=entry["hint"],
        steps=tuple(entry["steps"]),
    )


def _option(document: Document, at: Place) -> Option:
    entry = document.at(at)
    return Option(
        text=entry["text"],
        correct=entry.get("correct", False),
        tempting=entry.get("tempting", False),
        because=entry["because"],
        proof=proof_at(document, (*at, "proof")) if "proof" in entry else None,
        source=entry.get("source"),
        where=f"{document.path}:{document.line(at)}",
    )
