"""A made-up class of twelve, as a system like Moodle gives it, and the grade that each must get.

`book/teaching.md` grades this class from the archive to the table of grades, and
`tests/test_sample_class.py` runs that page. Nobody in it is real. The same checkout gives the same
bytes.

    python -m tools.sample_class                 # downloaded/3-overlap/archive/sample-class.zip
    python -m tools.sample_class FOLDER          # the archive in another folder
    python -m tools.sample_class --again FOLDER  # what three of them hand in later, in its place
"""

import argparse
import copy
import functools
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefetchlab.errors import InputError
from tools import assignments
from tools.assignments import Answer
from tools.release import packed
from tools.repository import ROOT

ASSIGNMENT = "3-overlap"
ARCHIVE = "sample-class.zip"
FOLDER = Path("downloaded") / ASSIGNMENT / "archive"
# The graded tasks, in their order.
TASKS = (
    "t1-added",
    "t2-serial",
    "t3-one-batch",
    "t4-two-batches",
    "t5-lost-result",
    "t6-source-count",
    "t7-step-times",
    "t8-gain",
    "t9-graph-loop",
    "t10-written",
)
WRITTEN = TASKS[-1]
# Answers to the written task. Each earns the points of its key: those of the first items.
ANSWERS_BY_HAND = {
    4: (
        "What did the pipeline run before your line, and is the loop in Python or in a "
        "`tf.function`? In a Python loop TensorFlow may have put in a prefetch already.\n\n"
        "Print `graph.written(dataset)`: is there a `Prefetch`, and is it behind `Batch`?\n\n"
        "Then measure the time to load one batch and the time to train on one, each alone. If one "
        "of them is near 0, one prefetch buys next to nothing.\n\n"
        "If loading is much longer, make it cheaper or parallel. If training is much longer, leave "
        "it: a prefetch makes neither of the two shorter."
    ),
    3: (
        "Which loop do you use, and what ran before your line? It may be that TensorFlow had added "
        "a prefetch by itself.\n\n"
        "Let `run_ahead` count with and without the line. If the counts are the same, the line "
        "adds nothing.\n\n"
        "Measure loading alone and training alone. Where one is many times the other, there is "
        "little to gain."
    ),
    2: (
        "Without your line TensorFlow may run a prefetch of its own in a Python loop, so ask first "
        "what ran before.\n\n"
        "Then look at `graph.runs(dataset)`: does your `Prefetch` stand at the end?"
    ),
    1: (
        "Maybe TensorFlow had added a prefetch to your Python loop already, and yours took its "
        "place. Did you look at what ran before?"
    ),
}

Json = dict[str, Any]
Make = Callable[["HandedIn"], tuple[str, bytes]]


@dataclass(frozen=True)
class HandedIn:
    """What a student hands in.

    Attributes:
        answers: the name of an answer in `tests/assignments/`, by task; the reference elsewhere.
        left: the tasks that are left as they were released.
        by_hand: the points that the written answer earns; 0 for none.
        make: makes the file: its name, and its bytes.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    by_hand: int = 0
    make: Make = lambda handed_in: (f"{ASSIGNMENT}.ipynb", _bytes(_answered(handed_in)))


@dataclass(frozen=True)
class Student:
    """One of the class.

    Attributes:
        number: 1 to 12.
        first: what is in the archive; None for nothing.
        points: for each task of `TASKS`, once all is graded as the page says.
        again: what is in the archive that comes later; None for nothing.
    """

    number: int
    first: HandedIn | None
    points: tuple[int, ...]
    again: HandedIn | None = None

    @property
    def student_id(self) -> str:
        """As nbgrader knows the student: the name, and the number that the system adds."""
        return f"student-{self.number:02}_{9000 + self.number}"

    @property
    def total(self) -> int:
        """The points that the export must hold."""
        return sum(self.points)


# --- the files ------------------------------------------------------------------------------------


def _answered(handed_in: HandedIn) -> Json:
    """The exercise with these answers in it."""
    notebook = _exercise(ASSIGNMENT)
    cells = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"]}
    for task in TASKS[:-1]:
        if task not in handed_in.left:
            code = _answers()[task, handed_in.answers.get(task, assignments.REFERENCE)]
            cells[task]["source"] = _lines(code)
    if handed_in.by_hand:
        cells[WRITTEN]["source"] = _lines(ANSWERS_BY_HAND[handed_in.by_hand])
    return notebook


def _lost_metadata(handed_in: HandedIn) -> tuple[str, bytes]:
    """The cells copied into a new notebook: their text is there, and no id."""
    notebook = _answered(handed_in)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return f"{ASSIGNMENT}.ipynb", _bytes(notebook)


def _pasted(handed_in: HandedIn) -> tuple[str, bytes]:
    """An earlier try, kept in a copy of its cell at the end."""
    notebook = _answered(handed_in)
    (cell,) = (
        each
        for each in notebook["cells"]
        if each["metadata"]["nbgrader"]["grade_id"] == "t2-serial"
    )
    older = copy.deepcopy(cell) | {"id": "older-try"}
    older["source"] = _lines(_answers()["t2-serial", "no_prefetch"])
    notebook["cells"].append(older)
    return f"{ASSIGNMENT}.ipynb", _bytes(notebook)


def _web_page(_: HandedIn) -> tuple[str, bytes]:
    """The page of the editor, saved under the notebook's name."""
    page = "<!DOCTYPE html>\n<html><head><title>JupyterLab</title></head><body></body></html>\n"
    return f"{ASSIGNMENT}.ipynb", page.encode()


def _cut_off(handed_in: HandedIn) -> tuple[str, bytes]:
    content = _bytes(_answered(handed_in))
    return f"{ASSIGNMENT}.ipynb", content[: len(content) // 2]


def _other_assignment(_: HandedIn) -> tuple[str, bytes]:
    return "2-training-delays.ipynb", _bytes(_exercise("2-training-delays"))


def _no_notebook(_: HandedIn) -> tuple[str, bytes]:
    return "answers.txt", b"Task 1: Prefetch\nTask 3: batches.prefetch(1)\n"


def _exercise(name: str) -> Json:
    path = ROOT / "exercises" / name / f"{name}.ipynb"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@functools.cache
def known_answers() -> tuple[Answer, ...]:
    """The answers that the tests of the assignment know, right and wrong."""
    return assignments.load(ASSIGNMENT).answers


def _answers() -> dict[tuple[str, str], str]:
    """The code of each answer, by task and name, without nbgrader's marks."""
    marks = re.compile(r"^ *### (BEGIN|END) SOLUTION\n", re.MULTILINE)
    return {
        (answer.task, answer.name): marks.sub("", f"{answer.code.rstrip()}\n").rstrip()
        for answer in known_answers()
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _bytes(notebook: Json) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


# --- the class ------------------------------------------------------------------------------------

_NOTHING = (0,) * len(TASKS)

CLASS = (
    # All right, as the model solution has it.
    Student(1, HandedIn(by_hand=4), (3, 5, 2, 4, 4, 4, 5, 4, 5, 4)),
    # All right in other ways; handed in late.
    Student(
        2,
        HandedIn(
            {
                "t1-added": "names_one_by_one",
                "t2-serial": "the_rewrites_switched_off_one_by_one",
                "t3-one-batch": "writes_to_stderr",
                "t9-graph-loop": "a_size_that_tensorflow_chooses",
            },
            by_hand=3,
        ),
        (3, 5, 2, 4, 4, 4, 5, 4, 5, 3),
    ),
    # Four wrong answers, and three tasks left empty.
    Student(
        3,
        HandedIn(
            {
                "t2-serial": "inject_off_only",
                "t4-two-batches": "prefetch_before_batch",
                "t6-source-count": "hard_coded_count",
                "t9-graph-loop": "prefetch_outside_loop_dropped",
            },
            left=("t5-lost-result", "t7-step-times"),
        ),
        (3, 0, 2, 0, 0, 0, 0, 4, 0, 0),
    ),
    # Two answers pass the shown tests alone; one of the two hidden tests is taken out later.
    Student(
        4,
        HandedIn(
            {"t5-lost-result": "ten_slots_at_most", "t7-step-times": "twelve_batches_at_most"},
            left=("t9-graph-loop",),
            by_hand=2,
        ),
        (3, 5, 2, 4, 4, 4, 0, 4, 0, 2),
    ),
    # The exercise as it was given out, by mistake; later the answers, two tasks left out.
    Student(
        5,
        HandedIn(left=TASKS),
        (3, 5, 2, 4, 4, 0, 5, 4, 0, 3),
        again=HandedIn(left=("t6-source-count", "t9-graph-loop"), by_hand=3),
    ),
    # A cell is there twice; mended by hand.
    Student(
        6,
        HandedIn({"t9-graph-loop": "not_repaired"}, by_hand=4, make=_pasted),
        (3, 5, 2, 4, 4, 4, 5, 4, 0, 4),
    ),
    # A web page with the name of a notebook; later the notebook, not all of it done.
    Student(
        7,
        HandedIn(make=_web_page),
        (0, 5, 2, 4, 4, 0, 0, 4, 0, 1),
        again=HandedIn(
            {"t1-added": "always_prefetch"},
            left=("t6-source-count", "t7-step-times", "t9-graph-loop"),
            by_hand=1,
        ),
    ),
    # No cell has its id; later all of them have.
    Student(
        8,
        HandedIn({"t4-two-batches": "not_repaired"}, by_hand=2, make=_lost_metadata),
        (3, 5, 2, 0, 4, 4, 5, 0, 0, 2),
        again=HandedIn(
            {
                "t4-two-batches": "not_repaired",
                "t8-gain": "no_bound",
                "t9-graph-loop": "loop_taken_out",
            },
            by_hand=2,
        ),
    ),
    # The notebook of another assignment.
    Student(9, HandedIn(make=_other_assignment), _NOTHING),
    # A file that is no notebook.
    Student(10, HandedIn(make=_no_notebook), _NOTHING),
    # The upload broke off: half of a notebook.
    Student(11, HandedIn(by_hand=4, make=_cut_off), _NOTHING),
    # Never handed in.
    Student(12, None, _NOTHING),
)


# --- the archives ---------------------------------------------------------------------------------


def archive(*, again: bool = False) -> bytes:
    """The archive of the class, or the one with what some of them hand in later."""
    files = {}
    for student in CLASS:
        if handed_in := student.again if again else student.first:
            name, content = handed_in.make(handed_in)
            files[f"{student.student_id}_assignsubmission_file_{name}"] = content
    return packed(files)


def write(folder: Path, *, again: bool = False) -> Path:
    """Write an archive into a folder, in the place of one that was written before.

    **Arguments:**

    - `folder`: where it goes; it is made.
    - `again`: whether it is the later archive.

    **Returns:** the archive.

    **Raises:** `InputError` if the folder holds anything else, so that no real class is mixed with
    this one, or if it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(path.name for path in folder.iterdir() if path.name != ARCHIVE)
        if others:
            raise InputError(f"{folder}: it holds {others[0]} already; name another folder")
        (folder / ARCHIVE).write_bytes(archive(again=again))
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name a folder") from None
    return folder / ARCHIVE


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the archive of a made-up class; exit code 2 and one line if that cannot be done."""
    parser = argparse.ArgumentParser(prog="sample_class", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--again", action="store_true", help="what some hand in later")
    options = parser.parse_args(arguments)
    try:
        print(write(options.folder, again=options.again))
    except InputError as error:
        print(f"sample_class: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
