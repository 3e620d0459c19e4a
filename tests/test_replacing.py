"""`data make` over good data: whatever ends it, old or new data is there, whole."""

import contextlib
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from prefetchlab import cli
from prefetchlab.errors import InputError
from prefetchlab.workloads import make_shards, open_images
from prefetchlab.workloads.manifest import read_manifest
from prefetchlab.workloads.replacing import replacing

OLD, NEW = 20, 24  # images: the count tells which data is there
CRASHED = 9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "images"
    make_shards(folder, count=OLD, size=16, shards=3)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "images")


def images_in(folder: Path) -> int:
    """How many images there are, each shard and record verified."""
    return sum(open_images(folder).counts.values())


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def is_tidy(folder: Path) -> bool:
    """Whether nothing is there but the manifest and what it names."""
    manifest = read_manifest(folder / "manifest.json")
    return names_in(folder) == {"manifest.json", *(shard.file for shard in manifest.shards)}


# --- real processes: children of one process that has imported TensorFlow -------------------------


def start(target: Callable[..., object], *arguments: object) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["prefetchlab.workloads", "prefetchlab.cli"])
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def make_new(folder: Path) -> None:
    make_shards(folder, count=NEW, size=16, shards=3)


def command(folder: Path, count: int, stderr: Path) -> None:
    """`prefetchlab data make` with its stderr in a file."""
    with stderr.open("wb") as file:
        os.dup2(file.fileno(), 2)
    sys.exit(cli.main(["data", "make", str(folder), "--count", str(count), "--size", "64"]))


def exit_code(process: ForkServerProcess) -> int | None:
    process.join(60)
    return process.exitcode


def wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.001)


def make_again_and_again(folder: Path) -> None:
    """Makes that are never done: a kill falls into drawing, publishing or tidying."""
    for count in itertools.cycle((NEW, OLD)):
        make_shards(folder, count=count, size=16, shards=3)


def test_a_kill_at_twenty_random_moments_loses_nothing(copy: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # shown if the test fails
    moments_s = random.Random(seed)
    for _ in range(20):
        process = start(make_again_and_again, copy)
        wait_for(copy / ".prefetchlab-make")
        time.sleep(moments_s.uniform(0, 0.1))
        process.kill()
        assert exit_code(process) == -signal.SIGKILL
        assert images_in(copy) in (OLD, NEW)
    make_shards(copy, count=OLD, size=16, shards=3)
    assert images_in(copy) == OLD
    assert is_tidy(copy)


# --- a crash before every single step -------------------------------------------------------------


STEPS = ("mkdir", "unlink", "rmdir", "replace", "write_bytes")  # of Path; and os.fsync


def make_and_crash(make: Callable[[Path], object], folder: Path, before: int) -> None:
    """Die in the instant before the given change of the file system, from 0."""
    taken = itertools.count()

    def crashing(step: Callable[..., object]) -> Callable[..., object]:
        def taken_or_dead(*arguments: object, **named: object) -> object:
            if next(taken) == before:
                os._exit(CRASHED)
            return step(*arguments, **named)

        return taken_or_dead

    for name in STEPS:
        setattr(Path, name, crashing(getattr(Path, name)))
    setattr(os, "fsync", crashing(os.fsync))  # noqa: B010 - as above; mypy knows a narrower type
    make(folder)


def make_in_place(folder: Path) -> None:
    """A careless make, which removes the old data first."""
    for path in folder.iterdir():
        path.unlink()
    make_new(folder)


def crash_at_every_step(
    made: Path, tmp_path: Path, make: Callable[[Path], object] = make_new
) -> Iterator[Path]:
    """The folder that each crash leaves, until a make lives long enough to end."""
    for before in itertools.count():
        folder = shutil.copytree(made, tmp_path / str(before))
        if exit_code(start(make_and_crash, make, folder, before)) != CRASHED:
            return
        yield folder


def is_whole(folder: Path) -> bool:
    try:
        return images_in(folder) in (OLD, NEW)
    except InputError:
        return False


def test_a_crash_before_any_step_leaves_old_or_new(made: Path, tmp_path: Path) -> None:
    left = [images_in(folder) for folder in crash_at_every_step(made, tmp_path)]
    assert left == sorted(left)  # old until one step, new from there on
    assert set(left) == {OLD, NEW}


def test_a_make_that_removes_old_data_first_is_caught(made: Path, tmp_path: Path) -> None:
    left = crash_at_every_step(made, tmp_path, make_in_place)
    assert not all(map(is_whole, left))


def test_the_next_make_tidies_up_after_any_crash(made: Path, tmp_path: Path) -> None:
    for folder in crash_at_every_step(made, tmp_path):
        make_shards(folder, count=OLD + 1, size=16, shards=2)
        assert images_in(folder) == OLD + 1
        assert is_tidy(folder)


def test_a_first_make_that_crashed_is_no_data_yet(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert exit_code(start(make_and_crash, make_new, folder, 12)) == CRASHED
    with pytest.raises(InputError, match="make"):
        open_images(folder)
    make_new(folder)
    assert images_in(folder) == NEW
    assert is_tidy(folder)


# --- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "line"),
    [
        pytest.param(signal.SIGTERM, "ended by SIGTERM; nothing was left half done", id="TERM"),
        pytest.param(signal.SIGHUP, "ended by SIGHUP; nothing was left half done", id="HUP"),
        pytest.param(signal.SIGINT, "interrupted", id="INT"),
    ],
)
def test_a_signal_keeps_the_old_data_and_says_so(
    copy: Path, tmp_path: Path, number: signal.Signals, line: str
) -> None:
    stderr = tmp_path / "stderr"
    process = start(command, copy, 500_000, stderr)
    wait_for(copy / ".prefetchlab-make")
    os.kill(process.pid or 0, number)
    assert exit_code(process) == 128 + number
    assert stderr.read_text() == f"prefetchlab: {line}\n"
    assert images_in(copy) == OLD
    assert is_tidy(copy)


def test_a_signal_during_a_first_make_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "new"
    process = start(command, folder, 500_000, tmp_path / "stderr")
    wait_for(folder / ".prefetchlab-make")
    os.kill(process.pid or 0, signal.SIGTERM)
    assert exit_code(process) == 128 + signal.SIGTERM
    assert names_in(tmp_path) == {"stderr"}


# --- two at once, and a full disk -----------------------------------------------------------------


def test_a_second_make_at_once_is_refused(copy: Path) -> None:
    with replacing(copy), pytest.raises(InputError, match="another `data make` is at work there"):
        make_new(copy)
    assert images_in(copy) == OLD
    assert is_tidy(copy)


def test_two_makes_at_once_leave_whole_data(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    both = [start(command, folder, count, tmp_path / f"{count}") for count in (300, 310)]
    assert {exit_code(process) for process in both} in ({0}, {0, 2})
    assert images_in(folder) in (300, 310)
    assert is_tidy(folder)


def make_on_full_disk(folder: Path, bytes_left: int) -> None:
    """No file may grow longer: what is written fails as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
    command(folder, 2000, Path(os.devnull))


@pytest.mark.parametrize("bytes_left", [0, 1, 500, 5000])
def test_a_full_disk_keeps_the_old_data(copy: Path, bytes_left: int) -> None:
    assert exit_code(start(make_on_full_disk, copy, bytes_left)) == 2
    assert images_in(copy) == OLD
    assert is_tidy(copy)


# --- what is the user's ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["thesis.txt", "mine.tfrecord", "train-00.tfrecord", ".hidden", "manifest.json.orig"],
)
def test_a_folder_with_a_file_of_the_users_is_untouched(copy: Path, name: str) -> None:
    (copy / name).write_text("three years")
    before = names_in(copy)
    with pytest.raises(InputError, match=r"it holds other files \(.*; name a new or empty folder"):
        make_new(copy)
    assert names_in(copy) == before
    assert (copy / name).read_text() == "three years"
    assert images_in(copy) == OLD


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({"manifest_version": 3, "name": "my extension"}, id="web extension"),
        pytest.param([], id="list"),
        pytest.param({"format": 99}, id="another format"),
    ],
)
def test_a_foreign_manifest_is_untouched(tmp_path: Path, manifest: object) -> None:
    text = json.dumps(manifest)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest.json.*it is kept: name a new or empty folder"):
        make_new(tmp_path)
    assert names_in(tmp_path) == {"manifest.json"}
    assert (tmp_path / "manifest.json").read_text() == text


def test_a_shard_with_other_bytes_is_untouched(copy: Path) -> None:
    shard = next(copy.glob("train-00-*"))
    shard.write_bytes(b"something of the user's")
    with pytest.raises(InputError, match="it holds other files"):
        make_new(copy)
    assert shard.read_bytes() == b"something of the user's"


def test_a_link_in_place_of_a_shard_is_untouched(copy: Path, tmp_path: Path) -> None:
    shard = next(copy.glob("train-00-*"))
    kept = shard.rename(tmp_path / "kept")
    shard.symlink_to(kept)
    with pytest.raises(InputError, match="it holds other files"):
        make_new(copy)
    assert kept.exists()


@pytest.mark.parametrize("linked", [True, False], ids=["link", "folder"])
def test_a_hidden_folder_of_the_users_is_untouched(
    copy: Path, tmp_path: Path, linked: bool
) -> None:
    place = copy / ".prefetchlab-make"
    if linked:
        (tmp_path / "mine").mkdir()
        place.symlink_to(tmp_path / "mine")
    else:
        place.mkdir()
    (place / "notes").write_text("mine")
    with pytest.raises(InputError, match="prefetchlab-make: it holds other files"):
        make_new(copy)
    assert (place / "notes").read_text() == "mine"


def test_a_make_over_damaged_data_works_without_the_shard(copy: Path) -> None:
    next(copy.glob("train-00-*")).unlink()
    make_new(copy)
    assert images_in(copy) == NEW
    assert is_tidy(copy)


def test_what_a_killed_make_left_does_not_confuse_a_reader(copy: Path) -> None:
    with contextlib.suppress(ZeroDivisionError), replacing(copy) as replacement:
        (replacement.workspace / "train-00").write_bytes(b"half a shard")
        assert images_in(copy) == OLD
        raise ZeroDivisionError
    assert is_tidy(copy)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param("file", "cannot be written: File exists", id="a file"),
        pytest.param("file/below", "cannot be written: Not a directory", id="below a file"),
        pytest.param("nowhere", "cannot be written: File exists", id="a link to nowhere"),
        pytest.param("loop", "cannot be written", id="a link to itself"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match=f"{said}.*; free it, or name another folder"):
        make_new(tmp_path / place)
    assert (tmp_path / "file").read_text() == "kept"
