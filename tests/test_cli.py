"""The command line: honest exit codes, and one line for bad input."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prefetchlab import cli, experiments
from prefetchlab.cli import terminal
from prefetchlab.experiments import catalogue
from prefetchlab.experiments.pace import Pace
from prefetchlab.workloads import make_shards


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure next to nothing: these tests are about the command, not about what it measures."""
    monkeypatch.setattr(catalogue, "QUICK", Pace(steps=4, repeats=1, again=False))


@pytest.mark.usefixtures("tiny")
def test_an_image_that_cannot_be_decoded_is_named_by_a_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    (tmp_path / "cats").mkdir()
    for place in range(50):
        Image.effect_noise((40, 40), 80).save(tmp_path / "cats" / f"{place}.png")
    broken = tmp_path / "cats" / "7.png"
    broken.write_bytes(broken.read_bytes()[:-400])
    assert cli.main(["run", "stall", "--quick", "--data", str(tmp_path)]) == 2
    assert "7.png: cannot be decoded; replace or remove it" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("run nonsense", "nonsense: no experiment has this name", id="no experiment"),
        pytest.param("run stall --data nowhere", "nowhere: no such folder; look", id="data"),
        pytest.param("run stall --plot picture.bmp", "unknown kind of picture", id="picture"),
        pytest.param("data make x --count 1", "count: 1 is too small", id="small count"),
        pytest.param("data make x --count 1000000000000", "too large; give at most", id="huge"),
        pytest.param("data make x --size 66000", "size: 66000 is too large", id="huge size"),
        pytest.param("data make x --seed -1", "seed: -1 is too small", id="negative seed"),
        pytest.param("quiz prove nowhere.yml", "nowhere.yml", id="no bank"),
        pytest.param("run a\nb", "a\\nb: no experiment has this name", id="a line break"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    words: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(words.split(" ")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "line"),
    [
        pytest.param(signal.SIGINT, "interrupted", id="INT"),
        pytest.param(signal.SIGTERM, "ended by SIGTERM; nothing was left half done", id="TERM"),
        pytest.param(signal.SIGHUP, "ended by SIGHUP; nothing was left half done", id="HUP"),
    ],
)
def test_a_signal_ends_with_its_code_and_one_line(
    number: signal.Signals,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(experiments, "run", lambda *_, **__: signal.raise_signal(number))
    handler = signal.getsignal(number)
    assert cli.main(["run", "overlap"]) == 128 + number
    assert capsys.readouterr().err == f"prefetchlab: {line}\n"
    assert signal.getsignal(number) is handler


def test_a_signal_that_comes_while_python_tidies_up_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Tidied:
        def __del__(self) -> None:  # Python swallows what is raised in here
            signal.raise_signal(signal.SIGTERM)

    def work(*_: object, **__: object) -> None:
        Tidied()
        end_s = time.monotonic() + 60
        while time.monotonic() < end_s:
            time.sleep(0.01)
        pytest.fail("the signal was lost")

    monkeypatch.setattr(experiments, "run", work)
    assert cli.main(["run", "overlap"]) == 128 + signal.SIGTERM
    assert capsys.readouterr().err.count("\n") == 1


def test_after_a_signal_the_process_waits_for_no_thread() -> None:
    code = (
        "import threading; from prefetchlab.cli.ending import leave; "
        "threading.Thread(target=threading.Event().wait).start(); "
        "print('leaves', flush=True); leave({})"
    )

    def leaving(exit_code: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", code.format(exit_code)]
        child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "leaves\n"
        return child

    with leaving(128 + 15) as ended:
        assert ended.wait(timeout=60) == 128 + 15
    with leaving(0) as waiting:  # Python's own end waits for the thread, which never ends
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=1)
        waiting.kill()


def test_a_signal_that_is_ignored_stays_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hang_up(*_: object, **__: object) -> list[experiments.Experiment]:
        signal.raise_signal(signal.SIGHUP)
        return []

    monkeypatch.setattr(experiments, "run", hang_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        assert cli.main(["run", "overlap"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert capsys.readouterr().err == ""


def test_the_bar_of_progress_is_drawn_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich then takes both for a terminal
    with terminal.progress_bar() as progress:
        assert progress
        progress("load alone", 1, 2)
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "load alone" in drawn.err


def test_the_help_of_run_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--help"])
    assert ended.value.code == 0
    *several, last = experiments.NAMES
    assert f"{', '.join(several)} or {last}" in " ".join(capsys.readouterr().out.split())


def test_the_installed_command_says_its_version() -> None:
    command = Path(sys.executable).parent / "prefetchlab"
    shown = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("prefetchlab ")


def test_a_command_does_not_touch_data_it_cannot_replace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_shards(tmp_path, count=20, size=16, shards=2)
    (tmp_path / "thesis.txt").write_text("three years")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert cli.main(["data", "make", str(tmp_path)]) == 2
    assert "it holds other files (thesis.txt)" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
