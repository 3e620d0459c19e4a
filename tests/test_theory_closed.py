"""The closed forms and the limit: where they hold, held against the recursion; where not, too."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab import theory
from prefetchlab.errors import InputError
from prefetchlab.theory import UNBOUNDED, replay

TIMES = st.integers(0, 100).map(float)
SAMPLE = st.lists(TIMES, min_size=1, max_size=20)


@given(SAMPLE, SAMPLE)
def test_serial_one_slot_and_unbounded_steps_are_in_order(
    load: list[float], train: list[float]
) -> None:
    serial = theory.serial_step(load, train)
    one = theory.one_slot_step(load, train)
    unbounded = theory.unbounded_step(load, train)
    assert serial >= one - 1e-9
    assert one >= unbounded - 1e-9
    assert serial <= 2 * one + 1e-9


# --- one slot ------------------------------------------------------------------------------------


@given(SAMPLE, SAMPLE)
def test_one_slot_holds_every_load_against_every_train_time(
    load: list[float], train: list[float]
) -> None:
    every_pair = np.maximum.outer(load, train).mean()
    assert theory.one_slot_step(load, train) == pytest.approx(every_pair, rel=1e-12)


def test_one_slot_takes_samples_whose_pairs_fit_in_no_memory() -> None:
    random = np.random.default_rng(3)
    load, train = random.exponential(1.0, 200_000), random.exponential(1.0, 200_000)
    assert theory.one_slot_step(load, train) == pytest.approx(1.5, rel=0.01)


@given(st.lists(TIMES, min_size=2, max_size=8), TIMES)
def test_one_slot_is_the_recursion_where_one_side_is_constant(
    load: list[float], train: float
) -> None:
    # Then nothing can depend on anything. The load before the first step is left out on both sides.
    steps = replay(load, [train] * len(load), 1).mean_step_s
    assert theory.one_slot_step(load[1:], [train]) == pytest.approx(steps)


def test_one_slot_is_wrong_where_loads_and_steps_grow_together() -> None:
    # The longer load comes while the element before, a short one, trains; and the other way round.
    # So each step takes the longer time. Held against every train time, half of the pairs are
    # short with short or long with long, and one in four is short: 1/4 of 1 and 3/4 of 3.
    alike = [1.0, 3.0] * 50
    assert replay(alike, alike, 1).mean_step_s == pytest.approx(3.0, rel=0.01)
    assert np.diff(replay(alike, alike, 1).taken_s).tolist() == [3.0] * 99
    assert theory.one_slot_step(alike, alike) == 2.5


# --- the long run --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "train", "slots", "bound", "step"),
    [
        pytest.param([9, 1, 1], [1, 1, 1], 1, 11 / 3, 1, id="the long load comes first"),
        pytest.param([1, 1, 1, 1], [9, 1, 1, 1], 3, 3, 1, id="the long step comes first"),
    ],
)
def test_a_few_elements_may_beat_the_bound_of_the_long_run(
    load: list[float], train: list[float], slots: int, bound: float, step: float
) -> None:
    assert theory.unbounded_step(load, train) == pytest.approx(bound)
    assert theory.limit(float(np.mean(load)), float(np.mean(train))).step_s == pytest.approx(bound)
    assert replay(load, train, slots).mean_step_s == step < bound


@given(st.lists(st.tuples(TIMES, TIMES), min_size=2, max_size=6), st.integers(0, 4))
def test_in_the_long_run_no_buffer_beats_the_bound(
    pairs: list[tuple[float, float]], slots: int
) -> None:
    load, train = zip(*pairs, strict=True)
    rounds = 100
    bound = theory.unbounded_step(load, train)
    steps = replay(load * rounds, train * rounds, slots).mean_step_s
    # What the first element hides is at most its load and its training, once in a whole run.
    hidden = (max(load) + max(train) + bound) / (rounds * len(load) - 1)
    assert steps >= bound - hidden


# --- exponential times ---------------------------------------------------------------------------


@pytest.mark.parametrize("load_s", [1.0, 0.8, 1.25])
@pytest.mark.parametrize("slots", [0, 1, 2, 4, 16])
def test_exponential_times_follow_the_closed_form(load_s: float, slots: int) -> None:
    random = np.random.default_rng(7)
    load, train = random.exponential(load_s, 200_000), random.exponential(1.0, 200_000)
    assert replay(load, train, slots).mean_step_s == pytest.approx(
        theory.exponential_step(load_s, 1.0, slots), rel=0.02
    )


@pytest.mark.parametrize("slots", [0, 1, 3, 7])
def test_the_exponential_closed_form_is_tensorflows_own_wait_time_formula(slots: int) -> None:
    # Node::ComputeWaitTime: y = producer, x = consumer, wait = y * (1 - x/y) / (1 - (x/y)^(n+1)).
    load, train = 1.0, 0.7
    wait = load * (1 - train / load) / (1 - (train / load) ** (slots + 1))
    assert theory.exponential_step(load, train, slots) == pytest.approx(train + wait)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 20))
def test_the_exponential_closed_form_equals_the_same_sum_in_fractions(
    load: int, train: int, slots: int
) -> None:
    ratio = Fraction(train, load)
    powers = [ratio**power for power in range(slots + 2)]
    exact = load * sum(powers) / sum(powers[:-1])
    assert theory.exponential_step(load, train, slots) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("slots", [0, 1, 5, 10**9, UNBOUNDED])
def test_an_exponential_step_beside_a_side_that_takes_no_time_is_the_other(slots: float) -> None:
    assert theory.exponential_step(0, 3.0, slots) == 3
    assert theory.exponential_step(3.0, 0, slots) == 3
    assert theory.exponential_step(0, 0, slots) == 0


# --- the speed-up and the limit ------------------------------------------------------------------


@given(TIMES.filter(bool), TIMES.filter(bool))
def test_one_prefetch_buys_2_only_when_both_sides_are_equal(load: float, train: float) -> None:
    gain = theory.speedup(load, train)
    assert 1 <= gain <= 2
    assert (gain == 2) == (load == train)


def test_a_speedup_of_nothing_over_nothing_is_refused() -> None:
    assert theory.speedup(0, 3.0) == theory.speedup(3.0, 0) == 1
    with pytest.raises(InputError, match="load_s and train_s: both are 0"):
        theory.speedup(0, 0)


def test_cores_set_the_limit_when_the_work_does_not_fit() -> None:
    assert theory.limit(0.010, 0.010, cpu_work_s=0.030, cores=2).set_by == "cores"
    assert theory.limit(0.010, 0.010, cpu_work_s=0.015, cores=2).step_s == 0.010


def test_a_part_of_a_core_counts_in_the_limit() -> None:
    assert theory.limit(0.010, 0.010, cpu_work_s=0.030, cores=1.5).step_s == pytest.approx(0.020)
