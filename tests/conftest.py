"""Shared fixtures."""

import gc
import itertools
import shutil
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests.contexts import Contexts
from tests.tiny_course import Tiny, generate

# How long an example takes is the machine's affair, and no test's.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# What the tests themselves grade is no page of the course.
collect_ignore_glob = ["*.ipynb"]

CHROMIUMS = ("chromium", "google-chrome", "chromium-browser")
# A container's root may not use Chromium's sandbox; the pages here are our own. The rest keeps the
# browser from calling home: the tests watch every request.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


# A shell starts what runs in the background with SIGINT ignored, and every process of the tests
# would inherit that: those that press Ctrl-C would wait for an end that never comes.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What is loaded from here to the last test is there for good; see below.
gc.disable()


def pytest_collection_finish() -> None:
    """Let no collection of garbage look through what is there for good: TensorFlow, and the tests.

    Each check of an answer collects garbage; that took most of the time of grading.
    """
    gc.enable()
    gc.collect()
    gc.freeze()


class OfNotebooks:
    """Let the cells of a notebook measure one round: how long they take is not compared.

    A kernel takes over what the environment is when it starts, so no other test is changed. Hooks
    of this file alone would not be asked: they are for what lies beside it.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with pytest.MonkeyPatch.context() as patch:
            if _is_in_a_notebook(item.nodeid):
                patch.setenv("PREFETCHLAB_ONE_ROUND", "1")
            return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Take notebooks and tests in one run, so that no process waits between the two."""
    config.pluginmanager.register(OfNotebooks())


class BySharing(LoadScopeScheduling):  # type: ignore[misc] # it is Any
    """Run the tests of a file in one process, because they share what they start.

    Answers to assignments share nothing, and together they would keep one process busy long after
    all others had ended; so each of them is sent to whichever process is free.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if _is_shared_by_none(nodeid) else nodeid.partition("::")[0]


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _is_shared_by_none(nodeid: str) -> bool:
    return nodeid.partition("::")[0].endswith("test_assignments.py")


def _is_in_a_notebook(nodeid: str) -> bool:
    return nodeid.partition("::")[0].endswith(".ipynb")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySharing:
    """Let pytest-xdist share out tests as above, in the order below."""
    config.option.loadscopereorder = False
    return BySharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, and strew answers between the files: most of them only wait.

    A long test that begins last is waited for by all processes but its own.
    """

    def turn(item: pytest.Item) -> tuple[bool, bool]:
        return item.get_closest_marker("long") is None, not _is_in_a_notebook(item.nodeid)

    items.sort(key=turn)
    answers = [item for item in items if _is_shared_by_none(item.nodeid)]
    others = [item for item in items if not _is_shared_by_none(item.nodeid)]
    files = [list(file) for _, file in itertools.groupby(others, key=_file_of)]
    after_each, left = -(-len(answers) // max(1, len(files))), iter(answers)
    strewn = [[*file, *itertools.islice(left, after_each)] for file in files]
    items[:] = [*itertools.chain.from_iterable(strewn), *left]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """An installed Chromium, or else Playwright's own; without either the tests fail."""
    installed = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        path = installed or playwright.chromium.executable_path
        if not Path(path).is_file():
            pytest.fail("no Chromium: install one, or run .venv/bin/playwright install chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def shared_context(browser: Browser) -> Iterator[Contexts]:
    contexts = Contexts(browser)
    yield contexts
    contexts.close()


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with nothing handed in; copied for each test."""
    return generate(tmp_path_factory.mktemp("generated"))


@pytest.fixture
def tiny(generated: Path, tmp_path: Path) -> Tiny:
    return Tiny(shutil.copytree(generated, tmp_path / "course"))


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a script of the shell stand for the Python that a function starts."""

    def runs(script: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return runs
