"""Findings as a table for the terminal."""

from rich.table import Table

from prefetchlab.claims.checking import Findings
from prefetchlab.proofs import Outcome


def table(findings: Findings) -> Table:
    """A table for the terminal: a row for each claim, the counts below.

    >>> table(Findings(())).columns[-1].footer
    'all stand'

    **Arguments:**

    - `findings`: from `check`.

    **Returns:** a table for `rich` to print.
    """
    faults = len(findings.faults)
    end = f"{faults} fault{'s' * (faults != 1)}" if faults else "all stand"
    shown = Table(show_footer=True)
    number = len(findings.findings)
    shown.add_column("claim", footer=f"{number} claim{'s' * (number != 1)}")
    shown.add_column("item")
    shown.add_column("verdict")
    shown.add_column("check", footer=end)
    for finding in findings.findings:
        claim, outcome = finding.claim, finding.answer.outcome
        words = {Outcome.TRUE: "stands", Outcome.FALSE: "refuted"}.get(outcome, str(outcome))
        style = "" if finding.ok else "bold red"
        shown.add_row(claim.id, claim.item, str(claim.verdict), words, style=style)
    return shown
