"""The table that every outcome of an experiment is on a page."""

from collections.abc import Iterable, Sequence
from html import escape

from prefetchlab import page

_FOLD = "The small numbers, and how quiet the machine was"


def page_table(
    headings: Sequence[str],
    rows: Iterable[str],
    *,
    title: str,
    to_read: str,
    small_print: str,
    folded: str,
) -> str:
    """The table as HTML, with what to read below it.

    **Arguments:**

    - `headings`: one for each column.
    - `rows`: each as HTML.
    - `title`, `to_read`: the caption's first sentences, as plain text.
    - `small_print`: what to know before one trusts the table, as plain text.
    - `folded`: what is the same below each table, as plain text; it is folded away.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    title, small_print, folded = map(escape, (title, small_print, folded))
    return (
        f"{page.style('table')}\n"
        '<div class="prefetchlab-results"><table class="prefetchlab-table">'
        f"<caption>{title}. {to_read}<br><small>{small_print}</small>"
        f"<details><summary>{_FOLD}</summary>{folded}</details></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
