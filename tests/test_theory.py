"""The exact recursion: what it gives for any times, and that a wrong one would be seen."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab.theory import UNBOUNDED, replay

# Whole milliseconds: sums of them are exact in float64, so the laws can be compared with ==.
TIMES = st.integers(0, 100).map(float)
SAMPLES = st.lists(st.tuples(TIMES, TIMES), min_size=2, max_size=60)
SLOTS = st.integers(0, 8)
Pairs = list[tuple[float, float]]  # load and train time of each element


def split(pairs: Pairs) -> tuple[list[float], list[float]]:
    load, train = zip(*pairs, strict=True)
    return list(load), list(train)


@given(SAMPLES)
def test_with_no_slot_a_step_is_load_plus_train(pairs: Pairs) -> None:
    load, train = split(pairs)
    assert replay(load, train, 0).step_times_s.tolist() == [a + b for a, b in pairs[1:]]


@given(SAMPLES)
def test_with_one_slot_a_step_is_the_longer_of_both(
    pairs: Pairs,
) -> None:
    load, train = split(pairs)
    schedule = replay(load, train, 1)
    expected = [max(load[n + 1], train[n]) for n in range(len(load) - 1)]
    assert np.diff(schedule.taken_s).tolist() == expected


@given(SAMPLES, SLOTS)
def test_one_more_slot_never_makes_any_element_later(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    fewer, more = replay(load, train, slots), replay(load, train, slots + 1)
    assert (more.taken_s <= fewer.taken_s).all()


@given(SAMPLES, SLOTS)
def test_no_buffer_ends_before_all_loads_or_before_all_training(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    end = replay(load, train, slots).trained_s[-1]
    assert end >= max(sum(load) + train[-1], load[0] + sum(train))


@given(SAMPLES, SLOTS)
def test_no_finite_buffer_beats_the_unbounded_one(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    assert replay(load, train, slots).trained_s[-1] >= replay(load, train, UNBOUNDED).trained_s[-1]


@given(SAMPLES, st.integers(1, 8))
def test_at_most_k_elements_are_ahead_of_the_consumer(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    schedule = replay(load, train, slots)
    for n in range(slots, len(load)):
        assert schedule.begun_s[n] >= schedule.taken_s[n - slots]


@given(SAMPLES, SLOTS)
def test_elements_are_taken_in_order_after_they_are_made(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    schedule = replay(load, train, slots)
    assert (np.diff(schedule.made_s) >= 0).all()
    assert (np.diff(schedule.taken_s) >= 0).all()
    assert (schedule.taken_s >= schedule.made_s).all()


@pytest.mark.parametrize(
    ("slots", "between_takes"),
    [(0, [4, 4, 9, 4, 4]), (1, [3, 3, 6, 3, 3]), (2, [3, 3, 3, 3, 3])],
)
def test_a_burst_costs_what_was_worked_out_by_hand(slots: int, between_takes: list[int]) -> None:
    load, train = [1.0, 1, 1, 6, 1, 1], [3.0] * 6
    assert np.diff(replay(load, train, slots).taken_s).tolist() == between_takes


def played(
    load: list[float],
    train: list[float],
    slots: int,
    *,
    slots_too_many: int = 0,
    consumer_trains: bool = True,
    consumer_is_busy: bool = True,
    one_at_a_time: bool = True,
) -> list[float]:
    """The recursion once more, plainly, with places to plant a fault: when each is taken."""
    made: list[float] = []
    taken: list[float] = []
    for n in range(len(load)):
        trained = taken[-1] + (train[n - 1] if consumer_trains else 0) if n else 0
        begun = trained
        if slots and n:
            place = n - slots - slots_too_many
            begun = max(made[-1] if one_at_a_time else 0, taken[place] if place >= 0 else 0)
        made.append((begun if n else 0) + load[n])
        taken.append(max(made[-1], trained) if consumer_is_busy else made[-1])
    return taken


def all_played(**fault: Any) -> list[list[float]]:
    load, train = [2.0, 9.0, 4.0, 1.0, 6.0], [5.0, 3.0, 8.0, 2.0, 4.0]
    return [played(load, train, slots, **fault) for slots in (0, 1, 2)]


def all_replayed() -> list[list[float]]:
    load, train = [2.0, 9.0, 4.0, 1.0, 6.0], [5.0, 3.0, 8.0, 2.0, 4.0]
    return [replay(load, train, slots).taken_s.tolist() for slots in (0, 1, 2)]


@given(SAMPLES, SLOTS)
def test_the_recursion_agrees_with_one_written_apart(pairs: Pairs, slots: int) -> None:
    load, train = split(pairs)
    assert replay(load, train, slots).taken_s.tolist() == played(load, train, slots)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"slots_too_many": 1}, id="one slot too many"),
        pytest.param({"consumer_is_busy": False}, id="the consumer is never busy"),
        pytest.param({"one_at_a_time": False}, id="the producer makes two at once"),
        pytest.param({"consumer_trains": False}, id="training takes no time"),
    ],
)
def test_a_wrong_recursion_gives_other_times(fault: dict[str, Any]) -> None:
    assert all_played() == all_replayed()
    assert all_played(**fault) != all_replayed()


def test_theory_needs_no_tensorflow() -> None:
    code = "import sys, prefetchlab.theory; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
