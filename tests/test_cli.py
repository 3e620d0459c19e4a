"""The command line: honest exit codes, one line for bad input, nothing lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prefetchlab import cli, experiments
from prefetchlab.experiments.protocol import Pace


@pytest.fixture
def tiny(monkeypatch):
    """Measure next to nothing: these tests are about the command, not about what it measures."""
    from prefetchlab.experiments import catalogue

    monkeypatch.setattr(catalogue, "QUICK", Pace(steps=4, repeats=1))


def test_a_run_prints_tables_and_writes_json_and_a_picture(tiny, tmp_path, capsys):
    results, picture = tmp_path / "results.json", tmp_path / "timeline.png"
    code = cli.main(["run", "overlap", "--quick", "--json", str(results), "--plot", str(picture)])
    assert code == 0
    assert "simulated" in capsys.readouterr().out
    names = [row["name"] for row in json.loads(results.read_text())]
    assert names[:2] == ["serial", "prefetch(1)"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_data_made_by_the_command_is_data_for_the_command(tiny, tmp_path, capsys):
    folder = str(tmp_path / "images")
    assert cli.main(["data", "make", folder, "--count", "64", "--size", "48"]) == 0
    assert "64 JPEG images of 48×48" in capsys.readouterr().out
    assert cli.main(["run", "stall", "--quick", "--data", folder]) == 0
    assert "JPEG records: 64 images" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run", "nonsense"], "nonsense: no experiment has this name"),
        (["run", "overlap", "--data", "nowhere"], "nowhere: no such folder"),
        (["run", "overlap", "--json", "no/such/folder.json"], "its folder does not exist"),
        (["run", "overlap", "--json", "."], "cannot be written there"),
        (["run", "overlap", "--plot", "picture.bmp"], "unknown kind of picture"),
        (["data", "make", "x", "--count", "1"], "count: 1 is too small"),
        (["quiz", "prove", "nowhere.yml"], "nowhere.yml"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(
    arguments, named, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert named in err


def test_an_interrupt_ends_with_130_and_no_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments, "run", interrupted)
    assert cli.main(["run", "overlap"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_the_installed_command_says_its_version():
    command = Path(sys.executable).parent / "prefetchlab"
    shown = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("prefetchlab ")
