"""Commands in the documents: each is there, each is one that exists, and each runs."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefetchlab import cli
from prefetchlab.errors import InputError
from prefetchlab.experiments import catalogue
from prefetchlab.experiments.pace import Pace
from tools.repository import ROOT

pytestmark = pytest.mark.long

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:  # argparse has no public way to ask
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command that does something, by its words."""
    below = subcommands(parser)
    if not below:
        yield parser.prog, parser
    for each in below.values():
        yield from commands(each)


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Each long option of a command and of those below it."""
    own = {name for action in parser._actions for name in action.option_strings}
    return own.union(*map(options, subcommands(parser).values()))


def long_options(parser: argparse.ArgumentParser) -> set[str]:
    return {name for name in options(parser) if name.startswith("--")}


def command_lines(text: str) -> list[list[str]]:
    """The words after `prefetchlab` of every command in a block of code."""
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [re.match(r"(?:\.venv/bin/)?prefetchlab (.*)", line) for line in lines]
    return [shlex.split(match[1], comments=True) for match in found if match]


def unknown(words: list[str]) -> bool:
    """Whether the command line refuses these words."""
    try:
        cli.parser().parse_args(words)
    except InputError:
        return True
    except SystemExit:  # `--help` and `--version` end a program
        return False
    return False


def undocumented(text: str) -> set[str]:
    """The commands and options that a text does not name."""
    names = {name for name, _ in commands(cli.parser())} | long_options(cli.parser())
    return {name for name in names if not re.search(rf"`{re.escape(name)}[` ]", text)}


def test_the_readme_names_every_command_and_option() -> None:
    assert undocumented(README) == set()


def test_a_command_or_option_that_is_left_out_is_found() -> None:
    for name in ("prefetchlab submissions check", "--set-aside", "--plot"):
        assert name in undocumented(README.replace(name, "it"))


def test_a_default_that_the_help_names_is_the_default() -> None:
    named = [
        (default[1], str(action.default))
        for _, parser in commands(cli.parser())
        for action in parser._actions
        if (default := re.search(r"\(default: (.+)\)", expanded_help(parser, action)))
    ]
    assert named
    assert [each for each in named if each[0] != each[1]] == []


def expanded_help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return (action.help or "") % {"prog": parser.prog, **vars(action)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_in_the_documents_exists(name: str) -> None:
    lines = command_lines((ROOT / name).read_text(encoding="utf-8"))
    assert [words for words in lines if unknown(words)] == []


def test_a_command_that_does_not_exist_is_found() -> None:
    (words,) = command_lines("```sh\n.venv/bin/prefetchlab bench --all  # soon\n```\n")
    assert words == ["bench", "--all"]
    assert unknown(words)


def is_run_elsewhere(words: list[str]) -> bool:
    """Those of a class need one: `test_submissions_nbgrader.py`.

    `test_runs.py` runs each experiment, with an SVG; `pipeline` stays here for its PNG, and
    `overlap` for its folder of images.
    """
    return words[0] == "submissions" or (
        words[0] == "run" and words[1] not in ("pipeline", "overlap")
    )


RUN = [words for words in command_lines(README) if not is_run_elsewhere(words)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run, one after another as in the README: they use each other's files."""
    return tmp_path_factory.mktemp("reader")


@pytest.mark.parametrize("words", RUN, ids=" ".join)
def test_a_command_of_the_readme_runs(
    words: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for pace in ("QUICK", "FULL"):
        monkeypatch.setattr(catalogue, pace, Pace(steps=4, repeats=1, again=False))
    monkeypatch.chdir(folder)
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert ("JPEG records: 2000 images" in said) == ("--data" in words)
    for written in re.findall(r"--(?:plot|json) (\S+)", " ".join(words)):
        assert (folder / written).stat().st_size > 0


def test_the_readme_has_commands_to_run() -> None:
    assert {words[0] for words in RUN} == {"run", "data", "quiz", "claims"}
