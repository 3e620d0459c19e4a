"""Chapter 6: a device with a memory of its own, and a slot there."""

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

from prefetchlab import given, graph, workloads
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import MakeDataset, TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.measure import RunAhead, Visit, run_ahead, run_steps
from prefetchlab.measure.source import with_threads_of_its_own
from prefetchlab.progress import Progress
from prefetchlab.theory import UNBOUNDED
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import Device, MatmulDevice, SimulatedDevice, slow_source

_ROWS, _FEATURES = 4096, 1024  # of a batch for a real device: 16.8 MB of float32
_ON_DEVICE, _ON_BOTH = "1 slot on the device", "prefetch(1), 1 slot on the device"
_QUEUED = "steps queued, no prefetch"
# What is measured alone: two sides of a batch's way before the loop, and two of what the loop does.
_HOST, _COPIED, _AHEAD = "host", "host and copy", "host, 1 slot, copy"
_COPY_AND_TRAIN, _TRAIN = "copy and train", "train"
_RECORDED = 10  # batches


def device(
    load_s: float,
    train_s: float,
    pace: Pace,
    *,
    copy_s: float = 0.004,
    on: str | None = None,
    progress: Progress | None = None,
) -> Experiment:
    """Set a slot in host memory, one on the device, and both against a serial loop, and a queue.

    The source waits. The device is real where TensorFlow sees a GPU or one is named; otherwise it
    is simulated, and waits too.

    **Arguments:**

    - `load_s`: how long a batch loads, in seconds.
    - `train_s`: how long a step takes on the device, in seconds, its copy not counted.
    - `pace`: how many steps and repeats.
    - `copy_s`: how long the copy of a batch takes, in seconds; only where the device is simulated.
    - `on`: TensorFlow's name of a real device; None takes a GPU if there is one.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number, or TensorFlow sees no such device.
    """
    given.a(Pace, "pace", pace)
    if on is not None:
        given.device("on", on)
    load_s, train_s = given.seconds("load_s", load_s), given.seconds("train_s", train_s)
    copy_s = given.seconds("copy_s", copy_s)
    found = on or (workloads.device() if workloads.device() != "CPU" else None)
    if found:
        batch = tf.zeros([_ROWS, _FEATURES])
        bench = _Bench(load_s, MatmulDevice.lasting(found, train_s, batch))
    else:
        bench = _Bench(load_s, SimulatedDevice(train_s, copy_s))
    results = compare(
        bench.variants(pace.steps),
        loads=bench.loads(pace.steps + 2),
        trains=bench.trains(pace.steps + 2),
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    asked = f"A step is to take {train_s * 1e3:g} ms"
    return Experiment(
        title=f"A source that waits {load_s * 1e3:g} ms, and {bench.device.name}",
        results=results,
        timelines={} if found else _timelines(load_s, train_s, copy_s),
        note=f"{asked}; a batch has 16.8 MB." if found else f"{asked}, a copy {copy_s * 1e3:g} ms.",
    )


@dataclass(frozen=True)
class _Bench:
    """A source, a device, and the ways in which batches come from one to the other."""

    load_s: float
    device: Device
    recorder: Recorder | None = None

    def host(self, count: int) -> tf.data.Dataset:
        """Batches in host memory; numbers stand for them where the device is simulated."""
        # A copy and a load may wait at the same time, also where there is one core.
        waiting = slow_source(count, self.load_s, recorder=self.recorder)
        numbers = with_threads_of_its_own(waiting)
        if isinstance(self.device, SimulatedDevice):
            return numbers
        return numbers.map(lambda number: tf.fill([_ROWS, _FEATURES], tf.cast(number, tf.float32)))

    def copied(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """The same batches; each is copied to the device once before it is given on."""
        spec = batches.element_spec

        def copy(batch: Any) -> Any:
            self.device.copy(batch)
            return batch

        return batches.map(
            lambda batch: tf.ensure_shape(tf.numpy_function(copy, [batch], spec.dtype), spec.shape)
        )

    def on_device(self, count: int, slots: int) -> tf.data.Dataset:
        """Batches of which one waits on the device, and so many in host memory."""
        ahead = self.host(count).prefetch(slots) if slots else self.host(count)
        if isinstance(self.device, MatmulDevice):
            return graph.prefetch_to_device(graph.as_written(ahead), self.device.device, slots=1)
        return graph.as_written(self.copied(ahead).prefetch(1))

    def copy_and_train(self, batch: Any) -> None:
        """A step on a batch in host memory."""
        self.device.train(self.device.copy(batch))

    def queued(self, steps: int) -> Visit:
        """The same step, handed over and not waited for.

        The loop is timed from its first step to its last. The last waits for those before it, so
        that what is timed is when the device was done with them, and not when the loop was.
        """
        calls = itertools.count()

        def step(batch: Any) -> None:
            there = self.device.copy(batch)
            if next(calls) % (steps + 1) in (0, steps):
                self.device.synchronise()
            self.device.queue(there)

        return step

    def variants(self, steps: int) -> list[Variant]:
        """What is compared."""
        count, ahead = steps + 2, _counts()

        def host(slots: int) -> MakeDataset:
            return lambda: graph.as_written(self.host(count).prefetch(slots))

        none, one = Slots.exactly(0), Slots.exactly(1)
        return [
            Variant(
                name=names.SERIAL, dataset=host(0), slots=none,
                run_ahead=ahead[names.SERIAL], load=_HOST, train=_COPY_AND_TRAIN,
            ),
            Variant(
                name=names.ONE_SLOT, dataset=host(1), slots=one,
                run_ahead=ahead[names.ONE_SLOT], load=_HOST, train=_COPY_AND_TRAIN,
            ),
            Variant(
                name=_ON_DEVICE, dataset=lambda: self.on_device(count, slots=0), slots=one,
                run_ahead=ahead[_ON_DEVICE], load=_COPIED, train=_TRAIN,
            ),
            Variant(
                name=_ON_BOTH, dataset=lambda: self.on_device(count, slots=1), slots=one,
                run_ahead=ahead[_ON_BOTH], load=_AHEAD, train=_TRAIN,
            ),
            Variant(
                name=_QUEUED, dataset=host(0), slots=Slots(UNBOUNDED, UNBOUNDED),
                run_ahead=ahead[_QUEUED], load=_COPIED, train=_TRAIN, step=self.queued(steps),
            ),
        ]  # fmt: skip

    def loads(self, count: int) -> dict[str, MakeDataset]:
        """What is drained alone."""
        return {
            _HOST: lambda: graph.as_written(self.host(count)),
            _COPIED: lambda: graph.as_written(self.copied(self.host(count))),
            _AHEAD: lambda: self.on_device(count, slots=1),
        }

    def trains(self, count: int) -> dict[str, TrainAlone]:
        """What a loop does alone, on a batch in host memory and on one that was copied."""
        batch = next(iter(self.host(1)))

        def ready(one: Any) -> MakeDataset:
            return lambda: graph.as_written(tf.data.Dataset.from_tensors(one).repeat(count))

        batches = {_COPY_AND_TRAIN: batch, _TRAIN: self.device.copy(batch)}
        return {name: TrainAlone(ready(batches[name]), step) for name, step in self.steps().items()}

    def steps(self) -> dict[str, Visit]:
        """What the loop does with a batch that is in host memory, and with one on the device."""
        return {_COPY_AND_TRAIN: self.copy_and_train, _TRAIN: self.device.train}


@cache
def _counts() -> dict[str, RunAhead]:
    """How far each way runs ahead, on a source without waits and with copies that do nothing."""
    serial = run_ahead(lambda source: source)
    return {
        names.SERIAL: serial,
        names.ONE_SLOT: run_ahead(lambda source: source.prefetch(1)),
        _ON_DEVICE: run_ahead(lambda source: source.map(tf.identity).prefetch(1)),
        _ON_BOTH: run_ahead(lambda source: source.prefetch(1).map(tf.identity).prefetch(1)),
        _QUEUED: serial,
    }


def _timelines(load_s: float, train_s: float, copy_s: float) -> dict[str, Timeline]:
    """Record each way with a simulated device; a few steps from the middle."""
    recorded = {}
    for name in (names.SERIAL, names.ONE_SLOT, _ON_DEVICE, _ON_BOTH, _QUEUED):
        recorder = Recorder()
        bench = _Bench(load_s, SimulatedDevice(train_s, copy_s, recorder), recorder)
        variant = next(each for each in bench.variants(_RECORDED - 1) if each.name == name)
        step = variant.step or bench.steps()[variant.fed]
        run_steps(variant.dataset(), step, steps=_RECORDED - 1)
        recorded[name] = recorder.timeline().window(3, 6)
    return recorded
