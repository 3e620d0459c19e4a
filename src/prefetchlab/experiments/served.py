"""Production: loading that is too slow for one process, and workers of a tf.data service."""

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from prefetchlab import given, graph, service
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import names
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import MakeDataset, TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.measure import run_ahead, run_steps
from prefetchlab.progress import Progress
from prefetchlab.theory import UNBOUNDED
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import SimulatedAccelerator

WORKERS = (1, 2, 4)
_HERE = "in the loop's process"
# Workers load before they are asked. Behind so many elements a loop has used up what they had
# ready, and is served at the pace at which they load.
_READY = 40
# Steps recorded, and those shown: what loads meanwhile is trained on some twenty steps later.
_RECORDED, _SHOWN = 70, (22, 29)


def served(
    load_s: float,
    train_s: float,
    pace: Pace,
    *,
    workers: Sequence[int] = WORKERS,
    progress: Progress | None = None,
) -> Experiment:
    """Set one prefetch against the workers of a tf.data service, for loads that wait.

    Each worker is a process on this machine, and loads one element at a time. Loading waits, and
    so needs no core; training is a simulated accelerator, and waits, too. So this shows what
    workers buy where each has what it needs, and the cost of sending; it cannot show what they buy
    where loading computes and the cores are short.

    **Arguments:**

    - `load_s`: how long an element waits where it is loaded, in seconds.
    - `train_s`: how long the accelerator waits in a step, in seconds.
    - `pace`: how many steps and repeats.
    - `workers`: how many, for each service that is tried, from 1 to 16.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time or a number is out of bounds, or if there is no number.
    """
    given.a(Pace, "pace", pace)
    load_s, train_s = given.seconds("load_s", load_s), given.seconds("train_s", train_s)
    asked = given.whole_numbers("workers", workers, least=1, most=16)
    counts = list(dict.fromkeys(asked))
    if not counts:
        raise InputError("workers: there is none; give how many, [1, 2] for example")
    with ExitStack() as stack:
        if progress:
            progress("start the workers", 0, 1)
        made, timelines = {_HERE: _here(load_s, pace)}, {}
        for count in counts:
            cluster = stack.enter_context(service.start(workers=count))
            made[_named(count)] = _through(cluster, load_s, pace)
            timelines[_named(count)] = _recorded(cluster, load_s, train_s)
        results = compare(
            [*_without(made[_HERE]), *(_with(count, made) for count in counts)],
            loads=made,
            trains={"eager": TrainAlone(_ready(pace), SimulatedAccelerator(train_s))},
            pace=pace,
            cores=Cores.at_rest(),
            progress=progress,
        )
    return Experiment(
        title=f"A source that waits {load_s * 1e3:g} ms, here or on workers, and a simulated "
        f"accelerator that waits {train_s * 1e3:g} ms",
        results=results,
        timelines=timelines,
        note="Loading alone is the source for the first two, and the service for the others.",
    )


def _named(count: int) -> str:
    return f"service, {count} worker{'s' * (count > 1)}"


def _source(load_s: float) -> tf.data.Dataset:
    return graph.as_written(graph.slowed(tf.data.Dataset.range(10**9), load_s))


def _here(load_s: float, pace: Pace) -> MakeDataset:
    return lambda: _source(load_s).take(pace.steps + 2)


def _through(cluster: service.Cluster, load_s: float, pace: Pace) -> MakeDataset:
    def make() -> tf.data.Dataset:
        elements = cluster.distribute(_source(load_s), "DYNAMIC")
        return graph.as_written(elements.skip(_READY).take(pace.steps + 2))

    return make


def _ready(pace: Pace) -> MakeDataset:
    return lambda: graph.as_written(tf.data.Dataset.range(pace.steps + 2))


def _without(source: MakeDataset) -> list[Variant]:
    """A serial loop, and one with a slot."""

    def built(slots: int) -> MakeDataset:
        return lambda: source().prefetch(slots)

    return [
        Variant(
            name=name, dataset=built(slots), slots=Slots.exactly(slots), load=_HERE,
            run_ahead=run_ahead(_prefetched(slots)),
        )
        for name, slots in ((names.SERIAL, 0), (names.ONE_SLOT, 1))
    ]  # fmt: skip


def _prefetched(slots: int) -> Callable[[tf.data.Dataset], tf.data.Dataset]:
    return lambda source: source.prefetch(slots)


def _with(count: int, made: dict[str, MakeDataset]) -> Variant:
    """The loop behind a service; workers and loop hold some elements, by TensorFlow's choice."""
    name = _named(count)
    return Variant(
        name=name, dataset=made[name], slots=Slots(1, UNBOUNDED), load=name, run_ahead=None
    )


def _recorded(cluster: service.Cluster, load_s: float, train_s: float) -> Timeline:
    """Record when each worker loads, by its own stamps, and when is trained; some steps only.

    Stamps are of the wall clock, which all processes of a machine share.
    """
    recorder = Recorder()
    accelerator = SimulatedAccelerator(train_s)

    def train(element: tuple[tf.Tensor, tf.Tensor]) -> None:
        begun_s, ended_s = map(recorder.from_wall, map(float, element))
        place = next(places)
        recorder.add("load", place, begun_s, ended_s)
        start_s = recorder.now()
        accelerator(element)
        recorder.add("train", place, start_s, recorder.now())

    places = itertools.count()
    begun = tf.data.Dataset.range(10**9).map(lambda number: tf.timestamp())
    loaded = begun.flat_map(  # a wait of the whole pipeline would come before the first stamp
        lambda start: graph.slowed(tf.data.Dataset.from_tensors(start).repeat(), load_s).take(1)
    )
    stamped = loaded.map(lambda start: (start, tf.timestamp()))
    elements = graph.as_written(cluster.distribute(graph.as_written(stamped), "DYNAMIC"))
    run_steps(elements.skip(_READY), train, steps=_RECORDED)
    return recorder.timeline().window(*_SHOWN)
