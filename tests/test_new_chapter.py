"""A chapter begins as a notebook and a bank that run, and say what is left to be written."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from prefetchlab import quiz
from tests.test_chapters import FAULTS, to_be_written, unwritten
from tools.new_chapter import begin, files_of, with_chapter
from tools.normalise import as_stored, normalised, read
from tools.repository import ROOT

CONTENTS = """root: book/index
chapters:
  - file: book/3-overlap
    title: 3 · Overlap
  - file: book/symptoms
    title: What you see
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one chapter, and nothing else in it."""
    (tmp_path / "book" / "quizzes").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    return tmp_path


def test_a_new_chapter_lacks_only_what_its_author_must_write(course: Path) -> None:
    notebook, bank = begin(course, "4-buffer-size", "How many slots")
    chapter = read(course / notebook)
    assert [fault for fault in FAULTS if list(fault(chapter))] == [to_be_written]
    assert len(list(to_be_written(chapter))) > 10
    assert len(unwritten((course / bank).read_text(encoding="utf-8"))) > 10
    assert (course / notebook).read_text(encoding="utf-8") == as_stored(normalised(chapter))


def test_its_bank_loads_and_is_the_one_that_its_notebook_shows(course: Path) -> None:
    notebook, path = begin(course, "4-buffer-size", "How many slots")
    bank = quiz.load(course / path)
    assert (bank.chapter, bank.title, list(bank.objectives)) == ("4", "How many slots", ["4.1"])
    text = (course / notebook).read_text(encoding="utf-8")
    assert 'quiz.load(\\"4-buffer-size\\")' in text
    assert "# 4 · How many slots" in text
    assert all(word not in text for word in ("NUMBER", "NAME", "TITLE"))


def test_every_proof_of_its_bank_holds(course: Path) -> None:
    _, path = begin(course, "4-buffer-size", "How many slots")
    prove = [str(Path(sys.executable).with_name("prefetchlab")), "quiz", "prove", path]
    done = subprocess.run(prove, cwd=course, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("1-pipelines", ["1-pipelines", "3-overlap", "symptoms"]),
        ("4-slots", ["3-overlap", "4-slots", "symptoms"]),
    ],
)
def test_it_stands_at_its_place_in_the_contents(name: str, order: list[str]) -> None:
    contents = yaml.safe_load(with_chapter(CONTENTS, name, "A title"))
    assert [entry["file"] for entry in contents["chapters"]] == [f"book/{each}" for each in order]


@pytest.mark.parametrize(
    "name", ["", "buffer-size", "4", "4_slots", "44-slots", "4-Slots", "7-more", "../4-x"]
)
def test_a_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no chapter's name; write number and words"):
        files_of(name, "A title")


def test_a_chapter_that_is_there_stays_as_it_is(course: Path) -> None:
    mine = course / "book" / "quizzes" / "4-slots.yml"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"4-slots\.yml: it is there already; nothing was"):
        begin(course, "4-slots", "A title")
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (course / "book" / "4-slots.ipynb").exists()
    assert (course / "_toc.yml").read_text(encoding="utf-8") == CONTENTS


@pytest.mark.parametrize("title", ["Why: it waits", 'Say "wait"', "C:\\temp", "x # y", "[1]", "12"])
def test_a_title_stays_as_it_is_given(course: Path, title: str) -> None:
    notebook, path = begin(course, "4-buffer-size", title)
    assert quiz.load(course / path).title == title
    assert read(course / notebook).cells[0].source.startswith(f"# 4 · {title}\n")
    contents = yaml.safe_load((course / "_toc.yml").read_text(encoding="utf-8"))
    assert contents["chapters"][1]["title"] == f"4 · {title}"


@pytest.mark.parametrize("title", ["", "  ", "two\nlines"])
def test_no_title_of_one_line_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match="is no title; write one: TITLE="):
        files_of("4-slots", title)


def test_a_number_is_taken_once(course: Path) -> None:
    with pytest.raises(ValueError, match=r"_toc\.yml: chapter 3 is 3-overlap there; nothing was"):
        begin(course, "3-other", "A title")
    assert not (course / "book" / "3-other.ipynb").exists()


def test_the_command_says_in_one_line_what_is_wrong() -> None:
    command = [sys.executable, "-m", "tools.new_chapter", "3-overlap", "Again"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "new_chapter: _toc.yml: chapter 3 is 3-overlap there; nothing was written\n"
    )
