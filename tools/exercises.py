"""The exercises as nbgrader generates them, and how the stored ones differ from that.

Run as a program it generates `exercises/` anew; `make exercises` does so.
"""

import filecmp
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from prefetchlab.errors import InputError
from tools.repository import ROOT

LEFT_BY_PROGRAMS = ("__pycache__", "*.egg-info", ".ipynb_checkpoints")


def assignments(root: Path) -> tuple[str, ...]:
    """The names of all assignments of a checkout."""
    return tuple(sorted(path.parent.name for path in root.glob("solutions/*/*.ipynb")))


def generate(root: Path, scratch: Path) -> Path:
    """The folder of exercises, generated anew by nbgrader from the solutions."""
    course = scratch / "course"
    unsaved = shutil.ignore_patterns(*LEFT_BY_PROGRAMS)
    shutil.copytree(root / "solutions", course / "solutions", ignore=unsaved)
    shutil.copy(root / "nbgrader_config.py", course)
    # All in one process: nbgrader matches the name of an assignment as the shell matches a file's.
    run_module("nbgrader", "generate_assignment", "*", "--no-db", cwd=course)
    return course / "exercises"


def files_in(folder: Path) -> list[Path]:
    """The files below a folder, without what Jupyter leaves there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    )


def differences(folder: Path, other: Path) -> list[str]:
    """The files, by their place in the folders, that are not the same bytes in both."""
    roots = (folder, other)
    places = {str(path.relative_to(root)) for root in roots for path in files_in(root)}
    _, *unequal = filecmp.cmpfiles(folder, other, places, shallow=False)
    return sorted(itertools.chain(*unequal))


def run_module(*module: str, cwd: Path, **variables: str) -> None:
    """Run a module of this environment; `InputError` with its last line if it fails."""
    # nbgrader starts other programs of the environment by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=cwd,
        env=os.environ | {"PATH": path} | variables,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{' '.join(module[:2])}: it failed: {last}; run it yourself to see more")


def main() -> int:
    """Replace `exercises/` by its generation; exit code 2 and one line if nbgrader fails."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            generated = generate(ROOT, Path(scratch))
        except InputError as error:
            print(f"exercises: {error}", file=sys.stderr)
            return 2
        shutil.rmtree(ROOT / "exercises", ignore_errors=True)
        shutil.copytree(generated, ROOT / "exercises")
    return 0


if __name__ == "__main__":
    sys.exit(main())
