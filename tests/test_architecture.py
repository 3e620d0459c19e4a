"""The rooms of the laboratory and who may enter which; what the repository's files must say."""

import ast
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "prefetchlab"

# From top to bottom: a room imports only from the rooms after it, and from the leaves.
ROOMS = (
    "cli",
    "grading",
    "quiz",
    "experiments",
    "figures",
    "measure",
    "graph",
    "pipelines",
    "workloads",
    "timeline",
    "theory",
)
LEAVES = ("errors", "_tensorflow")


# --- reading the code ----------------------------------------------------------------------------


def room_of(path: Path, package: Path) -> str:
    """The first part of a module's name below the package; "__init__" for the package itself."""
    return path.relative_to(package).with_suffix("").parts[0]


MODULE = re.compile(r"prefetchlab(\.\w+)+")


def imported(tree: ast.Module, module: list[str]) -> Iterator[list[str]]:
    """The dotted names that a module imports, wherever the import stands in it.

    A string that is nothing but the name of a module of the laboratory counts as an import: that
    is how modules are handed to `importlib` and to other processes.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module[: len(module) - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            yield from ([*base, alias.name] for alias in node.names)
        elif isinstance(node, ast.Constant) and MODULE.fullmatch(str(node.value)):
            yield node.value.split(".")


def module_name(path: Path, package: Path) -> list[str]:
    """A module's dotted name, as relative imports count it: a package's ends in `__init__`."""
    return [package.name, *path.relative_to(package).with_suffix("").parts]


def import_faults(package: Path) -> list[str]:
    """Each import that does not point downward, and each module that belongs to no room."""
    faults = []
    for path in sorted(package.rglob("*.py")):
        room, place = room_of(path, package), path.relative_to(package)
        if room not in (*ROOMS, *LEAVES, "__init__"):
            faults.append(f"{place}: {room} is not a room")
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in imported(tree, module_name(path, package)):
            if name[0] == package.name and not may_enter(room, name[1:], package):
                faults.append(f"{place}: {room} imports {'.'.join(name)}")
    return faults


def may_enter(room: str, name: list[str], package: Path) -> bool:
    """Whether `room` may import `name`, a dotted name without the package's."""
    target = name[0] if name else "__init__"
    if target == room or target in LEAVES:
        return True
    if target in ROOMS:
        return room in ROOMS and ROOMS.index(room) < ROOMS.index(target)
    # What is left is an attribute of the package itself, such as __version__.
    return room != "__init__" and not is_module(package / target)


def is_module(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


PRIVATE = re.compile(r"experimental|experimental_\w+|_inputs|__internal__")


def private_uses(tree: ast.Module) -> Iterator[str]:
    """Uses of experimental or private TensorFlow: attributes, keywords, imports and names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            yield node.attr
        elif isinstance(node, ast.keyword) and PRIVATE.fullmatch(node.arg or ""):
            yield node.arg
        elif isinstance(node, ast.Constant) and "tensorflow.python" in str(node.value):
            yield "tensorflow.python"
    for name in imported(tree, []):
        if name[:2] == ["tensorflow", "python"] or any(map(PRIVATE.fullmatch, name)):
            yield ".".join(name)


def rooms_with_private_uses(package: Path) -> set[str]:
    return {
        room_of(path, package)
        for path in package.rglob("*.py")
        if any(private_uses(ast.parse(path.read_text(encoding="utf-8"))))
    }


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the package, to plant faults in."""
    return shutil.copytree(
        PACKAGE, tmp_path / "prefetchlab", ignore=shutil.ignore_patterns("__pycache__")
    )


def plant(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")


# --- rooms ---------------------------------------------------------------------------------------


def test_imports_point_only_downward():
    assert import_faults(PACKAGE) == []


def test_every_room_that_the_order_names_exists():
    assert [room for room in ROOMS if not is_module(PACKAGE / room)] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("theory.py", "import prefetchlab.measure"),
        ("theory.py", "from prefetchlab import graph"),
        ("theory.py", "from . import graph"),
        ("graph.py", "from prefetchlab.measure.step_times import run_steps"),
        ("graph.py", "def later():\n    from prefetchlab.experiments import run"),
        ("measure/step_times.py", "from ..figures import steps"),
        ("measure/__init__.py", "from ..figures import steps"),
        ("quiz/bank.py", "PRELOAD = ['prefetchlab.cli']"),
        ("errors.py", "from prefetchlab import theory"),
        ("__init__.py", "from prefetchlab import theory"),
        ("attic.py", ""),
        ("attic/__init__.py", ""),
    ],
)
def test_a_planted_upward_import_or_unknown_room_is_found(copy, file, line):
    plant(copy / file, line)
    assert len(import_faults(copy)) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("figures/drawing.py", "from prefetchlab.theory import simulate"),
        ("cli/__init__.py", "from prefetchlab import __version__"),
        ("measure/step_times.py", "from .result import Result"),
        ("theory.py", "from prefetchlab.errors import InputError"),
    ],
)
def test_a_downward_import_is_no_fault(copy, file, line):
    plant(copy / file, line)
    assert import_faults(copy) == []


def test_theory_imports_nothing_of_tensorflow():
    tree = ast.parse((PACKAGE / "theory.py").read_text(encoding="utf-8"))
    roots = {name[0] for name in imported(tree, ["prefetchlab", "theory"])}
    assert roots.isdisjoint({"tensorflow", "keras"})
    assert ["prefetchlab", "_tensorflow", "tf"] not in list(imported(tree, []))


def test_only_graph_touches_experimental_or_private_tensorflow():
    assert rooms_with_private_uses(PACKAGE) == {"graph"}


@pytest.mark.parametrize(
    "line",
    [
        "tf.data.experimental.cardinality(1)",
        "from tensorflow.data.experimental import cardinality",
        "from tensorflow.data import experimental",
        "import tensorflow.python.framework",
        "from tensorflow.python import tf2",
        "importlib.import_module('tensorflow.python')",
        "options.experimental_deterministic = False",
        "fetch(experimental_device='GPU:0')",
        "dataset._inputs()",
    ],
)
def test_a_planted_use_of_experimental_tensorflow_is_found(copy, line):
    plant(copy / "pipelines.py", line)
    assert rooms_with_private_uses(copy) == {"graph", "pipelines"}


# --- what an import costs ------------------------------------------------------------------------

HELP = "from prefetchlab import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
LOADED = "import sys\nprint(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"


def loaded(code: str, path: Path) -> str:
    """The heavy libraries in memory after `code` ran with the package of the folder `path`."""
    code = f"import sys\nsys.path.insert(0, {str(path)!r})\n{code}\n{LOADED}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("code", ["import prefetchlab", HELP], ids=["import", "help"])
def test_the_package_and_its_help_load_no_tensorflow(code):
    assert loaded(code, PACKAGE.parent) == "[]"


@pytest.mark.parametrize(
    ("file", "code"), [("__init__.py", "import prefetchlab"), ("cli/__init__.py", HELP)]
)
def test_a_planted_import_of_tensorflow_is_seen(copy, file, code):
    (copy.parent / "tensorflow.py").write_text("", encoding="utf-8")  # stands for the real one
    plant(copy / file, "import tensorflow")
    assert loaded(code, copy.parent) == "['tensorflow']"


# --- the repository's files ----------------------------------------------------------------------

BUILT = {".git", ".venv", "_build", "gradebook.db"}


def course_files() -> list[Path]:
    """Every file that belongs to the course: what git does not ignore."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    else:  # an unpacked archive
        found = [p for p in ROOT.rglob("*") if BUILT.isdisjoint(p.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def machine_names() -> re.Pattern:
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


def test_no_file_holds_a_path_or_the_name_of_a_machine():
    files = course_files()
    assert ROOT / "README.md" in files
    assert [name for path in files for name in names_of_a_machine(path)] == []


@pytest.mark.parametrize("place", ["root/x", "work/main/book", "home/ada/y.py", "tmp/ipykernel_7"])
def test_a_planted_path_of_a_machine_is_found(tmp_path, place):
    file = tmp_path / "notes.md"
    file.write_text(f'It is in "/{place}", see https://example.org/{place}.', encoding="utf-8")
    assert len(names_of_a_machine(file)) == 1


def test_the_readme_leads_with_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_block = re.search(r"```\w*\n(.*?)```", text, re.DOTALL)[1]
    assert re.findall(r"^make \w+", first_block, re.MULTILINE) == ["make site", "make test"]


def test_the_readme_names_only_targets_that_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^|\$ )make ([a-z]+)", text, re.MULTILINE)) <= targets


def test_continuous_integration_runs_make_test():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
