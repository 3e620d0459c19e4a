"""Run tests on a copy of the course with a fault in it; the course itself is never touched."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from tests.planted.faults import Fault
from tools.repository import ROOT

_TESTS_FAILED = 1  # pytest's own code; any other says that the tests did not run


def plant_all(faults: Sequence[Fault], *, processes: int) -> Iterator[tuple[Fault, bool]]:
    """Plant each, several at a time, and say whether its tests noticed; as they end."""
    with ThreadPoolExecutor(processes) as pool:
        asked = {pool.submit(is_caught, fault): fault for fault in faults}
        for each in as_completed(asked):
            yield asked[each], each.result()


def is_caught(fault: Fault) -> bool:
    """Whether the tests that must notice a fault do.

    **Raises:** `RuntimeError` if they did not run at all.
    """
    with copy_of_the_course() as root:
        fault.spoil(root)
        done = tests_of(root, fault.seen_by)
    if done.returncode not in (0, _TESTS_FAILED):
        raise RuntimeError(f"{fault.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == _TESTS_FAILED


@contextmanager
def copy_of_the_course() -> Iterator[Path]:
    """A copy of what is under version control, with the environment of the course beside it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "main"
        for name in filter(None, listed.stdout.split("\0")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        (root / ".venv").symlink_to(ROOT / ".venv")
        yield root


def tests_of(root: Path, seen_by: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy; what they import of the laboratory is the copy's."""
    how = ["-x", "-q", "-p", "no:cacheprovider", "--doctest-modules"]
    if any(test.endswith(".ipynb") for test in seen_by):  # what a notebook shows, as `make test`
        how += ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tools/nbval.cfg"]
    return subprocess.run(
        [ROOT / ".venv" / "bin" / "python", "-m", "pytest", *how, *seen_by],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
