"""Measure a pipeline as it grows: drain it up to each stage, and count what comes out.

1. *Count*: each prefix is gone through once, and its elements and their bytes are counted. That
   also traces, and brings the files into the page cache; so what is timed reads from memory.
2. *Drain*: each prefix is drained by TensorFlow itself, so that no element is handed to Python:
   that would cost more than some stages do. It runs as written, one stage after the other, and on
   one thread, so that no time goes into waking another one for a part of a function.
3. *Whole*: the last prefix is drained once more, in runs of its own, so that the sum of the stages
   can be set beside something that it was not computed from.
4. All of these take turns, `repeats` times over, as in `interleave_in_peace`.

A stage costs what draining with it takes longer than without it. That holds for stages that pass on
all that they get, do it when they are asked, and keep nothing. So a pipeline that works ahead or
has a cache is refused; whether a `take` or a random `filter` stands in it, nothing checks.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.machine import versions
from prefetchlab.measure.peace import interleave_in_peace
from prefetchlab.measure.stage_costs import Prefix, StageCosts
from prefetchlab.progress import Progress

_WHOLE = "the whole again"


def stage_costs(
    prefixes: Mapping[str, tf.data.Dataset],
    *,
    batches: int,
    repeats: int,
    again: bool = True,
    progress: Progress | None = None,
) -> StageCosts:
    """Measure what each stage of a pipeline costs.

    >>> numbers = tf.data.Dataset.range(8)
    >>> costs = stage_costs({"read": numbers, "batch": numbers.batch(4)}, batches=2, repeats=1)
    >>> [(stage.name, stage.elements, stage.bytes) for stage in costs.stages]
    [('read', 8, 32.0), ('batch', 2, 32.0)]

    **Arguments:**

    - `prefixes`: by the name of its last stage the pipeline up to there, the shortest first; all
      on the same data. The last gives batches. Each ends, and its elements are dense tensors.
    - `batches`: how many batches to drain in a run, from 1; a whole number of passes is made.
    - `repeats`: interleaved rounds, from 1.
    - `again`: whether a round is added for one that was disturbed.
    - `progress`: told before each run; see `Progress`.

    **Returns:** a `StageCosts`. Elements and bytes are exact. Times and CPU work are measured;
    threads of TensorFlow that spin while they wait count as work.

    **Raises:** `InputError` if a number is not whole or below 1; if there is no prefix; if one is
    known never to end, gives nothing, or something else than dense tensors; if it works ahead or
    has a cache. What a stage raises comes through.
    """
    given.mapping("prefixes", prefixes, "prefixes")
    for prefix in prefixes.values():
        given.dataset("prefixes", prefix)
    batches = given.whole("batches", batches, least=1)
    repeats = given.whole("repeats", repeats, least=1)
    sizes = {name: _counted(name, dataset) for name, dataset in prefixes.items()}
    last = list(prefixes)[-1]
    passes = math.ceil(batches / sizes[last].elements)
    drained = passes * sizes[last].elements
    runs: dict[str, Callable[[], _Run]] = {
        name: _drain(dataset, passes, sizes[name].elements, drained)
        for name, dataset in prefixes.items()
    }
    runs[_WHOLE] = _drain(prefixes[last], passes, sizes[last].elements, drained)
    measured, peace = interleave_in_peace(
        runs,
        repeats=repeats,
        again=again,
        computes=attrgetter("computes"),
        progress=progress,
    )
    return StageCosts(
        prefixes=tuple(
            Prefix(
                name=name,
                elements=sizes[name].elements,
                bytes=sizes[name].bytes,
                repeats_s=tuple(run.seconds for run in measured[name]),
                cpu_repeats_s=tuple(run.cpu_s for run in measured[name]),
            )
            for name in prefixes
        ),
        whole_repeats_s=tuple(run.seconds for run in measured[_WHOLE]),
        versions=versions(),
        peace=peace,
    )


@dataclass(frozen=True)
class _Size:
    """What one pass over a pipeline gives.

    Attributes:
        elements: how many elements.
        bytes: how many bytes their tensors hold together.
    """

    elements: int
    bytes: int


@dataclass(frozen=True)
class _Run:
    """One run, told for each batch that comes out of the whole pipeline.

    Attributes:
        seconds: the time of a batch.
        cpu_s: the CPU-seconds of the whole process for a batch.
    """

    seconds: float
    cpu_s: float

    @property
    def computes(self) -> float:
        """The share of its time in which at least one thread can have computed, from 0 to 1."""
        return min(1.0, self.cpu_s / self.seconds)


def _counted(name: str, dataset: tf.data.Dataset) -> _Size:
    """Go through a pipeline once, and count its elements and their bytes."""
    # A last prefetch counts as well: with `skip` it is not the last stage.
    if (
        graph.works_ahead(graph.as_written(dataset.skip(0)))
        or "Cache" in graph.written(dataset).names
    ):
        raise InputError(
            f"prefixes: {name} works ahead or has a cache, so that no stage has a cost of its own; "
            "leave out prefetch, num_parallel_calls and cache"
        )
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"prefixes: {name} never ends; leave out its repeat()")
    if not all(map(_has_bytes, tf.nest.flatten(dataset.element_spec))):
        raise InputError(
            f"prefixes: {name} gives other elements than dense tensors, whose bytes are not counted"
        )

    def add(counts: tuple[tf.Tensor, tf.Tensor], *element: Any) -> tuple[tf.Tensor, tf.Tensor]:
        elements, size = counts
        tensors = [each for each in tf.nest.flatten(element) if each is not None]
        return elements + 1, size + sum(map(_bytes, tensors), nothing)

    nothing = tf.constant(0, tf.int64)
    elements, size = graph.as_written(dataset).reduce((nothing, nothing), add)
    if elements == 0:
        raise InputError(f"prefixes: {name} gives no element; give it at least one batch")
    return _Size(int(elements), int(size))


def _has_bytes(spec: tf.TypeSpec) -> bool:
    """Whether it is a dense tensor, or the None that stands for nothing in an element."""
    return isinstance(spec, tf.TensorSpec) or graph.is_nothing(spec)


def _bytes(tensor: tf.Tensor) -> tf.Tensor:
    if tensor.dtype == tf.string:
        return tf.reduce_sum(tf.cast(tf.strings.length(tensor), tf.int64))
    return tf.size(tensor, tf.int64) * tensor.dtype.size


def _drain(
    dataset: tf.data.Dataset, passes: int, elements: int, batches: int
) -> Callable[[], _Run]:
    """A run in which TensorFlow takes every element itself, and gives Python none."""
    # `skip` alone would let some sources pass over their records unread; `repeat` asks for each.
    drained = graph.as_written(dataset.repeat(passes)).skip(passes * elements)
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    # Nothing is there to be tuned, and to end the thread that tunes can take as long as the run.
    options.autotune.enabled = False
    drained = drained.with_options(options)
    return lambda: _timed(drained, batches)


def _timed(dataset: tf.data.Dataset, batches: int) -> _Run:
    start_s, cpu_start_s = time.perf_counter(), time.process_time()
    for _ in dataset:  # it gives nothing; to ask is what drains it
        pass
    cpu_s = time.process_time() - cpu_start_s
    return _Run((time.perf_counter() - start_s) / batches, cpu_s / batches)
