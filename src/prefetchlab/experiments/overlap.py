"""Chapter 3: how prefetch overlaps loading and training."""

from collections.abc import Callable, Sequence

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.protocol import DEFAULT, ONE_SLOT, SERIAL, Arm, Pace, compare, record
from prefetchlab.experiments.waits import accelerator_of
from prefetchlab.measure import Progress, calibrated_wait, run_ahead, run_steps
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import SimulatedAccelerator, slow_source

GRAPH_LOOP = "graph loop"
GRAPH_LOOP_ONE_SLOT = "graph loop, prefetch(1)"

_ARMS = (  # name, slots that theory replays, prefetch written, rewrites off, loop
    (SERIAL, 0, None, True, "eager"),
    (ONE_SLOT, 1, 1, True, "eager"),
    (DEFAULT, 2, None, False, "eager"),  # AUTOTUNE starts with one slot and soon takes a second
    (GRAPH_LOOP, 0, None, False, "graph"),
    (GRAPH_LOOP_ONE_SLOT, 1, 1, False, "graph"),
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
    - `progress`: told before each run its name, the runs done, and the runs in all.
    """
    loads_s = [load_s] if isinstance(load_s, int | float) else list(load_s)
    source, accelerator = calibrated(loads_s, train_s, pace.steps, progress)
    count = pace.steps + 2
    ready = (lambda: graph.as_written(tf.data.Dataset.range(count)), accelerator)
    results = compare(
        [_arm(*row, source, count) for row in (_ARMS if loops else _ARMS[:3])],
        {"source": lambda: graph.as_written(source(count))},
        {"eager": ready, "graph": ready} if loops else {"eager": ready},
        pace,
        progress,
    )
    times = " or ".join(f"{seconds * 1e3:g}" for seconds in loads_s)
    return Experiment(
        title=f"A source that waits {times} ms and a simulated accelerator that waits "
        f"{train_s * 1e3:g} ms",
        results=results,
        timelines=_timelines(source, accelerator),
        note="Both sides only wait, so no core is short and the slower side sets the limit.",
    )


def calibrated(
    loads_s: Sequence[float], train_s: float, steps: int, progress: Progress | None = None
) -> tuple[Callable[..., tf.data.Dataset], SimulatedAccelerator]:
    """A waiting source and a waiting accelerator that take these times on this machine.

    **Arguments:**

    - `loads_s`: the loads wanted, in seconds, gone through again and again.
    - `train_s`: the step's train time wanted, in seconds.
    - `steps`: how many steps a trial run has.

    - `progress`: told that this goes on.

    **Returns:** a function `source(count, recorder=None)` that makes the dataset, and the step.
    """
    if progress:
        progress("calibrate the waits", 0, 1)
    mean_s = sum(loads_s) / len(loads_s)
    load_wait_s = calibrated_wait(
        mean_s,
        lambda wait_s: run_steps(graph.as_written(slow_source(steps + 1, wait_s)), steps=steps),
    )
    waits_s = [max(0.0, seconds + load_wait_s - mean_s) for seconds in loads_s]

    def source(count: int, recorder: Recorder | None = None) -> tf.data.Dataset:
        return slow_source(count, waits_s, recorder=recorder)

    return source, accelerator_of(train_s, steps)


def _arm(name, slots, prefetch, as_written, loop, source, count) -> Arm:
    def build(dataset: tf.data.Dataset) -> tf.data.Dataset:
        return dataset if prefetch is None else dataset.prefetch(prefetch)

    def dataset() -> tf.data.Dataset:
        built = build(source(count))
        return graph.as_written(built) if as_written else built

    counts = run_ahead(build, as_written=as_written, loop=loop)
    return Arm(name, dataset, slots, counts, "source", loop)


def _timelines(source, accelerator, batches: int = 10) -> dict[str, Timeline]:
    """Record a serial run and one with a slot; keep a few batches from the middle."""
    recorded = {}
    for heading, slots in (("serial", 0), ("one slot", 1)):
        recorder = Recorder()
        dataset = source(batches, recorder)
        dataset = graph.as_written(dataset.prefetch(slots) if slots else dataset)
        recorded[heading] = record(dataset, accelerator, recorder, batches=batches)
    return recorded
