"""The table that every outcome of an experiment is on a page, and what to read below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from prefetchlab import page
from prefetchlab.measure import Peace

_FOLD = "The small numbers, and how quiet the machine was"


@dataclass(frozen=True)
class Notes:
    """What to read below a table; a disturbance of the machine is never folded away.

    >>> notes = Notes("Times in ms.", "Measured on 2 cores.", "Medians of the rounds.", None)
    >>> notes.caption
    'Times in ms. Measured on 2 cores. Medians of the rounds.'

    Attributes:
        to_read: what the table shows, in a sentence or two.
        told: what to know before one trusts it: what sets a limit, the machine.
        reading: what the numbers in a cell are.
        peace: how quiet the machine was; None where nobody looked.
    """

    to_read: str
    told: str
    reading: str
    peace: Peace | None

    @property
    def small_print(self) -> str:
        """What stands below the table, smaller."""
        disturbed = self.peace is not None and not self.peace.quiet
        return _joined(self.told, str(self.peace) if disturbed else "")

    @property
    def folded(self) -> str:
        """What is the same below each table."""
        quiet = self.peace is not None and self.peace.quiet
        return _joined(self.reading, str(self.peace) if quiet else "")

    @property
    def caption(self) -> str:
        """All of it, for a terminal."""
        return _joined(self.to_read, self.small_print, self.folded)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def page_table(headings: Sequence[str], rows: Iterable[str], *, title: str, notes: Notes) -> str:
    """The table as HTML, with what to read below it.

    **Arguments:**

    - `headings`: one for each column.
    - `rows`: each as HTML.
    - `title`: the caption's first words, as plain text.
    - `notes`: what stands below, as plain text.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    title, small_print, folded = map(escape, (title, notes.small_print, notes.folded))
    return (
        f"{page.style('table')}\n"
        '<div class="prefetchlab-results"><table class="prefetchlab-table">'
        f"<caption>{title}. {notes.to_read}<br><small>{small_print}</small>"
        f"<details><summary>{_FOLD}</summary>{folded}</details></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
