"""The protocol on planted runs: what is predicted, what limits a step, and what both are worth."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from prefetchlab import theory
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import Pace, protocol
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.protocol import TrainAlone, Variant, compare
from prefetchlab.experiments.slots import CHOSEN_AT_RUN_TIME, Slots
from prefetchlab.measure import Peace, Result, StepTimes
from prefetchlab.workloads import slow_source

PEACE = Peace(work_ratio=1.01, felt_ratio=1.01, others_share=0.0, rounds=3, disturbed=0)
TWO, ONE = Cores(allowed=2), Slots.exactly(1)


def runs_of(
    rounds_ms: Sequence[float | Sequence[float]], cpu_ms: float | Sequence[float]
) -> list[StepTimes]:
    """One run a round, of its step times in ms; of ten equal steps where only one is given."""
    works_ms = cpu_ms if isinstance(cpu_ms, Sequence) else [cpu_ms] * len(rounds_ms)
    return [
        StepTimes(np.array(each if isinstance(each, list) else [each] * 10) / 1e3, cpu / 1e3, 0.0)
        for each, cpu in zip(rounds_ms, works_ms, strict=True)
    ]


def compared(
    monkeypatch: pytest.MonkeyPatch,
    *,
    load: Sequence[float | Sequence[float]],
    train: Sequence[float | Sequence[float]],
    measured: Sequence[float],
    slots: Slots = ONE,
    cores: Cores = TWO,
    cpu_ms: tuple[float, float, float | Sequence[float]] = (0.0, 0.0, 0.0),
) -> Result:
    """The result of one variant whose runs are planted: milliseconds, a run for each round."""
    planted = {
        "load alone (it)": runs_of(load, cpu_ms[0]),
        "train alone (eager)": runs_of(train, cpu_ms[1]),
        "it": runs_of(measured, cpu_ms[2]),
    }

    def interleaved(
        runs: Mapping[object, object], *, computes: Callable[[StepTimes], float], **_: object
    ) -> tuple[dict[object, list[StepTimes]], Peace]:
        assert computes(planted["it"][0]) == planted["it"][0].computes
        return {run: planted[str(run)] for run in runs}, PEACE

    monkeypatch.setattr(protocol, "interleave_in_peace", interleaved)
    (result,) = compare(
        [Variant(name="it", dataset=nothing, slots=slots, run_ahead=None, load="it")],
        loads={"it": nothing},
        trains={"eager": TrainAlone(nothing, print)},
        pace=Pace(steps=10, repeats=3),
        cores=cores,
    )
    return result


def nothing() -> tf.data.Dataset:
    raise AssertionError("nothing is run here")


def test_measured_and_limit_are_the_same_estimate_the_median_of_the_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = compared(monkeypatch, load=[10, 9, 30], train=[2, 2, 2], measured=[10, 11, 40])
    assert it.measured_s == pytest.approx(0.011)
    assert it.limit_s == pytest.approx(0.010)
    assert it.limit_repeats_s == pytest.approx((0.010, 0.009, 0.030))
    assert it.limit_set_by == "loading"


@pytest.mark.parametrize(
    ("measured", "at_limit", "text"),
    [
        ([10.1, 10.0, 10.2], True, "1 within noise"),
        ([9.8, 9.9, 9.9], True, "1 within noise"),
        ([20.0, 20.0, 21.0], False, "0.50"),
        ([8.0, 8.1, 8.2], False, "1.23: limit too high"),
        ([9.9, 14.0, 15.0], True, "0.71: 1 within noise"),
    ],
)
def test_a_step_that_equals_its_limit_within_the_rounds_is_no_better(
    monkeypatch: pytest.MonkeyPatch, measured: list[float], at_limit: bool, text: str
) -> None:
    it = compared(monkeypatch, load=[10.0, 9.9, 10.1], train=[2, 2, 2], measured=measured)
    assert it.at_limit is at_limit
    assert it.efficiency_text == text
    assert it.efficiency == it.limit_s / it.measured_s


BURSTS = [2, 2, 2, 2, 2, 2, 2, 2, 2, 42]  # ms
EARLY = [2, 42, 2, 2, 2, 2, 2, 2, 2, 2]  # ms: the same loads, before a buffer can be full


def replayed_s(load_ms: Sequence[float], slots: float, train_ms: float = 8) -> float:
    """The mean step of one round by replay, with the element in front that no run times."""
    load = np.array([load_ms[0], *load_ms]) / 1e3
    return theory.replay(load, [train_ms / 1e3] * len(load), slots).mean_step_s


def test_waits_are_predicted_by_replay_and_by_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    load, train = [BURSTS] * 3, [8, 8, 8]
    for slots in (0, 1, 2, 4):
        it = compared(
            monkeypatch, load=load, train=train, measured=[9, 9, 9],
            slots=Slots.exactly(slots), cpu_ms=(0.4, 0.4, 0.8),
        )  # fmt: skip
        replayed = replayed_s(BURSTS, slots)
        assert it.predicted_range_s == pytest.approx((replayed, replayed))


def test_each_round_is_predicted_in_the_order_of_its_own_loads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late_s, early_s = replayed_s(BURSTS, 4), replayed_s(EARLY, 4)
    assert late_s < early_s  # four slots are full before the one stall, and not before the other
    for rounds, predicted_s in (
        ([EARLY, BURSTS, BURSTS], late_s),
        ([BURSTS, EARLY, EARLY], early_s),
        ([EARLY, BURSTS, EARLY], early_s),
    ):
        it = compared(
            monkeypatch, load=rounds, train=[8, 8, 8], measured=[9, 9, 9], slots=Slots.exactly(4)
        )
        assert it.predicted_range_s == pytest.approx((predicted_s, predicted_s))


def test_loading_of_a_round_is_set_against_training_of_the_same_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = compared(monkeypatch, load=[2, 10, 2], train=[2, 2, 10], measured=[9] * 3)
    assert it.predicted_s == pytest.approx(0.010)  # of 2, 10 and 10; all together would give less
    with_none = compared(
        monkeypatch, load=[4, 10, 2], train=[4, 2, 10], measured=[9] * 3, slots=Slots.exactly(0)
    )
    assert with_none.predicted_s == pytest.approx(0.012)  # of 8, 12 and 12


@pytest.mark.parametrize("slots", [0, 1, 2])
def test_the_element_before_the_clock_is_trained_on_while_the_next_loads(
    monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    it = compared(
        monkeypatch, load=[[9, 1]] * 3, train=[[5, 5]] * 3, measured=[9] * 3,
        slots=Slots.exactly(slots),
    )  # fmt: skip
    steps_ms = {0: [14, 6], 1: [9, 5], 2: [9, 5]}[slots]  # the first one counts: 9, behind 5
    assert it.predicted_s == pytest.approx(sum(steps_ms) / 2e3)


def test_a_buffer_that_tensorflow_sizes_is_predicted_from_one_slot_to_any_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = compared(
        monkeypatch, load=[BURSTS] * 3, train=[8, 8, 8], measured=[9, 9, 9],
        slots=CHOSEN_AT_RUN_TIME,
    )  # fmt: skip
    ends = [replayed_s(BURSTS, slots) for slots in (theory.UNBOUNDED, 1)]
    assert it.predicted_range_s == tuple(ends)
    assert ends[0] < it.predicted_s < ends[1]


def test_the_cores_limit_a_step_by_what_they_do_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cores do two threads of 10 ms at once; two siblings worth 1.3 need 15.4 ms for them."""
    expected = {None: ("loading", 0.011), 1.3: ("cores", 0.020 / 1.3)}
    for worth, (set_by, limit_s) in expected.items():
        it = compared(
            monkeypatch, load=[11, 11, 11], train=[10, 10, 10], measured=[16, 16, 16],
            cores=Cores(2, worth), cpu_ms=(10, 10, 31),
        )  # fmt: skip
        assert it.limit_set_by == set_by
        assert it.limit_s == pytest.approx(limit_s)
        assert it.predicted_s == pytest.approx(limit_s)


def test_work_that_filled_two_siblings_alone_is_no_limit_above_its_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = compared(
        monkeypatch, load=[1, 1, 1], train=[10, 10, 10], measured=[11, 11, 11],
        cores=Cores(2, 1.3), cpu_ms=(0, 20, 20),
    )  # fmt: skip
    assert it.limit_s == pytest.approx(0.010)


def test_the_work_of_the_variant_counts_where_a_run_alone_needed_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone, itself = (20, 20, 40), (20, 20, 30)
    for cpu_ms, limit_s in ((alone, 0.020), (itself, 0.015)):
        it = compared(
            monkeypatch, load=[10, 10, 10], train=[10, 10, 10], measured=[22, 22, 22], cpu_ms=cpu_ms
        )
        assert (it.limit_set_by, round(it.limit_s, 9)) == ("cores", limit_s)


def test_the_work_of_a_step_is_that_of_the_variants_median_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for worth, work_s in ((None, 0.016), (1.3, 0.012 + 0.3 * 0.004)):
        it = compared(
            monkeypatch, load=[10] * 3, train=[10] * 3, measured=[12] * 3,
            cores=Cores(2, worth), cpu_ms=(10, 10, [22, 16, 2]),
        )  # fmt: skip
        # For 4 of the 12 ms there was work on both cores; two siblings did 1.3 cores' work then.
        assert it.work_s == pytest.approx(work_s)
        assert it.to_dict()["work_s"] == it.work_s


def rested(wait_ms: float, train_ms: float) -> list[StepTimes]:
    """Three runs of steps that each begin after a wait."""
    run = StepTimes(np.full(10, (wait_ms + train_ms) / 1e3), 0.0, wait_ms / 1e3)
    return [run] * 3


@pytest.mark.parametrize(
    ("slots", "computes", "step_ms"), [(0, True, 37), (0, False, 35), (1, True, 30)]
)
def test_a_loop_that_waits_is_predicted_from_a_rested_train_step(
    monkeypatch: pytest.MonkeyPatch, slots: int, computes: bool, step_ms: float
) -> None:
    planted = {
        "load alone (it)": runs_of([30, 30, 30], 0.0),
        "train alone (eager)": runs_of([5, 5, 5], 0.0),
        "rested train alone (eager after it)": rested(wait_ms=30, train_ms=7),
        "it": runs_of([40, 40, 40], 0.0),
    }

    def interleaved(runs: Mapping[object, object], **_: object) -> object:
        assert ("rested" in str(list(map(str, runs)))) is (computes and not slots)
        return {run: planted[str(run)] for run in runs}, PEACE

    monkeypatch.setattr(protocol, "interleave_in_peace", interleaved)
    (it,) = compare(
        [
            Variant(
                name="it", dataset=nothing, slots=Slots.exactly(slots), run_ahead=None, load="it"
            )
        ],
        loads={"it": nothing},
        trains={"eager": TrainAlone(nothing, print, computes=computes)},
        pace=Pace(steps=10, repeats=3),
        cores=TWO,
    )
    assert it.predicted_s == pytest.approx(step_ms / 1e3)


def test_a_train_step_rests_as_long_as_its_load_took() -> None:
    waited = []

    def step(_: object) -> None:
        waited.append(time.monotonic())

    serial = Variant(
        name="serial",
        dataset=lambda: slow_source(8, 0.03),
        slots=Slots.exactly(0),
        run_ahead=None,
        load="far",
    )
    compare(
        [serial],
        loads={"far": lambda: slow_source(8, 0.03)},
        trains={"eager": TrainAlone(lambda: tf.data.Dataset.range(8), step, computes=True)},
        pace=Pace(steps=6, repeats=1, again=False),
        cores=TWO,
    )
    # The runs that train: alone, rested and serial; one step of each is not timed.
    assert len(waited) == (1 + 6) + (1 + 3) + (1 + 6)
    assert all(after - before >= 0.03 for before, after in pairwise(waited[7:11]))


def test_as_json_a_result_has_all_that_it_holds_and_what_follows_from_it() -> None:
    row = Result(
        "a", (0.02,), (0.02, 0.02), (0.01,), "cores", (1, 2), {"tensorflow": "2"}
    ).to_dict()
    follows = {"measured_s", "predicted_s", "limit_s", "efficiency", "at_limit"}
    assert set(row) == {field.name for field in fields(Result)} | follows
    assert (row["limit_set_by"], row["limit_s"], row["efficiency"]) == ("cores", 0.01, 0.5)


def test_results_are_labelled_with_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    it = compared(
        monkeypatch, load=[10] * 3, train=[10] * 3, measured=[11] * 3, cores=Cores(2, 1.83)
    )
    assert it.peace == PEACE
    assert it.versions["cores_together"] == "1.83"
    assert it.to_dict()["peace"]["quiet"] is True


@pytest.mark.parametrize(
    ("cpu_s", "computes"), [(0.0, 0.0), (0.001, 0.1), (0.010, 1.0), (0.020, 1.0)]
)
def test_a_run_tells_the_share_of_its_time_in_which_it_computes(
    cpu_s: float, computes: float
) -> None:
    assert StepTimes(np.array([0.009, 0.011]), cpu_s, 0.0).computes == pytest.approx(computes)


# --- several train steps -------------------------------------------------------------------------

Ran = list[tuple[str, str, str]]
STEPS_MS = {"none": 8, "quick": 2, "slow": 12}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Each run that is made: of what, with which step, in which loop; its times are planted."""
    noted: Ran = []

    def run_steps(of: str, step: str = "none", *, steps: int, loop: str = "eager") -> StepTimes:
        noted.append((of, step, loop))
        return StepTimes(np.full(steps, STEPS_MS[step] / 1e3), 0.0, 0.0)

    monkeypatch.setattr(protocol, "run_steps", run_steps)
    return noted


def fed(name: str, **options: Any) -> Variant:
    made: Any = lambda: name  # noqa: E731 - a name stands for a pipeline
    return Variant(name=name, dataset=made, slots=ONE, run_ahead=None, load="it", **options)


def alone(step: Any, **options: Any) -> TrainAlone:
    ready: Any = lambda: "a batch"  # noqa: E731
    return TrainAlone(ready, step, **options)


def compared_once(*variants: Variant, progress: Any = None, **trains: TrainAlone) -> list[Result]:
    load: Any = lambda: "a load"  # noqa: E731
    pace = Pace(steps=10, repeats=1, again=False)
    loads, cores = {"it": load}, Cores(allowed=2)
    return list(
        compare(variants, loads=loads, trains=trains, pace=pace, cores=cores, progress=progress)
    )


def test_a_variant_is_run_and_predicted_with_the_train_step_that_it_names(ran: Ran) -> None:
    plain, named = compared_once(
        fed("plain"), fed("named", train="other"), eager=alone("quick"), other=alone("slow")
    )
    assert ran == [
        ("a load", "none", "eager"),
        ("a batch", "quick", "eager"),
        ("a batch", "slow", "eager"),
        ("plain", "quick", "eager"),
        ("named", "slow", "eager"),
    ]
    assert [plain.predicted_s, plain.limit_s] == pytest.approx([0.008, 0.008])
    assert [named.predicted_s, named.limit_s] == pytest.approx([0.012, 0.012])
    assert [plain.limit_set_by, named.limit_set_by] == ["loading", "training"]


def test_a_variant_that_names_none_has_the_train_step_of_its_loop(ran: Ran) -> None:
    eager, graph = compared_once(
        fed("in eager"), fed("in a graph", loop="graph"),
        eager=alone("quick"), graph=alone("slow", loop="graph"),
    )  # fmt: skip
    assert ran == [
        ("a load", "none", "eager"),
        ("a batch", "quick", "eager"),
        ("a batch", "slow", "graph"),
        ("in eager", "quick", "eager"),
        ("in a graph", "slow", "graph"),
    ]
    assert [eager.limit_set_by, graph.limit_set_by] == ["loading", "training"]


def test_a_train_step_alone_runs_in_its_own_loop_whatever_it_is_called(ran: Ran) -> None:
    compared_once(fed("it", loop="graph", train="eager"), eager=alone("slow"))
    compared_once(fed("it", train="graph"), graph=alone("slow", loop="graph"))
    loops = [(of, loop) for of, _, loop in ran if of != "a load"]
    assert loops == [("a batch", "eager"), ("it", "graph"), ("a batch", "graph"), ("it", "eager")]


def test_progress_tells_load_train_and_variant_apart(ran: Ran) -> None:
    told: list[str] = []
    compared_once(
        fed("it", train="other"), other=alone("slow"), progress=lambda what, *_: told.append(what)
    )
    assert told == ["load alone (it)", "train alone (other)", "it"]
    assert len(ran) == 3
