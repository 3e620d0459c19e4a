"""`prefetchlab quiz`: prove the question banks."""

import argparse

from prefetchlab.cli.subcommands import Subcommands
from prefetchlab.cli.terminal import progress_bar, show


def add(commands: Subcommands) -> None:
    """Add `quiz prove` to the command line."""
    quiz = commands.add_parser("quiz", help="prove the question bank")
    actions = quiz.add_subparsers(required=True, metavar="ACTION")
    prove = actions.add_parser("prove", help="run every option's proof: key true, others false")
    prove.add_argument(
        "banks", metavar="BANK", nargs="*", help="a name or a .yml file; default: all of the course"
    )
    prove.set_defaults(command=_prove)


def _prove(options: argparse.Namespace) -> int:
    from prefetchlab import quiz

    banks = [quiz.load(bank) for bank in options.banks or quiz.find()]
    with progress_bar() as progress:
        verdicts = quiz.prove(banks, progress=progress)
    show(quiz.table(verdicts))
    for fault in verdicts.faults:
        print(fault)
    return 0 if verdicts.ok else 1
