"""Verdicts as a table for the terminal."""

from rich.table import Table

from prefetchlab.quiz.proving import GOOD, Verdicts


def table(verdicts: Verdicts) -> Table:
    """A table for the terminal: a row for each question, the counts below.

    >>> table(Verdicts(())).columns[-1].footer
    'all stand'

    **Arguments:**

    - `verdicts`: from `prove`.

    **Returns:** a table for `rich` to print.
    """
    shown = Table("question", *GOOD, "verdict", show_footer=True)
    for id in dict.fromkeys(verdict.question for verdict in verdicts.verdicts):
        part = Verdicts(tuple(v for v in verdicts.verdicts if v.question == id))
        faults = ", ".join(f"option {v.option} {v.outcome}" for v in part.faults)
        style = "" if part.ok else "bold red"
        shown.add_row(id, *_counts(part), faults or "stands", style=style)
    count = len(verdicts.faults)
    end = f"{count} fault{'s' * (count != 1)}" if count else "all stand"
    for column, text in zip(shown.columns, ["all", *_counts(verdicts), end], strict=True):
        column.footer = text
    return shown


def _counts(verdicts: Verdicts) -> list[str]:
    return [str(verdicts.count(outcome)) for outcome in GOOD]
