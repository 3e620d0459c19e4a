"""Collect what Moodle or Canvas gives: one folder a student, as nbgrader wants it.

`nbgrader zip_collect` uses the class here; nbgrader_config.py names it. The archive of a class may
hold a file for each student, a folder for each student, and archives in it. Stock nbgrader takes
the student's id from a pattern, too, but ends for the whole class at the first student who handed
in two notebooks.
"""

import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import unzip

# Moodle: First Last_1234567_assignsubmission_file_3-overlap.ipynb, or a folder that ends there.
_MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file(?:_|$)")
# Canvas: lastfirst_12345_678901_3-overlap-2.ipynb; a late one has LATE after the name.
_CANVAS = re.compile(r"(?P<name>.+?)_(?:LATE_)?(?P<number>\d+)_\d+_")
# What systems and editors add to an archive.
_NOT_HANDED_IN = frozenset({"__MACOSX", ".ipynb_checkpoints"})


@dataclass(frozen=True)
class Collected:
    """Where one file of an archive goes.

    Attributes:
        student: the student's folder in `submitted/`.
        notebook: the name of the notebook in it, without `.ipynb`.
    """

    student: str
    notebook: str


def collected(files: Iterable[Path], assignment: str) -> dict[Path, Collected]:
    """Where each notebook of an archive goes.

    Of several notebooks of one student, the one that is named like the assignment is graded, or
    else the last by name. The others are kept beside it, under their own names.

    >>> moodle = "Zoë Doe_17_assignsubmission_file_3-overlap (1).ipynb"
    >>> collected([Path(moodle)], "3-overlap")[Path(moodle)]
    Collected(student='Zoë Doe_17', notebook='3-overlap')

    **Arguments:**

    - `files`: all files of the archive, as paths in the folder into which it was unpacked.
    - `assignment`: the name of the assignment.

    **Returns:** for each notebook that has a student, the student and the name it gets.
    """
    by_student: dict[str, list[Path]] = {}
    for file in sorted(files):
        student = student_of(file, assignment)
        if file.suffix == ".ipynb" and student:
            by_student.setdefault(student, []).append(file)
    return {
        file: Collected(student, name)
        for folder, found in by_student.items()
        for student, notebooks in _told_apart(folder, found, assignment).items()
        for file, name in _named(notebooks, assignment).items()
    }


def student_of(file: Path, assignment: str) -> str | None:
    """The student who handed in a file; None if its path does not tell.

    The number is part of the id, because two students may have one name. It is Moodle's number of
    the submission's participant, or Canvas's number of the student.
    """
    if _NOT_HANDED_IN & set(file.parts) or file.name.startswith("."):
        return None
    for part in file.parts:
        if match := _MOODLE.match(part) or _CANVAS.match(part):
            return _composed(f"{match['name']}_{match['number']}")
    folders = [part for part in file.parts[:-1] if part != assignment]
    return _composed(folders[-1]) if folders else None


def _told_apart(folder: str, found: list[Path], assignment: str) -> dict[str, list[Path]]:
    """The students of one folder: one, or many if it is an archive with a file for each.

    It is, if several notebooks lie right in it and none is named like the assignment.
    """
    own = [_own_name(file) for file in found]
    is_class = all(file.parent.as_posix() == folder for file in found) and assignment not in own
    if len(found) == 1 or not is_class:
        return {folder: found}
    return {_composed(file.stem): [file] for file in found}


def _composed(name: str) -> str:
    """One spelling of each name: an archive made on a Mac stores é as two characters."""
    return unicodedata.normalize("NFC", name)


def _named(notebooks: list[Path], assignment: str) -> dict[Path, str]:
    """The name that each notebook of one student gets."""
    own = {file: _own_name(file) for file in notebooks}
    exact = [file for file in notebooks if own[file] == assignment]
    graded = (exact or notebooks)[-1]
    names = {graded: assignment}
    for file in notebooks:
        if file != graded:
            names[file] = _free(own[file], set(names.values()))
    return names


def _own_name(file: Path) -> str:
    """The name that the student gave it."""
    match = _MOODLE.match(file.stem) or _CANVAS.match(file.stem)
    return file.stem[match.end() :] if match else file.stem


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name or "notebook"
    while free in taken:
        number, free = number + 1, f"{name}-{number + 1}"
    return free


class ArchivesInArchives(ExtractorPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Nbgrader's plugin: unpacks archives, and those that students put into them.

    Stock nbgrader ends for the whole class at the first file that is called .zip and is none.
    """

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack what a class handed in; what cannot be unpacked is logged and left as it is.

        **Arguments:**

        - `archive_path`: the folder with the archives.
        - `extracted_path`: the folder to unpack them into.
        """
        shutil.copytree(archive_path, extracted_path, dirs_exist_ok=True)
        waiting = self._archives(Path(extracted_path))
        while waiting:
            archive = waiting.pop()
            try:
                unzip(str(archive), str(archive.parent), self.zip_ext, create_own_folder=True)
            except Exception as error:  # whatever one student's file does, it stops no class
                self.log.warning("%s: cannot be unpacked, and is left out: %s", archive, error)
                archive.rename(archive.with_name(f"{archive.name}.broken"))
                continue
            archive.unlink()  # the copy; the original stays in the folder of archives
            waiting = self._archives(Path(extracted_path))
        for path in [*Path(extracted_path).rglob("*.[iI][pP][yY][nN][bB]")]:
            path.rename(path.with_suffix(".ipynb"))

    def _archives(self, folder: Path) -> list[Path]:
        return [path for path in folder.rglob("*") if path.suffix in self.zip_ext]


class OneFolderAStudent(FileNameCollectorPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Nbgrader's plugin: tells `nbgrader zip_collect` where each file goes."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """The student and the notebook of one unpacked file; None if it is not collected.

        **Arguments:**

        - `submitted_file`: the absolute path of the file.

        **Returns:** what nbgrader asks for: `student_id` and `file_id`.
        """
        unpacked = self._unpacked()
        files = [path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()]
        place = Path(submitted_file).relative_to(unpacked)
        found = collected(files, self.parent.coursedir.assignment_id).get(place)
        return {"student_id": found.student, "file_id": found.notebook} if found else None

    def _unpacked(self) -> Path:
        """The folder into which `zip_collect` unpacked the archives."""
        place = self.parent.collect_directory_structure.format(
            downloaded=self.parent.downloaded_directory,
            assignment_id=self.parent.coursedir.assignment_id,
            collect_step=self.parent.extracted_directory,
        )
        return Path(self.parent.coursedir.root, place)
