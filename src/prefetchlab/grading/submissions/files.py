"""What the folder of a submission shows, before any notebook is read."""

import glob
from pathlib import Path

from nbgrader.utils import parse_utc

from prefetchlab.grading.submissions.finding import Finding, Kind


def file_findings(student: str, folder: Path, assignment: str) -> list[Finding]:
    """Faults of names and files.

    **Arguments:**

    - `student`: the name of the student's folder.
    - `folder`: `submitted/STUDENT/ASSIGNMENT`.
    - `assignment`: the name of the assignment.

    **Returns:** a finding each; empty if the one notebook is there.
    """
    return [
        *_name_findings(student),
        *_notebook_findings(student, folder, f"{assignment}.ipynb"),
        *_time_findings(student, folder / "timestamp.txt"),
    ]


def _name_findings(student: str) -> list[Finding]:
    todo = "rename the folder"
    if "\n" in student:
        return [Finding(student, Kind.STOPS, "a line break is in the folder's name", todo)]
    if glob.escape(student) != student:  # nbgrader takes the name for a pattern
        return [Finding(student, Kind.REFUSED, "one of [ * ? is in the folder's name", todo)]
    if student.startswith("."):
        return [Finding(student, Kind.SILENT, "nbgrader passes over a hidden folder", todo)]
    return []


def _notebook_findings(student: str, folder: Path, expected: str) -> list[Finding]:
    there = sorted(path.name for path in folder.glob("*.ipynb"))
    others = ", ".join(name for name in there if name != expected)
    if not there:
        return [Finding(student, Kind.SILENT, "no notebook is in the folder", "ask for it")]
    if expected not in there:
        return [
            Finding(student, Kind.REFUSED, f"only {others} is there", f"rename it to {expected}")
        ]
    if others:
        reason = f"{others} is there, too; only {expected} is graded"
        return [Finding(student, Kind.SEVERAL, reason, "see which one the student means")]
    return []


def _time_findings(student: str, path: Path) -> list[Finding]:
    try:
        if path.is_file() and (text := path.read_text().strip()):
            parse_utc(text)
    except (ValueError, OverflowError, OSError):
        todo = "write a time in it, like 2026-01-31 17:00:00 UTC, or remove it"
        return [Finding(student, Kind.REFUSED, "timestamp.txt holds no time", todo)]
    return []
