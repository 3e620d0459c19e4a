"""Task 2: how often the Python of a mapped function runs."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import listed


class Snippet(Protocol):
    """A few lines that build a pipeline and go over it."""

    def __call__(
        self, numbers: tf.data.Dataset, epochs: int, note: Callable[[], None], /
    ) -> object:
        """Run the lines; `note` is called wherever Python runs."""


@for_test_cell
def python_calls(
    answer: StudentFunction, snippets: Mapping[str, Snippet], *, elements: int = 6, epochs: int = 3
) -> None:
    """Check predictions of how often Python runs; the snippets are run to tell.

    >>> def snippet(numbers, epochs, note):
    ...     numbers.map(lambda number: (note(), number)[1])
    >>> python_calls(lambda elements, epochs: [elements], {"A": snippet})
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: For elements = 6 and epochs = 3 you say 6 calls in A, ...

    **Arguments:**

    - `answer`: the student's function of (elements, epochs), to one number for each snippet.
    - `snippets`: by name, functions of (numbers, epochs, note).
    - `elements`: how many numbers each snippet is given.
    - `epochs`: how often it goes over them.

    **Raises:** `Mistake` that names the snippet and not its number.
    """
    wanted = (
        f"python_calls must return {len(snippets)} numbers, for {listed(list(snippets))} in this "
        "order."
    )
    got = plain_numbers(answer(elements, epochs), wanted)
    if len(got) != len(snippets):
        raise Mistake(f"{wanted} You return {len(got)}.")
    for (name, snippet), said in zip(snippets.items(), got, strict=True):
        counted = _counted(snippet, elements, epochs)
        if not same(said, counted):
            calls = f"{said} {'call' if said == 1 else 'calls'}"
            raise Mistake(
                f"For elements = {elements} and epochs = {epochs} you say {calls} in {name}, and "
                f"note counts another number. {_fault(said, counted, elements, epochs)}"
            )


def _counted(snippet: Snippet, elements: int, epochs: int) -> int:
    calls = 0
    lock = threading.Lock()

    def note() -> None:
        nonlocal calls
        with lock:
            calls += 1

    snippet(tf.data.Dataset.range(elements), epochs, note)
    return calls


_BATCH = 4  # numbers, in the snippet that has batches


def _fault(said: float, counted: int, elements: int, epochs: int) -> str:
    if said != int(said):
        return "A number of calls is whole."
    if said == elements * epochs:
        return (
            "That is one call for each number in each epoch. Does Python run for each element "
            "there, and what is an element at that place?"
        )
    if said == elements:
        return "That is one call for each number in one epoch. What happens in the next epoch?"
    if said == 0:
        return "TensorFlow must call the function to learn what is in it."
    whole = elements // _BATCH * epochs
    if whole <= said < counted == whole + epochs and elements > _BATCH and epochs > 1:
        return "Is there a last batch that is not full?"
    if said < counted == elements * epochs:
        return "Python runs more often. What runs for each element there?"
    if said < counted:
        return (
            "Python runs more often. Look at what stands inside the loop over the epochs, and at "
            "each line where note is called."
        )
    return (
        "Python runs less often. Who goes over the elements there, Python or TensorFlow, and how "
        "many are there?"
    )
