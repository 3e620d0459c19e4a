"""`prefetchlab submissions`: look through what a class hands in, before nbgrader does."""

import argparse

from prefetchlab.cli.subcommands import Subcommands


def add(commands: Subcommands) -> None:
    """Add `submissions check` to the command line."""
    submissions = commands.add_parser("submissions", help="look through what a class hands in")
    actions = submissions.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="find what stops nbgrader or loses points unseen")
    check.add_argument("assignment", metavar="ASSIGNMENT", help="for example 3-overlap")
    check.add_argument(
        "--set-aside", action="store_true", help="move what nbgrader refuses to set_aside/"
    )
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    from prefetchlab.grading.submissions import check_command

    return check_command(options.assignment, aside=options.set_aside)
