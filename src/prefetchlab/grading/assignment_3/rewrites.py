"""Tasks 1 and 2: what TensorFlow adds, and a baseline to which it adds nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.background import why_not_serial
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import (
    check_asks_its_source,
    counts_of,
    expected_counts,
    why_at_least,
)
from prefetchlab.grading.elements import check_batches, check_cuts_nothing
from prefetchlab.grading.inputs import fresh_numbers, loader, photos
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import (
    check_keeps_no_epoch,
    check_reads_once,
    reader_in_python,
)
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import listed, up_to


class StageNames(Protocol):
    """A student's function from a dataset to the names of stages."""

    def __call__(self, dataset: tf.data.Dataset, /) -> Any:
        """Return a list of names, if the answer is right; anything else, if it is not."""


@for_test_cell
def added_by_tensorflow(answer: StageNames, pipelines: Mapping[str, tf.data.Dataset]) -> None:
    """Check the names of the stages that run and were not written.

    >>> pipelines = {"batch(2)": tf.data.Dataset.range(8).batch(2)}
    >>> added_by_tensorflow(lambda dataset: [], pipelines)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For batch(2) you say []. But more runs than was written. ...

    **Arguments:**

    - `answer`: the student's function from a dataset to a list of names; a tuple, an array or an
      iterator of names will do, too.
    - `pipelines`: what to try it on, by a name to show.

    **Raises:** `Mistake` that names the mistake.
    """
    for name, dataset in pipelines.items():
        runs, wrote = graph.runs(dataset).names, graph.written(dataset).names
        got = _names(answer(dataset), name)
        if Counter(got) != Counter(_added(runs, wrote)):
            raise Mistake(f"For {name} you say {got}. " + _stage_fault(got, runs, wrote))


def _added(runs: Sequence[str], wrote: Sequence[str]) -> list[str]:
    return list((Counter(runs) - Counter(wrote)).elements())


def _names(got: Any, place: str) -> list[str]:
    """The names in a list, or in anything that gives them one by one."""
    is_list = isinstance(got, Iterable) and not isinstance(got, _NO_LIST)
    names = list(islice(got, _MOST)) if is_list else None
    if names is not None and len(names) == _MOST:
        raise Mistake(f"For {place} you return {_MOST} names, or more. Return one for each stage.")
    if names is not None and all(isinstance(one, str) for one in names):
        return [str(one) for one in names]
    kind = type(got).__name__
    if names is not None:
        others = {type(one).__name__ for one in names if not isinstance(one, str)}
        kind = f"a {kind} of {listed(sorted(others))}"
    raise Mistake(f"For {place} you return {kind}. Return a list of names.")


_MOST = 100  # more than any pipeline has stages, where an iterator never ends
_NO_LIST = (str, bytes, Mapping, set, frozenset)


def _stage_fault(got: Sequence[str], runs: Sequence[str], wrote: Sequence[str]) -> str:
    if not got:
        if any(runs.count(name) > wrote.count(name) for name in wrote):
            return (
                "TensorFlow runs more stages of one name than you wrote. Count the stages; "
                "do not only ask whether a name occurs."
            )
        return "But more runs than was written. Compare graph.runs with graph.written."
    if set(got) == set(_added(runs, wrote)) and len(got) < len(_added(runs, wrote)):
        return "More than one stage of a name was added: it belongs in the list as often."
    if Counter(got) == Counter(runs):
        return "Those are all stages that run. Leave out those that were written."
    if any("(" in name for name in got):
        return "Give each stage's name alone, without its setting, as .names has it."
    if set(got) == set(_added(runs, wrote)):
        return "You name a stage more often than it was added: what was written is not added."
    if set(got) - set(runs):
        return "A stage in your list does not run at all. Read the names from graph.runs."
    return "That is not what runs beyond what was written. Compare every stage, not only the last."


@for_test_cell
def truly_serial(
    build: StudentFunction, *, batch_size: int = 4, elements: int = 10, side: int = 16
) -> None:
    """Check a baseline that loads nothing ahead when TensorFlow runs it.

    >>> truly_serial(lambda numbers, load, batch_size: numbers.map(load).batch(batch_size))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline is not serial: its source has made ... elements after ...

    **Arguments:**

    - `build`: the student's function of (numbers, load, batch_size).
    - `batch_size`: images a batch.
    - `elements`: numbers to load, to compare the values.
    - `side`: height and width of the images in pixels.

    **Raises:** `Mistake` that names the mistake.
    """
    load, numbers = loader(photos(side=side)), fresh_numbers(elements)
    check_batches(build(numbers, load, batch_size), numbers, load, batch_size)

    def batches_of(source: tf.data.Dataset) -> tf.data.Dataset:
        return build(source, load, batch_size)

    counts = counts_of(batches_of, as_written=False)
    check_asks_its_source(counts)
    dataset = batches_of(fresh_numbers(2 * batch_size))
    wrote = graph.written(dataset)
    check_keeps_no_epoch(wrote)
    # Two witnesses: a count that is too low must not make a pipeline look serial.
    fault = why_not_serial(dataset)
    if counts != expected_counts(batch_size, 0) or fault:
        check_reads_once(wrote)
        raise Mistake(
            f"Your pipeline is not serial: its source has made {counts} elements after "
            f"{up_to(len(counts))} batches of {batch_size} were taken. "
            f"{fault or reader_in_python(wrote) or _LOOK}"
            f"{why_at_least(counts)}"
        )
    check_cuts_nothing(batches_of, batch_size)


_LOOK = "Print graph.runs of it, and look for the stage that works ahead, or holds elements."
