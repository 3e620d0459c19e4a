"""The assignments as the tests know them: a notebook, and a folder of data beside the tests.

`solutions/NAME/NAME.ipynb` is the instructor's copy. `tests/assignments/NAME/` says what holds for
it: `assignment.yml` the points and what is handed in, `wrong.yml` wrong answers and what is said to
them, `right.yml` right answers that differ from the reference.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import nbformat

from prefetchlab.errors import InputError
from prefetchlab.quiz import located

ROOT = Path(__file__).parents[1]
REFERENCE = "reference"
_SCHEMA = ROOT / "tests" / "assignments" / "schema.json"


@dataclass(frozen=True)
class Answer:
    """One answer to one task.

    Attributes:
        task: the id of the cell that it is written into.
        name: says what it does.
        code: its Python.
        says: a pattern that the message to a wrong answer must hold; None for a right one.
        shown_passes: whether the tests that the student sees accept it.
        counted: whether the verdict rests on what a probe counts.
        endless: whether it never ends by itself.
    """

    task: str
    name: str
    code: str
    says: str | None = None
    shown_passes: bool = False
    counted: bool = False
    endless: bool = False

    @property
    def is_right(self) -> bool:
        """Whether it must pass."""
        return self.says is None


@dataclass(frozen=True)
class Assignment:
    """One assignment.

    Attributes:
        name: of its folder and its notebook.
        course: the folder that holds `solutions/`.
        points: by the id of the graded cell.
        objectives: those of its chapter.
        runs_first: the cells that every task needs.
        answers: to the code tasks; for each task the reference first.
        right: what the first student hands in, by task; the reference elsewhere.
        wrong: what the second student hands in, by task; the reference elsewhere.
        left_out: the cells that the second student leaves as they are.
    """

    name: str
    course: Path
    points: Mapping[str, int]
    objectives: tuple[str, ...]
    runs_first: tuple[str, ...]
    answers: tuple[Answer, ...]
    right: tuple[Answer, ...]
    wrong: tuple[Answer, ...]
    left_out: tuple[str, ...]

    @functools.cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The instructor's copy."""
        return _notebook(self.course, self.name)

    def cell(self, grade_id: str) -> nbformat.NotebookNode:
        """The cell with this id."""
        return _cells(self.notebook)[grade_id]

    @property
    def tasks(self) -> list[str]:
        """The cells into which code is written that a test cell grades."""
        return _tasks(self.notebook)

    @property
    def by_hand(self) -> list[str]:
        """The cells that a person grades."""
        return [grade_id for grade_id in self.points if not grade_id.endswith("-test")]

    def answers_to(self, task: str) -> list[Answer]:
        """The answers to one task."""
        return [answer for answer in self.answers if answer.task == task]


def every(course: Path = ROOT) -> list[Assignment]:
    """All assignments of a course, by name."""
    return [load(path.name, course) for path in sorted((course / "solutions").iterdir())]


def load(name: str, course: Path = ROOT) -> Assignment:
    """Read one assignment and hold its data against the schema and the notebook.

    **Raises:** `InputError` with file and line: an unknown or missing key, or a name that the
    notebook or another file does not know.
    """
    folder = course / "tests" / "assignments" / name
    notebook = _notebook(course, name)
    kinds = ("assignment", "wrong", "right")
    documents = {kind: _document(folder / f"{kind}.yml", kind) for kind in kinds}
    for kind in ("wrong", "right"):
        _check_names(documents[kind], (), documents[kind].data, _tasks(notebook), "task")
    found = [*_answers(notebook, documents)]
    _check_assignment(documents["assignment"], notebook, found)
    data: Any = documents["assignment"].data
    by_name = {(answer.task, answer.name): answer for answer in found}
    return Assignment(
        name=name,
        course=course,
        points={grade_id: int(points) for grade_id, points in data["points"].items()},
        objectives=tuple(data["objectives"]),
        runs_first=tuple(data["runs_first"]),
        answers=tuple(found),
        right=tuple(by_name[key] for key in data["handed_in"].get("right", {}).items()),
        wrong=tuple(by_name[key] for key in data["handed_in"]["wrong"].items()),
        left_out=tuple(data["handed_in"]["left_out"]),
    )


def _notebook(course: Path, name: str) -> nbformat.NotebookNode:
    text = (course / "solutions" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return nbformat.from_dict(notebook)  # type: ignore[no-untyped-call, no-any-return]


def _cells(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}


def _tasks(notebook: nbformat.NotebookNode) -> list[str]:
    cells = _cells(notebook)
    return [grade_id for grade_id in cells if f"{grade_id}-test" in cells]


def _document(path: Path, kind: str) -> located.Document:
    document = located.read(path)
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema | {"$ref": f"#/$defs/{kind}"})
    faults = [_fault(document, error) for error in validator.iter_errors(document.data)]
    if faults:
        raise faults[0]
    return document


def _fault(document: located.Document, error: jsonschema.ValidationError) -> InputError:
    at = tuple(error.absolute_path)
    rule: Any = error.schema  # the part of the schema that is broken
    wanted: Any = error.validator_value
    found: Any = error.instance
    if error.validator == "additionalProperties":
        known = rule["properties"]
        key = next(key for key in found if key not in known)
        return document.fault((*at, key), f"unknown key `{key}`", f"use one of: {', '.join(known)}")
    if error.validator == "required":
        missing = next(key for key in wanted if key not in found)
        return document.fault(at, f"`{at[-1] if at else 'it'}` has no `{missing}`", "add it")
    return document.fault(
        at, f"`{at[-1]}` is not allowed so", rule.get("description", "correct it")
    )


def _answers(
    notebook: nbformat.NotebookNode, documents: Mapping[str, located.Document]
) -> Iterator[Answer]:
    data: Any = {kind: document.data for kind, document in documents.items()}
    for task in _tasks(notebook):
        counted = task in data["assignment"].get("counted", [])
        yield Answer(task, REFERENCE, _cells(notebook)[task].source, counted=counted)
        for kind in ("right", "wrong"):
            for name, entry in data[kind].get(task, {}).items():
                yield Answer(
                    task=task,
                    name=name,
                    code=entry["code"],
                    says=entry.get("says"),
                    shown_passes="shown" in entry,
                    counted="counted" in entry,
                    endless="endless" in entry,
                )


def _check_assignment(
    document: located.Document, notebook: nbformat.NotebookNode, answers: list[Answer]
) -> None:
    """Every name that is used must be a cell, a task or an answer."""
    data: Any = document.data
    cells = _cells(notebook)
    graded = [grade_id for grade_id, cell in cells.items() if cell.metadata.nbgrader.grade]
    solved = [grade_id for grade_id, cell in cells.items() if cell.metadata.nbgrader.solution]
    _check_names(document, ("points",), data["points"], graded, "graded cell")
    _check_names(document, ("runs_first",), data["runs_first"], cells, "cell")
    _check_names(document, ("counted",), data.get("counted", []), _tasks(notebook), "task")
    at = ("handed_in", "left_out")
    _check_names(document, at, data["handed_in"]["left_out"], solved, "cell for an answer")
    for kind in ("right", "wrong"):
        for task, name in data["handed_in"].get(kind, {}).items():
            there = [a.name for a in answers if a.task == task and a.is_right == (kind == "right")]
            _check_names(
                document, ("handed_in", kind, task), [name], there, f"{kind} answer to {task}"
            )


def _check_names(
    document: located.Document,
    at: tuple[str | int, ...],
    names: Any,
    known: Iterable[str],
    what: str,
) -> None:
    for place, name in enumerate(names):
        if name not in known:
            here = (*at, name if isinstance(names, dict) else place)
            todo = f"use one of: {', '.join(known)}"
            raise document.fault(here, f"there is no {what} `{name}`", todo)
