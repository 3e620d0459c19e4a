"""Chapter 3: how prefetch overlaps loading and training."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import TrainAlone, Variant, compare
from prefetchlab.experiments.slots import CHOSEN_AT_RUN_TIME, Slots
from prefetchlab.experiments.waits import (
    Source,
    calibrate_accelerator,
    calibrate_source,
    record_waits,
    told,
    waiting_source,
)
from prefetchlab.measure import Loop, run_ahead
from prefetchlab.progress import Progress
from prefetchlab.timeline import Timeline
from prefetchlab.workloads import SimulatedAccelerator


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is written and run in one variant.

    Attributes:
        name: the variant's name.
        slots: the buffer that theory predicts it with.
        prefetch: the slots of the prefetch that is written; None where none is.
        rewrites: whether TensorFlow's default rewrites stay on.
        loop: which training loop it runs in.
    """

    name: str
    slots: Slots
    prefetch: int | None = None
    rewrites: bool = True
    loop: Loop = "eager"

    def build(self, source: tf.data.Dataset) -> tf.data.Dataset:
        """The pipeline as it is written."""
        return source if self.prefetch is None else source.prefetch(self.prefetch)

    def variant(self, source: Source, count: int) -> Variant:
        """The variant on `count` elements of a source."""

        def dataset() -> tf.data.Dataset:
            built = self.build(source(count))
            return built if self.rewrites else graph.as_written(built)

        counts = run_ahead(self.build, as_written=not self.rewrites, loop=self.loop)
        return Variant(
            name=self.name,
            dataset=dataset,
            slots=self.slots,
            run_ahead=counts,
            load="source",
            loop=self.loop,
        )


_PLANS = (
    _Plan(name=names.SERIAL, slots=Slots.exactly(0), rewrites=False),
    _Plan(name=names.ONE_SLOT, slots=Slots.exactly(1), prefetch=1, rewrites=False),
    _Plan(name=names.DEFAULT, slots=CHOSEN_AT_RUN_TIME),
    _Plan(name=names.GRAPH_LOOP, slots=Slots.exactly(0), loop="graph"),
    _Plan(name=names.GRAPH_LOOP_ONE_SLOT, slots=Slots.exactly(1), prefetch=1, loop="graph"),
)


def overlap(
    load_s: float | Sequence[float],
    train_s: float,
    pace: Pace,
    *,
    loops: bool = True,
    progress: Progress | None = None,
) -> Experiment:
    """Set one prefetch against a truly serial loop, with a simulated accelerator.

    The source waits and the accelerator waits; neither computes. So nothing but the overlap is
    measured. `overlap_on_images` does the same with real JPEG records and real training.

    **Arguments:**

    - `load_s`: how long a batch loads, in seconds, all that surrounds the wait included (it is
      calibrated on this machine first); a sequence is gone through again and again.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps and repeats.
    - `loops`: also measure the `for` inside a `tf.function`.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number, or if there is none.
    """
    given.a(Pace, "pace", pace)
    loads_s, train_s = given.waits("load_s", load_s), given.seconds("train_s", train_s)
    source, accelerator, missed = calibrated(loads_s, train_s, pace.steps, progress)
    count = pace.steps + 2
    plans = [plan for plan in _PLANS if loops or plan.loop == "eager"]

    def ready() -> tf.data.Dataset:
        return graph.as_written(tf.data.Dataset.range(count))

    results = compare(
        [plan.variant(source, count) for plan in plans],
        loads={"source": lambda: graph.as_written(source(count))},
        trains={plan.loop: TrainAlone(ready, accelerator, plan.loop) for plan in plans},
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    times = " or ".join(f"{each * 1e3:g}" for each in loads_s)
    return Experiment(
        title=f"A source that waits {times} ms and a simulated accelerator that waits "
        f"{train_s * 1e3:g} ms",
        results=results,
        timelines=_timelines(source, accelerator),
        note="Both sides only wait, so no core is short and the slower side sets the limit. "
        f"{missed}".rstrip(),
    )


def calibrated(
    loads_s: Sequence[float], train_s: float, steps: int, progress: Progress | None = None
) -> tuple[Source, SimulatedAccelerator, str]:
    """A waiting source and a waiting accelerator that take these times on this machine.

    **Arguments:**

    - `loads_s`: the loads wanted, in seconds, gone through again and again.
    - `train_s`: the step's train time wanted, in seconds.
    - `steps`: how many steps a trial run has.
    - `progress`: told that this goes on; see `Progress`.

    **Returns:** the source, the train step, and a sentence on a time that was not reached, or "".
    """
    if progress:
        progress("calibrate the waits", 0, 1)
    load = calibrate_source(sum(loads_s) / len(loads_s), steps)
    train = calibrate_accelerator(train_s, steps)
    return waiting_source(loads_s, load), SimulatedAccelerator(train.wait_s), told(load, train)


def _timelines(source: Source, accelerator: SimulatedAccelerator) -> dict[str, Timeline]:
    """Record a serial run and one with a slot."""
    slots = {names.SERIAL: 0, names.ONE_SLOT: 1}
    return {name: record_waits(source, accelerator, size) for name, size in slots.items()}
