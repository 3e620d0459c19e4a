"""Time the steps of a training loop, and compare variants fairly."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.loops import Loop, Visit, loop_of_kind
from prefetchlab.progress import Progress
from prefetchlab.theory import Seconds
from prefetchlab.timeline import Recorder

Key = TypeVar("Key")  # names a variant
T = TypeVar("T")  # what one run gives


@dataclass(frozen=True, eq=False)
class StepTimes:
    """The step times of one run.

    >>> StepTimes(np.array([0.010, 0.012, 0.011]), cpu_s=0.004, wait_s=0.006).median_s
    0.011

    Attributes:
        seconds: from the end of one step to the end of the next, shape (n,), seconds.
        cpu_s: CPU-seconds that the whole process used for one step, all threads together.
        wait_s: the part of the mean step before the train step began, in seconds: in it the loop
            got its batch.
    """

    seconds: Seconds
    cpu_s: float
    wait_s: float

    @property
    def mean_s(self) -> float:
        """The mean step in seconds: what the run costs, bursts included."""
        return float(self.seconds.mean())

    @property
    def computes(self) -> float:
        """The share of its time in which at least one thread can have computed, from 0 to 1."""
        return min(1.0, self.cpu_s / self.mean_s)

    @property
    def median_s(self) -> float:
        """The median step in seconds: what one step usually takes."""
        return float(np.median(self.seconds))


def run_steps(
    dataset: tf.data.Dataset,
    step: Visit | None = None,
    *,
    steps: int,
    loop: Loop = "eager",
    recorder: Recorder | None = None,
) -> StepTimes:
    """Time `steps` steps of a training loop over `dataset`.

    The first element is taken and trained on before the clock starts: its load has nothing to hide
    behind, and it pays for starting the pipeline.

    >>> run_steps(tf.data.Dataset.range(8), steps=4).seconds.shape
    (4,)

    **Arguments:**

    - `dataset`: the pipeline, with more than `steps` elements.
    - `step`: the train step; it must return only when its work is done. None takes the elements
      and does nothing with them: the time to load alone.
    - `steps`: how many steps to time.
    - `loop`: "eager" for a Python loop, "graph" for a `for` inside a `tf.function`.
    - `recorder`: where to record lane "train"; recording is a part of what is timed.

    **Raises:** `InputError` if it is no dataset or has too few elements, if the step cannot be
    called, or if `steps` is not whole or below 1.
    """
    given.dataset("dataset", dataset)
    steps = given.whole("steps", steps, least=1)
    if step is not None:
        given.function("step", step)
    starts: list[float] = []
    ends: list[float] = []
    cpu: list[float] = []

    def train(batch: object) -> None:
        starts.append(time.perf_counter())
        start = recorder.now() if recorder else 0.0
        if step is not None:
            step(batch)
        if recorder:
            recorder.add("train", len(ends), start, recorder.now())
        ends.append(time.perf_counter())
        cpu.append(time.process_time())

    loop_of_kind(loop)(dataset, train, steps + 1)
    if len(ends) < steps + 1:
        raise InputError(
            f"dataset: it has {len(ends)} elements, and {steps} steps need {steps + 1}; "
            "repeat() it or time fewer steps"
        )
    waits = np.subtract(starts[1:], ends[:-1])
    return StepTimes(np.diff(ends), cpu_s=(cpu[-1] - cpu[0]) / steps, wait_s=float(waits.mean()))


def interleave(
    variants: Mapping[Key, Callable[[], T]],
    *,
    repeats: int,
    progress: Progress | None = None,
) -> dict[Key, list[T]]:
    """Run each variant `repeats` times, in turns, so that a slow minute of the machine hits all.

    >>> interleave({"a": lambda: 1, "b": lambda: 2}, repeats=3)
    {'a': [1, 1, 1], 'b': [2, 2, 2]}

    **Arguments:**

    - `variants`: a name and a function without arguments for each variant.
    - `repeats`: rounds; each begins with another variant.
    - `progress`: told before each run the variant's name; see `Progress`.

    **Raises:** `InputError` if there is no variant, or no round to run.
    """
    given.mapping("variants", variants, "variants")
    repeats = given.whole("repeats", repeats, least=1)
    names = list(variants)
    results: dict[Key, list[T]] = {name: [] for name in names}
    total = repeats * len(names)
    for turn in range(repeats):
        for place, name in enumerate(turns(names, turn)):
            if progress:
                progress(str(name), turn * len(names) + place, total)
            results[name].append(variants[name]())
    return results


def turns(names: Sequence[Key], turn: int) -> list[Key]:
    """The order in which the variants run in a round: each round begins with another one.

    >>> [turns(["a", "b", "c"], turn) for turn in range(4)]
    [['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b'], ['a', 'b', 'c']]

    **Arguments:**

    - `names`: the variants, at least one.
    - `turn`: the round's number, from 0.
    """
    shift = turn % len(names)
    return [*names[shift:], *names[:shift]]
