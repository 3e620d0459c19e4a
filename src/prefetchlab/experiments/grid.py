"""A table with two numbers in each cell: one that is read first, and one below it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from html import escape

from rich.console import Group
from rich.table import Table

from prefetchlab.experiments.page_table import Notes, page_table

Row = tuple[str, Sequence[tuple[str, str]]]  # a row's name, and its cells


class Grid(ABC):
    """Shows itself as such a table, in a terminal, as plain lines and in a notebook.

    A subclass has a `title`, and says what stands in the table.
    """

    title: str

    @abstractmethod
    def _headings(self) -> Sequence[str]:
        """One for each column, that of the names first."""

    @abstractmethod
    def _rows(self) -> Iterator[Row]:
        """The rows, from top to bottom."""

    @abstractmethod
    def _notes(self) -> Notes:
        """What to read below the table."""

    def __rich__(self) -> Group:
        """The table, for a terminal."""
        table = Table(title=self.title, caption=self._notes().caption, title_justify="left")
        for place, heading in enumerate(self._headings()):
            table.add_column(heading, justify="right" if place else "left")
        for name, cells in self._rows():
            table.add_row(name, *("\n".join(cell) for cell in cells))
        return Group(table)

    def __repr__(self) -> str:
        """The rows in plain lines."""
        lines = [
            f"{name}: " + ", ".join(f"{large} ({small})" for large, small in cells)
            for name, cells in self._rows()
        ]
        heading = f"{self.title} ({', '.join(self._headings())})"
        return "\n".join((heading, *lines, self._notes().caption))

    def _repr_html_(self) -> str:
        rows = (
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{large}<br><small>{small}</small></td>" for large, small in cells)
            + "</tr>"
            for name, cells in self._rows()
        )
        return page_table(self._headings(), rows, title=self.title, notes=self._notes())
