"""Shared cores: held against a simulation in small steps, exact laws, and what was measured."""

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prefetchlab.theory import UNBOUNDED, Range, Side, replay, shared_step

TIMES = st.integers(0, 50).map(float)
PAIRS = st.lists(st.tuples(TIMES, TIMES), min_size=2, max_size=30)
SLOTS = st.integers(0, 5) | st.just(UNBOUNDED)
CORES = st.sampled_from([0.5, 1, 1.5, 2, 3, 8])
THREADS = st.sampled_from([0, 0.05, 0.5, 1, 1.2, 1.75, 2, 4])  # p of a side, before it is capped


def side(times: list[float], threads: float) -> Side:
    return Side(times, cpu_s=threads * float(np.mean(times)))


def sides(pairs: list[tuple[float, float]], load: float, train: float) -> tuple[Side, Side]:
    load_s, train_s = zip(*pairs, strict=True)
    return side(list(load_s), load), side(list(train_s), train)


def capped(given: Side, cores: float) -> float:
    """The CPU-seconds that a side can have used in its time."""
    return min(given.cpu_s, cores * float(np.mean(given.times_s)))


# --- where nothing is shared ---------------------------------------------------------------------


@given(PAIRS, SLOTS, CORES)
def test_sides_that_only_wait_take_what_the_recursion_says(
    pairs: list[tuple[float, float]], slots: float, cores: float
) -> None:
    load, train = sides(pairs, 0, 0)
    alone = replay(load.times_s, train.times_s, slots).mean_step_s
    assert shared_step(load, train, slots, cores=cores) == Range(alone, alone)


@given(PAIRS, THREADS, THREADS, CORES)
def test_with_no_slot_nothing_is_shared(
    pairs: list[tuple[float, float]], load_threads: float, train_threads: float, cores: float
) -> None:
    load, train = sides(pairs, load_threads, train_threads)
    alone = replay(load.times_s, train.times_s, 0).mean_step_s
    assert shared_step(load, train, 0, cores=cores) == Range(alone, alone)


@given(PAIRS, SLOTS, st.floats(0, 1), st.floats(0, 1))
def test_two_threads_have_room_on_two_cores(
    pairs: list[tuple[float, float]], slots: float, load_threads: float, train_threads: float
) -> None:
    load, train = sides(pairs, load_threads, train_threads)
    alone = replay(load.times_s, train.times_s, slots).mean_step_s
    shared = shared_step(load, train, slots, cores=2)
    assert (shared.least_s, shared.most_s) == pytest.approx((alone, alone))


# --- what no sharing can break -------------------------------------------------------------------


@given(PAIRS, SLOTS, THREADS, THREADS, CORES)
def test_the_range_is_a_range_above_what_the_recursion_says(
    pairs: list[tuple[float, float]],
    slots: float,
    load_threads: float,
    train_threads: float,
    cores: float,
) -> None:
    load, train = sides(pairs, load_threads, train_threads)
    shared = shared_step(load, train, slots, cores=cores)
    alone = replay(load.times_s, train.times_s, slots).mean_step_s
    assert alone <= shared.least_s <= shared.middle_s <= shared.most_s


@given(TIMES, TIMES, SLOTS, THREADS, THREADS, CORES)
def test_the_cores_do_no_more_than_they_can(
    load_s: float,
    train_s: float,
    slots: float,
    load_threads: float,
    train_threads: float,
    cores: float,
) -> None:
    load, train = sides([(load_s, train_s)] * 9, load_threads, train_threads)
    limit = max(load_s, train_s, (capped(load, cores) + capped(train, cores)) / cores)
    assert shared_step(load, train, slots, cores=cores).least_s >= limit * (1 - 1e-12)


@given(TIMES, TIMES, st.integers(1, 5) | st.just(UNBOUNDED))
def test_on_one_core_two_sides_that_compute_take_their_work(
    load_s: float, train_s: float, slots: float
) -> None:
    load, train = sides([(load_s, train_s)] * 9, 1, 1)
    shared = shared_step(load, train, slots, cores=1)
    assert (shared.least_s, shared.most_s) == pytest.approx((load_s + train_s,) * 2)


@given(TIMES, TIMES, THREADS, st.floats(0, 1))
def test_a_side_that_mostly_waits_is_delayed_by_no_more_than_it_computes(
    load_s: float, train_s: float, load_threads: float, train_threads: float
) -> None:
    load, train = sides([(load_s, train_s)] * 9, load_threads, train_threads)
    most_s = shared_step(load, train, 1, cores=2).most_s
    assert most_s <= max(load_s, train_s) + train.cpu_s + 1e-9


def test_two_sides_that_wait_half_the_time_may_meet_on_one_core() -> None:
    # Both compute for 10 ms, then wait for 10 ms. On one core, in turns, both have computed after
    # 20 ms; then both wait. So a step may take 30 ms. In the mean they fit, and the range is blind.
    load, train = sides([(20.0, 20.0)] * 9, 0.5, 0.5)
    assert shared_step(load, train, 1, cores=1) == Range(20.0, 20.0)


# --- a simulation in small steps -----------------------------------------------------------------

TICK = 0.02


@dataclass
class Worker:
    """One side of the simulation: its elements' times, its threads, and how far it is."""

    times: list[float]
    threads: float
    cores: float
    at: int = -1  # the element in hand
    worked: float = 0.0  # on it, in seconds of working alone
    idle: bool = True
    wide_first: bool = True

    def begin(self) -> None:
        self.at, self.worked, self.idle = self.at + 1, 0.0, False

    def asks_for(self) -> float:
        if self.idle or self.threads <= 1:
            return 0.0 if self.idle else self.threads
        time = self.times[self.at]
        wide = (self.threads * time - time) / (self.cores - 1)
        early = self.worked < (wide if self.wide_first else time - wide)
        return self.cores if early == self.wide_first else 1.0


def simulated(
    pairs: list[tuple[float, float]],
    threads: tuple[float, float],
    slots: float,
    cores: float,
    *,
    waiting: bool,
    parts: bool = True,
    wide_first: bool = True,
    slot_too_many: int = 0,
    both_are_slowed: bool = True,
) -> float:
    """The mean step by small steps of time; with places to plant a fault."""
    times: list[list[float]] = [list(each) for each in zip(*pairs, strict=True)]
    limit = cores if parts else 1.0
    load, train = (
        Worker(time, min(limit, p), cores, wide_first=wide_first)
        for time, p in zip(times, threads, strict=True)
    )
    clock, taken = 0.0, list[float]()
    while True:
        made = load.at + load.idle
        if train.idle and made > train.at + 1:
            train.begin()
            taken.append(clock)
            if len(taken) == len(pairs):
                break
        ahead = load.at - train.at
        if load.idle and load.at + 1 < len(pairs) and ahead < slots + slot_too_many:
            load.begin()
        slow = 1.0
        if (asked := load.asks_for() + train.asks_for()) > cores:
            slow = asked / cores
            if waiting:
                slow = max(slow, 1 + min(1.0, load.asks_for(), train.asks_for()))
        for worker in (load, train):
            if not worker.idle:
                slows = both_are_slowed or worker is load
                worker.worked += TICK / slow if slows else TICK
                worker.idle = worker.worked >= worker.times[worker.at] - 1e-9
        clock += TICK
    last, first = times[1][-1], times[1][0]
    return (taken[-1] - taken[0] + last - first) / (len(pairs) - 1)


SHORT = st.lists(
    st.tuples(st.integers(1, 5).map(float), st.integers(1, 5).map(float)), min_size=2, max_size=5
)


@settings(max_examples=60)
@given(SHORT, THREADS, THREADS, st.sampled_from([1, 2, 4]), st.sampled_from([0.5, 1, 1.5, 2, 4]))
def test_the_range_agrees_with_a_simulation_in_small_steps(
    pairs: list[tuple[float, float]],
    load_threads: float,
    train_threads: float,
    slots: int,
    cores: float,
) -> None:
    shared = shared_step(*sides(pairs, load_threads, train_threads), slots, cores=cores)
    ends = [
        simulated(pairs, (load_threads, train_threads), slots, cores, waiting=waiting)
        for waiting in (False, True)
    ]
    # Each part of an element may end one step of time late, slowed by at most 4.
    assert [shared.least_s, shared.most_s] == pytest.approx(ends, abs=10 * TICK)


UNEVEN = [(4.0, 7.0), (2.0, 8.0), (9.0, 2.0), (3.0, 5.0), (8.0, 4.0)]


def simulated_both(**fault: Any) -> list[float]:
    return [simulated(UNEVEN, (1.2, 1.6), 1, 2, waiting=way, **fault) for way in (False, True)]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"slot_too_many": 1}, id="one slot too many"),
        pytest.param({"both_are_slowed": False}, id="only loading is slowed"),
        pytest.param({"parts": False}, id="no part uses several cores"),
        pytest.param({"wide_first": False}, id="the part on one core comes first"),
    ],
)
def test_another_model_gives_other_steps(fault: dict[str, Any]) -> None:
    shared = shared_step(*sides(UNEVEN, 1.2, 1.6), 1, cores=2)
    assert [shared.least_s, shared.most_s] == pytest.approx(simulated_both(), abs=2 * TICK)
    wrong = zip(simulated_both(**fault), simulated_both(), strict=True)
    assert max(abs(got - right) for got, right in wrong) > 8 * TICK


# --- what was measured ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """One pipeline as it was measured, in ms: both sides alone, and the step with prefetch(1)."""

    name: str
    load: tuple[float, float]  # time and CPU time of one element
    train: tuple[float, float]
    step: float
    cores: int = 2

    def predicted(self) -> Range:
        (load, load_cpu), (train, train_cpu) = self.load, self.train
        sides = Side([load] * 9, load_cpu), Side([train] * 9, train_cpu)
        return shared_step(*sides, 1, cores=self.cores)

    def unshared(self) -> float:
        """The recursion, but no less than the cores need for the work of both."""
        (load, load_cpu), (train, train_cpu) = self.load, self.train
        return max(load, train, (load_cpu + train_cpu) / self.cores)

    def error(self, predicted: float) -> float:
        return predicted / self.step - 1


# AMD EPYC, two quiet cores (the last two: one of them), Linux, TensorFlow 2.21 on CPU; medians of
# five rounds. JPEG records are decoded and a Keras model is trained, in batches of that size.
MEASURED = [
    Measured("JPEG, 16", (3.30, 4.22), (5.93, 8.41), 7.38),
    Measured("JPEG, 32", (6.68, 8.51), (9.46, 15.12), 14.06),
    Measured("JPEG, 64", (12.87, 16.51), (15.57, 26.56), 24.48),
    Measured("a stage that multiplies matrices", (7.55, 7.58), (9.90, 15.65), 14.95),
    Measured("JPEG, 64, and an accelerator that waits", (13.10, 16.85), (10.64, 0.55), 12.87),
    Measured("both compute, short", (2.96, 2.96), (7.96, 7.96), 10.97, cores=1),
    Measured("both compute, long", (5.67, 5.67), (13.9, 13.9), 19.98, cores=1),
]


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case.name)
def test_what_was_measured_lies_in_the_range_or_4_percent_beside_it(case: Measured) -> None:
    predicted = case.predicted()
    assert predicted.least_s * 0.96 <= case.step <= predicted.most_s * 1.04


def test_the_middle_of_the_range_is_nearer_to_what_was_measured_than_no_sharing() -> None:
    middle = [abs(case.error(case.predicted().middle_s)) for case in MEASURED]
    unshared = [abs(case.error(case.unshared())) for case in MEASURED]
    assert (median(middle), max(middle)) == pytest.approx((0.021, 0.087), abs=0.001)
    assert (median(unshared), max(unshared)) == pytest.approx((0.120, 0.223), abs=0.001)
