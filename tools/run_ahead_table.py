"""What `run_ahead` must count, pipeline by pipeline; and a run that says where it does not.

The slow stages wait or compute for so long that a probe which only watches the count takes the
pause for rest.

    python -m tools.run_ahead_table --repeats 20                # on this machine as it is
    python -m tools.run_ahead_table --repeats 20 --busy         # beside four that never wait
    python -m tools.run_ahead_table --repeats 20 --blind        # as where no thread can be seen
    taskset -c 0 python -m tools.run_ahead_table --repeats 20   # on one core
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from rich.progress import track

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import Loop, Transform, run_ahead, threads
from tools.busy import cores_busy

LOOPS: tuple[Loop, ...] = ("eager", "graph")
Counts = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A pipeline, and what it must count.

    Attributes:
        name: what it is called in the table.
        build: the pipeline, on a source.
        counts: after 1, 2 and 3 elements, as written and in either loop.
    """

    name: str
    build: Transform
    counts: Counts


def plus_one(number: tf.Tensor) -> tf.Tensor:
    """A map's work that takes no time."""
    return number + 1


def each(work: Callable[[], object]) -> Callable[[tf.Tensor], tf.Tensor]:
    """A map in which Python does `work` for each element."""

    def run(number: Any) -> Any:
        work()
        return number

    return lambda number: tf.ensure_shape(tf.numpy_function(run, [number], tf.int64), ())


def _waits(seconds: float) -> Callable[[tf.Tensor], tf.Tensor]:
    return each(lambda: time.sleep(seconds))


def _computes(cpu_s: float) -> Callable[[tf.Tensor], tf.Tensor]:
    def compute() -> None:
        start_s = time.thread_time()
        while time.thread_time() - start_s < cpu_s:
            pass

    return each(compute)


QUICK = (
    Case("as written", lambda source: source, (1, 2, 3)),
    Case("prefetch(1)", lambda source: source.prefetch(1), (2, 3, 4)),
    Case("prefetch(2)", lambda source: source.prefetch(2), (3, 4, 5)),
    Case("prefetch(5)", lambda source: source.prefetch(5), (6, 7, 8)),
    Case("batch(4)", lambda source: source.batch(4), (4, 8, 12)),
    Case("batch(4).prefetch(2)", lambda source: source.batch(4).prefetch(2), (12, 16, 20)),
    Case("prefetch(2).batch(4)", lambda source: source.prefetch(2).batch(4), (6, 10, 14)),
    Case("shuffle(2)", lambda source: source.shuffle(2), (2, 3, 4)),
    Case("two calls", lambda source: source.map(plus_one, num_parallel_calls=2), (3, 4, 5)),
)
WAITS = Case(
    "waits 0.5 s", lambda source: source.map(_waits(0.5)).prefetch(2), (3, 4, 5)
)  # fmt: skip
SLOW = (
    Case(
        "waits 0.1 s", lambda source: source.map(_waits(0.1)).batch(2).prefetch(2), (6, 8, 10)
    ),
    WAITS,
    Case("computes 0.4 s", lambda source: source.map(_computes(0.4)).prefetch(2), (3, 4, 5)),
)  # fmt: skip
# These take too long for a test, or say no more there than the others do.
LONG = (
    Case("prefetch(600)", lambda source: source.prefetch(600), (601, 602, 603)),
    Case("waits 0.2 s", lambda source: source.map(_waits(0.2)).prefetch(2), (3, 4, 5)),
    Case("computes 2.5 s", lambda source: source.map(_computes(2.5)).prefetch(1), (2, 3, 4)),
)


def misses(cases: Iterable[Case], loops: Iterable[Loop] = LOOPS) -> list[str]:
    """Every count that is not the expected one, in a line; a refusal is one, too."""
    found = []
    for case in cases:
        for loop in loops:
            try:
                counts = run_ahead(case.build, loop=loop)
            except InputError as refused:
                found.append(f"{case.name}, {loop}: refused: {refused}")
            else:
                if counts != case.counts or counts.at_least:
                    found.append(f"{case.name}, {loop}: {counts!r}, and not {case.counts}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Count all, and print what is not as expected; exit code 1 if anything is."""
    parser = argparse.ArgumentParser(prog="run_ahead_table", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=1, help="how often to count each pipeline")
    parser.add_argument("--busy", action="store_true", help="keep two processes a core running")
    parser.add_argument("--blind", action="store_true", help="hide what Linux tells of threads")
    options = parser.parse_args(arguments)
    cases = QUICK + SLOW + LONG
    found: list[str] = []
    with contextlib.ExitStack() as around:
        if options.busy:
            around.enter_context(cores_busy())
        if options.blind:
            around.enter_context(mock.patch.object(threads, "_TASKS", "/nowhere"))
        for _ in track(range(options.repeats), "Counting"):
            found += misses(cases)
    counted = f"{len(cases)} pipelines, {len(LOOPS)} loops, {options.repeats} times"
    print(*found, f"{counted}: {len(found)} not as expected", sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
