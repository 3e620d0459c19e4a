"""How well a step is predicted where loading and training share cores, on real work.

Run on the cores it is given, `taskset -c 0 python -m tools.predictions` say. For each workload it
measures loading and training alone, predicts the step with one slot from these, and measures it:

- *packed*: the longer of `theory.replay` and the CPU work of both sides shared by the cores. No
  step is shorter;
- *shared*: the middle of `theory.shared_step`, and its range.

With no slot nothing is shared: there the step is held against L + T.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from prefetchlab import graph, measure, pipelines, theory
from prefetchlab._tensorflow import tf
from prefetchlab.measure import Peace, StepTimes, Visit, interleave_in_peace, run_steps
from prefetchlab.workloads import KerasStep, SimulatedAccelerator, make_shards, open_images

STEPS, ROUNDS = 25, 5
Make = Callable[[], tf.data.Dataset]


@dataclass(frozen=True)
class Workload:
    """What is loaded, and what trains on it.

    Attributes:
        name: what it is called in the table.
        make: the pipeline, without a prefetch.
        step: the train step.
    """

    name: str
    make: Make
    step: Visit


@dataclass(frozen=True)
class Predicted:
    """One workload's step beside what was predicted of it, in seconds.

    Attributes:
        name: the workload.
        load_s, train_s: the mean of each alone.
        load_cpu_s, train_cpu_s: the CPU-seconds of each alone.
        serial_s: the step with no slot, measured.
        one_slot_s: the step with one slot, measured.
        packed_s: the step with one slot, if the work fills the cores without a gap.
        range_s: the step with one slot by `theory.shared_step`.
        peace: how quiet the machine was.
    """

    name: str
    load_s: float
    train_s: float
    load_cpu_s: float
    train_cpu_s: float
    serial_s: float
    one_slot_s: float
    packed_s: float
    range_s: tuple[float, float]
    peace: Peace

    @property
    def serial_error(self) -> float:
        """L + T over the measured serial step, less 1."""
        return (self.load_s + self.train_s) / self.serial_s - 1

    @property
    def packed_error(self) -> float:
        """The packed prediction over the measured step, less 1."""
        return self.packed_s / self.one_slot_s - 1

    @property
    def shared_error(self) -> float:
        """The middle of the range over the measured step, less 1."""
        return sum(self.range_s) / 2 / self.one_slot_s - 1


def workloads(folder: Path) -> Iterator[Workload]:
    """JPEG records and a computing stage, each before Keras, and one before a waiting step."""
    data = open_images(folder)
    step = KerasStep(data.size, len(data.class_names))

    def jpegs(batch_size: int) -> Make:
        return lambda: pipelines.image_batches(data, batch_size=batch_size, repeat=True)

    for batch_size in (16, 32, 64):
        yield Workload(f"JPEG × {batch_size}, Keras", jpegs(batch_size), step)
    yield Workload("matrix products, Keras", _products(next(iter(jpegs(32)()))), step)
    yield Workload("JPEG × 64, simulated", jpegs(64), SimulatedAccelerator(0.010))


def _products(batch: tuple[tf.Tensor, tf.Tensor]) -> Make:
    """A stage that multiplies matrices before it gives a batch that is already there."""
    matrix = tf.random.stateless_normal([256, 256], seed=(0, 0))

    def compute(_: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        product = matrix
        for _ in range(20):
            product = tf.tanh(tf.linalg.matmul(product, matrix) / 100)
        nothing = tf.cast(tf.reduce_sum(product) * 0, tf.uint8)
        return batch[0] + nothing, batch[1]

    return lambda: tf.data.Dataset.range(1_000_000).map(compute)


def predict(workload: Workload) -> Predicted:
    """Measure a workload in turns, and predict its step with one slot from both sides alone."""
    make, step = workload.make, workload.step
    ready = next(iter(make()))
    step(ready)  # the first step compiles

    def timed(dataset: tf.data.Dataset, visit: Visit | None) -> StepTimes:
        return run_steps(graph.as_written(dataset), visit, steps=STEPS)

    arms: dict[str, Callable[[], StepTimes]] = {
        "load": lambda: timed(make(), None),
        "train": lambda: timed(tf.data.Dataset.from_tensors(ready).repeat(), step),
        "serial": lambda: timed(make(), step),
        "one slot": lambda: timed(make().prefetch(1), step),
    }
    for arm in arms.values():
        arm()
    runs, peace = interleave_in_peace(arms, repeats=ROUNDS)
    load, train = _side(runs["load"]), _side(runs["train"])
    cores = measure.cores()
    shared = theory.shared_step(load, train, 1, cores=cores)
    replayed_s = theory.replay(load.times_s, train.times_s, 1).mean_step_s
    return Predicted(
        name=workload.name,
        load_s=_median([run.mean_s for run in runs["load"]]),
        train_s=_median([run.mean_s for run in runs["train"]]),
        load_cpu_s=load.cpu_s,
        train_cpu_s=train.cpu_s,
        serial_s=_median([run.mean_s for run in runs["serial"]]),
        one_slot_s=_median([run.mean_s for run in runs["one slot"]]),
        packed_s=max(replayed_s, (load.cpu_s + train.cpu_s) / cores),
        range_s=(shared.least_s, shared.most_s),
        peace=peace,
    )


def _side(runs: Sequence[StepTimes]) -> theory.Side:
    seconds = np.concatenate([run.seconds for run in runs])
    return theory.Side(seconds, _median([run.cpu_s for run in runs]))


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def main() -> None:
    """Print one line of JSON for each workload."""
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder) / "images", count=640)
        for workload in workloads(Path(folder) / "images"):
            print(json.dumps(asdict(predict(workload))), flush=True)


if __name__ == "__main__":
    main()
