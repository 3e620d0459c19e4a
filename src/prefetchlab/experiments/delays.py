"""Chapter 2: what holds training up, told from loading alone, training alone and the step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from rich.console import Group
from rich.table import Table

from prefetchlab import figures, given, graph, pipelines
from prefetchlab.experiments import names
from prefetchlab.experiments.by_stage import by_stage
from prefetchlab.experiments.on_images import BATCH
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.page_table import Notes, page_table
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import ExposedWait, TrainingLoop, exposed_waits
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline
from prefetchlab.workloads import ImageData, KerasStep
from prefetchlab.workloads.images import check_data

_HEADINGS = (
    "loop", "loading alone", "training alone", "step", "exposed wait", "share", "verdict"
)  # fmt: skip
_ON_PAGE = ("loop", "alone", "step", "exposed wait")  # a phone has no room for more
_TO_READ = "Times in ms a step. The exposed wait is when training had nothing to train on."
_READING = (
    "Medians of the rounds; below the step its fastest and slowest round, below the wait the least "
    "and the most of it as a share of the step. What a step takes beyond training alone and the "
    "exposed wait is what training is slowed by. A verdict is in doubt where one round alone says "
    "otherwise."
)


@dataclass(frozen=True, eq=False)
class Delays:
    """What holds training up in some loops.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what was loaded and what trained on it; says "simulated" where a part is.
        loops: what was measured, by the name of the loop; at least one.
        timelines: recorded by stage, in seconds from the start; none where none was asked for.
    """

    title: str
    loops: dict[str, ExposedWait]
    timelines: dict[str, Timeline] = field(default_factory=dict)

    def __getitem__(self, name: str) -> ExposedWait:
        """What was measured of the loop of that name."""
        return self.loops[name]

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each loop, with the title."""
        return [
            {"experiment": self.title, "name": name} | loop.to_dict()
            for name, loop in self.loops.items()
        ]

    def figure(self) -> figures.Drawing:
        """What the step of each loop is made of."""
        return figures.draw_exposed_waits(self.loops)

    def __rich__(self) -> Group:
        """The table, for a terminal."""
        table = Table(title=self.title, caption=self._notes().caption, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "loop" else "right")
        for name, loop in self.loops.items():
            table.add_row(*_cells(name, loop))
        return Group(table)

    def __repr__(self) -> str:
        """The loops in plain lines."""
        lines = [", ".join(_cells(name, loop)) for name, loop in self.loops.items()]
        heading = f"{self.title} ({', '.join(_HEADINGS)})"
        return "\n".join((heading, *lines, self._notes().caption))

    def _repr_html_(self) -> str:
        return page_table(
            _ON_PAGE,
            map(_html_row, self.loops, self.loops.values()),
            title=self.title,
            notes=self._notes(),
        )

    def _notes(self) -> Notes:
        first = next(iter(self.loops.values()))
        said = "; ".join(f"{name}, {loop.profiler_says}" for name, loop in self.loops.items())
        rule = f"By its share of waiting, TensorFlow's profiler would call them: {said}."
        told = f"{rule} {measured_on(first.versions)}".rstrip()
        return Notes(_TO_READ, told, _READING, first.peace)


def _cells(name: str, loop: ExposedWait) -> tuple[str, ...]:
    times = (loop.load_s, loop.train_s, loop.step_s, loop.exposed_s)
    shown = (f"{time_s * 1e3:.1f}" for time_s in times)
    return (name, *shown, f"{loop.share:.0%}", _verdict(loop))


def _verdict(loop: ExposedWait) -> str:
    return loop.verdict if loop.is_clear else f"{loop.verdict}, in doubt"


def _html_row(name: str, loop: ExposedWait) -> str:
    step, shares = loop.step_spread_s, loop.share_spread
    cells = (
        (f"loading {loop.load_s * 1e3:.1f}", f"training {loop.train_s * 1e3:.1f}"),
        (f"{loop.step_s * 1e3:.1f}", f"{step.least * 1e3:.1f}–{step.most * 1e3:.1f}"),
        (f"{loop.exposed_s * 1e3:.1f}", f"{_percent(shares.least)}–{_percent(shares.most)} %"),
    )
    shown = "".join(f"<td>{first}<br><small>{below}</small></td>" for first, below in cells)
    heading = f"{escape(name)}<br><small>{_verdict(loop)}</small>"
    return f'<tr><th scope="row">{heading}</th>{shown}</tr>'


def _percent(share: float) -> int:
    return round(share * 100)  # a whole number has no "-0"


def delays(
    loops: Mapping[str, TrainingLoop],
    pace: Pace,
    *,
    title: str = "Your training loop",
    record: bool = False,
    progress: Progress | None = None,
) -> Delays:
    """Measure what holds training up in some loops.

    >>> from prefetchlab._tensorflow import tf
    >>> mine = TrainingLoop(lambda: tf.data.Dataset.range(8), tf.square)
    >>> found = delays({"mine": mine}, Pace(steps=2, repeats=1), title="Numbers")
    >>> found.title, list(found.loops)
    ('Numbers', ['mine'])

    **Arguments:**

    - `loops`: the loops by name; see `measure.TrainingLoop`.
    - `pace`: how many steps and repeats.
    - `title`: what is loaded and what trains, for the table's heading.
    - `record`: whether to record, too, what each stage does in a few steps; see `by_stage`.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError`, as `measure.exposed_waits` does.
    """
    given.a(Pace, "pace", pace)
    given.mapping("loops", loops, "loops")
    measured = exposed_waits(
        loops, steps=pace.steps, repeats=pace.repeats, again=pace.again, progress=progress
    )
    recorded = loops if record else {}
    timelines = {
        name: by_stage(loop.pipeline(), loop.step, loop=loop.kind)
        for name, loop in recorded.items()
    }
    return Delays(title, measured, timelines)


def delays_on_images(
    data: ImageData, pace: Pace, *, record: bool = False, progress: Progress | None = None
) -> Delays:
    """Measure what holds Keras training up on images that are decoded, resized and augmented.

    Once as it is written, one stage after the other, and once with TensorFlow's defaults.

    **Arguments:**

    - `data`: what `open_images` returns: record shards, or a folder of the reader's.
    - `pace`: how many steps and repeats.
    - `record`: whether to record, too, what each stage does in a few steps; see `by_stage`.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if `data` or `pace` is none, or there are too few images for a batch.
    """
    check_data(data)
    given.a(Pace, "pace", pace)
    images = pipelines.grown(data, batch_size=BATCH)["augment"].repeat().batch(BATCH)
    step = KerasStep(pipelines.EDGE, len(data.class_names))
    loops = {
        names.SERIAL: TrainingLoop(lambda: graph.as_written(images), step),
        names.DEFAULT: TrainingLoop(lambda: images, step),
    }
    title = f"{data.title}, batches of {BATCH}, and {step.name}"
    return delays(loops, pace, title=title, record=record, progress=progress)
