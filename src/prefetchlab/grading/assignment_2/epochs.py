"""Task 10: epochs in which nothing is built again, and the order is another each time."""

import math
import threading
from collections.abc import Sequence

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import plural


class Counted:
    """Numbers, a `load` and a `train`, and a count of what becomes of them.

    >>> counted = Counted(numbers=3)
    >>> [int(image) for image in counted.numbers.map(counted.load)]
    [0, 10, 20]
    >>> counted.loads, counted.load_traces
    (3, 1)

    Attributes:
        size: how many numbers there are.
        numbers: the dataset of them, int64 scalars 0, 1, 2, ….
        loads: how often a number was loaded.
        load_traces, train_traces: how often TensorFlow traced the two.
        in_python: how often Python ran `train` with no graph.
        batches: what was trained on, batch by batch, as numbers.
    """

    def __init__(self, numbers: int) -> None:
        self.size = numbers
        self.numbers = tf.data.Dataset.range(numbers)
        self.loads = self.load_traces = self.train_traces = self.in_python = 0
        self.batches = list[list[int]]()
        self._lock = threading.Lock()  # a parallel map calls load from several threads

    def load(self, number: tf.Tensor) -> tf.Tensor:
        """Give the image of a number: here ten times the number, so that one sees it."""
        self.load_traces += bool(tf.inside_function())
        image = tf.py_function(self._note_load, [number], tf.int64)
        return tf.ensure_shape(image, number.shape)

    def train(self, batch: tf.Tensor) -> None:
        """Train on a batch of images."""
        if tf.inside_function():
            self.train_traces += 1
        else:
            self.in_python += 1
        tf.py_function(self._note_batch, [batch], [])

    def _note_load(self, number: tf.Tensor) -> tf.Tensor:
        with self._lock:
            self.loads += int(tf.size(number))
        return number * 10

    def _note_batch(self, batch: tf.Tensor) -> None:
        self.batches.append([int(image) // 10 for image in batch.numpy().ravel()])

    def __str__(self) -> str:
        """What was counted."""
        return (
            f"{self.loads} loads, load traced {self.load_traces} "
            f"{plural('time', self.load_traces)}, train traced {self.train_traces} "
            f"{plural('time', self.train_traces)}"
        )


@for_test_cell
def train_epochs(
    answer: StudentFunction, *, numbers: int = 10, batch: int = 4, epochs: int = 3
) -> None:
    """Check a training of several epochs: what is loaded and traced, and in which order.

    >>> train_epochs(lambda *arguments: None)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: In 3 epochs train was given 0 batches, and there are 9. ...

    **Arguments:**

    - `answer`: the student's function of (numbers, load, train, batch_size, epochs).
    - `numbers`: how many there are.
    - `batch`: numbers a batch.
    - `epochs`: how many to ask for.

    **Raises:** `Mistake` that names the mistake.
    """
    counted = Counted(numbers)
    answer(counted.numbers, counted.load, counted.train, batch, epochs)
    orders = _orders(counted, batch, epochs)
    _check_built_once(counted, epochs, whole_only=numbers % batch == 0)
    _check_mixed(orders, counted.batches)


def _check_mixed(orders: Sequence[Sequence[int]], batches: Sequence[Sequence[int]]) -> None:
    """Refuse orders of the epochs that one shuffle of all the numbers does not give."""
    source = tuple(range(len(orders[0])))
    distinct = set(map(tuple, orders))
    if distinct == {source}:
        raise Mistake(_AS_THE_SOURCE)
    if _are_runs(batches):
        raise Mistake(_RUNS)
    if len(distinct) == 1 < len(orders):
        raise Mistake(_ALIKE)
    reach = max(_buffer(order) for order in orders)
    if _chance(reach, len(source)) ** len(orders) < _UNLIKELY:
        raise Mistake(
            f"A number comes at most {reach - 1} places earlier than in the source, in every "
            "epoch. To mix all of them, how many must the buffer hold?"
        )
    if source in distinct:
        raise Mistake(_AS_THE_SOURCE)
    if len(distinct) < len(orders):
        raise Mistake(_ALIKE)


_BEFORE = "Its numbers are to be shuffled, before they are batched."
_AS_THE_SOURCE = f"An epoch comes in the order of the source. {_BEFORE}"
_RUNS = f"An epoch has nothing but batches of neighbours in the source. {_BEFORE}"
_ALIKE = (
    "Two epochs come in the same order. Look for what keeps an order, and for what stands "
    "behind it."
)
_UNLIKELY = 1e-6


def _are_runs(batches: Sequence[Sequence[int]]) -> bool:
    """Whether each batch of all epochs holds neighbours of the source, in their order."""
    runs = (list(one) == list(range(one[0], one[0] + len(one))) for one in batches if one)
    return max(map(len, batches)) > 1 and all(runs)


def _chance(reach: int, numbers: int) -> float:
    """How likely numbers that are all mixed look as if a buffer of `reach` had mixed them.

    >>> _chance(3, 3), _chance(1, 3) == 1 / 6
    (1.0, True)
    """
    return float(reach ** (numbers - reach) * math.factorial(reach) / math.factorial(numbers))


def _buffer(order: Sequence[int]) -> int:
    """The least buffer of a shuffle that can give this order."""
    return 1 + max(number - place for place, number in enumerate(order))


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _orders(counted: Counted, batch: int, epochs: int) -> list[list[int]]:
    """The numbers of each epoch in their order; each must hold all of them, in whole batches."""
    each = -(-counted.size // batch)
    if len(counted.batches) != each * epochs:
        given = f"train was given {len(counted.batches)} batches, and there are {each * epochs}."
        if sum(map(len, counted.batches)) > counted.size * epochs:
            raise Mistake(f"In {_epochs(epochs)} {given} You train more than the epochs asked for.")
        raise Mistake(
            f"In {_epochs(epochs)} {given} Each epoch ends in a batch of its own, also where that "
            "is a small one."
        )
    parts = [counted.batches[at : at + each] for at in range(0, len(counted.batches), each)]
    sizes = [batch] * (each - 1) + [counted.size - batch * (each - 1)]
    orders = [[number for one in part for number in one] for part in parts]
    for part, order in zip(parts, orders, strict=True):
        if [len(one) for one in part] != sizes:
            if sorted(map(len, part)) == sorted(sizes) and _are_runs(counted.batches):
                raise Mistake(_RUNS)
            raise Mistake(
                f"An epoch has batches of {[len(one) for one in part]}, and those of "
                f"{counted.size} numbers are {sizes}."
            )
        if sorted(order) != list(range(counted.size)):
            raise Mistake("An epoch does not hold each number once. Where does an epoch end?")
    return orders


def _check_built_once(counted: Counted, epochs: int, *, whole_only: bool) -> None:
    place = f"In {_epochs(epochs)} there were {counted}."
    if counted.in_python:
        raise Mistake(
            f"train ran in Python {counted.in_python} {plural('time', counted.in_python)}, without "
            "a graph. Keep its tf.function."
        )
    if counted.load_traces > 1:
        raise Mistake(
            f"{place} TensorFlow traces load where map is called: look at where that line stands."
        )
    if counted.loads > counted.size:
        raise Mistake(
            f"{place} There are {counted.size} numbers, and each is to be loaded once. What keeps "
            "what was loaded, and what stands before it?"
        )
    shapes = 1 if whole_only else 2
    if counted.train_traces > shapes:
        raise Mistake(
            f"{place} The batches have {shapes} {plural('shape', shapes)}. Who makes the "
            "tf.function, and how often?"
        )
