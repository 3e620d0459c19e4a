"""Task 6: a parallel stage that keeps the order, so that each label stands beside its image."""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import not_counted
from prefetchlab.grading.elements import check_is_dataset, check_order, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.words import plural
from prefetchlab.measure.settling import PATIENCE_S, Settling

Fetch = Callable[[tf.Tensor], tf.Tensor]
Build = Callable[[tf.data.Dataset, Fetch, Fetch, int], tf.data.Dataset]

_SIDE = 4  # pixels of an image


class HeldBack:
    """Fetches images: all calls wait, then all but the first go on, and then the first.

    >>> fetch = HeldBack(first=5)
    >>> fetch.let_go()
    >>> int(fetch(tf.constant(5, tf.int64))[0, 0]), fetch.calls
    (5, 1)

    Attributes:
        calls: how many calls have begun.
    """

    def __init__(self, first: int) -> None:
        self.calls = 0
        self._first = first
        self._lock = threading.Lock()
        self._all, self._slow = threading.Event(), threading.Event()

    def __call__(self, number: tf.Tensor) -> tf.Tensor:
        """An image of one number: int64 of shape (4, 4)."""
        pixel = tf.numpy_function(self._wait, [number], tf.int64)
        return tf.fill([_SIDE, _SIDE], tf.ensure_shape(pixel, []))

    def _wait(self, number: Any) -> Any:
        with self._lock:
            self.calls += 1
        (self._slow if number == self._first else self._all).wait()
        return number

    def let_others_go(self) -> None:
        """Let all images come but the first."""
        self._all.set()

    def let_go(self) -> None:
        """Let every image come."""
        self._all.set()
        self._slow.set()


def label_of(number: tf.Tensor) -> tf.Tensor:
    """The label of an image, a text.

    >>> label_of(tf.constant(7)).numpy()
    b'label 7'
    """
    return tf.strings.join(["label ", tf.strings.as_string(number)])


@dataclass(frozen=True)
class Run:
    """What a pipeline gave, whose first image was slow.

    Attributes:
        calls: how many images were asked for at once, while none came.
        pairs: the number in each image, and the label that came beside it.
    """

    calls: int
    pairs: list[tuple[int, str]]

    def __str__(self) -> str:
        """Whether the first pair is one, in words."""
        number, label = self.pairs[0]
        return f"the first label stands beside its image: {label == f'label {number}'}"


def with_a_slow_image(build: Build, *, count: int = 12, calls: int = 4) -> Run:
    """Run a pipeline that fetches image 0 slowly, and all others at once.

    No clock decides: image 0 comes when nothing else moves any more.

    >>> def one_by_one(numbers, fetch, label_of, calls):
    ...     return numbers.map(lambda one: (fetch(one), label_of(one)))
    >>> run = with_a_slow_image(one_by_one)
    >>> print(run)
    the first label stands beside its image: True
    >>> run.calls
    1

    **Arguments:**

    - `build`: a function of (numbers, fetch, label_of, calls) to a dataset of pairs.
    - `count`: how many images there are.
    - `calls`: what to call it with.
    """
    return _run(build, [*range(count)], calls, relaxed=False)


def _run(build: Build, numbers: Sequence[int], calls: int, *, relaxed: bool) -> Run:
    fetch = HeldBack(numbers[0])
    options = tf.data.Options()
    options.threading.private_threadpool_size = calls + 2  # no call waits for a thread
    if relaxed:
        options.deterministic = False
    source = tf.data.Dataset.from_tensor_slices(np.array(numbers, np.int64))
    built = build(source.with_options(options), fetch, label_of, calls)
    check_is_dataset(built)
    first_elements(tf.data.Dataset.range(1), 1)  # TensorFlow starts a thread that only sleeps
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()  # the thread is there before the pipeline, and is none of it
        settling = Settling()
        iterator = iter(as_counted(built))
        asked = pool.submit(next, iterator, None)
        try:
            flying = settling.wait(lambda: fetch.calls)
            fetch.let_others_go()
            settling.wait(lambda: fetch.calls)
        finally:
            fetch.let_go()
            with suppress(tf.errors.OpError):  # raised anew below
                asked.result(PATIENCE_S)
        first = asked.result(PATIENCE_S)
        rest = [one for _, one in zip(range(len(numbers) + 2), iterator, strict=False)]
    return Run(flying, [_pair(one) for one in [first, *rest] if one is not None])


def _pair(element: Any) -> tuple[int, str]:
    wanted = "Your pipeline does not give pairs (image, label), one by one."
    if not isinstance(element, tuple) or len(element) != 2:
        raise Mistake(wanted)
    image, label = (np.asarray(part) for part in element)
    if image.shape != (_SIDE, _SIDE) or image.dtype != np.int64 or label.ndim:
        raise Mistake(wanted)
    text = label.item()
    return int(image[0, 0]), text.decode() if isinstance(text, bytes) else str(text)


@for_test_cell
def in_pairs(
    build: StudentFunction, *, count: int = 24, calls: int = 4, relaxed: bool = False
) -> None:
    """Check that images come in order beside their labels, and several are fetched at once.

    >>> def one_by_one(numbers, fetch, label_of, calls):
    ...     return numbers.map(lambda one: (fetch(one), label_of(one)))
    >>> in_pairs(one_by_one)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Order and labels are right, but 1 image is asked for ...

    **Arguments:**

    - `build`: the student's function of (numbers, fetch, label_of, calls).
    - `count`: how many images there are.
    - `calls`: how many images must be asked for at once.
    - `relaxed`: whether the numbers come with the option `deterministic = False`.

    **Raises:** `Mistake` that names the mistake.
    """
    numbers = np.random.default_rng().choice(10_000, count, replace=False).tolist()
    try:
        run = _run(build, numbers, calls, relaxed=relaxed)
    except InputError as error:
        raise not_counted(error) from None
    _check_pairs(run.pairs, numbers, relaxed=relaxed)
    if run.calls != calls:
        one = run.calls == 1
        raise Mistake(
            f"Order and labels are right, but {run.calls} {plural('image', run.calls)} "
            f"{'is' if one else 'are'} asked for at once, and {calls} must be. Keep the stage "
            "parallel, with so many calls; order is another argument."
        )


def _check_pairs(pairs: list[tuple[int, str]], numbers: list[int], *, relaxed: bool) -> None:
    got: list[Hashable] = [number for number, _ in pairs]
    in_order = got == numbers
    look = ""
    if relaxed:
        look = (
            " Here the numbers come with the option deterministic = False, and you did not set it "
            "back. Which is stronger, an option or an argument of map?"
        )
    for number, label in pairs:
        if label != f"label {number}":
            raise Mistake(
                f"Beside image {number} stands {label!r}. Two stages that give their elements in "
                "different orders were joined: one of them hands on what is ready first, and the "
                f"other keeps the order.{look}"
            )
    if not in_order and sorted(got, key=repr) == sorted(numbers, key=repr):
        raise Mistake(
            f"Each label stands beside its image, but they come in another order than the numbers: "
            f"image {got[0]} first, because image {numbers[0]} is slow. A stage hands on what is "
            f"ready first.{look}"
        )
    check_order(got, numbers)
