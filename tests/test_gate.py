"""The one gate, `make check`: each of its tools finds what it is there for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.repository import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROGRAMS = Path(sys.executable).parent


def recipe(target: str) -> str:
    """The line of a target and the commands under it."""
    found: list[str] = re.findall(rf"^{target}:.*\n(?:\t.*\n)+", MAKEFILE, re.MULTILINE)
    (only,) = found
    return only


def run(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program, *rest = words
    return subprocess.run(
        [str(PROGRAMS / program), *rest], cwd=folder, capture_output=True, text=True
    )


def test_the_gate_is_style_types_layers_and_spelling() -> None:
    tools = re.findall(r"@\$\(BIN\)/(\S+(?: (?:check|format))?)", recipe("check"))
    assert tools == ["ruff check", "ruff format", "mypy", "lint-imports", "codespell"]


def test_make_test_begins_with_the_gate() -> None:
    assert recipe("test").startswith("test: check ")


def test_the_hook_before_a_commit_calls_the_gate_and_nothing_else() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.*)", text) == ["make check"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("import os\n", id="an import that nothing uses"),
        pytest.param("def f(x):\n    return x\n", id="a function without types"),
        pytest.param("assert 1 + 1 == 2\n", id="an assertion in the laboratory"),
    ],
)
def test_ruff_finds_a_planted_fault(tmp_path: Path, line: str) -> None:
    file = tmp_path / "planted.py"
    file.write_text(f'"""A module."""\n\n{line}', encoding="utf-8")
    done = run("ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(file))
    assert done.returncode == 1, done.stdout


def test_ruff_finds_a_line_that_is_formatted_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text("x = {  'a':1 }\n", encoding="utf-8")
    done = run("ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), str(file))
    assert done.returncode == 1, done.stdout


def test_mypy_finds_a_wrong_type(tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text(
        "from prefetchlab import theory\n\ntheory.speedup('a', 1.0)\n", encoding="utf-8"
    )
    done = run("mypy", "--config-file", str(ROOT / "pyproject.toml"), str(file))
    assert 'incompatible type "str"' in done.stdout


def test_no_file_is_left_out_of_the_types() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "strict = true" in text
    assert not re.search(r"ignore_errors|^exclude =|disable_error_code", text, re.MULTILINE)


def test_codespell_finds_a_misspelt_word(tmp_path: Path) -> None:
    wrong = "reci" + "eved"  # in two parts, so that this file passes
    (tmp_path / "notes.md").write_text(wrong, encoding="utf-8")
    done = run("codespell", "--toml", str(ROOT / "pyproject.toml"), "notes.md", folder=tmp_path)
    assert f"{wrong} ==> received" in done.stdout
