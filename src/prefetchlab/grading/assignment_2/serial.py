"""Task 8: the same pipeline as a serial baseline."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.background import why_not_serial
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import check_asks_its_source, counts_of, why_at_least
from prefetchlab.grading.elements import check_is_dataset, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_keeps_no_epoch, reader_in_python
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import up_to

Pipeline = Callable[[tf.data.Dataset], tf.data.Dataset]


@for_test_cell
def serial(
    answer: StudentFunction, pipelines: Mapping[str, Pipeline], *, elements: int = 10
) -> None:
    """Check that a function makes serial baselines of pipelines, and changes no element.

    >>> pipelines = {"batch(4)": lambda numbers: numbers.batch(4)}
    >>> serial(lambda dataset: dataset, pipelines)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your baseline of batch(4) is not serial: ...

    **Arguments:**

    - `answer`: the student's function from a dataset to a dataset.
    - `pipelines`: functions of a dataset of numbers, by a name to show; nothing in them is written
      to work in the background.
    - `elements`: numbers to compare the values of.

    **Raises:** `Mistake` that names the mistake.
    """
    for name, pipeline in pipelines.items():
        few = tf.data.Dataset.range(elements)
        _check_elements(name, answer, pipeline, few)
        many = pipeline(tf.data.Dataset.range(_MANY))
        if 0 <= int(answer(many).cardinality()) != int(many.cardinality()):
            raise Mistake(
                f"Your baseline of {name} does not give as many elements as the pipeline, where "
                "there are many. Look for a take, a skip or a repeat."
            )

        def built(source: tf.data.Dataset, pipeline: Pipeline = pipeline) -> tf.data.Dataset:
            return answer(pipeline(source))

        counts = counts_of(built, as_written=False)
        check_asks_its_source(counts)
        dataset = answer(pipeline(few))
        fault = why_not_serial(dataset)
        if counts != _needed(pipeline, len(counts)) or fault:
            raise Mistake(
                f"Your baseline of {name} is not serial: its source has made {tuple(counts)} "
                f"elements after {up_to(len(counts))} were taken. "
                f"{reader_in_python(graph.written(dataset)) or fault or _LOOK}"
                f"{why_at_least(counts)}"
            )


def _needed(pipeline: Pipeline, taken: int) -> tuple[int, ...]:
    """What the source must make for 1, 2, 3, … elements; as written nothing makes more."""
    made = 0

    def numbers() -> Iterator[int]:
        nonlocal made
        for made in range(1, _ENOUGH):
            yield made - 1

    source = tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int64))
    return tuple(made for _ in graph.as_written(pipeline(source)).take(taken))


_LOOK = "Print graph.runs of it, and look for the stage that works ahead, or holds elements."


def _check_elements(
    name: str, answer: StudentFunction, pipeline: Pipeline, few: tf.data.Dataset
) -> None:
    try:
        tf.random.set_seed(_SEED)  # a shuffle with no seed of its own would differ each time
        got = answer(pipeline(few))
        check_is_dataset(got)
        check_keeps_no_epoch(graph.written(cast(tf.data.Dataset, got)))
        elements = first_elements(got, _ENOUGH)
        tf.random.set_seed(_SEED)
        right = first_elements(pipeline(few), _ENOUGH)
    finally:
        tf.random.set_seed(None)
    if [repr(one) for one in elements] != [repr(one) for one in right]:
        raise Mistake(
            f"Your baseline of {name} gives {len(elements)} elements, and the pipeline "
            f"{len(right)}; they are not the same. Change how it runs, and nothing that it gives."
        )


_SEED = 11
_ENOUGH = 100  # elements, more than any of them gives
_MANY = 1_000_000  # numbers that nobody has to read: TensorFlow tells how many elements they make
