"""Task 1: as many calls in flight as a store allows, and no more results held than they make."""

from prefetchlab import graph
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.elements import check_batches, check_is_dataset, first_elements
from prefetchlab.grading.inputs import fresh_numbers, loader, photos
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import Tally, as_counted
from prefetchlab.grading.words import plural
from prefetchlab.measure import SOURCE_SIZE, calls_in_flight


@for_test_cell
def ask_for(build: StudentFunction, *, calls: int = 8, elements: int = 30) -> None:
    """Check how many calls of a function that waits are in flight, and how many results are held.

    >>> ask_for(lambda numbers, fetch, calls: numbers.map(fetch))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: With calls = 8 your pipeline has 1 call in flight. ...

    **Arguments:**

    - `build`: the student's function of (numbers, fetch, calls).
    - `calls`: how many should be in flight, from 2.
    - `elements`: numbers to fetch, to compare the values.

    **Raises:** `Mistake` that names the mistake.
    """
    _check_values(build, calls, elements)
    try:
        flying = calls_in_flight(lambda numbers, wait: build(numbers, wait, calls))
        fetched = _fetched_for_one(build, calls)
    except InputError as error:
        raise not_counted(error) from None
    if flying != calls:
        few = flying < calls
        said = (
            f"With calls = {calls} your pipeline has {flying} {plural('call', flying)} in flight."
        )
        raise Mistake(f"{said} {_too_few(build, calls) if few else _TOO_MANY}")
    if fetched > calls + 1:
        raise Mistake(
            f"With calls = {calls}, {fetched} images are fetched while the loop holds its first "
            f"one, and {calls + 1} are allowed. The parallel stage itself holds {calls} results: "
            "look for what holds more of them behind it, or for a stage that reads on elsewhere."
        )


def _check_values(build: StudentFunction, calls: int, elements: int) -> None:
    numbers, fetch = fresh_numbers(elements), loader(photos())
    dataset = build(numbers, fetch, calls)
    how = "Give what fetch returns for each number, one by one."
    check_is_dataset(dataset)
    for element in first_elements(as_counted(dataset), 1):
        if not isinstance(element, tuple) or [getattr(one, "ndim", 0) for one in element] != [3, 0]:
            raise Mistake(f"Your pipeline does not give pairs (image, number), unbatched. {how}")
    check_batches(as_counted(dataset.batch(elements)), numbers, fetch, elements, how=how)


def _fetched_for_one(build: StudentFunction, calls: int) -> int:
    """How many images are fetched once the loop has taken one and everything is at rest."""
    tally = Tally(range(SOURCE_SIZE))
    iterator = iter(as_counted(build(tally.numbers, tally.load, calls)))
    next(iterator)
    tally.settle()
    return tally.loads


_TOO_MANY = (
    "The store allows no more than that, and refuses the rest. Which numbers in your pipeline add "
    "up or multiply?"
)


def _too_few(build: StudentFunction, calls: int) -> str:
    numbers = fresh_numbers(calls)
    wrote = graph.written(build(numbers, loader(photos()), calls))
    parallel = [one for one in wrote.stages if one.name.startswith("Parallel")]
    if not parallel:
        return (
            "It asks for one image, waits, and asks for the next. Which argument of a stage lets "
            "several calls wait at the same time?"
        )
    if all(one.setting == graph.AUTOTUNE for one in parallel):
        return (
            "TensorFlow chooses how many, and begins with as many as it has threads, that is cores "
            "by default. Write a number of your own, and see that there are threads for it."
        )
    return (
        "Each call in flight needs a thread, and by default TensorFlow has one for each core. So "
        "the calls are no more than these threads, whatever you write as num_parallel_calls. Which "
        "option gives the pipeline more? (with_options changes no dataset, it returns a new one.)"
    )
