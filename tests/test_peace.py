"""Measuring in peace: a disturbed round is seen, measured again a bounded number of times, told."""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import pytest

from prefetchlab import service
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import (
    Peace,
    TrainingLoop,
    Watch,
    exposed_waits,
    interleave_in_peace,
    stage_costs,
)
from prefetchlab.measure.others import OTHERS_BOUND, CpuTimes, cpu_times, others_share
from prefetchlab.measure.peace import one_round
from prefetchlab.measure.together import core_work_s, cores_together, together

# --- the decision, on planted clocks -------------------------------------------------------------

MINE = TrainingLoop(lambda: tf.data.Dataset.range(8), tf.square)
QUIET = 0.010  # seconds of the fixed work on an undisturbed core


class Machine:
    """Two variants, and clocks that say what is planted for a round.

    A variant gives the number of its round, from 0. The clocks are read at a place of a round:
    before (0), between (1) or after (2) the two variants. There the fixed work takes what is
    planted, reading for reading, and then what it takes on an undisturbed core.
    """

    def __init__(self, works_s: Mapping[tuple[int, int], Iterable[float]], told: bool) -> None:
        self.works_s = {place: iter(readings) for place, readings in works_s.items()}
        self.told = told
        self.others: Mapping[int, float] = {}
        self.reads = self.runs = 0
        self.readings: list[tuple[int, int]] = []

    def variant(self) -> int:
        self.runs += 1
        return (self.runs - 1) // 2

    def work_s(self) -> float:
        turn = (self.reads - 1) // 2  # the clocks are read when a round begins and ends
        self.readings.append((turn, self.runs - 2 * turn))
        return next(self.works_s.get(self.readings[-1], iter(())), QUIET)

    def times(self) -> CpuTimes:
        turn, end = divmod(self.reads, 2)
        self.reads += 1
        idle_s = 1 - self.others.get(turn, 0.0) if end else 0.0
        cores = ("cpu0", "cpu1") if self.told else ()
        return CpuTimes(float(end), 0.0, dict.fromkeys(cores, idle_s), frozenset(cores))

    def interleave(
        self, computes: float = 1.0, *, again: bool = True
    ) -> tuple[dict[str, list[int]], Peace]:
        return interleave_in_peace(
            {"a": self.variant, "b": self.variant},
            repeats=3,
            again=again,
            computes=lambda _: computes,
            watch=Watch(self.work_s, self.times),
        )


def planted(
    works_s: Mapping[int, float] | None = None,
    others: Mapping[int, float] | None = None,
    *,
    place: int = 1,
    told: bool = True,
) -> tuple[dict[str, list[int]], Peace]:
    """Three rounds, some with the fixed work so long at one place, some with others so busy."""
    machine = Machine({(turn, place): repeat(s) for turn, s in (works_s or {}).items()}, told)
    machine.others = others or {}
    return machine.interleave()


def test_on_a_quiet_machine_each_variant_runs_as_often_as_asked() -> None:
    runs, peace = planted()
    assert runs == {"a": [0, 1, 2], "b": [0, 1, 2]}
    assert peace == Peace(1.0, 1.0, others_share=0.0, rounds=3, disturbed=0)
    assert peace.quiet


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("disturbed", [0, 1, 2])
def test_a_round_in_which_the_fixed_work_was_slow_is_measured_again(
    disturbed: int, place: int
) -> None:
    runs, peace = planted({disturbed: 1.06 * QUIET}, place=place)
    kept = [turn for turn in range(4) if turn != disturbed]
    assert runs == {"a": kept, "b": kept}
    assert peace == Peace(1.0, 1.0, others_share=0.0, rounds=4, disturbed=0)


def test_there_is_one_round_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFETCHLAB_ONE_ROUND", "1")
    runs, peace = planted({0: 1.06 * QUIET})
    assert runs == {"a": [0], "b": [0]}
    assert (peace.rounds, peace.disturbed) == (1, 1)
    assert one_round()


def test_no_round_is_measured_again_where_the_caller_says_so() -> None:
    runs, peace = Machine({(1, 1): repeat(1.06 * QUIET)}, told=True).interleave(again=False)
    assert runs == {"a": [0, 1, 2], "b": [0, 1, 2]}
    assert (peace.rounds, peace.disturbed) == (3, 1)


def test_a_core_that_wakes_slowly_is_read_again_at_most_four_times() -> None:
    machine = Machine({(0, 1): [1.3 * QUIET] * 4}, told=True)
    runs, peace = machine.interleave()
    assert (runs["a"], peace.quiet) == ([0, 1, 2], True)
    assert machine.readings.count((0, 1)) == 5


def test_a_core_that_stays_slow_is_read_five_times_and_no_more() -> None:
    machine = Machine({(0, 1): repeat(1.3 * QUIET)}, told=True)
    machine.interleave()
    assert machine.readings.count((0, 1)) == 5
    assert machine.readings.count((1, 1)) == 1


@pytest.mark.parametrize(("computes", "rounds"), [(0.0, 3), (0.1, 3), (0.2, 4), (1.0, 4)])
def test_runs_that_wait_do_not_feel_a_slow_core(computes: float, rounds: int) -> None:
    machine = Machine({(0, 1): repeat(1.4 * QUIET)}, told=True)
    _, peace = machine.interleave(computes)
    assert (peace.rounds, peace.quiet) == (rounds, True)
    if rounds == 3:
        assert peace.work_ratio == pytest.approx(1.4)
        assert peace.felt_ratio == pytest.approx(1 + 0.4 * computes)


@pytest.mark.parametrize("computes", [math.nan, -0.1, 1.1])
def test_what_is_no_share_of_computing_is_refused(computes: float) -> None:
    with pytest.raises(InputError, match=r"^computes: .*; let it give shares"):
        Machine({}, told=True).interleave(computes)


def test_the_run_that_computes_most_decides_what_a_round_feels() -> None:
    machine = Machine({(0, 1): repeat(1.4 * QUIET)}, told=True)
    _, peace = interleave_in_peace(
        {"waits": machine.variant, "computes": lambda: machine.variant() + 0.5},
        repeats=3,
        computes=lambda run: 1.0 if run % 1 else 0.0,
        watch=Watch(machine.work_s, machine.times),
    )
    assert peace.rounds == 4


def test_a_movement_of_less_than_five_percent_is_no_disturbance() -> None:
    runs, peace = planted({1: 1.04 * QUIET})
    assert runs["a"] == [0, 1, 2]
    assert (round(peace.work_ratio, 6), peace.rounds, peace.quiet) == (1.04, 3, True)


def test_a_round_in_which_others_took_the_cores_is_measured_again() -> None:
    runs, peace = planted(others={0: 0.25})
    assert runs["a"] == [1, 2, 3]
    assert peace.quiet


def test_rounds_before_a_core_became_quick_are_found_disturbed_afterwards() -> None:
    _, peace = planted({2: 0.9 * QUIET})  # from the third round on, all that was seen is slow
    assert peace.rounds == 6
    assert round(peace.work_ratio, 3) == round(1 / 0.9, 3)
    assert not peace.quiet


def test_a_machine_that_never_rests_is_measured_twice_as_often_and_no_more() -> None:
    slow = {turn: (1.10 + turn / 100) * QUIET for turn in range(99)}
    runs, peace = planted(slow)
    assert runs["a"] == [0, 1, 2], "the calmest three of six"
    assert (round(peace.work_ratio, 6), peace.rounds, peace.disturbed) == (1.12, 6, 3)


def test_the_calmest_rounds_are_kept_whatever_they_measured() -> None:
    unrest = [0.50, 0.10, 0.40, 0.20, 0.30, 0.60]
    runs, peace = planted(others=dict(enumerate(unrest)))
    assert runs["a"] == [1, 3, 4]
    assert peace.others_share == pytest.approx(0.30)


def test_every_round_begins_with_another_variant_and_progress_counts_those_to_come() -> None:
    told: list[tuple[str, int, int]] = []
    machine = Machine({(0, 1): repeat(2 * QUIET)}, told=True)

    def variant() -> None:
        machine.variant()

    interleave_in_peace(
        {"a": variant, "b": variant},
        repeats=2,
        progress=lambda *tell: told.append(tell),
        watch=Watch(machine.work_s, machine.times),
    )
    assert told == [
        ("a", 0, 4), ("b", 1, 4), ("b", 2, 6), ("a", 3, 6), ("a", 4, 6), ("b", 5, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(("variants", "repeats"), [({"a": int}, 0), ({}, 3)])
def test_nothing_to_run_is_refused(variants: dict[str, type[int]], repeats: int) -> None:
    with pytest.raises(InputError, match=r"variants: it is empty|repeats: 0 is too small"):
        interleave_in_peace(variants, repeats=repeats)


@pytest.mark.parametrize(("told", "rounds"), [({}, 2), ({"again": True}, 2), ({"again": False}, 1)])
@pytest.mark.parametrize(
    "measures",
    [
        lambda told: exposed_waits({"mine": MINE}, steps=1, repeats=1, **told)["mine"].peace,
        lambda told: stage_costs({"read": MINE.pipeline()}, batches=1, repeats=1, **told).peace,
        lambda told: interleave_in_peace({"mine": int}, repeats=1, **told)[1],
    ],
    ids=["exposed_waits", "stage_costs", "interleave_in_peace"],
)
def test_a_disturbed_round_is_measured_again_if_nothing_is_said(
    measures: Callable[[dict[str, bool]], Peace],
    told: dict[str, bool],
    rounds: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine({}, told=True)
    machine.others = {0: 0.9}
    monkeypatch.setattr(
        "prefetchlab.measure.peace.Watch", lambda: Watch(machine.work_s, machine.times)
    )
    peace = measures(told)
    assert (peace.rounds, peace.disturbed) == (rounds, 2 - rounds)


# --- what is told --------------------------------------------------------------------------------


def test_a_quiet_table_says_how_quiet() -> None:
    assert str(Peace(1.38, 1.04, 0.01, rounds=5, disturbed=0)) == (
        "Measured in peace: a fixed piece of work, repeated between the runs, varied by 38%, "
        "and these times, which are partly waits, by at most 4.0%, and other programs took at most "
        "1% of the cores."
    )


@pytest.mark.parametrize(
    ("ratio", "share", "seen"),
    [
        (
            1.34,
            0.01,
            "between the runs, varied by 34%, and so may these times;",
        ),
        (1.02, 0.26, "other programs took up to 26% of the cores;"),
        (1.34, 0.26, "and so may these times, and other programs took up to 26%"),
    ],
)
def test_a_disturbed_table_says_by_what_and_how_much(ratio: float, share: float, seen: str) -> None:
    told = str(Peace(ratio, ratio, share, rounds=10, disturbed=2))
    assert told.startswith("Not measured in peace: ")
    assert seen in told
    assert told.endswith("these rows are not to be trusted to better than that.")


def test_where_others_cannot_be_seen_the_fixed_work_decides_alone_and_it_is_told() -> None:
    runs, peace = planted({0: 2 * QUIET}, others={1: 0.9}, told=False)
    assert runs["a"] == [1, 2, 3]
    assert peace.others_share is None
    assert str(peace).endswith("Whether other programs took the cores cannot be seen here.")


def test_what_was_seen_becomes_json() -> None:
    peace = Peace(1.34, 1.34, None, rounds=10, disturbed=2)
    assert json.loads(json.dumps(peace.to_dict())) == {
        "work_ratio": 1.34, "felt_ratio": 1.34, "others_share": None,
        "rounds": 10, "disturbed": 2, "quiet": False,
    }  # fmt: skip


# --- what others take ----------------------------------------------------------------------------

BOTH = frozenset({"cpu0", "cpu1"})


def reading(wall_s: float, own_s: float, idle_s: Sequence[float], ours: frozenset[str]) -> CpuTimes:
    return CpuTimes(wall_s, own_s, {f"cpu{n}": idle for n, idle in enumerate(idle_s)}, ours)


@pytest.mark.parametrize(
    ("own_s", "idle_s", "ours", "share"),
    [
        pytest.param(0.0, (2.0, 2.0), BOTH, 0.0, id="all idle"),
        pytest.param(3.0, (1.0, 0.0), BOTH, 0.0, id="all that works is ours"),
        pytest.param(0.0, (2.0, 1.0), BOTH, 0.25, id="half of one of two cores"),
        pytest.param(1.0, (1.0, 1.0), BOTH, 0.25, id="half a core beside our own work"),
        pytest.param(1.0, (0.0, 2.0), {"cpu0"}, 0.5, id="half of the one core that is ours"),
        pytest.param(2.0, (0.0, 1.0), {"cpu0"}, 0.25, id="a neighbour on a core not ours"),
        pytest.param(9.0, (2.0, 2.0), BOTH, 0.0, id="rounded counters give no negative share"),
    ],
)
def test_what_is_neither_idle_nor_ours_is_taken_by_others(
    own_s: float, idle_s: Sequence[float], ours: frozenset[str], share: float
) -> None:
    start = reading(0.0, 0.0, (0.0, 0.0), frozenset(ours))
    assert others_share(start, reading(2.0, own_s, idle_s, frozenset(ours))) == share


STAT = """\
cpu  9 9 9 9 9 9 9 9 9 9
cpu0 5 0 5 {idle} {waiting} 0 0 7 0 0
cpu1 5 0 5 300 0 0 0 0 0 0
intr 12077130 0 0
"""


def test_idle_time_is_read_for_each_core_with_that_spent_on_a_disk(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text(STAT.format(idle=100, waiting=50))
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    assert cpu_times(stat).idle_s == {"cpu0": 150 / ticks_per_s, "cpu1": 300 / ticks_per_s}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="no file"),
        pytest.param("cpu0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0\n", id="a sandbox that tells zeros"),
        pytest.param("cpu0 a b c d e\n", id="another format"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_system_that_does_not_tell_gives_no_share(tmp_path: Path, text: str | None) -> None:
    stat = tmp_path / "stat"
    if text is not None:
        stat.write_text(text)
    assert others_share(cpu_times(stat), cpu_times(stat)) is None


def test_own_work_is_that_of_all_threads_of_ended_children_and_of_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 1.0)
    monkeypatch.setattr(os, "times", lambda: os.times_result((9.0, 9.0, 2.0, 4.0, 9.0)))
    monkeypatch.setattr(service, "cpu_s", lambda: 8.0)
    assert cpu_times().own_s == 15.0


NEIGHBOUR = """
import time
while True:
    end = time.perf_counter() + 0.005
    while time.perf_counter() < end:
        pass
    time.sleep(0.005)
"""


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Run programs that each take half a core while the block runs."""
    running = [subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) for _ in range(count)]
    try:
        time.sleep(0.3)
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


def test_a_real_neighbour_that_takes_half_a_core_of_two_is_seen() -> None:
    with neighbours(max(1, (os.cpu_count() or 1) // 2)):
        _, peace = interleave_in_peace({"wait": lambda: time.sleep(0.3)}, repeats=1)
    if not cpu_times().idle_s:  # this system does not tell what others take
        assert peace.others_share is None
        return
    assert peace.others_share is not None
    assert peace.others_share > OTHERS_BOUND
    assert str(peace).startswith("Not measured in peace")


# --- what the cores do together ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "at_once", "worth"),
    [
        pytest.param(2, {1: 1.0, 2: 1.0}, 2.0, id="two cores"),
        pytest.param(2, {1: 1.0, 2: 2 / 1.3}, 1.3, id="two siblings of one core"),
        pytest.param(2, {1: 1.0, 2: 2.6}, 1.0, id="no less than one"),
        pytest.param(2, {1: 1.0, 2: 0.9}, 2.0, id="no more than there are"),
        pytest.param(4, {1: 1.0, 4: 1.25}, 3.2, id="four cores"),
        pytest.param(1.5, {1: 1.0, 2: 1.0}, 1.5, id="a quota of one and a half"),
        pytest.param(1, {}, 1, id="one core needs no trial"),
        pytest.param(0.5, {}, 0.5, id="a quota of half a core"),
    ],
)
def test_cores_together_are_worth_what_they_do_at_once(
    allowed: float, at_once: dict[int, float], worth: float
) -> None:
    assert together(at_once.__getitem__, allowed) == pytest.approx(worth)


def test_the_quickest_trial_counts_because_a_disturbance_only_makes_it_longer() -> None:
    alone, at_once = iter([3.0, 1.0, 2.0, 2.0, 2.0]), iter([9.0, 9.0, 1.25, 9.0, 9.0])
    assert together(lambda threads: next({1: alone, 2: at_once}[threads]), 2) == 1.6


@pytest.mark.parametrize(
    ("shares", "tries"),
    [
        pytest.param([0.9] * 9, 4, id="never quiet"),
        pytest.param([0.9, OTHERS_BOUND, 0.9], 2, id="then just quiet enough"),
        pytest.param([None, 0.9], 1, id="nobody can tell"),
    ],
)
def test_cores_are_tried_again_beside_others_and_the_largest_try_counts(
    shares: list[float | None], tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "prefetchlab.measure.together"
    seen, worth = iter(shares), iter([1.2, 1.6, 1.4, 1.8, 1.9])
    monkeypatch.setattr(f"{module}.others_share", lambda start, end: next(seen))
    monkeypatch.setattr(f"{module}.together", lambda seconds, allowed: next(worth))
    assert cores_together() == {1: 1.2, 2: 1.6, 4: 1.8}[tries]
    assert len([*seen]) == len(shares) - tries


@pytest.mark.parametrize("worth", [1.0, 1.3, 2.0])
def test_work_counted_on_both_of_two_siblings_fits_into_the_time_that_it_took(worth: float) -> None:
    work_s = core_work_s(0.020, 0.010, allowed=2, together=worth)
    assert work_s / worth == pytest.approx(0.010)


def test_work_of_one_thread_and_on_one_core_is_taken_as_it_was_counted() -> None:
    assert core_work_s(0.006, 0.010, allowed=2, together=1.3) == 0.006
    assert core_work_s(0.011, 0.010, allowed=1, together=1) == 0.011
