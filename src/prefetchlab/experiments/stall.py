"""Chapter 2: what delays training, and what does not make a baseline serial."""

from dataclasses import replace
from typing import Protocol

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import TrainAlone, Variant, compare, record
from prefetchlab.experiments.slots import CHOSEN_AT_RUN_TIME, Slots
from prefetchlab.experiments.waits import calibrate_accelerator, told
from prefetchlab.measure import Calibration, StepTimes, calibrate, run_ahead, run_steps
from prefetchlab.progress import Progress
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import SimulatedAccelerator, slow_map

BATCH = 2  # elements; the smallest at which batch is a step of its own


def stall(
    load_s: float, train_s: float, pace: Pace, *, progress: Progress | None = None
) -> Experiment:
    """Set the truly serial `map(...).batch(...)` beside four that are taken for serial.

    Each element waits in its map, and the accelerator is simulated: it waits too.

    **Arguments:**

    - `load_s`: how long a batch loads, in seconds, calibrated on this machine first.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps and repeats.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if a time is negative or no number.
    """
    given.a(Pace, "pace", pace)
    load_s, train_s = given.seconds("load_s", load_s), given.seconds("train_s", train_s)
    if progress:
        progress("calibrate the waits", 0, 1)
    load, train = _calibrated(load_s, pace.steps), calibrate_accelerator(train_s, pace.steps)
    wait_s, accelerator = load.wait_s / BATCH, SimulatedAccelerator(train.wait_s)
    count = (pace.steps + 2) * BATCH
    variants = [_variant(name, make, wait_s, count) for name, make in _PIPELINES.items()]
    ready = TrainAlone(lambda: graph.as_written(tf.data.Dataset.range(count)), accelerator)
    results = compare(
        variants,
        loads={variant.name: variant.dataset for variant in variants},
        trains={"eager": ready},
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    return Experiment(
        title=f"A map that waits, {load_s * 1e3:g} ms a batch, and a simulated accelerator that "
        f"waits {train_s * 1e3:g} ms",
        results=results,
        timelines=_timelines(wait_s, accelerator),
        note="Only the first is serial; in the others TensorFlow fuses map and batch into one "
        f"operation that runs ahead. {told(load, train)}".rstrip(),
    )


class _Write(Protocol):
    """Writes a pipeline on a source of numbers whose elements each wait `wait_s` seconds."""

    def __call__(self, source: tf.data.Dataset, wait_s: float, /) -> tf.data.Dataset: ...


def _mapped(
    source: tf.data.Dataset,
    wait_s: float,
    recorder: Recorder | None = None,
    calls: int | None = None,
) -> tf.data.Dataset:
    return slow_map(source, wait_s, recorder=recorder, parallel_calls=calls).batch(BATCH)


_PIPELINES: dict[str, _Write] = {
    names.SERIAL: lambda source, wait_s: graph.as_written(_mapped(source, wait_s)),
    names.DEFAULT: lambda source, wait_s: _mapped(source, wait_s),
    names.PREFETCH_0: lambda source, wait_s: _mapped(source, wait_s).prefetch(0),
    names.NO_INJECTION: lambda source, wait_s: graph.without_injection(_mapped(source, wait_s)),
    names.ONE_CALL: lambda source, wait_s: _mapped(source, wait_s, calls=1),
}


def _variant(name: str, write: _Write, wait_s: float, count: int) -> Variant:
    return Variant(
        name=name,
        dataset=lambda: write(tf.data.Dataset.range(count), wait_s),
        slots=Slots.exactly(0) if name == names.SERIAL else CHOSEN_AT_RUN_TIME,
        run_ahead=run_ahead(lambda source: write(source, 0.0), as_written=False),
        load=name,
    )


def _calibrated(load_s: float, steps: int) -> Calibration:
    """Find the wait of a whole batch that makes the serial pipeline load it in `load_s`."""

    def drain(wait_s: float) -> StepTimes:
        source = tf.data.Dataset.range((steps + 1) * BATCH)
        return run_steps(_PIPELINES[names.SERIAL](source, wait_s / BATCH), steps=steps)

    return calibrate(load_s, drain)


def _timelines(
    wait_s: float, accelerator: SimulatedAccelerator, batches: int = 10
) -> dict[str, Timeline]:
    """Record the serial loop and the default one; a few steps from the middle."""
    recorded = {}
    for name in (names.SERIAL, names.DEFAULT):
        recorder = Recorder()
        mapped = _mapped(tf.data.Dataset.range(batches * BATCH), wait_s, recorder)
        dataset = graph.as_written(mapped) if name == names.SERIAL else mapped
        recorded[name] = _by_batch(record(dataset, accelerator, recorder, batches=batches))
    return recorded


def _by_batch(timeline: Timeline) -> Timeline:
    """Number the loads, recorded by element, by the batch they go into."""
    return Timeline.of(
        replace(event, index=event.index // BATCH) if event.lane == "load" else event
        for event in timeline.events
    )
