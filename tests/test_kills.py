"""Whichever signal ends a command, whenever: files are whole, and nothing of it is left.

What Python and TensorFlow leave in the folder of temporary files after a signal is not looked at,
nor the unfinished file, `.prefetchlab-…`, that lies beside the whole one after a SIGKILL.

`PREFETCHLAB_KILLS=20` ends each command that often in place of once; it takes minutes.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("PREFETCHLAB_KILLS", "1"))
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
MARK = "PREFETCHLAB_ENDED_IN"  # a variable that each process inherits which a command starts
OLD = "what was there before"
# A child that is told to end does so at once; a busy machine may take its time.
GONE_S = 30

QUICK = """
import sys
from prefetchlab import cli
from prefetchlab.cli.ending import leave
from prefetchlab.experiments import catalogue
from prefetchlab.experiments.pace import Pace

catalogue.QUICK = Pace(steps=4, repeats=1, again=False)
print("begun", flush=True)
leave(cli.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Command:
    """A command that takes some seconds.

    Attributes:
        words: after `prefetchlab`.
        lasts_s: about how long it runs, once TensorFlow is there.
        writes: the files that it writes, in the current folder.
    """

    words: tuple[str, ...]
    lasts_s: float
    writes: tuple[str, ...] = ()


OUTPUTS = ("r.json", "p.png")
COMMANDS = {
    "run": Command(
        ("run", "stall", "--quick", "--json", "r.json", "--plot", "p.png"), 3.0, OUTPUTS
    ),
    "run service": Command(("run", "service", "--quick", "--json", "r.json"), 6.0, ("r.json",)),
    "quiz prove": Command(("quiz", "prove", "1-data-pipelines"), 6.0),
    "claims check": Command(("claims", "check", "order-is-kept"), 4.0),
}


@dataclass(frozen=True)
class Place:
    """Where a command runs, and by what its processes are known.

    Attributes:
        here: the current folder.
        temporary: where temporary files go; a short path, because sockets lie there.
    """

    here: Path
    temporary: Path

    def start(self, command: Command) -> subprocess.Popen[str]:
        """Start it, and wait until it has begun."""
        process = subprocess.Popen(
            [sys.executable, "-c", QUICK, *command.words],
            cwd=self.here,
            env=os.environ | {MARK: str(self.here), "TMPDIR": str(self.temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        return process

    def processes(self) -> list[int]:
        """The processes that are alive and belong to a command that was started here."""
        mark, found = f"{MARK}={self.here}\0".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                alive = folder.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
                if alive and mark in folder.joinpath("environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:  # it has ended meanwhile, or is another user's
                continue
        return found

    def left_over(self) -> list[str]:
        """What is in the folder and should not be, or is a temporary folder of ours."""
        here = [path.name for path in self.here.iterdir() if path.name not in OUTPUTS]
        return sorted(here) + sorted(path.name for path in self.temporary.glob("prefetchlab-*"))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="ended-") as temporary:
        place = Place(tmp_path, Path(temporary))
        yield place
        for process in place.processes():
            os.kill(process, signal.SIGKILL)


def wait_until_gone(place: Place) -> list[int]:
    """The processes that are still there after a while."""
    end_s = time.monotonic() + GONE_S
    while place.processes() and time.monotonic() < end_s:
        time.sleep(0.05)
    return place.processes()


def is_whole(path: Path) -> bool:
    """Whether a file is the old one, or a new one to its end."""
    if path.read_bytes() == OLD.encode():
        return True
    if path.suffix == ".json":
        return isinstance(json.loads(path.read_text(encoding="utf-8")), list)
    with Image.open(path) as image:
        image.load()
    return True


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_ended_leaves_nothing_and_files_whole(place: Place, name: str) -> None:
    command, seed = COMMANDS[name], random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    for turn in range(KILLS):
        number = SIGNALS[(turn + seed) % len(SIGNALS)]
        for written in command.writes:
            (place.here / written).write_text(OLD)
        process = place.start(command)
        moment_s = chance.uniform(0, command.lasts_s)
        time.sleep(moment_s)
        process.send_signal(number)
        _, err = process.communicate(timeout=GONE_S)
        told = f"seed {seed}: {number.name} after {moment_s:.2f} s"
        is_killed = number == signal.SIGKILL
        ended = -number if is_killed else 128 + number
        assert process.returncode in (0, ended), (told, err)
        assert len(err.splitlines()) == (process.returncode == ended and not is_killed), (told, err)
        assert wait_until_gone(place) == [], told
        assert all(is_whole(place.here / written) for written in command.writes), told
        left = place.left_over()
        assert [name for name in left if not (is_killed and name.startswith("."))] == [], told


def test_a_command_runs_again_after_its_end_and_two_do_no_harm(place: Place) -> None:
    command = COMMANDS["claims check"]
    ended = place.start(command)
    ended.terminate()
    ended.communicate(timeout=GONE_S)
    assert wait_until_gone(place) == []
    both = [place.start(command) for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert place.left_over() == []


def test_a_process_that_stays_is_found(place: Place) -> None:
    stays = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env=os.environ | {MARK: str(place.here)},
        start_new_session=True,
    )
    while stays.pid not in place.processes():  # until it has its own environment
        time.sleep(0.01)
    stays.kill()
    stays.wait()
    assert place.processes() == []


@pytest.mark.parametrize("content", [b"", b'[{"a": 1', OLD.encode()[:5]])
def test_half_a_file_is_found(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        is_whole(path)
