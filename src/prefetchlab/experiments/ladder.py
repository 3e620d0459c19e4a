"""Chapter 5: a pipeline on images with more and more changes made to it, one rung a row."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from rich.console import Group
from rich.table import Table

from prefetchlab import figures, given, graph, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.by_stage import by_stage
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.on_images import BATCH
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes, page_table
from prefetchlab.experiments.protocol import TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Result
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline
from prefetchlab.workloads import ImageData, KerasStep
from prefetchlab.workloads.images import check_data

_MOST_IMAGES = 512
_HEADINGS = (
    "rung", "step", "times as fast", "predicted", "CPU work", "bytes a batch", "limit", "of it"
)  # fmt: skip
_ON_PAGE = ("rung", "step", "CPU work", "limit")  # a phone has no room for more
_TO_READ = (
    "Times in ms a step, once a cache is full. Below the step: how many times as fast as the first "
    "rung it is; below the CPU work: what a batch takes; below the limit: how near the step is."
)
_READING = (
    "Medians of the rounds. The CPU work is that of loading and training together, all threads, in "
    "ms of one core. The limit is estimated; no buffer takes this rung below it."
)


@dataclass(frozen=True, eq=False)
class Ladder:
    """The step of a pipeline with more and more changes made to it.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what was loaded and what trained on it.
        results: the rungs, in order.
        batch_bytes: what a batch takes of memory as training gets it, for each rung.
        timelines: recorded by stage, in seconds from the start; none where none was asked for.
    """

    title: str
    results: tuple[Result, ...]
    batch_bytes: tuple[int, ...]
    timelines: dict[str, Timeline] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Result:
        """The rung of that name.

        **Raises:** `InputError` that names the rungs there are.
        """
        found = {result.name: result for result in self.results}
        if name not in found:
            raise InputError(f"{name}: no rung has this name; there are {', '.join(found)}")
        return found[name]

    @property
    def times_as_fast(self) -> tuple[float, ...]:
        """For each rung, the first rung's step over its own."""
        return tuple(self.results[0].measured_s / each.measured_s for each in self.results)

    @property
    def errors(self) -> tuple[float, ...]:
        """How far each prediction lies from what was measured, as a share of it, from 0."""
        return tuple(abs(result.error) for result in self.results)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each rung, with the title."""
        return [
            {"experiment": self.title} | result.to_dict() | {"batch_bytes": size}
            for result, size in zip(self.results, self.batch_bytes, strict=True)
        ]

    def figure(self) -> figures.Drawing:
        """Measured, predicted and limit, one row a rung."""
        return figures.draw_steps(self.results, name="ladder")

    def __rich__(self) -> Group:
        """The table, for a terminal."""
        table = Table(title=self.title, caption=self._notes().caption, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "rung" else "right")
        for row in self._rows():
            table.add_row(*row)
        return Group(table)

    def __repr__(self) -> str:
        """The rungs in plain lines."""
        lines = [", ".join(row) for row in self._rows()]
        return "\n".join((f"{self.title} ({', '.join(_HEADINGS)})", *lines, self._notes().caption))

    def _repr_html_(self) -> str:
        rows = map(_html_row, self._rows())
        return page_table(_ON_PAGE, rows, title=self.title, notes=self._notes())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                result.name,
                f"{result.measured_s * 1e3:.1f}",
                f"{fast:.1f} ×",
                f"{result.predicted_s * 1e3:.1f}",
                f"{(result.work_s or 0) * 1e3:.1f}",
                figures.shown_bytes(size),
                f"{result.limit_s * 1e3:.1f} {result.limit_set_by}",
                f"{result.efficiency:.0%}",
            )
            for result, fast, size in zip(
                self.results, self.times_as_fast, self.batch_bytes, strict=True
            )
        ]

    def _notes(self) -> Notes:
        first, last = self.results[0], self.results[-1]
        least = min(self.results, key=lambda result: result.limit_s)
        told = (
            f"No rung has a lower limit than {least.limit_s * 1e3:.1f} ms, set by "
            f"{least.limit_set_by}: the last rung reaches {least.limit_s / last.measured_s:.0%} of "
            f"it. {measured_on(first.versions)}"
        )
        return Notes(_TO_READ, told.rstrip(), _READING, first.peace)


def _html_row(row: tuple[str, ...]) -> str:
    """The cells of a row on a page."""
    name, step, fast, _, work, size, limit, share = row
    limit, set_by = limit.split(" ")
    cells = (
        f"{step}<br><small>{fast}</small>",
        f"{work}<br><small>{size}</small>",
        f"{limit} {set_by}<br><small>{share}</small>",
    )
    shown = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'


def ladder(
    data: ImageData,
    pace: Pace,
    *,
    rungs: Mapping[str, Collection[str]] = pipelines.LADDER,
    record: bool = False,
    progress: Progress | None = None,
) -> Ladder:
    """Measure a pipeline on real images with more and more changes made to it.

    TensorFlow's rewrites are off, so that each change is made by nobody but us. Where there is a
    cache, the epoch that fills it passes before the clock starts.

    **Arguments:**

    - `data`: what `open_images` returns: record shards, or a folder of the reader's. No more than
      512 images are trained on, so that several caches of them fit into memory.
    - `pace`: how many steps and repeats.
    - `rungs`: by the name of a rung the changes made; see `pipelines.changed`.
    - `record`: whether to record, too, what each stage of a rung does in a few steps; see
      `by_stage`.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if there is no rung, if a change is unknown, or if there are not images
    enough for a batch.
    """
    check_data(data)
    given.a(Pace, "pace", pace)
    given.mapping("rungs", rungs, "rungs")
    cores = Cores.at_work()  # first, before anything else here computes
    calls = max(1, round(cores.allowed))
    built = [_Rung(name, tuple(changes), data, calls) for name, changes in rungs.items()]
    of_each_type = {rung.pixels: rung for rung in built}.values()
    step = KerasStep(pipelines.EDGE, len(data.class_names))
    results = compare(
        [rung.variant() for rung in built],
        loads={rung.load: rung.drain for rung in built},
        trains={rung.pixels: _on_one_batch(rung, step) for rung in of_each_type},
        pace=pace,
        cores=cores,
        progress=progress,
    )
    return Ladder(
        title=f"{data.title}, batches of {BATCH}, and {step.name}",
        results=results,
        batch_bytes=tuple(rung.batch_bytes for rung in built),
        timelines={rung.name: by_stage(rung.dataset, step) for rung in built} if record else {},
    )


@dataclass(frozen=True)
class _Rung:
    """One rung: the changes made, and what is measured of it."""

    name: str
    changes: tuple[str, ...]
    data: ImageData
    calls: int

    # Made once: later runs find their cache full, and need not trace the functions again.
    @cached_property
    def dataset(self) -> tf.data.Dataset:
        """The pipeline as it is trained on, its cache full before the first element comes."""
        return self._made(self.changes)

    @cached_property
    def drained(self) -> tf.data.Dataset:
        """What is drained alone: there a last prefetch would have nothing to hide behind."""
        return self._made(tuple(each for each in self.changes if each != "prefetch"))

    def train(self) -> tf.data.Dataset:
        """For each run the same pipeline."""
        return self.dataset

    def drain(self) -> tf.data.Dataset:
        """For each run the same, without a last prefetch."""
        return self.drained

    def _made(self, changes: tuple[str, ...]) -> tf.data.Dataset:
        images = min(self.data.counts["train"], _MOST_IMAGES)
        made = pipelines.changed(
            self.data, changes, parallel_calls=self.calls, batch_size=BATCH, most_images=images
        )
        if "cache" in changes:  # it is full when it has seen the end of the images
            made = made.skip(images // BATCH + 1)
        return graph.as_written(made)

    @property
    def load(self) -> str:
        """The name of what is drained: rungs that differ by a prefetch share it."""
        return " + ".join(each for each in self.changes if each != "prefetch") or "no change"

    @property
    def pixels(self) -> str:
        """The type of the pixels that training gets."""
        return str(self.dataset.element_spec[0].dtype.name)

    @property
    def batch_bytes(self) -> int:
        """What the tensors of a batch take."""
        specs = self.dataset.element_spec
        return sum(math.prod(spec.shape) * spec.dtype.size for spec in specs)

    def variant(self) -> Variant:
        """What is compared; files cannot count, so there is no run-ahead."""
        return Variant(
            name=self.name,
            dataset=self.train,
            slots=Slots.exactly(int("prefetch" in self.changes)),
            run_ahead=None,
            load=self.load,
            train=self.pixels,
        )


def _on_one_batch(rung: _Rung, step: KerasStep) -> TrainAlone:
    ready = next(iter(rung.dataset))
    step(ready)  # the first step compiles; that is no part of a step's time
    again = graph.as_written(tf.data.Dataset.from_tensors(ready).repeat())
    return TrainAlone(lambda: again, step, computes=True)
