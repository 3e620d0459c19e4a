"""The instructor's guide, run as it stands: its commands, what it shows, and all twelve grades."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tools import sample_class
from tools.repository import ROOT
from tools.sample_class import ASSIGNMENT, CLASS, TASKS, Student

pytestmark = pytest.mark.long

GUIDE = ROOT / "book" / "teaching.md"
# What a clone has at its root; each command of the guide finds it there.
CLONE = (
    ".venv",
    "LICENSE",
    "Makefile",
    "README.md",
    "book",
    "exercises",
    "nbgrader_config.py",
    "pyproject.toml",
    "requirements",
    "requirements.txt",
    "setup.py",
    "solutions",
    "src",
    "tests",
    "tools",
)
CHECK = "prefetchlab submissions check "
Grades = Mapping[str, float]


@dataclass(frozen=True)
class Block:
    """Commands of the guide, and the lines that it shows below them."""

    commands: str
    shown: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """A check of a class that has faults ends with 1."""
        return int(self.commands.startswith(CHECK))


def blocks(page: str) -> list[Block]:
    """The blocks in `sh`, each with the block in `text` that follows it before the next one."""
    fences = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found: list[Block] = []
    for language, text in fences:
        if language == "sh":
            found.append(Block(text, ()))
        elif language == "text":
            found[-1] = Block(found[-1].commands, tuple(text.splitlines()))
    return found


def walk(page: str, root: Path) -> list[str]:
    """Run the blocks in one shell, until one fails; what is not as the page says."""
    walked = blocks(page)
    lines = [f"cd {root}"]
    for number, block in enumerate(walked):
        if block.exit_code:
            lines.append(f"set +e\n{block.commands}test $? = {block.exit_code} || exit 1")
        else:
            lines.append(f"set -e\n{block.commands}")
        lines.append(f"echo @@ {number} done")
    script = root / "guide.sh"
    script.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        ["sh", str(script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    )
    return _differences(walked, done.stdout)


def environment() -> dict[str, str]:
    """As a terminal has it: no kernel believes it is inside pytest, and no make inside make."""
    inside = ("PYTEST_", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(inside)}


def _differences(walked: list[Block], output: str) -> list[str]:
    rest = output
    found: list[str] = []
    for number, block in enumerate(walked):
        printed, done, rest = rest.partition(f"@@ {number} done\n")
        if not done:
            return [*found, f"it ends in:\n{block.commands}{printed[-2000:]}"]
        lines = iter(printed.splitlines())  # those that are shown come in this order
        for shown in block.shown:
            pattern = re.compile(re.escape(shown).replace("…", ".*"))
            if not any(pattern.fullmatch(line) for line in lines):
                found.append(f"{shown}: not printed by:\n{block.commands}{printed[-2000:]}")
                break
    return found


# --- the class ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clone")
    for name in CLONE:
        (root / name).symlink_to(ROOT / name)
    return root


@pytest.fixture(scope="module")
def differences(clone: Path) -> list[str]:
    """The guide, walked once."""
    return walk(GUIDE.read_text(encoding="utf-8"), clone)


@pytest.fixture(scope="module")
def course(clone: Path, differences: object) -> Path:
    """The folder of the practice, when the guide has ended."""
    return clone / "_build" / "class"


def wrong_totals(path: Path, students: tuple[Student, ...]) -> dict[str, float | None]:
    """Whoever does not have the expected total in the exported table, and has what."""
    with path.open(encoding="utf-8", newline="") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    expected = {student.student_id: float(student.total) for student in students}
    return {
        who: exported.get(who)
        for who in exported.keys() | expected.keys()
        if exported.get(who) != expected.get(who)
    }


def test_each_command_of_the_guide_does_what_the_guide_shows(differences: list[str]) -> None:
    assert differences == []


def test_all_twelve_get_their_grades(course: Path) -> None:
    assert wrong_totals(course / "grades.csv", CLASS) == {}


def test_a_grade_that_is_another_is_found(course: Path) -> None:
    first, *others = CLASS
    changed = Student(first.number, first.first, (0, *first.points[1:]))
    found = wrong_totals(course / "grades.csv", (changed, *others))
    assert found == {first.student_id: first.total}


def test_each_task_gets_its_points(course: Path) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        points = {
            submission.student_id: {
                grade.cell.name.removesuffix("-test"): grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(ASSIGNMENT)
        }
    assert points == {
        student.student_id: dict(zip(TASKS, student.points, strict=True))
        for student in CLASS
        if student.student_id in points
    }
    assert len(points) == 8


def test_the_feedback_names_each_mistake(course: Path) -> None:
    answers = {(one.task, one.name): one for one in sample_class.known_answers()}
    for student in CLASS:
        path = course / "feedback" / student.student_id / ASSIGNMENT / f"{ASSIGNMENT}.html"
        if not path.exists():
            continue
        page = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
        handed_in = student.again or student.first
        assert handed_in is not None
        for task, name in handed_in.answers.items():
            says = answers[task, name].says
            lost = student.points[TASKS.index(task)] == 0
            assert not (lost and says) or re.search(str(says), page), (student.student_id, name)
        assert ("There is no answer yet" in page) == any("written" not in t for t in handed_in.left)
        assert "most recent call last" not in page


# --- the guide ------------------------------------------------------------------------------------


def test_the_table_of_the_guide_is_the_expected_one() -> None:
    rows = re.findall(r"^\| `(student-\d+_\d+)` \|(.*)\|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    table = {who: [int(points) for points in row.split("|")] for who, row in rows}
    assert table == {each.student_id: [*each.points, each.total] for each in CLASS}


def test_each_command_that_can_fail_unnoticed_is_followed_by_what_it_prints() -> None:
    """Nbgrader ends with 0 if the name of its command is misspelt."""
    silent = [
        block.commands
        for block in blocks(GUIDE.read_text(encoding="utf-8"))
        if re.search(r"^(nbgrader|prefetchlab) ", block.commands, re.MULTILINE) and not block.shown
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("commands", "shown"),
    [
        ("nbgarder export", ""),
        ("prefetchlab submissions look 3-overlap", ""),
        ("prefetchlab submissions check 3-overlp", ""),
        ("nbgrader exports", "[ExportApp | INFO] Exporting grades to grades.csv"),
        ("echo one two", "one three"),
        ("echo two; echo one", "one\ntwo"),
    ],
)
def test_a_misspelt_command_or_another_output_is_found(
    tmp_path: Path, commands: str, shown: str
) -> None:
    page = f'```sh\nexport PATH="{Path(sys.executable).parent}:$PATH"\n```\n'
    page += f"```sh\n{commands}\n```\n\n```text\n{shown}\n```\n"
    assert len(walk(page, tmp_path)) == 1


# --- the archives ---------------------------------------------------------------------------------


def test_the_same_checkout_gives_the_same_bytes(tmp_path: Path) -> None:
    first = sample_class.write(tmp_path / "archive").read_bytes()
    assert sample_class.write(tmp_path / "archive").read_bytes() == first
    again = sample_class.write(tmp_path / "archive", again=True).read_bytes()
    assert again == sample_class.archive(again=True) != first


def test_the_class_is_twelve_and_no_grade_is_above_its_points() -> None:
    assert [student.number for student in CLASS] == list(range(1, 13))
    most = CLASS[0].points
    assert sum(most) == 40
    assert all(0 <= p <= m for one in CLASS for p, m in zip(one.points, most, strict=True))


@pytest.mark.parametrize(
    ("there", "message"),
    [
        ("moodle.zip", "it holds moodle.zip already; name another folder"),
        (None, "File exists; name a folder"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str | None, message: str
) -> None:
    folder = tmp_path / "archive"
    if there:
        folder.mkdir()
    (folder / there if there else folder).write_bytes(b"")
    assert sample_class.main([str(folder)]) == 2
    assert capsys.readouterr() == ("", f"sample_class: {folder}: {message}\n")
