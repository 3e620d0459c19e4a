"""The buffer that TensorFlow sizes: the recursion against a clock that ticks, and its rule."""

import importlib
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab import theory
from prefetchlab.theory import Schedule, replay

MODULE = importlib.import_module("prefetchlab.theory.autotuned")  # the package has the function
TIMES = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=2, max_size=60)
Times = list[tuple[int, int]]


def rows(times: Times) -> tuple[list[int], list[int]]:
    return [load for load, _ in times], [train for _, train in times]


@dataclass
class Ticking:
    """The same told anew, one moment after another: what is done by a moment is there at it."""

    load: list[int]
    train: list[int]
    slots: int = 1
    was_full: bool = False
    made: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def look(self, waiting: int) -> None:
        if self.was_full and waiting == 0:
            self.slots, self.was_full = self.slots * 2, False
        elif waiting == self.slots:
            self.was_full = True

    def run(self) -> "Ticking":
        now, done_at, asks_at, asked = 0, -1, 0, False
        while len(self.taken) < len(self.load):
            if now == done_at:
                self.made.append(now)
            busy = done_at > now
            if not asked and now == asks_at:
                asked = True
                if len(self.made) == len(self.taken):
                    self.look(0)
            if asked and len(self.made) > len(self.taken):
                self.look(len(self.made) - len(self.taken))
                asked, asks_at = False, now + self.train[len(self.taken)]
                self.taken.append(now)
                self.sizes.append(self.slots)
            room = len(self.made) - len(self.taken) < self.slots
            if not busy and room and len(self.made) < len(self.load):
                done_at = now + self.load[len(self.made)]
            if asked or asks_at > now:  # else it asks again at this moment
                now += 1
        return self


@given(TIMES)
def test_sizes_and_times_are_those_of_a_clock_that_ticks(times: Times) -> None:
    load, train = rows(times)
    ticked, played = Ticking(load, train).run(), theory.autotuned(load, train)
    assert played.slots.tolist() == ticked.sizes
    assert played.schedule.made_s.tolist() == ticked.made[: len(load)]
    assert played.schedule.taken_s.tolist() == ticked.taken


@given(TIMES)
def test_sizes_are_powers_of_two_and_never_fall(times: Times) -> None:
    slots = theory.autotuned(*rows(times)).slots
    assert set(slots.tolist()) <= {2**power for power in range(11)}
    assert (np.diff(slots) >= 0).all() and slots[0] == 1
    assert slots.dtype == np.int64


@given(TIMES)
def test_each_element_is_begun_as_soon_as_a_slot_of_that_time_is_free(times: Times) -> None:
    load, train = rows(times)
    played = theory.autotuned(load, train)
    schedule, slots = played.schedule, played.slots
    ended = schedule.trained_s - schedule.taken_s
    assert ended.tolist() == train
    asked = np.append(0, schedule.trained_s[:-1])
    for n in range(len(load)):
        frees = [schedule.taken_s[j] for j in range(n) if n - (j + 1) < slots[j]]
        free_s = min(frees) if n else 0
        assert schedule.begun_s[n] == max(free_s, schedule.made_s[n - 1] if n else 0)
        assert schedule.made_s[n] == schedule.begun_s[n] + load[n]
        assert schedule.taken_s[n] == max(asked[n], schedule.made_s[n])
    assert (schedule.waiting <= slots).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(4, 9)), min_size=2, max_size=40))
def test_while_each_load_hides_behind_a_step_the_one_slot_stays(times: Times) -> None:
    load, train = rows(times)
    played = theory.autotuned(load, train)
    assert set(played.slots.tolist()) == {1}
    assert_alike(played.schedule, replay(load, train, 1))


@given(st.lists(st.tuples(st.integers(5, 9), st.integers(0, 4)), min_size=2, max_size=40))
def test_where_each_element_is_waited_for_two_slots_are_all(times: Times) -> None:
    load, train = rows(times)
    played = theory.autotuned(load, train)
    assert played.slots.tolist() == [1] + [2] * (len(times) - 1)
    assert_alike(played.schedule, replay(load, train, 2))


@given(TIMES)
def test_its_step_lies_between_those_of_its_first_and_its_last_size(times: Times) -> None:
    load, train = rows(times)
    played = theory.autotuned(load, train)
    ends = [replay(load, train, k).trained_s[-1] for k in (int(played.slots[-1]), 1)]
    assert ends[0] <= played.schedule.trained_s[-1] <= ends[1]


class Stays:
    """A buffer whose size stays."""

    def __init__(self, slots: int) -> None:
        self.slots = slots

    def found(self, elements: int) -> None:
        assert 0 <= elements <= self.slots


@given(TIMES, st.integers(1, 12))
def test_with_a_size_that_stays_it_is_the_replay_of_that_size(times: Times, slots: int) -> None:
    load, train = rows(times)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "_Buffer", lambda: Stays(slots))
        played = theory.autotuned(load, train)
    assert_alike(played.schedule, replay(load, train, slots))
    assert set(played.slots.tolist()) == {slots}


def assert_alike(one: Schedule, other: Schedule) -> None:
    for name in ("begun_s", "made_s", "taken_s", "trained_s"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@pytest.mark.parametrize(
    ("load", "train", "sizes"),
    [
        pytest.param([0] * 6, [1] * 6, [1] * 6, id="full only"),
        pytest.param([1] * 6, [1] * 6, [1] * 6, id="ready when asked for"),
        pytest.param([5] * 6, [1] * 6, [1, 2, 2, 2, 2, 2], id="starved"),
        pytest.param([1, 9, 1, 1, 9, 9], [4] * 6, [1, 2, 2, 2, 4, 4], id="full, empty, full"),
        pytest.param([1, 9, 9, 9, 9, 9], [4] * 6, [1, 2, 2, 2, 2, 2], id="never full again"),
        pytest.param([1, 9, 1, 9, 1, 9], [4] * 6, [1, 2, 2, 2, 2, 2], id="one of two is not full"),
    ],
)
def test_it_grows_when_found_empty_after_it_was_found_full(
    load: list[int], train: list[int], sizes: list[int]
) -> None:
    assert theory.autotuned(load, train).slots.tolist() == sizes


def test_from_2048_on_it_grows_by_as_many() -> None:
    sizes = [1]
    buffer = MODULE._Buffer()
    for _ in range(14):
        buffer.found(buffer.slots)
        buffer.found(0)
        sizes.append(buffer.slots)
    assert sizes == [*(2**power for power in range(12)), 4096, 6144, 8192]


class GrowsWheneverEmpty(MODULE._Buffer):  # type: ignore[misc, name-defined] # it is Any
    def found(self, elements: int) -> None:
        self.slots += self.slots if elements == 0 else 0


class GrowsOnceItWasEverFull(MODULE._Buffer):  # type: ignore[misc, name-defined] # it is Any
    def found(self, elements: int) -> None:
        self._was_full |= elements == self.slots
        self.slots += self.slots if self._was_full and elements == 0 else 0


class NeverGrows(MODULE._Buffer):  # type: ignore[misc, name-defined] # it is Any
    def found(self, elements: int) -> None:
        pass


@pytest.mark.parametrize("planted", [GrowsWheneverEmpty, GrowsOnceItWasEverFull, NeverGrows])
def test_another_rule_of_growth_would_be_found(
    planted: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, train = [1, 9, 9, 9, 9, 9], [4] * 6
    monkeypatch.setattr(MODULE, "_Buffer", planted)
    assert theory.autotuned(load, train).slots.tolist() != Ticking(load, train).run().sizes
