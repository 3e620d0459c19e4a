"""Result files: refused before measuring, written whole, and first of all."""

import io
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab import cli, experiments
from prefetchlab.cli.outputs import write_whole
from prefetchlab.errors import InputError
from prefetchlab.experiments import Experiment
from prefetchlab.measure import Result
from prefetchlab.timeline import Event, Timeline
from prefetchlab.workloads import make_shards

ONE = Timeline.of([Event(0.0, 0.01, "load", 0), Event(0.01, 0.02, "train", 0)])
MEASURED = Result("serial", (0.02,), (0.02, 0.02), (0.01,), "loading", (1, 2, 3), {"cores": "2"})
OUTCOME = [
    Experiment("A source → 10 ms", (MEASURED,), {"serial": ONE, "prefetch(1)": ONE}),
    Experiment("JPEG records", (MEASURED,), {"serial": ONE}),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was measured: nothing real, and at once."""
    runs: list[str] = []

    def run(name: str, **_: object) -> list[Experiment]:
        runs.append(name)
        return OUTCOME

    monkeypatch.setattr(experiments, "run", run)
    return runs


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/full")


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("option", ["--json", "--plot"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(os.mkfifo, "it is no regular file", id="pipe"),
        pytest.param(device, "it is no regular file", id="device"),
        pytest.param(folder, "it is no regular file", id="folder"),
        pytest.param(link_to_nowhere, "it is a link that leads nowhere", id="dangling link"),
        pytest.param(link_to_itself, "it is a link that leads nowhere", id="loop"),
    ],
)
def test_what_is_no_file_is_refused_before_measuring(
    option: str,
    make: Callable[[Path], None],
    said: str,
    measured: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(Path("x.png"))
    assert cli.main(["run", "stall", option, "x.png"]) == 2
    line = f"prefetchlab: x.png: cannot be written there: {said}; name another file\n"
    assert capsys.readouterr() == ("", line)
    assert measured == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("no/such/x.json", "its folder does not exist; make the folder first", id="no"),
        pytest.param("file/x.json", "its folder does not exist; make the folder", id="in a file"),
        pytest.param("x" * 300, "cannot be written there: File name too long", id="long"),
        pytest.param("a\0b", "a\\x00b: cannot be written there: embedded null byte", id="NUL"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_measuring(
    name: str, said: str, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").touch()
    assert cli.main(["run", "stall", "--json", name]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert len(err.splitlines()) == 1
    assert (out, measured) == ("", [])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("x.svg", id="one name"),
        pytest.param("./a/../x.svg", id="other spelling"),
        pytest.param("soft.svg", id="link"),
        pytest.param("hard.svg", id="hard link"),
    ],
)
def test_two_outputs_in_one_file_are_refused_before_measuring(
    other: str, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a").mkdir()
    Path("x.svg").write_text("old")
    Path("soft.svg").symlink_to("x.svg")
    Path("hard.svg").hardlink_to("x.svg")
    assert cli.main(["run", "stall", "--json", "x.svg", "--plot", other]) == 2
    assert f"{Path(other)}: the same file as x.svg; name another" in capsys.readouterr().err
    assert Path("x.svg").read_text() == "old"
    assert measured == []


def test_two_outputs_in_one_new_file_are_refused(measured: list[str]) -> None:
    assert cli.main(["run", "stall", "--json", "x.svg", "--plot", "./x.svg"]) == 2
    assert measured == []


def manifest_of(data: Path) -> Path:
    return data / "manifest.json"


def shard_of(data: Path) -> Path:
    return next(data.glob("*.tfrecord"))


def new_file_in(data: Path) -> Path:
    return data / "results.json"


def link_to_shard_of(data: Path) -> Path:
    Path("link.json").symlink_to(shard_of(data))
    return Path("link.json")


def hard_link_to_shard_of(data: Path) -> Path:
    Path("hard.json").hardlink_to(shard_of(data))
    return Path("hard.json")


@pytest.mark.parametrize(
    "output", [manifest_of, shard_of, new_file_in, link_to_shard_of, hard_link_to_shard_of]
)
def test_the_input_is_never_an_output(
    output: Callable[[Path], Path], measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    data = Path("data")
    make_shards(data, count=20, size=16, shards=2)
    named = output(data)
    before = {path: path.read_bytes() for path in data.iterdir()}
    assert cli.main(["run", "stall", "--data", "data", "--json", str(named)]) == 2
    assert f"{named}: it is or would be part of data; name a file" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in data.iterdir()} == before
    assert measured == []


# --- what is written ------------------------------------------------------------------------------


def json_names() -> list[str]:
    return [row["experiment"] for row in json.loads(Path("r.json").read_text(encoding="utf-8"))]


@pytest.mark.usefixtures("measured")
def test_one_picture_holds_the_timelines_of_all_experiments() -> None:
    assert cli.main(["run", "all", "--json", "r.json", "--plot", "all.svg"]) == 0
    picture = Path("all.svg").read_text(encoding="utf-8")
    for heading in ("10 ms: serial", "10 ms: prefetch(1)", "JPEG records: serial"):
        assert heading in picture
    assert json_names() == ["A source → 10 ms", "JPEG records"]


@pytest.mark.usefixtures("measured")
def test_a_file_keeps_its_mode_and_a_link_its_place() -> None:
    Path("r.json").write_text("old")
    Path("r.json").chmod(0o640)
    Path("link.json").symlink_to("r.json")
    assert cli.main(["run", "all", "--json", "link.json"]) == 0
    assert Path("link.json").is_symlink()
    assert stat.S_IMODE(Path("r.json").stat().st_mode) == 0o640
    assert len(json_names()) == 2


@pytest.mark.usefixtures("measured")
def test_a_new_file_has_the_mode_of_any_other(here: Path) -> None:
    Path("other").touch()
    assert cli.main(["run", "all", "--json", "r.json"]) == 0
    assert Path("r.json").stat().st_mode == Path("other").stat().st_mode
    assert {path.name for path in here.iterdir()} == {"other", "r.json"}


def full_disk(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("measured")
def test_a_full_disk_keeps_old_files_and_shows_the_tables(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("r.json").write_text("old results")
    Path("p.png").write_text("old picture")
    monkeypatch.setattr(os, "fsync", full_disk)
    assert cli.main(["run", "all", "--json", "r.json", "--plot", "p.png"]) == 2
    out, err = capsys.readouterr()
    assert "JPEG records" in out
    assert err.count("cannot be written: No space left on device; make room, or name") == 2
    assert len(err.splitlines()) == 1
    assert Path("r.json").read_text() == "old results"
    assert Path("p.png").read_text() == "old picture"
    assert {path.name for path in here.iterdir()} == {"r.json", "p.png"}


def test_an_interrupt_while_writing_keeps_the_old_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    Path("r.json").write_text("old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(Path("r.json"), b"new")
    assert [path.read_text() for path in here.iterdir()] == ["old"]


def test_a_folder_that_is_gone_is_named() -> None:
    with pytest.raises(InputError, match=r"gone/r\.json: cannot be written: No such file"):
        write_whole(Path("gone/r.json"), b"new")


# --- a stdout that fails --------------------------------------------------------------------------


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stdout_without_arrows_shows_question_marks(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding=encoding))
    assert cli.main(["run", "all", "--json", "r.json"]) == 0
    assert b"A source ? 10 ms" in shown.getvalue()
    assert len(json_names()) == 2


@pytest.mark.usefixtures("measured")
def test_a_full_stdout_loses_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert cli.main(["run", "all", "--json", "r.json", "--plot", "p.png"]) == 1
    said = "prefetchlab: stdout: cannot be written: No space left on device; send it elsewhere\n"
    assert capsys.readouterr().err == said
    assert len(json_names()) == 2
    assert Path("p.png").stat().st_size > 0


@pytest.mark.usefixtures("measured")
def test_a_reader_that_is_gone_loses_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert cli.main(["run", "all", "--json", "r.json"]) == 141
    assert capsys.readouterr().err == ""
    assert len(json_names()) == 2
