"""What the repository's files must say: commands, versions, names; nothing of one machine."""

import ast
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from prefetchlab import __version__
from tools.repository import ROOT

BUILT = {
    ".git",
    ".venv",
    ".venv-peers",
    ".venv-releases",
    ".venv-mutation",
    "_build",
    "gradebook.db",
}


def course_files() -> list[Path]:
    """Every file that belongs to the course: what git does not ignore."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    else:  # an unpacked archive
        found = [p for p in ROOT.rglob("*") if BUILT.isdisjoint(p.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def machine_names() -> re.Pattern[str]:
    """Paths of one person's machine, and this machine's name where it is no common word."""
    paths = r"(?<![\w.\-/])/(?:root|work|home/\w+|Users/\w+|tmp/\w+)\b(?=/|[\"'\s:,)]|$)"
    host = socket.gethostname()
    distinctive = len(host) >= 6 and re.search(r"\d", host)
    return re.compile(rf"{paths}|\b{re.escape(host)}\b" if distinctive else paths, re.MULTILINE)


def names_of_a_machine(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    return [f"{path.name}: {match[0]}" for match in machine_names().finditer(text)]


def test_no_file_names_a_path_or_a_machine() -> None:
    files = course_files()
    assert ROOT / "README.md" in files
    assert [name for path in files for name in names_of_a_machine(path)] == []


@pytest.mark.parametrize("place", ["root/x", "work/main/book", "home/ada/y.py", "tmp/ipykernel_7"])
def test_a_planted_path_of_a_machine_is_found(tmp_path: Path, place: str) -> None:
    file = tmp_path / "notes.md"
    file.write_text(f'It is in "/{place}", see https://example.org/{place}.', encoding="utf-8")
    assert len(names_of_a_machine(file)) == 1


def test_the_readme_leads_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_block = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)[0]
    assert re.findall(r"^make \w+", first_block, re.MULTILINE) == ["make site", "make test"]


def test_the_readme_names_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^|\$ )make ([a-z]+)", text, re.MULTILINE)) <= targets


def test_continuous_integration_runs_make_test() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


# --- what is said in several places --------------------------------------------------------------

PYTHONS = ["3.11", "3.12", "3.13"]


def pythons_in(name: str, pattern: str) -> list[str]:
    """The Python versions that a file names where the pattern says."""
    text = (ROOT / name).read_text(encoding="utf-8")
    (found,) = re.findall(pattern, text, re.MULTILINE)
    return re.findall(r"3\.\d+", found)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("README.md", r"You need Python (.*?), GNU make"),
        ("Makefile", r"^\s+([\d.|]+)\) ;;"),
        (".github/workflows/test.yml", r"python: (\[.*\])"),
    ],
)
def test_the_same_pythons_are_promised_and_tested_everywhere(name: str, pattern: str) -> None:
    assert pythons_in(name, pattern) == PYTHONS


def test_the_package_is_for_the_pythons_that_are_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    last = int(PYTHONS[-1].split(".")[1])
    assert project["requires-python"] == f">={PYTHONS[0]},<3.{last + 1}"


def imported(folder: Path) -> set[str]:
    """What the files of a folder import from others, by the name that a requirement has."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module).partition(".")[0])
    others = names - sys.stdlib_module_names - {"prefetchlab"}
    distributions = packages_distributions()
    return {distributions.get(name, [name])[0].lower() for name in others}


def required(name: str) -> set[str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {match[0].lower() for match in re.finditer(r"^[\w-]+", text, re.MULTILINE)}


def test_the_laboratory_requires_just_what_it_imports() -> None:
    # What checks a class comes with nbgrader, and says what to install where that is missing.
    with_nbgrader = {"nbgrader", "nbconvert", "nbformat", "ipython", "sqlalchemy", "traitlets"}
    assert imported(ROOT / "src" / "prefetchlab") - with_nbgrader == required("laboratory.txt")


def places_of(text: str) -> list[str]:
    """The files of the course, the changelog apart, that hold a text."""
    files = [
        path for path in course_files() if path.suffix in (".py", ".toml", ".yml", ".cff", ".md")
    ]
    return [
        path.relative_to(ROOT).as_posix()
        for path in files
        if text in path.read_text(encoding="utf-8") and path.name != "CHANGELOG.md"
    ]


def test_the_version_stands_in_one_place() -> None:
    assert places_of(__version__) == ["src/prefetchlab/__init__.py"]


def test_a_layer_is_described_in_one_place() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    described = re.findall(r'^  "\w+", +# (.+)$', text, re.MULTILINE)
    assert len(described) > 10
    assert {place for words in described for place in places_of(words)} == {"pyproject.toml"}


def test_the_changelog_begins_with_what_is_unreleased_or_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert versions[0] in ("Unreleased", __version__)
    assert __version__ in versions
