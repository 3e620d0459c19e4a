"""The question bank: a YAML file becomes frozen dataclasses, or one line that names its fault."""

import ast
import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jsonschema

from prefetchlab.errors import InputError
from prefetchlab.quiz import located, render

_Fault = tuple[located.Path_, str, str]  # where, what is wrong, what to do


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Attributes:
        text: inline Markdown.
        correct: whether it is the key.
        because: Markdown; what to believe after choosing it.
        proof: Python whose last expression is this option's truth, or None.
        source: a citation where running cannot decide, or None.
        where: the file and line of the option, "FILE:LINE".
        proof_line: the line of the proof's first line in its file, from 1; 0 without a proof.
    """

    text: str
    correct: bool
    because: str
    proof: str | None
    source: str | None
    where: str
    proof_line: int


@dataclass(frozen=True)
class Question:
    """One question with exactly one key.

    Attributes:
        id: unique; begins with q and the chapter.
        objective: the number of the objective it examines, "3.2" for example.
        item: its id in the curriculum, or None.
        level: "easy", "medium" or "hard".
        kind: "practice", "test" or "predict".
        prompt: Markdown that begins with a paragraph.
        options: in the order in which they are shown.
        hint: Markdown.
        steps: the solution, Markdown, one entry a step.
    """

    id: str
    objective: str
    item: str | None
    level: str
    kind: str
    prompt: str
    options: tuple[Option, ...]
    hint: str
    steps: tuple[str, ...]

    @property
    def key(self) -> int:
        """The number of the correct option, from 1."""
        return 1 + next(n for n, option in enumerate(self.options) if option.correct)


@dataclass(frozen=True)
class Bank:
    """The questions of one chapter, or of the test.

    Attributes:
        path: the file they come from.
        chapter: the chapter's number as text, or "test".
        title: the chapter's title.
        objectives: a sentence for each objective's number.
        questions: in the order of the file.
    """

    path: Path
    chapter: str
    title: str
    objectives: Mapping[str, str]
    questions: tuple[Question, ...]

    def question(self, id: str) -> Question:
        """The question of this id; `InputError` if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        known = ", ".join(question.id for question in self.questions)
        raise InputError(f"{self.path}: no question {id!r}; use one of: {known}")

    def show(self, *ids: str, kind: str | None = None) -> "render.Shown":
        """Show questions in a notebook or on a page; as text in a terminal.

        Show a question once on a page: its anchor is its id.

        **Arguments:**

        - `ids`: the questions to show, in this order; none for all of `kind`.
        - `kind`: "practice", "test" or "predict".

        **Returns:** a `Shown` with `_repr_html_`.

        **Raises:** `InputError` if there is no such question.
        """
        chosen = [self.question(id) for id in ids]
        if not ids:
            chosen = [question for question in self.questions if kind in (None, question.kind)]
        if not chosen:
            raise InputError(f"{self.path}: no question of kind {kind!r}; use practice or predict")
        return render.Shown(tuple(chosen))


def load(path: Path | str) -> Bank:
    """Read a question bank and hold it against the schema and the rules.

    **Arguments:**

    - `path`: a YAML file, one chapter's questions.

    **Returns:** a `Bank`.

    **Raises:** `InputError` that names file, line, question and option, for the fault that stands
    first in the file.
    """
    document = located.read(Path(path))
    faults = list(_schema_faults(document)) or list(_rule_faults(document))
    if faults:
        at, what, todo = min(faults, key=lambda fault: _order(document, fault))
        raise document.fault(at, _place(document.data, at) + what, todo)
    data = document.data
    return Bank(
        path=Path(path),
        chapter=data["chapter"],
        title=data["title"],
        objectives=data["objectives"],
        questions=tuple(_question(document, n) for n in range(len(data["questions"]))),
    )


def find() -> list[Path]:
    """Every bank of the course: `book/quizzes/*.yml`, from here or the nearest folder above.

    **Raises:** `InputError` if there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if found := sorted((folder / "book" / "quizzes").glob("*.yml")):
            return found
    raise InputError(
        f"{here}: no book/quizzes/*.yml here or above; name a file, or go to the course's folder"
    )


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(schema))


def _order(document: located.Document, fault: _Fault) -> tuple[bool, int]:
    """Unknown keys first, since a misspelled key is also a missing one; then by line."""
    return not fault[1].startswith("unknown key"), document.line(fault[0])


def _place(data, at: located.Path_) -> str:
    """The words before a fault: which question, which option."""
    if len(at) < 2 or at[0] != "questions":
        return ""
    question = data["questions"][at[1]]
    id = question.get("id") if isinstance(question, dict) else None
    place = f"question {id}" if isinstance(id, str) and id else f"question number {at[1] + 1}"
    if len(at) > 3 and at[2] == "options":
        place += f", option {at[3] + 1}"
    return place + ": "


def _schema_faults(document: located.Document) -> Iterator[_Fault]:
    for error in _validator().iter_errors(document.data):
        at = tuple(error.absolute_path)
        name = f"`{at[-1]}`" if at and isinstance(at[-1], str) else "this entry"
        todo = error.schema.get("description", "correct it")
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            for key in sorted(set(error.instance) - set(known)):
                yield (*at, key), f"unknown key `{key}`", f"use one of: {', '.join(known)}"
        elif error.validator == "required":
            missing = next(key for key in error.validator_value if f"'{key}'" in error.message)
            yield at, f"`{missing}` is missing", "add it"
        elif error.validator in ("minItems", "minLength", "minProperties"):
            many = len(error.instance)
            yield at, f"{name} has {many} entries" if many else f"{name} is empty", todo
        elif isinstance(error.instance, str):  # propertyNames gives the key itself
            yield at, f"{name}: {error.instance!r} is not allowed", todo
        else:
            yield at, f"{name} must not be {_kind(error.instance)}", todo


def _kind(value) -> str:
    names = {dict: "a mapping", list: "a list", bool: f"the truth value {str(value).lower()}"}
    return names[type(value)]


def _rule_faults(document: located.Document) -> Iterator[_Fault]:
    """What a schema cannot say."""
    data = document.data
    for number in data["objectives"]:
        if data["chapter"] not in ("test", number.split(".")[0]):
            what = f"objective {number} is not of chapter {data['chapter']}"
            yield ("objectives", number), what, f"number it {data['chapter']}.n"
    ids = Counter()
    for n, question in enumerate(data["questions"]):
        at = ("questions", n)
        ids[question["id"]] += 1
        if ids[question["id"]] > 1:
            yield (*at, "id"), "the id is used twice", "rename one"
        yield from _question_faults(question, at, data["objectives"])
        for m, option in enumerate(question["options"]):
            yield from _option_faults(document, option, (*at, "options", m))


def _question_faults(question: dict, at: located.Path_, objectives: dict) -> Iterator[_Fault]:
    objective = question["objective"]
    if objective not in objectives:
        known = ", ".join(objectives)
        yield (*at, "objective"), f"there is no objective {objective!r}", f"use one of: {known}"
    elif not question["id"].startswith(f"q{objective.split('.')[0]}-"):
        yield (*at, "id"), "the id does not begin with its chapter", f"q{objective[0]}-…"
    keys = [m for m, option in enumerate(question["options"], 1) if option.get("correct")]
    if len(keys) != 1:
        what = "no option is correct" if not keys else f"options {keys} are all correct"
        yield (*at, "options"), what, "mark exactly one `correct: true`"
    texts = Counter(option["text"].strip() for option in question["options"])
    if twice := [text for text, many in texts.items() if many > 1]:
        yield (*at, "options"), f"two options read {twice[0]!r}", "reword one"
    if not render.begins_with_words(question["prompt"]):
        yield (*at, "prompt"), "the prompt does not begin with words", "put the question first"


def _option_faults(document: located.Document, option: dict, at: located.Path_) -> Iterator[_Fault]:
    if ("proof" in option) == ("source" in option):
        has = "both proof and source" if "proof" in option else "neither proof nor source"
        yield at, f"it has {has}", "give one: a proof if running can decide"
    if "proof" not in option:
        return
    first = document.text_lines[(*at, "proof")]
    try:
        body = ast.parse(option["proof"]).body
    except (SyntaxError, ValueError) as error:
        line = first + (getattr(error, "lineno", None) or 1) - 1
        yield (*at, "proof"), f"the proof is not Python, line {line}: {error.args[0]}", "correct it"
        return
    if not body or not isinstance(body[-1], ast.Expr):
        what = "the proof does not end in an expression"
        yield (*at, "proof"), what, "end it in one that is True or False"


def _question(document: located.Document, n: int) -> Question:
    entry = document.data["questions"][n]
    at = ("questions", n, "options")
    return Question(
        id=entry["id"],
        objective=entry["objective"],
        item=entry.get("item"),
        level=entry["level"],
        kind=entry["kind"],
        prompt=entry["prompt"],
        options=tuple(_option(document, (*at, m)) for m in range(len(entry["options"]))),
        hint=entry["hint"],
        steps=tuple(entry["steps"]),
    )


def _option(document: located.Document, at: located.Path_) -> Option:
    entry = document.data["questions"][at[1]]["options"][at[3]]
    return Option(
        text=entry["text"],
        correct=entry.get("correct", False),
        because=entry["because"],
        proof=entry.get("proof"),
        source=entry.get("source"),
        where=f"{document.path}:{document.lines[at]}",
        proof_line=document.text_lines.get((*at, "proof"), 0),
    )
