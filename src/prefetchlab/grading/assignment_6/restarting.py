"""Task 2: training that goes on, after a restart, at the element after the last one."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.values import plain_numbers
from prefetchlab.grading.words import plural
from prefetchlab.measure.settling import Settling
from prefetchlab.measure.source import start_tensorflow

Switch = Callable[[tf.data.Dataset], tf.data.Dataset]


@dataclass(frozen=True)
class Run:
    """One run of a training program, from its start to its end.

    Attributes:
        steps: how many elements to train on.
        slots: the size of the prefetch.
        symbolic: whether the option for symbolic checkpoints is switched on.
    """

    steps: int
    slots: int
    symbolic: bool = False


@dataclass
class Trained:
    """What one run did.

    Attributes:
        numbers: what it trained on.
        loaded: what it loaded.
        returned: what the student's function returned.
    """

    numbers: list[list[int]] = field(default_factory=list)
    loaded: list[int] = field(default_factory=list)
    returned: Any = None

    @property
    def flat(self) -> list[int]:
        """All numbers, one after the other."""
        return [number for element in self.numbers for number in element]


class Store:
    """Numbers in a fixed order, and a pipeline on them that notes what it loads."""

    def __init__(
        self, numbers: Sequence[int], *, switch: Switch, batch_size: int = 1, mixed: bool = False
    ) -> None:
        """Keep the numbers; `mixed` says whether they are shuffled."""
        self._switch = switch
        self._numbers = np.asarray(numbers, np.int64)
        self._batch_size = batch_size
        self._mixed = mixed
        self._lock = threading.Lock()
        self.loaded: list[int] = []

    def pipeline(self, run: Run) -> tf.data.Dataset:
        """What a run trains on: built anew, as in a new process."""
        numbers = tf.data.Dataset.from_tensor_slices(self._numbers)
        if self._mixed:
            numbers = numbers.shuffle(len(self._numbers) // 3)
        images = numbers.map(self._load)
        if self._batch_size > 1:
            images = images.batch(self._batch_size)
        dataset = as_counted(images.prefetch(run.slots))
        return self._switch_on(dataset) if run.symbolic else dataset

    def _switch_on(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        switched = self._switch(dataset)
        if not isinstance(switched, tf.data.Dataset) or switched.options() == dataset.options():
            raise Mistake(
                "with_symbolic does not switch its option on any more. Run the cell that defines "
                "it again, and give what you write another name."
            )
        return switched

    def _load(self, number: tf.Tensor) -> tf.Tensor:
        # Of a call that TensorFlow takes for stateful it stores no place.
        noted = tf.numpy_function(self._note, [number], tf.int64, stateful=False)
        return tf.ensure_shape(noted, [])

    def _note(self, number: Any) -> Any:
        with self._lock:
            self.loaded.append(int(number))
        return number


@contextmanager
def _moving_folder() -> Iterator[list[Path]]:
    """A list whose last folder is the one to use; all are removed in the end."""
    with tempfile.TemporaryDirectory() as top:
        first = Path(top) / "run1"
        first.mkdir()
        yield [first]


def _run_all(answer: StudentFunction, store: Store, runs: Sequence[Run]) -> Iterator[Trained]:
    with _moving_folder() as folders:
        for number, run in enumerate(runs, start=1):
            yield _run(answer, store, run, str(folders[-1]), number)
            folders.append(folders[-1].with_name(f"run{number + 1}"))
            shutil.move(folders[-2], folders[-1])


def _run(answer: StudentFunction, store: Store, run: Run, folder: str, number: int) -> Trained:
    trained = Trained()
    store.loaded.clear()
    start_tensorflow()
    settling = Settling()

    def train(element: Any) -> None:
        trained.numbers.append(np.ravel(element).tolist())
        if len(trained.numbers) == run.steps:  # the place is saved with a full buffer, or may be
            settling.wait(lambda: len(store.loaded))

    try:
        trained.returned = answer(store.pipeline(run), folder, run.steps, train)
    except InputError as error:
        raise not_counted(error) from None
    except (tf.errors.NotFoundError, tf.errors.FailedPreconditionError):
        raise Mistake(_OTHER_MODE) from None
    except (StopIteration, tf.errors.OutOfRangeError):
        made = len(trained.numbers)
        raise Mistake(
            f"In run {number} the data ended after {made} {plural('element', made)}, and your "
            "function asked for one more. Where fewer are left than it has steps, it must stop at "
            "the end of the data, and save and return as always."
        ) from None
    trained.loaded = list(store.loaded)
    return trained


_OTHER_MODE = (
    "The place could not be restored: what was saved and the pipeline that should go on do not fit "
    "together. Was it saved by a pipeline that stores its place in the same way? The option for "
    "symbolic checkpoints differs between the runs. What in your function decides it?"
)


def trained_on(answer: StudentFunction, switch: Switch) -> str:
    """Three runs over the numbers from 0 to 29, four elements each: what each trained on.

    What an explicit checkpoint and a symbolic one make of each other depends on how full the buffer
    was, so of that it is told only whether more is missing.

    >>> def begin(dataset, folder, steps, train):
    ...     for element in dataset.take(2):
    ...         train(element)
    >>> options = tf.data.Options()
    >>> options.deterministic = True  # any option, in place of the one that is meant
    >>> print(trained_on(begin, lambda dataset: dataset.with_options(options)))
    run 1: [0, 1]
    run 2: [0, 1]
    run 3: [0, 1]
    more are missing where the option is on in run 3: False

    **Arguments:**

    - `answer`: a function of (dataset, folder, steps, train).
    - `switch`: switches symbolic checkpoints on in a dataset.
    """
    store = Store(range(30), switch=switch)

    def three(*, symbolic: bool) -> list[list[int]]:
        runs = [Run(4, 3), Run(4, 3), Run(4, 3, symbolic)]
        return [trained.flat for trained in _run_all(answer, store, runs)]

    plain, switched = three(symbolic=False), three(symbolic=True)
    lines = [f"run {number}: {numbers}" for number, numbers in enumerate(plain, start=1)]
    more = switched[-1][:1] > plain[-1][:1]
    return "\n".join([*lines, f"more are missing where the option is on in run 3: {more}"])


@for_test_cell
def train_some(
    answer: StudentFunction,
    switch: Switch,
    *,
    on: Sequence[bool] = (False, False, False),
    batch_size: int = 1,
    mixed: bool = False,
) -> None:
    """Check that runs go on where the last one stopped: nothing lost, nothing twice.

    >>> train_some(lambda dataset, folder, steps, train: 0, lambda dataset: dataset)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: ...

    **Arguments:**

    - `answer`: the student's function of (dataset, folder, steps, train).
    - `switch`: switches symbolic checkpoints on in a dataset. It comes from the notebook, because
      the option is experimental.
    - `on`: for each run, whether the option is switched on.
    - `batch_size`: numbers an element.
    - `mixed`: whether the pipeline shuffles.

    **Raises:** `Mistake` that names the mistake.
    """
    rng = np.random.default_rng()
    runs = [Run(int(rng.integers(2, 6)), int(rng.choice([1, 2, 4, 8])), one) for one in on[:-1]]
    to_the_end = Run(1000, int(rng.choice([2, 5])), on[-1])
    runs += [to_the_end, to_the_end]  # the second has nothing left
    # More than all runs but the last take and hold, so that what is lost can be told from the end.
    count = batch_size * (sum(run.steps + run.slots for run in runs[:-2]) + 15)
    numbers = rng.choice(100_000, count, replace=False).tolist()
    store = Store(numbers, switch=switch, batch_size=batch_size, mixed=mixed)
    before: list[int] = []
    for number, trained in enumerate(_run_all(answer, store, runs), start=1):
        if number == 1:
            _check_first(trained, runs[0], numbers, mixed=mixed)
        else:
            _check_goes_on(number, trained, before, numbers, runs, mixed=mixed)
        _check_steps(number, trained, runs[number - 1], last=runs[number - 1] is to_the_end)
        before += trained.flat
    left = len(set(numbers) - set(before))
    if left:
        raise Mistake(_lost(runs, len(runs), left))


def _check_first(trained: Trained, run: Run, numbers: list[int], *, mixed: bool) -> None:
    wanted = numbers[: len(trained.flat)]
    if not trained.numbers:
        raise Mistake(
            f"Run 1 has {run.steps} steps to make, and trains on nothing. The folder is empty "
            "then: there is nothing to restore."
        )
    if trained.flat != wanted and not mixed:
        raise Mistake("Run 1 does not train on the first elements of the dataset in their order.")


def _check_steps(number: int, trained: Trained, run: Run, *, last: bool) -> None:
    made = len(trained.numbers)
    if not last and made != run.steps:
        raise Mistake(f"Run {number} should train on {run.steps} elements, and trains on {made}.")
    (returned,) = plain_numbers(
        [0 if trained.returned is None else trained.returned], "Return one number: how many steps."
    )
    if returned != made or trained.returned is None:
        end = " There fewer elements are left than it has steps." if last else ""
        raise Mistake(
            f"Run {number} trains on {made} elements, and your function returns "
            f"{str(trained.returned)[:40]}.{end} Return how many it trained on."
        )


def _check_goes_on(
    number: int,
    trained: Trained,
    before: list[int],
    numbers: list[int],
    runs: Sequence[Run],
    *,
    mixed: bool,
) -> None:
    got = trained.flat
    again = set(got) & set(before)
    if got[: len(before)] == before[: len(got)] and again:
        raise Mistake(
            f"Run {number} begins at the beginning again. A dataset has no place: it is a recipe. "
            "What of it has one, and is that what you save and restore?"
        )
    if again:
        raise Mistake(
            f"Run {number} trains again on {len(again)} that an earlier run had trained on. When "
            "is the place saved, and which one is restored?"
        )
    if not mixed and got != numbers[len(before) : len(before) + len(got)]:
        lost = numbers.index(got[0]) if got else len(numbers)
        raise Mistake(_lost(runs, number, lost - len(before)))
    if set(trained.loaded) & set(before):
        raise Mistake(
            f"Run {number} goes on at the right element, but it loads again what earlier runs had "
            "trained on. Restore a place instead of going through all that lies before it."
        )


def _lost(runs: Sequence[Run], number: int, lost: int) -> str:
    before, now = ("on" if run.symbolic else "off" for run in runs[number - 2 : number])
    many = f"{lost} {plural('number', lost)} {'is' if lost == 1 else 'are'}"
    return (
        f"Run {number} does not go on where the last one stopped: {many} trained on by nobody. Was "
        "an element taken and then not trained on? Or did some wait in the buffer when the place "
        "was saved, by a pipeline that stores its buffer, for one that does not read it? "
        f"The option for symbolic checkpoints is {before} in the dataset of run {number - 1}, "
        f"and in that of run {number} it is {now}."
    )
