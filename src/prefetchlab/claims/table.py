"""Findings as a table for the terminal."""

from rich.table import Table

from prefetchlab.claims.checking import Findings


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
    shown.add_column("claim", footer=f"{len(findings.findings)} claims")
    shown.add_column("item")
    shown.add_column("verdict")
    shown.add_column("running shows", footer=end)
    for finding in findings.findings:
        claim, outcome = finding.claim, "the same" if finding.ok else str(finding.answer.outcome)
        style = "" if finding.ok else "bold red"
        shown.add_row(claim.id, claim.item, str(claim.verdict), outcome, style=style)
    return shown
