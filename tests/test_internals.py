"""The experiments of chapter 6: hand-overs, pairs of sides, a device of its own."""

import importlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from prefetchlab import experiments, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import Experiment, HandOver, Pace, Sides
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.protocol import Variant, _limit
from prefetchlab.experiments.sides import KINDS, OPS, PYTHON, WAITS
from prefetchlab.figures.drawing import LANE_COLOURS
from prefetchlab.measure import Peace, Result, StepTimes
from prefetchlab.timeline import Recorder
from prefetchlab.workloads import (
    Device,
    MatmulDevice,
    OpsWork,
    PythonWork,
    SimulatedDevice,
    device,
)
from tests.small_datasets import numbers, plus_one

pytestmark = pytest.mark.long

sides_module = importlib.import_module("prefetchlab.experiments.sides")
TINY = Pace(steps=4, repeats=1, again=False)
PEACE = Peace(work_ratio=1.0, felt_ratio=1.0, others_share=0.0, rounds=2, disturbed=0)


def printed(outcome: object) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(outcome)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# --- hand-overs ----------------------------------------------------------------------------------


def made_up() -> HandOver:
    times: dict[str | int, tuple[float, ...]] = {
        "decode": (20e-6, 30e-6), "encode": (10e-6, 10e-6),
        0: (40e-6, 50e-6), 1: (90e-6,), 64: (30e-6,),
    }  # fmt: skip
    return HandOver({(4, what): rounds for what, rounds in times.items()}, {}, PEACE)


def test_a_hand_over_is_held_against_two_stages_that_hand_over_for_nothing() -> None:
    found = made_up()
    assert found.element_s(4, "decode") == pytest.approx(25e-6)
    assert [found.ideal_s(4, slots) for slots in (0, 1, 64)] == pytest.approx([35e-6, 25e-6, 25e-6])
    assert [found.gain(4, slots) for slots in (0, 1, 64)] == pytest.approx([1.0, 0.5, 1.5])


def test_a_hand_over_is_limited_by_its_slower_stage_and_predicted_by_slots() -> None:
    rows = made_up().to_dict()
    assert [row["limit_s"] for row in rows] == pytest.approx([25e-6] * 3)
    assert [row["predicted_s"] for row in rows] == pytest.approx([35e-6, 25e-6, 25e-6])


def test_the_table_of_hand_overs_shows_microseconds_and_gains() -> None:
    for shown in (repr(made_up()), made_up()._repr_html_(), printed(made_up())):
        assert all(
            text in shown for text in ("4 × 4 pixels", "25", "90", "0.50 ×", "1.50 ×", "no slot")
        )
    assert "4 × 4 pixels: 25 (20–30), 10 (10–10), 45 (1.00 ×), 90 (0.50 ×), 30 (1.50 ×)" in repr(
        made_up()
    )


def test_what_was_not_measured_of_hand_overs_is_an_error() -> None:
    with pytest.raises(InputError, match="'dcode' for an element of size 4 was not measured"):
        made_up().element_s(4, "dcode")


def test_a_measured_hand_over_has_a_row_for_each_picture_and_number_of_slots() -> None:
    rows = experiments.hand_over(TINY, edges=[4, 16]).to_dict()
    assert [row["name"] for row in rows] == [
        f"{edge} × {edge} pixels, prefetch({slots})" for edge in (4, 16) for slots in (0, 1, 64)
    ]
    assert all(row["measured_s"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("edges", "said"),
    [([], "edges: it is empty"), ([0], "edges: 0 is too small"), ([4.5], "edges: 4.5")],
)
def test_edges_that_are_none_are_refused(edges: list[int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        experiments.hand_over(TINY, edges=edges)


# --- pairs of sides ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pairs() -> Sides:
    return experiments.sides(0.002, TINY)


def test_there_is_a_result_for_each_pair_with_a_slot_and_without(pairs: Sides) -> None:
    assert [result.name for result in pairs.results] == [
        f"loading {load}, training {train}, prefetch({slots})"
        for load in KINDS for train in KINDS for slots in (0, 1)
    ]  # fmt: skip
    assert [result.run_ahead for result in pairs.results] == [(1, 2, 3), (2, 3, 4)] * 9


def test_only_two_sides_in_python_share_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Variant] = []

    def note(variants: list[Variant], **_: object) -> tuple[Result, ...]:
        compared.extend(variants)
        return ()

    monkeypatch.setattr(sides_module, "compare", note)
    experiments.sides(0.0, TINY)
    locked = [variant.name for variant in compared if variant.cores]
    pair = f"loading {PYTHON}, training {PYTHON}"
    assert locked == [f"{pair}, prefetch(0)", f"{pair}, prefetch(1)"]


def test_the_table_of_sides_shows_each_gain_and_its_prediction(pairs: Sides) -> None:
    for shown in (repr(pairs), pairs._repr_html_(), printed(pairs)):
        assert all(kind in shown for kind in KINDS)
        assert f"{pairs.gain(OPS, WAITS):.2f} ×" in shown
        assert f"{pairs.predicted_gain(OPS, WAITS):.2f}" in shown


@pytest.mark.parametrize(
    ("shared", "set_by"), [(Cores.under_the_lock(), "Python's lock"), (Cores(8), "training")]
)
def test_a_limit_is_named_after_what_the_sides_of_a_variant_share(
    shared: Cores, set_by: str
) -> None:
    load, train = (StepTimes(np.array([each]), cpu_s=each, wait_s=0.0) for each in (0.01, 0.02))
    both = StepTimes(np.array([0.03]), cpu_s=0.03, wait_s=0.0)
    assert _limit([load], [train], [both], [0.03], shared)[1] == set_by


@pytest.mark.parametrize("kind", [OpsWork, PythonWork])
def test_work_gives_its_numbers_and_grows_with_the_time_that_is_asked_for(
    kind: type[OpsWork] | type[PythonWork],
) -> None:
    short, long = kind.lasting(0.0), kind.lasting(0.02)
    assert [int(number) for number in short.source(3)] == [0, 1, 2]
    size = (lambda work: len(work.jpeg)) if kind is OpsWork else (lambda work: work.turns)
    assert size(long) > 2 * size(short)


def test_the_work_of_an_operation_is_done_for_each_element() -> None:
    source = OpsWork.lasting(0.0).source(5)
    seen = graph.profile(lambda: list(graph.as_written(source)))
    assert sum(len(seen.lane(lane)) for lane in seen.lanes if "DecodeJpeg" in lane) >= 5


# --- a device of its own -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated() -> Experiment:
    return experiments.device(0.004, 0.004, TINY, copy_s=0.002)


def test_the_five_ways_to_a_simulated_device_have_their_counts(simulated: Experiment) -> None:
    assert {result.name: result.run_ahead for result in simulated.results} == {
        "serial": (1, 2, 3),
        "prefetch(1)": (2, 3, 4),
        "1 slot on the device": (2, 3, 4),
        "prefetch(1), 1 slot on the device": (3, 4, 5),
        "steps queued, no prefetch": (1, 2, 3),
    }
    assert "simulated" in simulated.title


Overlaps = tuple[bool, bool]


@pytest.mark.parametrize(
    ("name", "load_and_train", "copy_and_train"),
    [
        ("serial", False, False),
        ("prefetch(1)", True, False),
        ("prefetch(1), 1 slot on the device", True, True),
        ("1 slot on the device", True, True),
        ("steps queued, no prefetch", True, True),
    ],
)
def test_what_goes_on_at_once_is_recorded(
    name: str, load_and_train: bool, copy_and_train: bool
) -> None:
    # A step is a little longer than load and copy together, so that both lie beside it.
    lanes = experiments.device(0.004, 0.008, TINY, copy_s=0.002).timelines[name]
    assert (lanes.overlap_s("load", "train") > 0) == load_and_train
    assert (lanes.overlap_s("copy", "train") > 0) == copy_and_train


def test_a_copy_has_the_number_of_the_batch_that_is_trained_on_then(simulated: Experiment) -> None:
    lanes = simulated.timelines["serial"]
    copied, trained = ([event.index for event in lanes.lane(lane)] for lane in ("copy", "train"))
    assert copied == trained == [3, 4, 5, 6]


def test_the_picture_of_a_device_has_a_lane_for_copies(simulated: Experiment) -> None:
    drawing = simulated.timeline_figure()
    for axes in drawing.figure.axes:
        assert [label.get_text() for label in axes.get_yticklabels()] == ["train", "copy", "load"]
    assert "copies take" in drawing.alt
    assert LANE_COLOURS["copy"] in drawing.svg()


def test_a_device_that_tensorflow_sees_is_used_and_named() -> None:
    found = experiments.device(0.002, 0.002, TINY, on="CPU:0")
    assert "products of matrices on CPU:0" in found.title and "simulated" not in found.title
    assert len(found.results) == 5 and found.timelines == {}


@pytest.mark.parametrize("where", ["CPU", "GPU:0"])
def test_a_gpu_that_tensorflow_sees_takes_the_place_of_the_simulated_device(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def lasting(name: str, train_s: float, batch: object) -> MatmulDevice:
        asked.append(name)
        return MatmulDevice("CPU:0")

    monkeypatch.setattr("prefetchlab.workloads.device", lambda: where)
    monkeypatch.setattr(MatmulDevice, "lasting", lasting)
    experiments.device(0.0, 0.001, TINY)
    assert asked == ([] if where == "CPU" else ["GPU:0"])


DEVICES: list[Callable[[], Device]] = [
    lambda: SimulatedDevice(0.001, 0.001),
    lambda: MatmulDevice("CPU:0", products=2),
]


@pytest.mark.parametrize("make", DEVICES)
def test_a_device_gives_back_what_was_copied_and_ends_what_was_queued(
    make: Callable[[], Device],
) -> None:
    one, batch = make(), tf.ones([2, 1024])
    there = one.copy(batch)
    assert np.array_equal(there, batch)
    one.queue(there)
    one.synchronise()
    one.train(there)


def test_a_simulated_device_queues_steps_one_behind_the_other() -> None:
    recorder = Recorder()
    one = SimulatedDevice(0.5, 0.0, recorder)
    start = time.perf_counter()
    for batch in range(3):
        one.queue(batch)
    assert time.perf_counter() - start < 1.0  # it has not waited for three steps of 0.5 s
    ends = [event.end_s for event in recorder.timeline().lane("train")]
    assert np.diff(ends) == pytest.approx([0.5, 0.5])


def test_a_device_that_tensorflow_does_not_see_is_named_and_not_replaced() -> None:
    with pytest.raises(InputError, match="on: TensorFlow sees no 'GPU:9'; it sees CPU:0"):
        experiments.device(0.001, 0.001, TINY, on="GPU:9")


def test_times_of_a_device_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="copy_s"):
        experiments.device(0.001, 0.001, TINY, copy_s=-1.0)
    assert device() in ("CPU", "GPU:0")


# --- by stage ------------------------------------------------------------------------------------


def test_a_profile_by_stage_has_a_lane_for_each_stage_and_for_training() -> None:
    dataset = graph.as_written(numbers().map(plus_one).batch(2).prefetch(1))
    seen = experiments.by_stage(dataset, lambda batch: None)
    stages = ["Prefetch::BatchV2", "Prefetch::BatchV2::Map", "Prefetch::BatchV2::Map::Range"]
    assert set(seen.lanes) == {"Prefetch", *stages, "train"}
    assert len(seen.lane("train")) == 5
    assert min(event.start_s for event in seen.events) == 0


def test_loads_that_have_no_times_to_train_are_named() -> None:
    with pytest.raises(InputError, match="train_s: there are no times for 'b'"):
        experiments.buffer({"a": [0.0], "b": [0.0]}, {"a": [0.0]}, TINY)


def test_a_sweep_may_train_each_load_with_times_of_its_own(tmp_path: Path) -> None:
    loads = {"even": [0.001] * 5, "uneven": [0.0, 0.002, 0.0, 0.002, 0.001]}
    found = experiments.buffer(loads, loads, TINY, slots=(0, 1), record=True)
    assert len(found.results) == 4
    assert list(found.timelines) == [result.name for result in found.results]
    assert list(found.only("uneven").timelines) == ["uneven, prefetch(0)", "uneven, prefetch(1)"]
