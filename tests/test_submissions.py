"""The pre-check of a class's submissions: files, names, setting aside, exit codes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import cli
from prefetchlab.errors import InputError
from prefetchlab.grading.submissions import Finding, Kind, check
from tests.tiny_course import KILL, TINY, Tiny, answered, blank, stripped

# --- files and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "it is not a notebook", id="empty"),
        pytest.param(b"{", "it is not a notebook", id="broken JSON"),
        pytest.param(b"[]", "it is not a notebook", id="a list"),
        pytest.param(b"[" * 100_000, "it is not a notebook", id="nested too deep"),
        pytest.param(b"\xff", "it is not UTF-8 text", id="no text"),
    ],
)
def test_file_that_is_no_notebook_is_refused(tiny: Tiny, content: bytes, reason: str) -> None:
    tiny.write("ada", content)
    (found,) = check(TINY, tiny.root)
    assert (found.student, found.kind) == ("ada", Kind.REFUSED)
    assert reason in found.reason


def test_pipe_in_place_of_a_notebook_is_not_waited_for(tiny: Tiny) -> None:
    tiny.folder("ada").mkdir(parents=True)
    os.mkfifo(tiny.folder("ada") / f"{TINY}.ipynb")
    assert tiny.kinds() == {"ada": [Kind.REFUSED]}


def test_missing_renamed_and_second_notebooks_are_told_apart(tiny: Tiny) -> None:
    tiny.write("missing", b"", "notes.txt")
    tiny.submit("renamed").rename(tiny.folder("renamed") / "Untitled.ipynb")
    shutil.copy(tiny.submit("two"), tiny.folder("two") / "copy.ipynb")
    assert tiny.kinds() == {
        "missing": [Kind.SILENT],
        "renamed": [Kind.REFUSED],
        "two": [Kind.SEVERAL],
    }


def test_folder_names_that_nbgrader_cannot_take_are_found(tiny: Tiny) -> None:
    for name in ("line\nbreak", "ada[1]", ".hidden", "Zoë O'Brien_17", "right"):
        tiny.submit(name)
    assert tiny.kinds() == {
        "line\nbreak": [Kind.STOPS],
        "ada[1]": [Kind.REFUSED],
        ".hidden": [Kind.SILENT],
    }
    assert all("\n" not in str(each) for each in check(TINY, tiny.root))


def test_folder_with_a_line_break_is_set_aside_in_one_line(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.submit("line\nbreak")
    monkeypatch.chdir(tiny.root)
    cli.main(["submissions", "check", TINY, "--set-aside"])
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (tiny.root / "set_aside" / "line\nbreak" / TINY).is_dir()


def test_timestamp_that_is_no_time_is_found(tiny: Tiny) -> None:
    tiny.submit("good")
    tiny.write("good", b"2026-01-31 17:00:00 UTC", "timestamp.txt")
    tiny.submit("bad")
    tiny.write("bad", b"soon", "timestamp.txt")
    assert tiny.kinds() == {"bad": [Kind.REFUSED]}


@pytest.mark.parametrize(
    ("source", "call"),
    [
        pytest.param("import os\nos._exit(0)", "os._exit()", id="by its module"),
        pytest.param("from os import abort as stop\nstop()", "stop()", id="under another name"),
        pytest.param("%time 1\nos.kill(os.getppid(), 9)", "os.kill()", id="beside a magic"),
    ],
)
def test_call_that_may_end_the_kernel_is_named(tiny: Tiny, source: str, call: str) -> None:
    tiny.submit("ada", answered(source))
    (found,) = check(TINY, tiny.root)
    assert found.kind is Kind.ENDS
    assert call in found.reason


def test_advice_of_python_on_a_students_code_is_kept_away(
    tiny: Tiny, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.submit("ada", answered("def double(x):\n    '\\d'\n    return 2 * x"))
    assert tiny.kinds() == {}
    assert capsys.readouterr().err == ""


def test_word_in_a_comment_ends_no_kernel(tiny: Tiny) -> None:
    tiny.submit("ada", answered("# never call os._exit(0)\ndef double(x):\n    return 2 * x"))
    assert tiny.kinds() == {}


# --- setting aside --------------------------------------------------------------------------------


def test_nothing_set_aside_earlier_is_overwritten(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny.root)
    for content in (b"first", b"second", b"third"):
        tiny.write("ada", content)
        assert cli.main(["submissions", "check", TINY, "--set-aside"]) == 1
        tiny.submit("bob")
    places = [tiny.root / "set_aside" / "ada" / name for name in (TINY, "tiny-2", "tiny-3")]
    kept = [(place / f"{TINY}.ipynb").read_bytes() for place in places]
    assert kept == [b"first", b"second", b"third"]


def test_only_the_refused_are_set_aside(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.root)
    tiny.submit("blank", blank)
    tiny.submit("killed", answered(KILL))
    tiny.submit("stripped", stripped)
    assert cli.main(["submissions", "check", TINY, "--set-aside"]) == 1
    assert not (tiny.root / "set_aside").exists()


# --- how it ends ----------------------------------------------------------------------------------


def test_class_without_findings_ends_with_0(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.submit("ada")
    monkeypatch.chdir(tiny.root)
    assert cli.main(["submissions", "check", TINY]) == 0
    assert capsys.readouterr().out == "tiny: 1 handed in, nobody to look at\n"


def test_check_makes_no_gradebook(tiny: Tiny) -> None:
    (tiny.root / "gradebook.db").unlink()
    tiny.submit("ada")
    assert check(TINY, tiny.root) == ()
    assert not (tiny.root / "gradebook.db").exists()


def no_config(root: Path) -> None:
    (root / "nbgrader_config.py").unlink()


def broken_config(root: Path) -> None:
    (root / "nbgrader_config.py").write_text("c = ", encoding="utf-8")


def broken_release(root: Path) -> None:
    (root / "exercises" / TINY / f"{TINY}.ipynb").write_text("{", encoding="utf-8")


def broken_gradebook(root: Path) -> None:
    (root / "gradebook.db").write_text("no database, but long enough to be read as one" * 9)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        pytest.param(no_config, "run this at the root of the course", id="no course"),
        pytest.param(broken_config, "nbgrader_config.py: ", id="a broken configuration"),
        pytest.param(broken_release, "generate it again", id="a broken release"),
        pytest.param(broken_gradebook, "not a gradebook", id="a broken gradebook"),
        pytest.param(
            lambda root: shutil.rmtree(root / "submitted"), "nothing handed in", id="nothing"
        ),
        pytest.param(
            lambda root: shutil.rmtree(root / "exercises"), "no such assignment", id="no release"
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    tiny: Tiny,
    spoil: Callable[[Path], None],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny.submit("ada")
    spoil(tiny.root)
    monkeypatch.chdir(tiny.root)
    assert cli.main(["submissions", "check", TINY]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert named in err


def test_unknown_assignment_names_those_there_are(tiny: Tiny) -> None:
    with pytest.raises(InputError, match="other: no such assignment in exercises/; there is tiny"):
        check("other", tiny.root)


def test_finding_is_one_line() -> None:
    finding = Finding("a\nb", Kind.BLANK, "no answer was changed", "ask")
    assert str(finding) == r"'a\nb': blank: no answer was changed; ask"


def test_check_loads_no_tensorflow() -> None:
    code = "import sys, prefetchlab.grading.submissions; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_nbgrader_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['nbgrader'] = None\n"
        "from prefetchlab import cli; sys.exit(cli.main(['submissions', 'check', 'tiny']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("prefetchlab: nbgrader: not installed; install it: pip install")
    assert len(done.stderr.splitlines()) == 1
