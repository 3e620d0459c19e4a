"""Bursts: the closed form for any buffer with a slot, and the fewest slots that hide a burst."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prefetchlab import theory
from prefetchlab.errors import InputError
from prefetchlab.theory import UNBOUNDED, replay

PERIODS = 600  # enough for a buffer to fill or to drain, with whole numbers as small as these


def replayed(base: int, stall: int, every: int, train: int, slots: float) -> float:
    """The mean step of the last period, by the recursion."""
    load = np.where(np.arange(PERIODS * every) % every == every - 1, base + stall, base)
    ends = replay(load, np.full(len(load), float(train)), slots).trained_s
    return float(ends[-1] - ends[-1 - every]) / every


SHAPES = st.tuples(st.integers(0, 6), st.integers(0, 30), st.integers(1, 9), st.integers(0, 6))


@given(SHAPES, st.integers(1, 12) | st.just(UNBOUNDED))
def test_bursts_follow_the_closed_form_for_any_buffer_of_at_least_one_slot(
    shape: tuple[int, int, int, int], slots: float
) -> None:
    base, stall, every, train = shape
    if slots == UNBOUNDED and base * every + stall < train * every:
        slots = PERIODS  # without bound it hides all of a run, the mean of the long run is the same
    assert replayed(base, stall, every, train, slots) == pytest.approx(
        theory.burst_step(base, stall, every, train, slots)
    )


def test_the_closed_form_would_be_wrong_with_no_slot_and_says_so() -> None:
    assert replayed(2, 24, 16, 4, 0) == theory.serial_step([2] * 15 + [26], [4]) == 7.5
    assert theory.burst_step(2, 24, 16, 4, 1) == 5.375
    with pytest.raises(InputError, match="slots: 0 is out of range; give a whole number from 1"):
        theory.burst_step(2, 24, 16, 4, 0)


def test_slots_for_a_burst_are_the_fewest_that_hide_it() -> None:
    needed = theory.slots_for_burst(base_s=2, stall_s=24, train_s=4)
    assert needed == 7
    assert theory.burst_step(2, 24, 16, 4, needed) == 4
    assert theory.burst_step(2, 24, 16, 4, needed - 1) > 4


def test_a_burst_may_need_as_many_slots_as_lie_between_two_of_them() -> None:
    needed = theory.slots_for_burst(base_s=0, stall_s=3.5, train_s=1)
    assert needed == 4
    assert theory.burst_step(0, 3.5, 4, 1, needed) == 1
    load = [0, 0, 0, 3.5] * 50
    assert np.diff(replay(load, [1.0] * 200, needed).taken_s)[-100:].tolist() == [1.0] * 100


@given(
    st.integers(0, 5),
    st.integers(1, 20),
    st.integers(1, 6),
    st.lists(st.integers(0, 6), min_size=1, max_size=12),
)
def test_once_the_buffer_is_full_bursts_far_enough_apart_are_hidden(
    base: int, stall: int, train: int, further: list[int]
) -> None:
    assume(base < train)
    slots = theory.slots_for_burst(base, stall, train)
    closest = -(-stall // (train - base))  # the S / (T - l) of its docstring, rounded up
    filled = 1 + slots * train // (train - base)  # elements until the buffer is full
    load = [base] * filled
    for more in further:
        load += [base + stall] + [base] * (closest + more - 1)
    taken = replay(load, [float(train)] * len(load), slots).taken_s
    assert {after - before for before, after in pairwise(taken.tolist())} == {float(train)}


@pytest.mark.parametrize(
    ("load", "why"),
    [
        pytest.param([2, 26] + [2] * 30, "the buffer is not full yet", id="early"),
        pytest.param(
            [2] * 30 + [26] + [2] * 5 + [26] + [2] * 30, "6 is closer than 12", id="close"
        ),
    ],
)
def test_a_burst_too_early_or_too_close_to_another_is_seen(load: list[float], why: str) -> None:
    slots = theory.slots_for_burst(base_s=2, stall_s=24, train_s=4)
    assert replay(load, [4.0] * len(load), slots).mean_step_s > 4, why
