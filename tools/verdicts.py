"""Loops whose binding side is known, and what `exposed_waits` must say of them.

    python -m tools.verdicts --repeats 20               # on this machine as it is
    python -m tools.verdicts --repeats 20 --busy        # beside four that never wait
    taskset -c 0 python -m tools.verdicts --repeats 20  # on one core

Only the clock tells a wait from none, so this is no test: it is a part of `make bench`.
"""

import argparse
import contextlib
import sys
from dataclasses import dataclass

from rich.progress import track

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure import TrainingLoop, Visit, exposed_waits
from prefetchlab.measure.exposed_wait import Verdict
from prefetchlab.workloads import QueueingAccelerator, SimulatedAccelerator, slow_source
from tools.busy import cores_busy

_STEPS, _ROUNDS = 10, 3
_ENDLESS = 1 << 20  # elements: more than any run takes


@dataclass(frozen=True)
class Case:
    """A training loop, and what holds it up.

    Attributes:
        name: what it is called in the table.
        loop: the loop.
        verdict: what must be said of it.
    """

    name: str
    loop: TrainingLoop
    verdict: Verdict


def waiting(load_s: float, slots: int = 0) -> tf.data.Dataset:
    """A source that waits, as written: serial, or with a buffer of so many slots."""
    source = slow_source(_ENDLESS, load_s)
    return graph.as_written(source.prefetch(slots) if slots else source)


def computing(matrices: int, calls: int) -> tf.data.Dataset:
    """Elements that are computed, so many at a time on threads of their own, one slot ahead.

    Many threads take the cores from training even where neighbours want them, too. Few do not:
    beside four neighbours training is slow before anything is loaded.
    """

    def load(number: tf.Tensor) -> tf.Tensor:
        matrix = tf.fill([128, 128], tf.cast(number, tf.float32) * 1e-9)
        return tf.while_loop(
            lambda done, _: done < matrices,
            lambda done, matrix: (done + 1, tf.matmul(matrix, matrix)),
            (0, matrix),
        )[1]

    numbers = tf.data.Dataset.range(_ENDLESS).map(load, num_parallel_calls=calls)
    threads = tf.data.Options()
    threads.threading.private_threadpool_size = calls
    return graph.as_written(numbers.batch(8).prefetch(1).with_options(threads))


def multiply(times: int) -> Visit:
    """A train step that computes on all cores."""

    def product(batch: tf.Tensor) -> tf.Tensor:
        matrix = tf.fill([512, 512], 1e-3)
        for _ in tf.range(times):
            matrix = tf.matmul(matrix, matrix)
        return tf.reduce_sum(matrix) + tf.reduce_sum(batch)

    step = tf.function(product)
    return lambda batch: float(step(batch))


def synchronised(train_s: float) -> Visit:
    """A device that queues its steps, and a loop that waits for each of them."""
    device = QueueingAccelerator(train_s)

    def step(batch: object) -> None:
        device(batch)
        device.synchronise()

    return step


def cases() -> list[Case]:
    """The loops, made anew."""
    accelerator, slow = SimulatedAccelerator(0.010), SimulatedAccelerator(0.040)
    return [
        Case("serial waits", TrainingLoop(lambda: waiting(0.02), accelerator), "input-bound"),
        Case("long waits", TrainingLoop(lambda: waiting(0.03, 1), accelerator), "input-bound"),
        Case("hidden waits", TrainingLoop(lambda: waiting(0.005, 1), slow), "not input-bound"),
        Case(
            "graph loop, serial",
            TrainingLoop(lambda: waiting(0.015), accelerator, "graph"), "input-bound",
        ),
        Case(
            "graph loop, hidden waits",
            TrainingLoop(lambda: waiting(0.005, 1), slow, "graph"), "not input-bound",
        ),
        Case(
            "a device that waits", TrainingLoop(lambda: waiting(0.03, 1), synchronised(0.01)),
            "input-bound",
        ),
        Case(
            "a device that is busy", TrainingLoop(lambda: waiting(0.005, 1), synchronised(0.04)),
            "not input-bound",
        ),
        Case(
            "computed loads, short steps",
            TrainingLoop(lambda: computing(100, calls=2), SimulatedAccelerator(0.002)),
            "input-bound",
        ),
        Case(
            "hardly a load, computed steps",
            TrainingLoop(lambda: computing(1, calls=2), multiply(20)), "not input-bound",
        ),
        Case(
            "loads and steps on the same cores",
            TrainingLoop(lambda: computing(650, calls=8), multiply(40)), "training slowed",
        ),
    ]  # fmt: skip


def misses() -> list[str]:
    """Measure each loop once; a line for each verdict that is wrong."""
    found = []
    for case in cases():
        measured = exposed_waits({case.name: case.loop}, steps=_STEPS, repeats=_ROUNDS)[case.name]
        if measured.verdict != case.verdict:
            found.append(
                f"{case.name}: {measured.verdict}, not {case.verdict}; exposed "
                f"{measured.share:.1%}, slowed {measured.slowed_share:.1%} of "
                f"{measured.step_s * 1e3:.1f} ms, alone {measured.load_s * 1e3:.1f} and "
                f"{measured.train_s * 1e3:.1f} ms"
            )
    return found


def main(arguments: list[str]) -> int:
    """Measure all loops some times; say what was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--busy", action="store_true")
    given = parser.parse_args(arguments)
    with cores_busy() if given.busy else contextlib.nullcontext():
        found = [misses() for _ in track(range(given.repeats), "measuring")]
    for turn, lines in enumerate(found, start=1):
        for line in lines:
            print(f"{turn}: {line}")
    print(f"{sum(not lines for lines in found)} of {len(found)} right in all")
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
