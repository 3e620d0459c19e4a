"""Tests run on a changed laboratory: each change in a process forked from one that is warm.

What is imported from others is imported once; to import TensorFlow takes longer than most tests.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

import pytest

from tools.repository import ROOT

_STILLBORN = 70
# What is warm was imported before pytest could see it; that is no fault of a test.
_PYTEST = (
    "-x", "-q", "-p", "no:cacheprovider", "--doctest-modules",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip
_PATIENCE_S = 20.0  # to import and to collect, on top of what the tests take


class Outcome(StrEnum):
    """What came of a change."""

    KILLED = "killed"
    SURVIVED = "survived"
    LATE = "late"  # the tests did not end: a user would notice, too
    STILLBORN = "stillborn"  # its module cannot be imported; no test is needed to see that
    UNSEEN = "unseen"  # no test runs the line


@dataclass(frozen=True)
class Change:
    """A file of the laboratory, changed in one place, and what it has become."""

    file: str
    line: int
    column: int
    kind: str
    code: str

    @property
    def module(self) -> str:
        """The name by which it is imported."""
        parts = Path(self.file).relative_to("src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def __str__(self) -> str:
        was = (ROOT / self.file).read_text(encoding="utf-8").splitlines()
        now = self.code.splitlines()
        place = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), 0)
        return f"{self.file}:{place + 1}: {was[place].strip()}  →  {now[place].strip()}"


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, change: Change) -> None:
        super().__init__(change.module, str(ROOT / change.file))
        self._code = change.code

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._code, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the changed file where its module is imported."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._change.module:
            return None
        return importlib.util.spec_from_file_location(name, loader=_Loader(self._change))


def warm() -> None:
    """Import all that the laboratory imports, and then forget what is our own.

    Not the tests: some make datasets as they are imported, and what TensorFlow has begun to run
    does not get over a fork.
    """
    import prefetchlab

    for module in pkgutil.walk_packages(prefetchlab.__path__, "prefetchlab."):
        importlib.import_module(module.name)
    for name in list(sys.modules):
        if name.partition(".")[0] in ("prefetchlab", "tests", "tools") and name != __name__:
            del sys.modules[name]


def run_all(
    work: Iterable[tuple[Change, Sequence[str], float]], *, processes: int
) -> Iterator[tuple[Change, Outcome]]:
    """Test each change by its tests, within so many seconds; as they end."""
    running: dict[int, tuple[Change, float]] = {}
    waiting = iter(work)
    more = True
    while more or running:
        while more and len(running) < processes:
            following = next(waiting, None)
            if more := following is not None:
                change, tests, limit_s = following
                if tests:
                    running[_start(change, tests)] = change, time.monotonic() + limit_s
                else:
                    yield change, Outcome.UNSEEN
        yield from _ended(running)
        time.sleep(0.05)


def _ended(running: dict[int, tuple[Change, float]]) -> Iterator[tuple[Change, Outcome]]:
    for process, (change, end_s) in list(running.items()):
        ended, status = os.waitpid(process, os.WNOHANG)
        if not ended and time.monotonic() < end_s:
            continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        if not ended:
            os.waitpid(process, 0)
        del running[process]
        yield change, _outcome(os.waitstatus_to_exitcode(status)) if ended else Outcome.LATE


def _outcome(code: int) -> Outcome:
    if code == pytest.ExitCode.USAGE_ERROR:
        raise RuntimeError("a test is not there any more: see anew which there are, with --again")
    if code == _STILLBORN:
        return Outcome.STILLBORN
    return Outcome.SURVIVED if code == pytest.ExitCode.OK else Outcome.KILLED


def _start(change: Change, tests: Sequence[str]) -> int:
    sys.stdout.flush()
    process = os.fork()
    return process or _test(change, tests)


def _test(change: Change, tests: Sequence[str]) -> NoReturn:
    try:
        os.setsid()
        with (ROOT / "_build" / "mutation" / "told").open("w") as told:
            for descriptor in (1, 2):
                os.dup2(told.fileno(), descriptor)
        path = str(ROOT / change.file)
        # What TensorFlow turns into a graph it reads from the source; without a time it is kept.
        linecache.cache[path] = len(change.code), None, change.code.splitlines(True), path
        sys.meta_path.insert(0, _Finder(change))
        try:
            importlib.import_module(change.module)
        except BaseException:
            os._exit(_STILLBORN)
        os._exit(pytest.main([*_PYTEST, *tests]))
    finally:
        os._exit(1)


def limit_s(took_s: float) -> float:
    """How long tests may take that took so long: a change may make a loop endless."""
    return _PATIENCE_S + 4 * took_s
