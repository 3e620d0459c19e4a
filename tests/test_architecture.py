"""The layers of the laboratory, who touches private TensorFlow, and what an import costs.

The layers themselves stand in pyproject.toml, once; import-linter holds them. Here its contracts
are run, and faults are planted that they must find.
"""

import ast
import dataclasses
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import prefetchlab
from tools.repository import ROOT

PACKAGE = ROOT / "src" / "prefetchlab"


# --- layers --------------------------------------------------------------------------------------


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in the folder `source`."""
    code = "import sys; from importlinter.cli import lint_imports_command as lint; lint()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=source,
        env={"PYTHONPATH": str(source), "PATH": ""},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, to plant faults in."""
    return shutil.copytree(
        PACKAGE, tmp_path / "prefetchlab", ignore=shutil.ignore_patterns("__pycache__")
    )


def plant(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")


def test_imports_point_only_downward() -> None:
    done = lint_imports(PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        pytest.param("theory/limits.py", "import prefetchlab.measure", id="an upward import"),
        pytest.param(
            "graph/views.py", "def f():\n    from prefetchlab.cli import main", id="a late one"
        ),
        pytest.param("errors.py", "from prefetchlab import theory", id="from a leaf"),
        pytest.param(
            "timeline.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import prefetchlab.graph",
            id="one for types alone",
        ),
        pytest.param("quiz/model.py", "import prefetchlab.quiz.loading", id="up in the quiz"),
        pytest.param("claims/model.py", "import prefetchlab.claims.loading", id="up in claims"),
        pytest.param("claims/rules.py", "from prefetchlab import quiz", id="claims of questions"),
        pytest.param("proofs/located.py", "import prefetchlab.proofs.faults", id="up in proofs"),
        pytest.param("proofs/child.py", "from prefetchlab import quiz", id="proofs of questions"),
        pytest.param("attic.py", "", id="a module of no layer"),
        pytest.param("attic/__init__.py", "", id="a package of no layer"),
    ],
)
def test_a_planted_break_of_the_layers_is_found(copy: Path, file: str, line: str) -> None:
    plant(copy / file, line)
    done = lint_imports(copy.parent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "attic" in done.stdout


# --- TensorFlow ----------------------------------------------------------------------------------

PRIVATE = re.compile(r"experimental|experimental_\w+|_inputs|__internal__")


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports, wherever the import stands in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def private_uses(tree: ast.Module) -> Iterator[str]:
    """Uses of experimental or private TensorFlow: attributes, keywords, imports and names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            yield node.attr
        elif isinstance(node, ast.keyword) and PRIVATE.fullmatch(node.arg or ""):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and "tensorflow.python" in str(node.value):
            yield "tensorflow.python"
    for name in imported(tree):
        if name.startswith("tensorflow.python") or any(map(PRIVATE.fullmatch, name.split("."))):
            yield name


def packages_with_private_uses(package: Path) -> set[str]:
    """The modules and packages that stand directly in `package` and hold such a use."""
    return {
        path.relative_to(package).with_suffix("").parts[0]
        for path in package.rglob("*.py")
        if any(private_uses(ast.parse(path.read_text(encoding="utf-8"))))
    }


def test_theory_imports_nothing_of_tensorflow() -> None:
    modules = list((PACKAGE / "theory").glob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules]
    names = [name for tree in trees for name in imported(tree)]
    assert "numpy" in " ".join(names)
    assert not [name for name in names if re.search("tensorflow|keras", name)]


def test_only_graph_touches_experimental_or_private_tensorflow() -> None:
    assert packages_with_private_uses(PACKAGE) == {"graph"}


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
def test_a_planted_use_of_experimental_tensorflow_is_found(copy: Path, line: str) -> None:
    plant(copy / "pipelines.py", line)
    assert packages_with_private_uses(copy) == {"graph", "pipelines"}


# --- what an import costs ------------------------------------------------------------------------

HELP = "from prefetchlab import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
LOADED = "import sys\nprint(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"


def loaded(code: str, path: Path) -> str:
    """The heavy libraries in memory after `code` ran with the package of the folder `path`."""
    code = f"import sys\nsys.path.insert(0, {str(path)!r})\n{code}\n{LOADED}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("code", ["import prefetchlab", HELP], ids=["import", "help"])
def test_the_package_and_its_help_load_no_tensorflow(code: str) -> None:
    assert loaded(code, PACKAGE.parent) == "[]"


@pytest.mark.parametrize(
    ("file", "code"), [("__init__.py", "import prefetchlab"), ("cli/__init__.py", HELP)]
)
def test_a_planted_import_of_tensorflow_is_seen(copy: Path, file: str, code: str) -> None:
    (copy.parent / "tensorflow.py").write_text("", encoding="utf-8")  # stands for the real one
    plant(copy / file, "import tensorflow")
    assert loaded(code, copy.parent) == "['tensorflow']"


# --- results -------------------------------------------------------------------------------------

# They note what a student's loop does while it runs.
GROW = {"Log", "Trained"}


def dataclasses_of_the_laboratory() -> Iterator[type]:
    for found in pkgutil.walk_packages(prefetchlab.__path__, "prefetchlab."):
        module = importlib.import_module(found.name)
        classes = [one for one in vars(module).values() if isinstance(one, type)]
        for one in classes:
            if dataclasses.is_dataclass(one) and one.__module__ == found.name:
                yield one


def test_a_result_cannot_be_changed_once_it_is_there() -> None:
    frozen = {one: one.__dataclass_params__.frozen for one in dataclasses_of_the_laboratory()}  # type: ignore[attr-defined]
    assert len(frozen) > 50
    assert {one.__name__ for one, is_frozen in frozen.items() if not is_frozen} == GROW
