"""The assignments as the tests know them: a notebook, and a folder of data beside the tests.

`solutions/NAME/NAME.ipynb` is the instructor's copy. `tests/assignments/NAME/` says what holds for
it: `assignment.yml` the points and what is handed in, `wrong.yml` wrong answers and what is said to
them, `right.yml` right answers that differ from the reference.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from prefetchlab.proofs import located
from prefetchlab.proofs.faults import Fault, raise_first
from prefetchlab.proofs.located import Document, Place
from prefetchlab.proofs.schema import read_schema, schema_faults
from tools.exercises import assignments as names
from tools.repository import ROOT

REFERENCE = "reference"
_KINDS = ("assignment", "wrong", "right")


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
    return [load(name, course) for name in names(course)]


def load(name: str, course: Path = ROOT) -> Assignment:
    """Read one assignment and hold its data against the schemas and the notebook.

    **Raises:** `InputError` with file and line: an unknown or missing key, or a name that the
    notebook or another file does not know.
    """
    folder = course / "tests" / "assignments" / name
    notebook = _notebook(course, name)
    documents = {kind: _document(folder / f"{kind}.yml", kind) for kind in _KINDS}
    for kind in ("wrong", "right"):
        _refuse(documents[kind], _unknown(documents[kind], (), _tasks(notebook), "task"))
    answers = tuple(_answers(notebook, documents))
    _refuse(documents["assignment"], _rule_faults(documents["assignment"], notebook, answers))
    return _assignment(name, course, documents["assignment"].data, answers)


def _assignment(name: str, course: Path, data: Any, answers: tuple[Answer, ...]) -> Assignment:
    by_name = {(answer.task, answer.name): answer for answer in answers}
    return Assignment(
        name=name,
        course=course,
        points={grade_id: int(points) for grade_id, points in data["points"].items()},
        objectives=tuple(data["objectives"]),
        runs_first=tuple(data["runs_first"]),
        answers=answers,
        right=tuple(by_name[key] for key in data["handed_in"].get("right", {}).items()),
        wrong=tuple(by_name[key] for key in data["handed_in"]["wrong"].items()),
        left_out=tuple(data["handed_in"]["left_out"]),
    )


def _notebook(course: Path, name: str) -> nbformat.NotebookNode:
    text = (course / "solutions" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook: nbformat.NotebookNode = nbformat.reads(text, as_version=4)
    return notebook


def _cells(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}


def _tasks(notebook: nbformat.NotebookNode) -> list[str]:
    cells = _cells(notebook)
    return [grade_id for grade_id in cells if f"{grade_id}-test" in cells]


def _document(path: Path, kind: str) -> Document:
    if kind == "right" and not path.exists():
        return Document(path, {}, {(): 1}, {})  # the reference alone is right
    document = located.read(path)
    schema = read_schema(ROOT / "tests" / "assignments" / f"{kind}.schema.json")
    _refuse(document, schema_faults(schema, document))
    return document


def _refuse(document: Document, faults: Iterable[Fault]) -> None:
    raise_first(document, faults, name_place=_entry)


def _entry(_: Document, place: Place) -> str:
    return f"{place[0]}, {place[1]}: " if len(place) > 1 else ""


def _answers(
    notebook: nbformat.NotebookNode, documents: Mapping[str, Document]
) -> Iterator[Answer]:
    data = {kind: document.data for kind, document in documents.items()}
    for task in _tasks(notebook):
        counted = task in data["assignment"].get("counted", [])
        yield Answer(task, REFERENCE, _cells(notebook)[task].source, counted=counted)
        for kind in ("right", "wrong"):
            for name, entry in data[kind].get(task, {}).items():
                yield _answer(task, name, entry)


def _answer(task: str, name: str, entry: Any) -> Answer:
    return Answer(
        task=task,
        name=name,
        code=entry["code"],
        says=entry.get("says"),
        shown_passes="shown" in entry,
        counted="counted" in entry,
        endless="endless" in entry,
    )


def _rule_faults(
    document: Document, notebook: nbformat.NotebookNode, answers: Iterable[Answer]
) -> Iterator[Fault]:
    """What a schema cannot say: every name must be a cell, a task or an answer."""
    cells = _cells(notebook)
    graded = [grade_id for grade_id, cell in cells.items() if cell.metadata.nbgrader.grade]
    solved = [grade_id for grade_id, cell in cells.items() if cell.metadata.nbgrader.solution]
    yield from _unknown(document, ("points",), graded, "graded cell")
    yield from _unknown(document, ("runs_first",), list(cells), "cell")
    yield from _unknown(document, ("handed_in", "left_out"), solved, "cell for an answer")
    if "counted" in document.data:
        yield from _unknown(document, ("counted",), _tasks(notebook), "task")
    for kind in ("right", "wrong"):
        for task, name in document.data["handed_in"].get(kind, {}).items():
            known = [a.name for a in answers if a.task == task and a.is_right == (kind == "right")]
            if name not in known:
                what = f"there is no {kind} answer `{name}`"
                yield Fault(("handed_in", kind, task), what, _one_of(known))


def _unknown(document: Document, at: Place, known: list[str], what: str) -> Iterator[Fault]:
    """Names in a list, or keys of a mapping, that are not known."""
    names = document.at(at)
    for place, name in enumerate(names):
        if name not in known:
            here = (*at, name if isinstance(names, dict) else place)
            yield Fault(here, f"there is no {what} `{name}`", _one_of(known))


def _one_of(known: list[str]) -> str:
    if not known:
        return "there is none; a task `t1` is an answer cell `t1` and a test cell `t1-test`"
    return f"use one of: {', '.join(known)}"
