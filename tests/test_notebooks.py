"""Notebooks: stored with their outputs, in one form, and what is generated equals its source."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from prefetchlab.errors import InputError
from tools import exercises
from tools.exercises import differences, generate
from tools.normalise import as_stored, normalised, read
from tools.repository import ROOT

BOOK = sorted((ROOT / "book").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
LESSONS = sorted((ROOT / "solutions").glob("*/instructor/*.ipynb"))


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def marked(cell: NotebookNode, mark: str) -> bool:
    """Whether nbval sees `mark` on a cell: as a comment, or as a tag."""
    tags = {tag.upper().replace("-", "_") for tag in cell.metadata.get("tags", [])}
    return mark in tags or re.search(rf"^\s*#\s*{mark}\b", cell.source, re.MULTILINE) is not None


# --- what may be wrong with a stored notebook ----------------------------------------------------


def not_run(notebook: NotebookNode) -> Iterator[str]:
    cells = code_cells(notebook)
    if cells and not any(cell.outputs for cell in cells):
        yield "no cell has an output"
    for place, cell in enumerate(cells, start=1):
        if cell.execution_count != place:
            yield f"code cell {place} has the count {cell.execution_count}"


def errors(notebook: NotebookNode) -> Iterator[str]:
    for cell in code_cells(notebook):
        yield from (out.ename for out in cell.outputs if out.output_type == "error")


def writes_to_stderr(notebook: NotebookNode) -> Iterator[str]:
    """A log or a warning: TensorFlow's start is one, where the laboratory is not imported first."""
    for cell in code_cells(notebook):
        yield from (out.text for out in cell.outputs if out.get("name") == "stderr")


def skipped(notebook: NotebookNode) -> Iterator[str]:
    for cell in code_cells(notebook):
        yield from (mark for mark in ("NBVAL_SKIP", "NBVAL_RAISES_EXCEPTION") if marked(cell, mark))


def too_long(notebook: NotebookNode) -> Iterator[str]:
    """A cell of more than 15 lines; a test cell, which hides a part, of more than 30."""
    for cell in code_cells(notebook):
        bound = 30 if cell.metadata.get("nbgrader", {}).get("grade") else 15
        lines = len(cell.source.splitlines())
        if lines > bound:
            yield f"{cell.source.splitlines()[0]}: {lines} lines"


def mostly_ignored(notebook: NotebookNode) -> Iterator[str]:
    cells = code_cells(notebook)
    ignored = [cell for cell in cells if marked(cell, "NBVAL_IGNORE_OUTPUT")]
    if len(ignored) > len(cells) / 2:
        yield f"{len(ignored)} of {len(cells)} outputs are compared with nothing"


# What is read off a clock, by the names that the laboratory gives it.
TIMED = {
    "at_limit", "busy_s", "duration_s", "efficiency", "efficiency_text", "error", "idle_share",
    "limit_s", "mean_s", "measured", "measured_s", "median_s", "overlap_share", "predicted_s",
    "repeats_s", "seconds", "span_s", "start_s", "end_s",
}  # fmt: skip


def compared_seconds(notebook: NotebookNode) -> Iterator[str]:
    """A cell whose output is compared, and that reads a measured time."""
    for cell in code_cells(notebook):
        if not marked(cell, "NBVAL_IGNORE_OUTPUT"):
            yield from map(ast.unparse, timed(ast.parse(cell.source)))


def timed(tree: ast.AST) -> list[ast.AST]:
    """The measured times in it. Of an overlap it may be asked whether there is one, by `> 0`."""
    asked = {id(call) for node in ast.walk(tree) for call in asked_whether(node)}
    return [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in TIMED)
        or (is_overlap(node) and id(node) not in asked)
    ]


def is_overlap(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "overlap_s"
    )


def asked_whether(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Compare) and ast.unparse(node).endswith(" > 0"):
        return [node.left]
    return []


def unnormalised(notebook: NotebookNode) -> Iterator[str]:
    if as_stored(normalised(notebook)) != as_stored(notebook):
        yield "run: make notebooks"


Find = Callable[[NotebookNode], Iterator[str]]
Plant = Callable[[NotebookNode], None]

FAULTS: list[Find] = [
    not_run,
    errors,
    writes_to_stderr,
    skipped,
    too_long,
    mostly_ignored,
    compared_seconds,
    unnormalised,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize(
    "path", BOOK + SOLUTIONS + LESSONS, ids=lambda path: "-".join(path.parts[-3:])
)
def test_a_notebook_is_stored_as_it_must_be(path: Path, fault: Find) -> None:
    assert list(fault(read(path))) == []


@pytest.mark.parametrize(
    "path", BOOK + SOLUTIONS + LESSONS, ids=lambda path: "-".join(path.parts[-3:])
)
def test_a_notebook_is_stored_byte_for_byte_in_one_form(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == as_stored(normalised(read(path)))


def sound() -> NotebookNode:
    """A notebook without fault: two cells that ran."""
    cells = []
    for place, (source, text) in enumerate([("print(2 + 2)", "4\n"), ("print(3)", "3\n")], start=1):
        shown = new_output("stream", name="stdout", text=text)
        cells.append(new_code_cell(source, id=f"c{place}", execution_count=place, outputs=[shown]))
    return normalised(new_notebook(cells=cells))


def clear(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.outputs = []


def count_again(notebook: NotebookNode) -> None:
    notebook.cells[1].execution_count = 7


def fail(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [new_output("error", ename="ValueError", evalue="", traceback=[])]


def warn(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs.append(new_output("stream", name="stderr", text="W0000\n"))


def skip(notebook: NotebookNode) -> None:
    notebook.cells[0].metadata.tags = ["nbval-skip"]


def lengthen(notebook: NotebookNode) -> None:
    notebook.cells[0].source += "\n#" * 15


def ignore(notebook: NotebookNode) -> None:
    notebook.cells[0].metadata.tags = ["nbval-ignore-output"]
    notebook.cells[1].source = "# NBVAL_IGNORE_OUTPUT\n" + notebook.cells[1].source


def compare_a_ratio(notebook: NotebookNode) -> None:
    notebook.cells[0].source = "print(2 < waiting.result('serial').efficiency)"


def compare_an_overlap(notebook: NotebookNode) -> None:
    notebook.cells[0].source = "print(timeline.overlap_s('load', 'train') > 0.5)"


def time_cell(notebook: NotebookNode) -> None:
    notebook.cells[0].metadata.execution = {"iopub.status.busy": "2026-01-01T00:00:00Z"}


def name_kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec.display_name = "my environment"


def keep_widgets(notebook: NotebookNode) -> None:
    notebook.metadata.widgets = {"state": {}}


def test_a_sound_notebook_has_no_fault() -> None:
    assert [list(fault(sound())) for fault in FAULTS] == [[]] * len(FAULTS)


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (clear, not_run),
        (count_again, not_run),
        (fail, errors),
        (warn, writes_to_stderr),
        (skip, skipped),
        (lengthen, too_long),
        (ignore, mostly_ignored),
        (compare_a_ratio, compared_seconds),
        (compare_an_overlap, compared_seconds),
        (time_cell, unnormalised),
        (name_kernel, unnormalised),
        (keep_widgets, unnormalised),
    ],
    ids=lambda function: function.__name__,
)
def test_a_planted_fault_of_a_notebook_is_found(planted: Plant, fault: Find) -> None:
    notebook = sound()
    planted(notebook)
    assert len(list(fault(notebook))) == 1


@pytest.mark.parametrize("name", sorted(TIMED))
def test_no_measured_time_may_be_compared(name: str) -> None:
    assert timed(ast.parse(f"print(round({name} / 2))")) == []  # a name of the cell's own
    assert len(timed(ast.parse(f"print(round(result.{name} / 2))"))) == 1


def test_the_order_of_events_and_a_replay_of_given_times_may_be_compared() -> None:
    cell = (
        "print(timeline.overlap_s('load', 'train') > 0)\n"
        "print(theory.replay([4, 1], [2, 2], 1).taken_s, theory.speedup(1, 2))"
    )
    assert timed(ast.parse(cell)) == []


# --- exercises/ is generated ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of exercises, generated anew by nbgrader from the solutions."""
    return generate(ROOT, tmp_path_factory.mktemp("exercises"))


def test_the_exercises_equal_their_generation(generated: Path) -> None:
    assert differences(ROOT / "exercises", generated) == [], "run: make exercises"


def test_every_assignment_has_its_exercise(generated: Path) -> None:
    assert {path.relative_to(ROOT / "solutions") for path in SOLUTIONS} == {
        path.relative_to(generated) for path in generated.rglob("*.ipynb")
    }


def test_an_exercise_holds_no_solution_hidden_test_or_output(generated: Path) -> None:
    for path in generated.rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "SOLUTION" not in text
        assert "HIDDEN TESTS" not in text
        assert all(not cell.outputs for cell in code_cells(read(path)))


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (lambda text: text.replace("YOUR CODE", "MY CODE", 1), 1),
        (lambda text: text + "\n", 1),
        (lambda text: text, 0),
    ],
    ids=["a word", "a line at the end", "nothing"],
)
def test_an_exercise_edited_by_hand_is_found(
    generated: Path, tmp_path: Path, edit: Callable[[str], str], found: int
) -> None:
    copy = shutil.copytree(generated, tmp_path / "exercises")
    notebook = next(copy.rglob("*.ipynb"))
    notebook.write_text(edit(notebook.read_text(encoding="utf-8")), encoding="utf-8")
    assert len(differences(copy, generated)) == found


def test_a_generation_that_fails_is_told_and_leaves_the_exercises_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(root: Path, scratch: Path) -> Path:
        raise InputError("nbgrader: it failed: no such cell; run it yourself to see more")

    (tmp_path / "exercises").mkdir()
    monkeypatch.setattr(exercises, "ROOT", tmp_path)
    monkeypatch.setattr(exercises, "generate", fails)
    assert exercises.main() == 2
    assert capsys.readouterr().err.startswith("exercises: nbgrader: it failed: no such cell")
    assert (tmp_path / "exercises").is_dir()


def test_an_exercise_added_or_removed_by_hand_is_found(generated: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(generated, tmp_path / "exercises")
    (copy / "more.txt").write_text("more", encoding="utf-8")
    next(copy.rglob("*.ipynb")).unlink()
    assert len(differences(copy, generated)) == 2


# --- stored outputs are proven -------------------------------------------------------------------


def proven(notebook: NotebookNode, folder: Path) -> subprocess.CompletedProcess[str]:
    """What nbval says of a notebook, as `make test` asks it."""
    (folder / "tiny.ipynb").write_text(as_stored(notebook), encoding="utf-8")
    leave_out = ["--nbval-sanitize-with", str(ROOT / "tools" / "nbval.cfg")]
    nbval = ["pytest", "--nbval", "--nbval-current-env", *leave_out]
    check = [*nbval, "-p", "no:cacheprovider", "tiny.ipynb"]
    return subprocess.run(
        [sys.executable, "-m", *check], cwd=folder, capture_output=True, text=True
    )


def test_make_test_proves_every_notebook_with_nbval() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "BOOK := $(wildcard book/*.ipynb)" in makefile
    assert "wildcard solutions/*/*.ipynb solutions/*/instructor/*.ipynb)" in makefile
    assert "NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tools/nbval.cfg " in makefile
    assert re.search(r"\$\(PYTEST\).*\$\(NBVAL\) \\\n.*\$\(BOOK\) \$\(SOLUTIONS\)", makefile)


def test_nbval_accepts_true_outputs(tmp_path: Path) -> None:
    done = proven(sound(), tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_nbval_finds_a_stale_output(tmp_path: Path) -> None:
    notebook = sound()
    notebook.cells[0].outputs[0].text = "5\n"
    done = proven(notebook, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "1 failed, 1 passed" in done.stdout


def with_picture(stroke: str, alt: str) -> NotebookNode:
    """A cell that shows a picture of other strokes, and maybe of other data, than are stored."""
    picture = '<figure><svg role="img" aria-label="{}"><path d="{}"/></svg>Caption.</figure>'
    cell = new_code_cell(
        f"from IPython.display import HTML\nHTML({picture.format('2 bars', 'M 0')!r})", id="c1"
    )
    data = {
        "text/html": picture.format(alt, stroke),
        "text/plain": "<IPython.core.display.HTML object>",
    }
    cell.outputs = [new_output("execute_result", data=data, execution_count=1)]
    return normalised(new_notebook(cells=[cell]))


@pytest.mark.parametrize(
    ("stroke", "alt", "code"),
    [
        pytest.param("M 0.01", "2 bars", 0, id="another stroke"),
        pytest.param("M 0", "3 bars", 1, id="other data"),
    ],
)
def test_of_a_picture_nbval_compares_the_words_and_not_the_strokes(
    tmp_path: Path, stroke: str, alt: str, code: int
) -> None:
    done = proven(with_picture(stroke, alt), tmp_path)
    assert done.returncode == code, done.stdout
