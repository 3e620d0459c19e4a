"""Chapter 1: where the time, the work and the bytes of one batch go, stage by stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from rich.console import Group
from rich.table import Table

from prefetchlab import figures, given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.by_stage import by_stage
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes, page_table
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import StageCosts, cores, stage_costs
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline

_DRAINS = 3  # batches to drain for a step of the pace: without training they pass quickly
_HEADINGS = ("stage", "ms a batch", "CPU ms", "elements a pass", "bytes a batch")
_ON_PAGE = ("stage", "ms a batch", "CPU ms", "gives")  # a phone has no room for more
_TO_READ = "What each stage adds to the time and the work of one batch, and what it gives."
_READING = (
    "The time of a stage is how much longer the pipeline takes with it than without it: the "
    "difference of two medians, and below it the least and the most difference in one round. "
    "Elements and bytes are counted."
)


@dataclass(frozen=True, eq=False)
class Stages:
    """The outcome of growing a pipeline stage by stage.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what was read.
        costs: what was measured.
        cores: how many cores the process may use.
        timelines: recorded by stage, in seconds from the start; none where none was asked for.
    """

    title: str
    costs: StageCosts
    cores: float
    timelines: dict[str, Timeline] = field(default_factory=dict)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each stage and one for the whole, with the title."""
        return [{"experiment": self.title} | row for row in self.costs.to_dict()]

    def figure(self) -> figures.Drawing:
        """The stages, each where the one before it ends, and the bytes that they give."""
        return figures.draw_stage_costs(self.costs)

    def __rich__(self) -> Group:
        """The table, for a terminal."""
        table = Table(title=self.title, caption=self._notes().caption, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "stage" else "right")
        for row in self._rows():
            table.add_row(*("\n".join(filter(None, cell)) for cell in row))
        return Group(table)

    def __repr__(self) -> str:
        """The stages in plain lines."""
        lines = [", ".join(first for first, _ in row) for row in self._rows()]
        heading = f"{self.title} ({', '.join(_HEADINGS)})"
        return "\n".join((heading, *lines, self._notes().caption))

    def _repr_html_(self) -> str:
        return page_table(
            _ON_PAGE,
            map(_html_row, self._rows()),
            title=self.title,
            notes=self._notes(),
        )

    def _rows(self) -> list[tuple[tuple[str, str], ...]]:
        """For each row its cells, and each cell as what stands large and what stands below it."""
        stages = [
            (
                (stage.name, ""),
                (
                    f"{stage.time_s * 1e3:.1f}",
                    f"{stage.time_spread_s.least * 1e3:.1f}–{stage.time_spread_s.most * 1e3:.1f}",
                ),
                (f"{stage.cpu_s * 1e3:.1f}", ""),
                (f"{stage.elements}", ""),
                (figures.shown_bytes(stage.bytes), ""),
            )
            for stage in self.costs.stages
        ]
        sums = (f"{self.costs.sum_s * 1e3:.1f}", ""), (f"{self.costs.cpu_s * 1e3:.1f}", "")
        last = stages[-1][3:]
        return [*stages, (("all stages", ""), *sums, *last)]

    def _notes(self) -> Notes:
        costs = self.costs
        told = (
            f"Most time goes into {costs.costliest.name}. The whole pipeline, in runs of its own, "
            f"took {costs.whole_s * 1e3:.1f} ms a batch: "
            f"{costs.whole_to_sum:.2f} of the sum. All cores together ({self.cores:g}) "
            f"could do the CPU work in {costs.cpu_s / self.cores * 1e3:.1f} ms. "
            f"{measured_on(costs.versions)}"
        )
        return Notes(_TO_READ, told.rstrip(), _READING, costs.peace)


def _html_row(row: tuple[tuple[str, str], ...]) -> str:
    """The cells of a row on a page: how many elements there are stands below their bytes."""
    (name, _), time, work, (elements, _), (size, _) = row
    cells = time, work, (size, f"{elements} elements")
    shown = "".join(
        f"<td>{escape(first)}{f'<br><small>{escape(below)}</small>' if below else ''}</td>"
        for first, below in cells
    )
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'


def pipeline(
    prefixes: Mapping[str, tf.data.Dataset],
    pace: Pace,
    *,
    title: str = "Your pipeline",
    record: bool = False,
    progress: Progress | None = None,
) -> Stages:
    """Measure a pipeline stage by stage, as it grows.

    >>> numbers = tf.data.Dataset.range(8)
    >>> grown = {"read": numbers, "batch": numbers.batch(4)}
    >>> stages = pipeline(grown, Pace(steps=2, repeats=1), title="Numbers")
    >>> stages.title, [stage.name for stage in stages.costs.stages]
    ('Numbers', ['read', 'batch'])

    **Arguments:**

    - `prefixes`: by the name of its last stage the pipeline up to there, the shortest first; see
      `measure.stage_costs`. `pipelines.grown` has such a pipeline for images.
    - `pace`: a run drains three batches at least for each of its steps; and how many rounds.
    - `title`: what is read, for the table's heading.
    - `record`: whether to record, too, what each stage does in a few steps; see `by_stage`.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError`, as `measure.stage_costs` does.
    """
    given.a(Pace, "pace", pace)
    given.mapping("prefixes", prefixes, "prefixes")
    batches = _DRAINS * pace.steps
    costs = stage_costs(
        prefixes, batches=batches, repeats=pace.repeats, again=pace.again, progress=progress
    )
    whole = list(prefixes.values())[-1]
    timelines = {"as written": by_stage(graph.as_written(whole.repeat()))} if record else {}
    return Stages(title, costs, cores(), timelines)
