"""`prefetchlab claims`: hold the ledger of claims against what running shows."""

import argparse

from prefetchlab.cli.subcommands import Subcommands
from prefetchlab.cli.terminal import progress_bar, show


def add(commands: Subcommands) -> None:
    """Add `claims check` to the command line."""
    claims = commands.add_parser("claims", help="check the ledger of claims")
    actions = claims.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="run every check: each verdict is what running shows")
    check.add_argument(
        "ids", metavar="ID", nargs="*", help="a claim of book/claims.yml; default: all of them"
    )
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    from prefetchlab import claims

    chosen = claims.load().only(*options.ids)
    with progress_bar() as progress:
        findings = claims.check(chosen, progress=progress)
    show(claims.table(findings))
    for fault in findings.faults:
        print(fault)
    return 0 if findings.ok else 1
