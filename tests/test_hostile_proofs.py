"""Proofs that would do harm: each does where nothing protects, and none where the course does.

What the protection rests on, Landlock, is Linux's: from version 6 of it, that of Linux 6.12, all
of it holds.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from prefetchlab.proofs import landlock
from tests.hostile.proofs import HOSTILE, Harm, Hostile
from tools.repository import ROOT

pytestmark = pytest.mark.long

MARK = "PREFETCHLAB_HOSTILE"
WHOLE = "as it was\n" * 100

each_hostile = pytest.mark.parametrize("hostile", HOSTILE, ids=lambda one: one.name)


@dataclass(frozen=True)
class Scene:
    """A folder with what a proof may harm, and the processes that were started for it.

    Attributes:
        here: the folder.
        answers: what the proofs answered, by the name of the hostile one: its own answer, that of
            a false one beside it, and that of a false one after it.
    """

    here: Path
    answers: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.here / "outer").mkdir(parents=True)
        (self.here / "outer" / "file").write_text(WHOLE)
        (self.here / "t").mkdir()

    def start(self, way: str, names: list[str]) -> subprocess.Popen[bytes]:
        """Start the proofs of these names, in a session of their own.

        What they tell goes to a file: what outlives them would hold a pipe open.
        """
        with (self.here / "told").open("w") as told:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.running", way, str(self.here), *names],
                cwd=ROOT,
                env=os.environ | {MARK: str(self.here), "TMPDIR": str(self.here / "t")},
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )

    def processes(self, *names: str) -> list[int]:
        """What lives and was started here, or has one of the names in its command line."""
        mark, found = f"{MARK}={self.here}\0".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                alive = folder.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
                line = folder.joinpath("cmdline").read_bytes()
                named = b"sleep(3000)" in line and any(name.encode() in line for name in names)
                if alive and (named or mark in folder.joinpath("environ").read_bytes()):
                    found.append(int(folder.name))
            except OSError:  # it has ended meanwhile
                continue
        return found

    def leaves(self, *names: str) -> bool:
        """Whether something lives; what begins anew all the time is not seen by each look."""
        return any(self.processes(*names) for _ in range(100))

    def end_all(self, *names: str) -> None:
        """Kill what is left, however often it begins anew."""
        while left := self.processes(*names):
            for process in left:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def is_written(self) -> bool:
        """Whether a file changes, now or by what still lives."""
        later = time.monotonic() + 5
        while self.is_as_it_was() and time.monotonic() < later:
            time.sleep(0.05)
        return not self.is_as_it_was()

    def is_as_it_was(self) -> bool:
        """Whether no file but those of the run has changed, and none of those is left."""
        where = self.here / "outer"
        try:
            outer = {path.name: path.is_file() and path.read_bytes() for path in where.iterdir()}
            # Of Python's own: the server that processes are forked from listens there.
            left = {path.name for path in (self.here / "t").iterdir()}
        except OSError:
            return False
        return outer == {"file": WHOLE.encode()} and not left


def harms(scene: Scene, hostile: Hostile) -> set[Harm]:
    """What is seen of a proof that has run in a scene."""
    found = set()
    if hostile.name not in scene.answers:
        found.add(Harm.ENDED)
    else:
        own, *others = scene.answers[hostile.name]
        if own == "true":
            found.add(Harm.FORGED)
        if others != ["false", "false"]:
            found.add(Harm.OTHER)
    return found


def run(scene: Scene, way: str, names: list[str], *, within_s: float) -> None:
    """Run proofs until they end or are late."""
    process = scene.start(way, names)
    try:
        process.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    answers = scene.here / "answers.json"
    if answers.exists():
        scene.answers.update(json.loads(answers.read_text()))


def does_harm(scene: Scene, hostile: Hostile) -> bool:
    """Whether a proof does its harm where nothing protects."""
    try:
        run(scene, "bare", [hostile.name], within_s=8)
        found = harms(scene, hostile)
        if hostile.harm is Harm.SURVIVES and scene.leaves(hostile.name):
            found.add(Harm.SURVIVES)
        if hostile.harm is Harm.WRITTEN and scene.is_written():
            found.add(Harm.WRITTEN)
        return hostile.harm in found
    finally:
        scene.end_all(hostile.name)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder with a short path, because sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@each_hostile
def test_without_protection_a_hostile_proof_does_its_harm(hostile: Hostile, place: Path) -> None:
    # Some must meet others that run for a second; on a busy machine they may come too late.
    scenes = (Scene(Path(tempfile.mkdtemp(dir=place)) / "scene") for _ in range(5))
    assert any(does_harm(scene, hostile) for scene in scenes)


@pytest.fixture(scope="module")
def kept(place: Path) -> Iterator[Scene]:
    """All of them, run as the course runs proofs."""
    scene = Scene(place / "kept")
    run(scene, "kept", [each.name for each in HOSTILE], within_s=500)
    yield scene
    scene.end_all()


@each_hostile
def test_a_hostile_proof_forges_no_verdict_and_ends_no_run(kept: Scene, hostile: Hostile) -> None:
    assert harms(kept, hostile) == set(), (
        kept.answers.get(hostile.name),
        (kept.here / "told").read_text()[-2000:],
    )


def test_after_all_hostile_proofs_nothing_is_left_and_no_file_has_changed(kept: Scene) -> None:
    deadline = time.monotonic() + 10
    while kept.processes() and time.monotonic() < deadline:  # Python's own end after the run
        time.sleep(0.05)
    assert not kept.leaves(*(each.name for each in HOSTILE)), kept.processes()
    assert kept.is_as_it_was(), sorted(kept.here.rglob("*"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda one: one.name)
@pytest.mark.parametrize(("way", "stays"), [("bare", True), ("kept", False)])
def test_when_the_run_is_ended_a_deaf_proof_ends_too(
    place: Path, way: str, stays: bool, number: signal.Signals
) -> None:
    scene = Scene(Path(tempfile.mkdtemp(dir=place)) / "scene")
    try:
        run_of_proofs = scene.start(way, ["a copy that is deaf when the proof times out"])
        while not any(map(is_deaf, scene.processes())):
            assert run_of_proofs.poll() is None, (scene.here / "told").read_text()
            time.sleep(0.02)
        run_of_proofs.send_signal(number)
        run_of_proofs.wait()
        deadline = time.monotonic() + (2 if stays else 20)
        while scene.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert any(map(is_deaf, scene.processes())) == stays
        assert bool(scene.processes()) == stays
        assert list((scene.here / "t").glob("prefetchlab-*")) == []
    finally:
        scene.end_all()


def is_deaf(process: int) -> bool:
    """Whether a process blocks the signal that asks it to end."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    (mask,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigBlk")]
    return bool(int(mask, 16) & 1 << (signal.SIGTERM - 1))


def test_this_system_has_all_that_the_protection_rests_on() -> None:
    assert landlock.version() >= landlock.SIGNALS
