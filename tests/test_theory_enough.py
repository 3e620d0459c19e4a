"""The fewest slots that are enough for a log, by replay; and what waits in a buffer, counted."""

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab.theory import UNBOUNDED, enough_slots, replay

MODULE = importlib.import_module("prefetchlab.theory.enough")
TIMES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=2, max_size=50)
Times = list[tuple[int, int]]


def rows(times: Times) -> tuple[list[int], list[int]]:
    return [load for load, _ in times], [train for _, train in times]


def first_enough(load: list[int], train: list[int], within: float) -> int:
    """The fewest, one size after another."""
    unbounded_s = replay(load, train, UNBOUNDED).mean_step_s
    sizes = range(1, len(load) + 1)
    return next(
        k for k in sizes if replay(load, train, k).mean_step_s <= unbounded_s * (1 + within)
    )


@given(TIMES, st.sampled_from([0, 0.01, 0.25, 1.0, 100.0]))
def test_they_are_enough_and_one_less_is_not(times: Times, within: float) -> None:
    load, train = rows(times)
    assert enough_slots(load, train, within=within) == first_enough(load, train, within)


@given(TIMES)
def test_who_allows_more_needs_no_more_slots(times: Times) -> None:
    load, train = rows(times)
    needed = [enough_slots(load, train, within=within) for within in (0, 0.01, 0.1, 1, 1e15)]
    assert needed == sorted(needed, reverse=True)
    assert needed[-1] == 1 or replay(load, train, UNBOUNDED).mean_step_s == 0


@pytest.mark.parametrize(
    ("load", "train", "slots"),
    [
        pytest.param([6] * 9, [4] * 9, 1, id="loading is too slow"),
        pytest.param([4] * 9, [4] * 9, 1, id="a tie"),
        pytest.param([0] * 9, [0] * 9, 1, id="nothing takes time"),
        pytest.param([0, 9], [1, 1], 1, id="two elements"),
        pytest.param([0, 0, 0, 0, 40], [10] * 5, 4, id="all that lie between"),
        pytest.param([0, 0, 0, 0, 41], [10] * 5, 4, id="more than any can hide"),
        pytest.param([0, 0, 0, 0, 30], [10] * 5, 3, id="just hidden"),
    ],
)
def test_with_nothing_allowed_the_step_is_that_of_any_number(
    load: list[int], train: list[int], slots: int
) -> None:
    assert enough_slots(load, train, within=0) == slots


def test_one_percent_is_what_is_allowed_if_nothing_is_said() -> None:
    load, train = [0] * 100 + [120], [100] * 101  # one slot: 120 in 10000, two: nothing
    assert [enough_slots(load, train, within=share) for share in (0, 0.001, 0.01)] == [2, 2, 1]
    assert enough_slots(load, train) == 1
    load[-1] = 300
    assert enough_slots(load, train) == enough_slots(load, train, within=0.01) == 2


def test_the_order_of_the_loads_decides_not_their_mean() -> None:
    far, near = [2, 2, 2, 2, 2, 2, 26, 2] * 16, [2, 26, 2, 26] + [2] * 12
    assert enough_slots(far, [9] * 128, within=0) < enough_slots(near * 8, [9] * 128, within=0)


def test_too_few_slots_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    load, train = [2, 2, 2, 26] * 16, [9] * 64
    assert enough_slots(load, train) == first_enough(load, train, 0.01) == 3
    monkeypatch.setattr(MODULE, "UNBOUNDED", 1)  # as if one slot did what any number does
    assert enough_slots(load, train) != 3


@given(TIMES, st.integers(0, 9) | st.just(UNBOUNDED))
def test_waiting_counts_what_is_made_and_not_taken(times: Times, slots: float) -> None:
    load, train = rows(times)
    schedule = replay(load, train, slots)
    counted = [
        sum(made_s <= now for made_s in schedule.made_s) - (n + 1)
        for n, now in enumerate(schedule.taken_s)
    ]
    assert schedule.waiting.tolist() == counted
    assert schedule.waiting.dtype == np.int64


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=2), st.integers(0, 9))
def test_no_more_wait_than_there_are_slots_and_none_in_the_end(times: Times, slots: int) -> None:
    waiting = replay(*rows(times), slots).waiting
    assert (waiting >= 0).all() and (waiting <= slots).all()
    assert waiting[-1] == 0


def test_what_is_made_at_the_moment_of_taking_waits_already() -> None:
    assert replay([1, 1, 1, 1], [9, 9, 9, 9], UNBOUNDED).waiting.tolist() == [0, 2, 1, 0]
    assert replay([3, 1, 2, 3], [3, 9, 9, 9], UNBOUNDED).waiting.tolist() == [0, 1, 1, 0]
