"""Chapter 5: what a cache and a prefetch buy in the first epoch, and in each later one."""

from dataclasses import dataclass

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import MakeDataset, TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.experiments.waits import calibrate_accelerator, calibrate_source, told
from prefetchlab.progress import Progress
from prefetchlab.workloads import SimulatedAccelerator, slow_source

EPOCHS = ("first epoch", "later epochs")


def epochs(
    load_s: float, train_s: float, pace: Pace, *, progress: Progress | None = None
) -> Experiment:
    """Set a cache, a prefetch and both of them against a serial loop, in a first and a later epoch.

    The source waits and the accelerator is simulated: it waits, too. So no core is short.

    **Arguments:**

    - `load_s`: how long a batch loads, in seconds, calibrated on this machine first.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps an epoch has here, and how many repeats.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number.
    """
    given.a(Pace, "pace", pace)
    load_s, train_s = given.seconds("load_s", load_s), given.seconds("train_s", train_s)
    if progress:
        progress("calibrate the waits", 0, 1)
    load = calibrate_source(load_s, pace.steps)
    train = calibrate_accelerator(train_s, pace.steps)
    arms = [
        _Arm(load.wait_s, pace.steps + 2, cached, slots, later)
        for cached in (False, True)
        for slots in (0, 1)
        for later in (False, True)
    ]
    results = compare(
        [arm.variant() for arm in arms],
        loads={arm.load: arm.alone for arm in arms},
        trains={"eager": TrainAlone(_ready(pace.steps + 2), SimulatedAccelerator(train.wait_s))},
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    return Experiment(
        title=f"A source that waits {load_s * 1e3:g} ms and a simulated accelerator that waits "
        f"{train_s * 1e3:g} ms",
        results=results,
        note="Both sides only wait, so no core is short and the slower side sets the limit. "
        f"{told(load, train)}".rstrip(),
    )


@dataclass(frozen=True)
class _Arm:
    """One of the eight: with a cache or not, with a slot or not, in the first epoch or a later."""

    wait_s: float
    count: int
    cached: bool
    slots: int
    later: bool

    @property
    def name(self) -> str:
        """What is written, and which epoch it is."""
        written = ["cache"] * self.cached + [names.ONE_SLOT] * self.slots
        return f"{' + '.join(written) or names.SERIAL}, {EPOCHS[self.later]}"

    @property
    def load(self) -> str:
        """The name of what is drained; a prefetch alone would have nothing to hide behind."""
        return f"{'cached' if self.cached else 'read'}, {EPOCHS[self.later]}"

    def alone(self) -> tf.data.Dataset:
        """The pipeline without a prefetch."""
        return graph.as_written(self._made())

    def variant(self) -> Variant:
        """What is compared. Its source sleeps, so that nothing counts."""
        return Variant(
            name=self.name,
            dataset=lambda: graph.as_written(self._made().prefetch(self.slots)),
            slots=Slots.exactly(self.slots),
            run_ahead=None,
            load=self.load,
        )

    def _made(self) -> tf.data.Dataset:
        source = slow_source(self.count, self.wait_s)
        if self.cached:
            source = source.cache()
        return source.repeat().skip(self.count) if self.later else source


def _ready(count: int) -> MakeDataset:
    return lambda: graph.as_written(tf.data.Dataset.range(count))
