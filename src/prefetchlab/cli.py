"""The command `prefetchlab`.

TensorFlow is imported by the command that needs it, so `prefetchlab --help` answers at once.
Bad input ends with one line on stderr and exit code 2; a check that finds a fault exits with 1.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from prefetchlab import __version__
from prefetchlab.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    **Arguments:**

    - `arguments`: the words after `prefetchlab`; None takes those of this process.

    **Returns:** the exit code: 0, 1 if a check failed, 2 for bad input, 130 if interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except InputError as error:
        print(f"prefetchlab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("prefetchlab: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="prefetchlab", description="Measure and prove what prefetching does in TensorFlow."
    )
    parser.add_argument("--version", action="version", version=f"prefetchlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_data(commands)
    _add_quiz(commands)
    _add_submissions(commands)
    return parser


def _add_run(commands) -> None:
    run = commands.add_parser("run", help="run an experiment: a table and a picture")
    run.add_argument("name", metavar="NAME", help="stall, overlap or all")
    run.add_argument("--quick", action="store_true", help="fewer steps and repeats: under 20 s")
    run.add_argument(
        "--data", metavar="DIR", type=Path, help="your own images, or what `data make` wrote"
    )
    run.add_argument("--json", metavar="FILE", type=Path, help="write the results as JSON")
    run.add_argument(
        "--plot", metavar="FILE", type=Path, help="write the timeline (.png, .svg or .pdf)"
    )
    run.set_defaults(command=_run)


def _add_data(commands) -> None:
    data = commands.add_parser("data", help="make real input to measure with")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    make = actions.add_parser("make", help="draw JPEG images and store them as TFRecord shards")
    make.add_argument("directory", metavar="DIR", type=Path, help="a new or empty folder")
    make.add_argument("--count", type=int, default=2000, help="how many images (default: 2000)")
    make.add_argument("--size", type=int, default=160, help="edge in pixels (default: 160)")
    make.add_argument("--seed", type=int, default=0, help="the same seed, the same bytes")
    make.set_defaults(command=_make_data)


def _add_quiz(commands) -> None:
    quiz = commands.add_parser("quiz", help="prove the question bank")
    actions = quiz.add_subparsers(required=True, metavar="ACTION")
    prove = actions.add_parser("prove", help="run every option's proof: key true, others false")
    prove.add_argument(
        "banks", metavar="BANK", nargs="*", help="a name or a .yml file; default: all of the course"
    )
    prove.set_defaults(command=_prove)


def _add_submissions(commands) -> None:
    submissions = commands.add_parser("submissions", help="look through what a class hands in")
    actions = submissions.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="find what stops nbgrader or loses points unseen")
    check.add_argument("assignment", metavar="ASSIGNMENT", help="for example 3-overlap")
    check.add_argument(
        "--set-aside", action="store_true", help="move what nbgrader refuses to set_aside/"
    )
    check.set_defaults(command=_check_submissions)


def _run(options: argparse.Namespace) -> int:
    from prefetchlab import experiments, figures

    _refuse_unwritable(options.json)
    _refuse_unwritable(options.plot)
    if options.plot:
        figures.check_ending(options.plot)
    with _progress() as progress:
        outcome = experiments.run(
            options.name, quick=options.quick, data=options.data, progress=progress
        )
    _print(*outcome)
    if options.json:
        results = [row for experiment in outcome for row in experiment.to_dict()]
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if options.plot:
        outcome[-1].timeline_figure().save(options.plot)
    return 0


def _make_data(options: argparse.Namespace) -> int:
    from prefetchlab.workloads import images

    with _progress() as progress:
        manifest = images.make(
            options.directory,
            count=options.count,
            size=options.size,
            seed=options.seed,
            progress=progress,
        )
    _print(manifest)
    return 0


def _prove(options: argparse.Namespace) -> int:
    from prefetchlab import quiz

    banks = [quiz.load(bank) for bank in options.banks or quiz.find()]
    with _progress() as progress:
        verdicts = quiz.prove(banks, progress=progress)
    _print(quiz.table(verdicts))
    for fault in verdicts.faults:
        print(fault)
    return 0 if verdicts.ok else 1


def _check_submissions(options: argparse.Namespace) -> int:
    from prefetchlab.grading.submissions import check_command

    return check_command(options.assignment, aside=options.set_aside)


def _refuse_unwritable(path: Path | None) -> None:
    """Say before a minute of measuring, not after it, that its result has nowhere to go."""
    if path is None:
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"{path}: its folder does not exist; make the folder first")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"{path}: cannot be written there; name another file")


def _print(*shown: object) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # a file has no width; a table needs one
        console.width = 110
    for each in shown:
        console.print(each, "")


@contextlib.contextmanager
def _progress():
    """A bar on stderr; it yields what the laboratory calls with a name, runs done and runs in all.

    Where stderr is no terminal it yields None, and nothing is drawn.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("start", total=None)
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )
