"""Python's lock and hand-overs by counts: what is made meanwhile, and how often a thread sleeps."""

import sys
import threading
import time
from collections.abc import Callable

import pytest

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import made_meanwhile, run_ahead, run_ahead_in, sleeps_per_element

Made = Callable[[], bool]


def sleeps(made: Made) -> None:
    while not made():
        time.sleep(0.001)


def multiplies(made: Made) -> None:
    square = tf.ones([100, 100])
    while not made():
        tf.matmul(square, square)


def counts(made: Made) -> None:
    for _ in range(300_000):
        pass


def computes_for_long(made: Made) -> None:
    """For more than the 5 ms after which a thread asks for the lock."""
    sum(number * number for number in range(300_000))


def asks(made: Made) -> None:
    while not made():
        pass


@pytest.mark.parametrize("body", [sleeps, multiplies])
def test_a_generator_goes_on_while_the_loop_waits_or_is_in_an_operation(
    body: Callable[[Made], None],
) -> None:
    assert 1 <= made_meanwhile(body) <= 4


def test_a_generator_makes_nothing_while_the_loop_computes_in_python() -> None:
    assert made_meanwhile(counts) == 0


def test_a_thread_that_has_begun_to_wait_for_the_lock_changes_nothing() -> None:
    over = threading.Event()

    def wants_the_lock() -> None:
        while not over.is_set():
            sum(range(20_000))
            time.sleep(0)

    thread = threading.Thread(target=wants_the_lock)
    thread.start()
    try:
        assert [made_meanwhile(computes_for_long) for _ in range(20)] == [0] * 20
    finally:
        over.set()
        thread.join()


def test_by_default_the_lock_is_handed_over_all_the_same() -> None:
    assert made_meanwhile(asks, hand_over=True) >= 1


def test_python_is_left_as_it_was_even_if_a_body_fails() -> None:
    before_s = sys.getswitchinterval()

    def fails(made: Made) -> None:
        raise ValueError("in the body")

    with pytest.raises(ValueError, match="in the body"):
        made_meanwhile(fails)
    assert sys.getswitchinterval() == before_s


def test_a_thread_sleeps_for_nearly_each_element_with_one_slot_and_seldom_with_many() -> None:
    numbers = tf.data.Dataset.range(10_000_000)
    none, one, many = (sleeps_per_element(numbers.prefetch(slots)) for slots in (0, 1, 256))
    assert none < 0.1
    assert many < 0.5 < 0.8 < one


def test_no_number_of_elements_is_refused() -> None:
    with pytest.raises(InputError, match="elements: 0 is too small"):
        sleeps_per_element(tf.data.Dataset.range(10), elements=0)


def test_a_dataset_that_is_too_short_is_named() -> None:
    with pytest.raises(InputError, match="dataset: it has no more than 10 elements"):
        sleeps_per_element(tf.data.Dataset.range(10), elements=10)


def test_a_loop_of_ones_own_is_counted_as_the_built_in_ones_are() -> None:
    def every_second(dataset: tf.data.Dataset, hold: Callable[[], object], count: int) -> None:
        for place, _ in enumerate(dataset):
            if place % 2:
                hold()
            if place == 2 * count:
                break

    assert run_ahead_in(every_second, lambda source: source) == (2, 4, 6)
    assert run_ahead_in(every_second, lambda source: source.prefetch(3)) == (5, 7, 9)
    assert run_ahead_in(every_second, lambda source: source, as_written=False).at_least is False
    assert run_ahead(lambda source: source) == (1, 2, 3)
