"""What an experiment returns: results, timelines, and tables of them."""

import re
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from rich.console import Group
from rich.table import Table

from prefetchlab import figures
from prefetchlab.errors import InputError
from prefetchlab.experiments.page_table import Notes, page_table
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result, Spread
from prefetchlab.timeline import Timeline

_HEADINGS = (
    "variant", "measured", "predicted", "limit (estimated)", "efficiency", "run-ahead"
)  # fmt: skip
_ON_PAGE = ("variant", "measured", "predicted", "limit")  # a phone has no room for more
_TO_READ = "Times in ms a step: the nearer measured is to its limit, the less is left to gain."
_READING = (
    "Medians of the rounds; below them the fastest and the slowest round, or the least and the "
    "most predicted. The limit is estimated."
)


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
        labels = self.results[0].versions if self.results else {}
        return figures.draw_timelines(self.timelines, name=self._slug("timeline"), labels=labels)

    def steps_figure(self) -> figures.Drawing:
        """Measured, predicted and limit, one row a variant."""
        return figures.draw_steps(self.results, name=self._slug("steps"))

    def _slug(self, kind: str) -> str:
        return f"{kind}-{''.join(c if c.isalnum() else '-' for c in self.title.lower())}"

    def __rich__(self) -> Group:
        """The table and the timelines, if any were recorded, for a terminal."""
        if not self.timelines:
            return Group(self._table())
        return Group(self._table(), "", figures.draw_timelines_as_text(self.timelines))

    def _table(self) -> Table:
        table = Table(title=self.title, caption=self._notes().caption, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "variant" else "right")
        for row in self._rows():
            table.add_row(*row)
        return table

    def _notes(self) -> Notes:
        told = self.note
        if self.results:
            told = f"{told} {measured_on(self.results[0].versions)}".strip()
        peace = next((result.peace for result in self.results if result.peace), None)
        return Notes(_TO_READ, told, _READING, peace)

    def __repr__(self) -> str:
        """The variants in plain lines."""
        lines = [f"{self.title} (measured, predicted, estimated limit)"]
        for name, *cells in self._rows():
            lines.append(f"{name}: {', '.join(map(_on_one_line, cells[:3]))}")
        return "\n".join((*lines, self._notes().caption))

    def _repr_html_(self) -> str:
        return page_table(
            _ON_PAGE,
            map(_html_row, self.results),
            title=self.title,
            notes=self._notes(),
        )

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                result.name,
                _in_ms(result.measured_s, result.measured_spread_s),
                _in_ms(result.predicted_s, Spread(*result.predicted_range_s)),
                _in_ms(result.limit_s, result.limit_spread_s, result.limit_set_by),
                result.efficiency_text.replace(": ", "\n"),  # so that no page cuts the table
                " ".join(map(str, result.run_ahead)) if result.run_ahead else "—",
            )
            for result in self.results
        ]


def _in_ms(middle_s: float, spread_s: Spread, why: str = "") -> str:
    """A time with what sets it, and below how far its repeats reach, if a reader could tell."""
    middle, reach = _told(middle_s, spread_s, digits=2)
    first = f"{middle} {why}".rstrip()
    return f"{first}\n{reach}" if reach else first


def _told(middle_s: float, spread_s: Spread, *, digits: int) -> tuple[str, str]:
    """A time in ms, and how far it reaches; that is empty if a reader could not tell."""
    middle, *ends = (
        f"{each * 1e3:.{digits}f}" for each in (middle_s, spread_s.least, spread_s.most)
    )
    return middle, "" if {*ends} == {middle} else "–".join(ends)


def _on_one_line(cell: str) -> str:
    first, *below = cell.split("\n")
    return " ".join((first, *(f"({each})" for each in below)))


def _html_row(result: Result) -> str:
    cells = (
        _html_cell(result.measured_s, result.measured_spread_s),
        _html_cell(result.predicted_s, Spread(*result.predicted_range_s)),
        _html_cell(result.limit_s, result.limit_spread_s, result.limit_set_by),
    )
    # A name may be broken where a reader would break it.
    name = re.sub(r"([=_])", r"\1<wbr>", escape(result.name))
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _html_cell(middle_s: float, spread_s: Spread, why: str = "") -> str:
    """A time; below it, smaller, how far it reaches and what sets it."""
    digits = 2 if middle_s < 1e-3 else 1 if middle_s < 0.1 else 0
    middle, reach = _told(middle_s, spread_s, digits=digits)
    # The breaks count where a notebook that is not trusted is shown without its style.
    below = "".join(f"<br><small>{escape(each)}</small>" for each in (reach, why) if each)
    return f"<td>{middle}{below}</td>"
