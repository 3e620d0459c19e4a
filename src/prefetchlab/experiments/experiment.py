"""What an experiment returns: results, timelines, and tables of them."""

from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from rich.console import Group
from rich.table import Table

from prefetchlab import figures, page
from prefetchlab.errors import InputError
from prefetchlab.measure import Result
from prefetchlab.timeline import Timeline

_HEADINGS = ("variant", "measured", "predicted", "limit", "set by", "efficiency", "run-ahead")


@dataclass(frozen=True, eq=False)
class Experiment:
    """The outcome of one experiment on one kind of load.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what was loaded and what trained on it; says "simulated" where a part is.
        results: the variants, in order.
        timelines: recorded timelines by heading, seconds from the start.
        note: one sentence on what sets the limit.
    """

    title: str
    results: tuple[Result, ...]
    timelines: dict[str, Timeline] = field(default_factory=dict)
    note: str = ""

    def result(self, name: str) -> Result:
        """The variant of that name.

        **Raises:** `InputError` that names the variants there are.
        """
        found = {result.name: result for result in self.results}
        if name not in found:
            known = ", ".join(found)
            raise InputError(f"{name}: no variant has this name; there are {known}")
        return found[name]

    def only(self, *names: str) -> "Experiment":
        """The same experiment with these variants alone, in this order.

        **Raises:** `InputError` that names the first that is not there.
        """
        return replace(self, results=tuple([self.result(name) for name in names]))

    def measured_s(self, *names: str) -> tuple[float, ...]:
        """The measured steps of these variants, in seconds.

        **Raises:** `InputError` that names the first that is not there.
        """
        return tuple([self.result(name).measured_s for name in names])

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each variant, with this experiment's title."""
        return [{"experiment": self.title} | result.to_dict() for result in self.results]

    def timeline_figure(self) -> figures.Drawing:
        """The recorded timelines, one above the other."""
        return figures.draw_timelines(self.timelines, name=self._slug("timeline"))

    def steps_figure(self) -> figures.Drawing:
        """Measured, predicted and limit, one row a variant."""
        return figures.draw_steps(self.results, name=self._slug("steps"))

    def _slug(self, kind: str) -> str:
        return f"{kind}-{''.join(c if c.isalnum() else '-' for c in self.title.lower())}"

    def __rich__(self) -> Group:
        """The table and the timelines, for a terminal."""
        return Group(self._table(), "", figures.draw_timelines_as_text(self.timelines))

    def _table(self) -> Table:
        table = Table(title=self.title, caption=self.note, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(
                heading, justify="left" if heading in ("variant", "set by") else "right"
            )
        for row in self._rows():
            table.add_row(*row)
        return table

    def __repr__(self) -> str:
        """The variants in plain lines."""
        rows = (f"{row[0]}: " + ", ".join(row[1:4]) for row in self._rows())
        return "\n".join((f"{self.title} (measured, predicted, limit)", *rows))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
        title, note = escape(self.title), escape(self.note)
        body = "".join(map(_html_row, self._rows()))
        return (
            f"{page.style('table')}\n"
            # On a phone the table scrolls by itself; so it must be reachable by keyboard.
            f'<div class="prefetchlab-scroll" role="group" tabindex="0" aria-label="{title}">'
            f'<table class="prefetchlab-table"><caption>{title}. {note}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                result.name,
                f"{result.measured_s * 1e3:.2f} ms",
                f"{result.predicted_s * 1e3:.2f} ms",
                f"{result.limit_s * 1e3:.2f} ms",
                result.limit_set_by,
                f"{result.efficiency:.2f}",
                " ".join(map(str, result.run_ahead)) if result.run_ahead else "—",
            )
            for result in self.results
        ]


def _html_row(row: tuple[str, ...]) -> str:
    name, *cells = map(escape, row)
    shown = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th>{shown}</tr>'
