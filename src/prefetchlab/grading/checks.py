"""The checks of assignment 3: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it on fresh random data, and returns None or raises
`AssertionError` with one sentence on what is wrong and one on where to look. No check reads a
clock, so a verdict does not depend on how fast or how busy the machine is.

The checks say which number is wrong, never which is right. They do not defend themselves against a
student who reads or replaces this module.
"""

import functools
import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from prefetchlab import graph, theory
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.evidence import (
    LONG,
    TAKEN,
    Build,
    Counts,
    check_asks_as_it_goes,
    check_batches,
    check_numbers,
    check_runs_ahead,
    counts_of,
    expected_counts,
    plural,
)
from prefetchlab.grading.inputs import fresh_numbers, loader, photos

# The counting source of run_ahead: here a student's own loop takes from it.
from prefetchlab.measure.probe import CountingSource

__all__ = [
    "added_by_tensorflow",
    "batches_with_slots",
    "loader",
    "one_batch_ahead",
    "one_prefetch_buys",
    "photos",
    "source_count",
    "step_times",
    "train_epoch",
    "truly_serial",
    "two_batches_ahead",
]


@for_test_cell
def added_by_tensorflow(answer: Callable, pipelines: dict[str, tf.data.Dataset]) -> None:
    """Check the names of the stages that run and were not written.

    >>> pipelines = {"batch(2)": tf.data.Dataset.range(8).batch(2)}
    >>> added_by_tensorflow(lambda dataset: [], pipelines)
    Traceback (most recent call last):
        ...
    AssertionError: For batch(2) you say []. But more runs than was written. ...

    **Arguments:**

    - `answer`: the student's function from a dataset to a list of names.
    - `pipelines`: what to try it on, by a name to show.

    **Raises:** `AssertionError` that names the mistake.
    """
    for name, dataset in pipelines.items():
        runs, wrote = graph.runs(dataset).names, graph.written(dataset).names
        right = list((Counter(runs) - Counter(wrote)).elements())
        got = answer(dataset)
        assert isinstance(got, list | tuple), (
            f"For {name} you return {type(got).__name__}. Return a list of names."
        )
        if Counter(got) != Counter(right):
            raise AssertionError(
                f"For {name} you say {list(got)}. " + _stage_fault(got, runs, wrote)
            )


def _stage_fault(got: Sequence[str], runs: Sequence[str], wrote: Sequence[str]) -> str:
    if not got:
        missed = Counter(runs)["Prefetch"] > Counter(wrote)["Prefetch"] > 0
        if missed:
            return (
                "TensorFlow runs more stages of one name than you wrote. Count the stages; "
                "do not only ask whether a name occurs."
            )
        return "But more runs than was written. Compare graph.runs with graph.written."
    if Counter(got) == Counter(runs):
        return "Those are all stages that run. Leave out those that were written."
    if set(got) - set(runs):
        return "A stage in your list does not run at all. Read the names from graph.runs."
    return "That is not what runs beyond what was written. Compare every stage, not only the last."


@for_test_cell
def truly_serial(build: Build, *, batch_size: int = 4, elements: int = 10, side: int = 16) -> None:
    """Check a baseline that loads nothing ahead when TensorFlow runs it.

    >>> truly_serial(lambda numbers, load, batch_size: numbers.map(load).batch(batch_size))
    Traceback (most recent call last):
        ...
    AssertionError: Your pipeline is not serial: its source has made (...) elements after ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size).
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.
    - `side`: height and width of the images in pixels.

    **Raises:** `AssertionError` that names the mistake.
    """
    load, numbers = loader(photos(side=side)), fresh_numbers(elements)
    check_batches(build(numbers, load, batch_size), numbers, load, batch_size)
    counts = counts_of(lambda source: build(source, load, batch_size), as_written=False)
    check_asks_as_it_goes(counts)
    # Two witnesses: a count that is too low must not make a pipeline look serial.
    fault = _works_in_background(build(fresh_numbers(LONG), load, batch_size))
    if counts != expected_counts(batch_size, 0) or fault:
        raise AssertionError(
            f"Your pipeline is not serial: its source has made {counts} elements after 1, 2 and 3 "
            f"batches of {batch_size} were taken. {fault or _UNREADABLE}"
        )


_UNREADABLE = (
    "Switching autotuning off does not stop TensorFlow from rewriting a pipeline: it only hides "
    "from graph.runs what runs. If it is on, look there for the stage that works ahead."
)


def _works_in_background(dataset: tf.data.Dataset) -> str:
    """Which stage does, and why it still does; '' if none does or TensorFlow does not tell."""
    wrote = graph.written(dataset)
    try:
        ran = graph.runs(dataset).names
    except InputError:  # autotuning is off, so there is no model to read: the counts decide
        return ""
    if any(stage.name == "Prefetch" and stage.setting != 0 for stage in wrote.stages):
        return "You wrote a prefetch yourself."
    for name, how in _BACKGROUND.items():
        if name in ran:
            return f"TensorFlow {how}, which works in the background. {_why_still(wrote)}"
    if ran[-1] == "Prefetch" and wrote.names[-1] != "Prefetch":
        return "TensorFlow injected a prefetch at its end."
    return ""


_BACKGROUND = {
    "MapAndBatch": "fused map and batch into MapAndBatch",
    "ParallelMap": "runs map as ParallelMap",
}


def _why_still(wrote: graph.Pipeline) -> str:
    """Answer to what was tried against it."""
    if "ParallelMap" in wrote.names:
        return "num_parallel_calls does not stop that: it makes map asynchronous by itself."
    if wrote.stages[-1] == graph.Stage("Prefetch", 0):
        return "prefetch(0) at the end does not stop that."
    return "It injected no prefetch here, so leaving that out changes nothing."


@for_test_cell
def one_batch_ahead(build: Build, *, batch_size: int = 4, elements: int = 10) -> None:
    """Check that exactly one batch is made ahead.

    >>> one_batch_ahead(lambda batches: batches)
    Traceback (most recent call last):
        ...
    AssertionError: The pipeline that you return holds no prefetch, and runs nothing ahead. ...

    **Arguments:**

    - `build`: the student's function from a dataset of batches to a dataset.
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.

    **Raises:** `AssertionError` that names the mistake.
    """
    load, numbers = loader(photos()), fresh_numbers(elements)

    def whole(source: tf.data.Dataset) -> tf.data.Dataset:
        return build(source.map(load).batch(batch_size))

    check_batches(whole(numbers), numbers, load, batch_size)
    check_runs_ahead(whole, batch_size=batch_size, slots=1)


@for_test_cell
def two_batches_ahead(build: Build, *, batch_size: int = 4, elements: int = 10) -> None:
    """Check that exactly two batches, and not two samples, are made ahead.

    >>> two_batches_ahead(lambda numbers, load, batch_size: numbers.map(load))
    Traceback (most recent call last):
        ...
    AssertionError: Your batches hold [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] images, ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size).
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.

    **Raises:** `AssertionError` that names the mistake.
    """
    _check_build(build, batch_size=batch_size, elements=elements, slots=2)


@for_test_cell
def batches_with_slots(
    build: Build, *, slots: Sequence[int] = (1, 0), batch_size: int = 4, elements: int = 10
) -> None:
    """Check that as many batches are made ahead as the caller asks for, none included.

    >>> batches_with_slots(lambda numbers, load, batch_size, slots: numbers.prefetch(slots))
    Traceback (most recent call last):
        ...
    AssertionError: Your pipeline does not give pairs (images, numbers). ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size, slots).
    - `slots`: the buffer sizes to try, in batches.
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.

    **Raises:** `AssertionError` that names the mistake.
    """
    for size in slots:
        with_slots = functools.partial(_with_slots, build, size)
        _check_build(with_slots, batch_size=batch_size, elements=elements, slots=size)


def _with_slots(build: Build, slots: int, numbers, load, batch_size) -> tf.data.Dataset:
    return build(numbers, load, batch_size, slots)


def _check_build(build: Build, *, batch_size: int, elements: int, slots: int) -> None:
    load, numbers = loader(photos()), fresh_numbers(elements)
    check_batches(build(numbers, load, batch_size), numbers, load, batch_size)
    check_runs_ahead(
        lambda source: build(source, load, batch_size), batch_size=batch_size, slots=slots
    )


@for_test_cell
def source_count(
    answer: Callable[[int, int, int, int], int],
    *,
    pipelines: Sequence[tuple[int, int, int]] = ((4, 0, 0), (4, 0, 2), (4, 2, 0), (3, 2, 1)),
) -> None:
    """Check a formula for the source's count against the probe.

    >>> source_count(lambda taken, batch_size, before, after: taken)
    Traceback (most recent call last):
        ...
    AssertionError: source_count(1, 4, 0, 0) is 1, and the probe counts another number. ...

    **Arguments:**

    - `answer`: the student's function of (taken, batch_size, before, after): batches taken, images
      a batch, slots before `batch`, slots after it.
    - `pipelines`: what to try: (batch_size, before, after).

    **Raises:** `AssertionError` that names the mistake.
    """
    for pipeline in pipelines:
        batch_size, before, after = pipeline
        said = [_one_count(answer(taken, *pipeline)) for taken in range(1, TAKEN + 1)]
        counted = _probed(*pipeline)
        for taken, (got, right) in enumerate(zip(said, counted, strict=True), start=1):
            if got != right:
                shown = f"source_count({taken}, {batch_size}, {before}, {after}) is {got}"
                fault = _count_fault(got, taken, batch_size, before, after)
                raise AssertionError(f"{shown}, and the probe counts another number. {fault}")


def _one_count(got: object) -> float:
    return _plain_numbers([got], "source_count", "one number")[0]


def _probed(batch_size: int, before: int, after: int) -> Counts:
    return counts_of(lambda source: source.prefetch(before).batch(batch_size).prefetch(after))


def _count_fault(got: int, taken: int, batch_size: int, before: int, after: int) -> str:
    faults = {
        before + taken * batch_size + after: (
            "You count a slot after batch as one sample: it holds a whole batch."
        ),
        (before + taken + after) * batch_size: (
            "You count a slot before batch as a batch: it holds one sample."
        ),
        before + after * batch_size: (
            "You count what waits in the buffers and forget what the consumer has taken."
        ),
    }
    return faults.get(
        got,
        "A formula holds for any sizes; a table of the shown cases does not.",
    )


@for_test_cell
def step_times(
    answer: Callable, *, load: Sequence[int] | None = None, train: Sequence[int] | None = None
) -> None:
    """Check exact step times with no slot and with one slot against the recursion.

    >>> step_times(lambda load, train, slots: [], load=[5, 8, 2], train=[4, 4, 4])
    Traceback (most recent call last):
        ...
    AssertionError: With 0 slots, ... You return 0 steps, and 3 batches have 2: ...

    **Arguments:**

    - `answer`: the student's function of (load, train, slots).
    - `load`, `train`: whole milliseconds, shape (n,) each; random if left out.

    **Raises:** `AssertionError` that names the mistake.
    """
    rng = np.random.default_rng()
    load = list(load or map(int, rng.integers(1, 100, 12)))
    train = list(train or map(int, rng.integers(1, 100, 12)))
    for slots in (0, 1):
        taken = theory.replay(load, train, slots).taken_s
        right = [int(step) for step in np.diff(taken)]
        got = _plain_numbers(
            answer(list(load), list(train), slots), "step_times", "one number for every step"
        )
        if got != right:
            fault = _step_fault(got, load, train, slots)
            raise AssertionError(
                f"With {slots} {plural('slot', slots)}, load = {load} and train = {train}, "
                f"your steps are {got}. {fault}"
            )


def _plain_numbers(answer: object, name: str, wanted: str) -> list[float]:
    try:
        return [int(value) if int(value) == value else float(value) for value in answer]
    except (TypeError, ValueError):
        raise AssertionError(f"{name} must return {wanted}.") from None


def _step_fault(got: list[float], load: list[int], train: list[int], slots: int) -> str:
    pairs = list(zip(load[1:], train[:-1], strict=True))
    if len(got) != len(pairs):
        return (
            f"You return {len(got)} steps, and {len(load)} batches have {len(pairs)}: a step runs "
            "from taking one batch to taking the next."
        )
    join = max if slots else sum
    if got == [join(pair) for pair in zip(load[1:], train[1:], strict=True)] or got == [
        join(pair) for pair in zip(load[:-1], train[:-1], strict=True)
    ]:
        return "You pair load and train of one batch. Which batch loads while batch n trains?"
    if slots and got == [sum(pair) for pair in pairs]:
        return "You add load and train, as if nothing overlapped. With one slot they run together."
    if not slots and got == [max(pair) for pair in pairs]:
        return "You let load and train overlap. With no slot nothing loads while a batch trains."
    if got == [min(pair) for pair in pairs]:
        return "You take the shorter of the two. A step is over when both are."
    if len(set(got)) == 1:
        return "All your steps are alike, as if made of means. Every step has its own two times."
    return "Draw the two lanes for the first three batches, and read the steps off them."


@for_test_cell
def one_prefetch_buys(
    answer: Callable, *, cases: Sequence[tuple[int, int]] = ((10, 10), (30, 10), (10, 30))
) -> None:
    """Check the speed-up that one prefetch buys at constant times, and the wait that it leaves.

    >>> one_prefetch_buys(lambda load, train: (3, 0))
    Traceback (most recent call last):
        ...
    AssertionError: For load = 10 and train = 10 you say a speed-up of 3. No single prefetch ...

    **Arguments:**

    - `answer`: the student's function of (load, train), to (speed-up, wait left).
    - `cases`: (load, train) in whole milliseconds a batch.

    **Raises:** `AssertionError` that names the mistake.
    """
    for load, train in cases:
        got = _plain_numbers(answer(load, train), "one_prefetch_buys", "two numbers")
        assert len(got) == 2, "Return two numbers: the speed-up, and the wait left in milliseconds."
        place = f"For load = {load} and train = {train} you say a speed-up of {got[0]:.4g}"
        if not math.isclose(got[0], theory.speedup(load, train), rel_tol=1e-9):
            raise AssertionError(f"{place}. {_speedup_fault(got[0], load, train)}")
        if not math.isclose(got[1], max(0, load - train), abs_tol=1e-9):
            raise AssertionError(f"{place} and {got[1]:g} ms left. {_wait_fault(got[1], load)}")


def _speedup_fault(got: float, load: int, train: int) -> str:
    if got > 2:
        return "No single prefetch buys more than 2. Which of the two times is still there?"
    if got < 1:
        return "That is slower than before. Divide the old step by the new one."
    if got == 2:
        return "2 is the most that it can buy. That is reached only where the two are equal."
    if math.isclose(got, max(load, train) / min(load, train)):
        return "You divide one time by the other. Divide the serial step by the overlapped step."
    return "Divide the step with no slot by the step with one slot."


def _wait_fault(got: float, load: int) -> str:
    if got == 0:
        return "But prefetch makes no load shorter: training still waits for a slow one."
    if got == load:
        return "That is the wait with no slot. A part of the load now hides behind training."
    return "The wait left is the part of a load that training cannot cover."


@for_test_cell
def train_epoch(loop: Callable, *, batch_size: int = 2, batches: int = 12) -> None:
    """Check a training loop inside a `tf.function` that must not wait for its data.

    >>> train_epoch(lambda batches, step: [step(batch) for batch in batches])
    Traceback (most recent call last):
        ...
    AssertionError: train_epoch is no tf.function any more. Keep the decorator, ...

    **Arguments:**

    - `loop`: the student's function of (batches, step), which returns the number of steps.
    - `batch_size`: elements a batch.
    - `batches`: batches an epoch, more than a small buffer holds.

    **Raises:** `AssertionError` that names the mistake.
    """
    assert hasattr(loop, "get_concrete_function"), (
        "train_epoch is no tf.function any more. Keep the decorator, and the loop inside it."
    )
    _check_loop_counts(_epoch_counts(loop, batch_size, batches), batch_size, batches)


def _epoch_counts(loop: Callable, batch_size: int, batches: int) -> Counts:
    """Run one epoch of the student's loop, check what it visits, and count."""
    source = CountingSource()
    dataset = source.dataset.batch(batch_size).take(batches)
    seen, counts, eager = [], [], []

    def note(batch: tf.Tensor) -> None:
        seen.append(batch.numpy().tolist())
        if len(counts) < TAKEN:
            counts.append(source.settled())

    def step(batch: tf.Tensor) -> None:
        eager.append(tf.executing_eagerly())
        tf.py_function(note, [batch], [])

    steps = loop(dataset, step)
    assert not any(eager), "Your loop runs in Python, outside the graph. Leave it to the function."
    _check_epoch(seen, steps, batch_size, batches)
    return tuple(counts)


def _batches_ahead(counts: Counts, batch_size: int) -> list[int]:
    return [count // batch_size - taken for taken, count in enumerate(counts, start=1)]


def _check_epoch(seen: list[list[int]], steps: object, batch_size: int, batches: int) -> None:
    """Every batch once, in order, and counted."""
    check_numbers([n for batch in seen for n in batch], list(range(batch_size * batches)))
    assert steps is not None and int(steps) == batches, (
        f"The loop made {batches} steps, and train_epoch returns {steps}. "
        "Count one step for every batch."
    )


def _check_loop_counts(counts: Counts, batch_size: int, batches: int) -> None:
    """At least one batch ahead: AUTOTUNE, or a graph that takes early, may keep a few more."""
    ahead = _batches_ahead(counts, batch_size)
    found = f"Its source has made {counts} elements after 1, 2 and 3 batches of {batch_size}"
    assert max(ahead) > 0, (
        f"Your loop loads nothing ahead. {found} were taken: in a for inside a tf.function "
        "TensorFlow injects no prefetch, and the dataset that you loop over has none. "
        "An option or a prefetch whose result is dropped changes nothing."
    )
    assert counts[0] < batch_size * batches, (
        f"Your loop holds the whole epoch. {found} were taken, and there are no more: "
        "one batch ahead is enough, and each further one costs memory."
    )
    assert min(ahead) > 0, f"Your loop runs ahead, but not at every batch. {found} were taken."
