"""Experiments: exact counts beside times; tables and JSON that say what they are."""

import importlib
import io
import json
import math
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from prefetchlab import experiments
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import Experiment, Pace
from prefetchlab.measure import Calibration, Peace, Result, interleave_in_peace, run_steps
from prefetchlab.workloads import make_shards, open_images

pytestmark = pytest.mark.long

TINY = Pace(steps=4, repeats=2)
stall_module = importlib.import_module("prefetchlab.experiments.stall")  # not the function
READ = {"read": tf.data.Dataset.range(64).batch(32)}


@pytest.fixture(scope="module")
def waits() -> Experiment:
    return experiments.overlap(0.004, 0.004, TINY)


@pytest.fixture(scope="module")
def on_images(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    folder = tmp_path_factory.mktemp("drawn") / "images"
    make_shards(folder, count=64, size=48, shards=2)
    return experiments.overlap_on_images(open_images(folder), TINY)


def test_every_variant_of_overlap_has_its_exact_count(waits: Experiment) -> None:
    assert {result.name: result.run_ahead for result in waits.results} == {
        "serial": (1, 2, 3),
        "prefetch(1)": (2, 3, 4),
        "default": (2, 3, 4),
        "graph loop": (1, 2, 3),
        "graph loop, prefetch(1)": (2, 3, 4),
    }


def test_a_recorded_serial_loop_never_loads_while_it_trains(waits: Experiment) -> None:
    assert waits.timelines["serial"].overlap_s("load", "train") == 0


def test_a_recorded_loop_with_a_slot_loads_while_it_trains(waits: Experiment) -> None:
    assert waits.timelines["prefetch(1)"].overlap_s("load", "train") > 0


def test_a_timeline_has_whole_steps_only(waits: Experiment) -> None:
    assert [event.index for event in waits.timelines["serial"].lane("train")] == [3, 4, 5, 6]


def test_the_picture_of_a_timeline_says_on_what_it_was_measured(waits: Experiment) -> None:
    for drawing in (waits.timeline_figure(), experiments.draw_all([waits])):
        assert drawing.note.startswith("Measured on ") and "TensorFlow 2" in drawing.note


def test_a_time_that_this_machine_cannot_reach_is_told() -> None:
    for experiment in (experiments.overlap, experiments.stall):
        assert "Asked for 0 ms of loading, it took " in experiment(0.0, 0.004, TINY).note


def _on_few_images(folder: Path, pace: Pace) -> object:
    make_shards(folder / "images", count=64, size=16, shards=2)
    return experiments.delays_on_images(open_images(folder / "images"), pace)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize(
    ("where", "experiment"),
    [
        ("experiments.protocol", lambda _, pace: experiments.overlap(0.0, 0.0, pace)),
        ("experiments.speedups", lambda _, pace: experiments.speedups([0.0], 0.0, pace)),
        ("measure.three_times", _on_few_images),
        ("measure.prefixes", lambda _, pace: experiments.pipeline(READ, pace, title="numbers")),
    ],
)
def test_whether_a_disturbed_round_is_measured_again_is_said_by_the_pace(
    where: str,
    experiment: Callable[[Path, Pace], object],
    again: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def interleave(*arguments: Any, again: bool, **options: Any) -> Any:
        asked.append(again)
        return interleave_in_peace(*arguments, again=False, **options)

    module = sys.modules[f"prefetchlab.{where}"]  # a function may have the module's name
    monkeypatch.setattr(module, "interleave_in_peace", interleave)
    experiment(tmp_path, Pace(steps=2, repeats=1, again=again))
    assert set(asked) == {again}


def test_four_steps_are_timed_where_one_round_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = []

    def noted(*arguments: Any, steps: int, **options: Any) -> Any:
        timed.append(steps)
        return run_steps(*arguments, steps=steps, **options)

    monkeypatch.setattr("prefetchlab.experiments.protocol.run_steps", noted)
    for one_round, most in (("", 12), ("1", 4)):
        monkeypatch.setenv("PREFETCHLAB_ONE_ROUND", one_round)
        timed.clear()
        experiments.epochs(0.0, 0.0, Pace(steps=12, repeats=1, again=False))
        assert max(timed) == most


def test_a_quick_run_measures_nothing_again_and_a_full_one_does() -> None:
    assert (experiments.QUICK.again, experiments.FULL.again) == (False, True)


def test_in_stall_only_the_baseline_with_rewrites_off_is_serial() -> None:
    stall = experiments.stall(0.004, 0.004, TINY)
    serial = [result.name for result in stall.results if result.run_ahead == (2, 4, 6)]
    assert serial == ["serial"]


def test_stall_waits_as_the_calibration_found_and_not_as_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits = []

    def variant(name: str, write: object, wait_s: float, count: int) -> object:
        waits.append(wait_s)
        raise InterruptedError

    found = Calibration(wait_s=0.024, step_s=0.03, target_s=0.03)
    monkeypatch.setattr(stall_module, "_calibrated", lambda load_s, steps: found)
    monkeypatch.setattr(stall_module, "calibrate_accelerator", lambda train_s, steps: found)
    monkeypatch.setattr(stall_module, "_variant", variant)
    with pytest.raises(InterruptedError):
        experiments.stall(0.03, 0.03, TINY)
    assert waits == [0.024 / stall_module.BATCH]


def test_speedups_are_measured_for_every_load_in_its_order() -> None:
    gains = experiments.speedups([0.001, 0.002], 0.001, Pace(steps=3, repeats=1))
    assert gains.loads_s == (0.001, 0.002)
    assert len(gains.measured) == 2
    assert gains.figure().alt.count("measured") == 2
    assert str(gains.peace) in gains.figure().note
    assert "TensorFlow 2" in gains.figure().note


def test_two_loads_of_one_length_are_measured_apart() -> None:
    gains = experiments.speedups([0.001, 0.001], 0.001, Pace(steps=2, repeats=1)).gains
    assert len(set(gains)) == 2


def test_every_result_is_measured_as_often_as_asked_and_labelled(
    waits: Experiment, on_images: Experiment
) -> None:
    for result in (*waits.results, *on_images.results):
        assert len(result.repeats_s) == TINY.repeats
        assert {"tensorflow", "device", "cores"} <= set(result.versions)
        assert len(result.limit_repeats_s) == TINY.repeats
        assert min(result.predicted_s, result.limit_s) > 0
        assert result.peace is not None
        assert TINY.repeats <= result.peace.rounds <= 2 * TINY.repeats


def test_what_the_cores_do_together_is_told_where_something_computes(
    waits: Experiment, on_images: Experiment
) -> None:
    assert "cores_together" not in waits.results[0].versions
    together = float(on_images.results[0].versions["cores_together"])
    assert f"together they do {together:.2f} times the work of one" in on_images.note


def test_only_what_is_simulated_says_so(waits: Experiment, on_images: Experiment) -> None:
    assert "simulated" in waits.title
    assert "simulated" not in on_images.title
    assert "Keras training on" in on_images.title


def test_a_recording_on_images_shows_loads_and_steps(on_images: Experiment) -> None:
    for timeline in on_images.timelines.values():
        assert timeline.lanes and set(timeline.lanes) == {"load", "train"}
        assert timeline.overlap_s("load", "load") == timeline.busy_s("load")
    assert on_images.timelines["serial"].overlap_s("load", "train") == 0


def test_results_become_json_with_the_keys_of_the_contract(waits: Experiment) -> None:
    (first, *_) = json.loads(json.dumps(waits.to_dict()))
    contract = {
        "name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"
    }  # fmt: skip
    assert contract <= set(first)
    assert first["efficiency"] == first["limit_s"] / first["measured_s"]


def test_a_part_of_an_experiment_keeps_the_order_asked_for(waits: Experiment) -> None:
    part = waits.only("graph loop", "serial")
    assert [result.name for result in part.results] == ["graph loop", "serial"]


def test_json_tells_ranges_and_peace(waits: Experiment) -> None:
    rows = {row["name"]: row for row in json.loads(json.dumps(waits.to_dict()))}
    least_s, most_s = rows["default"]["predicted_range_s"]
    assert least_s <= rows["default"]["predicted_s"] <= most_s
    assert rows["serial"]["predicted_range_s"] == [rows["serial"]["predicted_s"]] * 2
    assert {"quiet", "work_ratio", "others_share"} <= set(rows["serial"]["peace"])


PEACE = Peace(work_ratio=1.34, felt_ratio=1.34, others_share=0.26, rounds=4, disturbed=2)


def test_a_table_that_was_not_measured_in_peace_says_so_everywhere_and_unfolded(
    waits: Experiment,
) -> None:
    results = tuple(replace(result, peace=PEACE) for result in waits.results)
    disturbed = replace(waits, results=results)
    unfolded = re.sub(r"<details>.*?</details>", "", disturbed._repr_html_())
    for shown in (repr(disturbed), unfolded, printed(disturbed)):
        told = " ".join(shown.split())
        assert "Not measured in peace: a fixed piece of work, repeated between the runs" in told
        assert "varied by 34%, and so may these times" in told
        assert "other programs took up to 26% of the cores" in told


def printed(experiment: Experiment) -> str:
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(experiment)
    return console.export_text()


def test_a_cell_shows_the_middle_and_below_it_how_far_the_rounds_reach(waits: Experiment) -> None:
    one = Result("x", (0.010, 0.012, 0.011), (0.010, 0.0104), (0.009,), "cores", (1, 2), {})
    (row,) = re.findall(r"<tr>.*?</tr>", replace(waits, results=(one,))._repr_html_())[1:]
    assert re.findall(r"<td>(.*?)</td>", row) == [
        "11.0<br><small>10.0–12.0</small>",
        "10.2<br><small>10.0–10.4</small>",
        "9.0<br><small>cores</small>",
    ]


@pytest.mark.parametrize(
    ("step_s", "shown"), [(0.00012, "0.12"), (0.0123, "12.3"), (0.1234, "123")]
)
def test_a_page_shows_two_or_three_digits(waits: Experiment, step_s: float, shown: str) -> None:
    one = Result("x", (step_s,), (step_s, step_s), (step_s,), "cores", None, {})
    assert replace(waits, results=(one,))._repr_html_().count(f"<td>{shown}<") == 3


def test_a_limit_tells_its_reach_and_what_sets_it(waits: Experiment) -> None:
    one = Result("x", (0.010,), (0.010, 0.010), (0.009, 0.010), "training", None, {})
    shown = replace(waits, results=(one,))._repr_html_()
    assert "9.5<br><small>9.0–10.0</small><br><small>training</small>" in shown


def test_a_page_shows_four_columns_and_a_terminal_six(waits: Experiment) -> None:
    html = waits._repr_html_()
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == [
        "variant", "measured", "predicted", "limit"
    ]  # fmt: skip
    assert all(word in printed(waits) for word in ("efficiency", "run-ahead"))
    assert {"efficiency", "run_ahead"} <= set(waits.to_dict()[0])


def test_below_a_table_stands_what_to_read_the_machine_and_folded_the_rest(
    waits: Experiment,
) -> None:
    peace = replace(PEACE, disturbed=0)
    quiet = replace(waits, results=tuple(replace(each, peace=peace) for each in waits.results))
    (caption,) = re.findall(r"<caption>(.*?)</caption>", quiet._repr_html_())
    to_read, small_print, folded = re.split("<br><small>|</small><details>", caption)
    assert to_read.endswith("the nearer measured is to its limit, the less is left to gain.")
    versions = waits.results[0].versions
    for told in (f"TensorFlow {versions['tensorflow']}", versions["device"]):
        assert told in small_print and told not in to_read + folded
    for told in ("Medians of the rounds", "Measured in peace"):
        assert told in folded and told not in to_read + small_print
    assert "Measured on" in " ".join(printed(waits).split())


def test_a_missing_variant_is_named_with_those_there_are(waits: Experiment) -> None:
    for ask in (waits.result, waits.only, waits.measured_s):
        with pytest.raises(InputError, match="typo: no variant has this name; there are serial, "):
            ask("typo")
    with pytest.raises(InputError, match="typo: no variant"):
        waits.only("serial", "typo")


def test_a_notebook_escapes_names_and_titles(waits: Experiment) -> None:
    odd = replace(waits.results[0], name="<b>", limit_set_by="a & b")
    shown = replace(waits, title="L < T", note="1 > 0", results=(odd,))._repr_html_()
    assert "<b>" not in shown
    for text in ("&lt;b&gt;", "a &amp; b", "L &lt; T", "1 &gt; 0"):
        assert text in shown


def test_a_notebook_shows_every_variant(waits: Experiment) -> None:
    assert waits._repr_html_().count("<tr>") == len(waits.results) + 1


def test_a_terminal_shows_every_variant_and_both_timelines(waits: Experiment) -> None:
    shown = printed(waits)
    for name in (*(result.name for result in waits.results), *waits.timelines):
        assert name in shown


def test_an_unknown_experiment_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="nonsense: no experiment has this name; there are pipe"):
        experiments.run("nonsense")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0, 1), "steps: 0 is too small; give at least 2"),
        ((1, 1), "steps: 1 is too small; give at least 2"),
        ((2, 0), "repeats: 0 is too small; give at least 1"),
        ((-3, 1), "steps: -3 is too small"),
        ((2.5, 1), "steps: 2.5 is not a whole number"),
        ((4, True), "repeats: True is not a whole number"),
    ],
)
def test_a_pace_that_measures_nothing_is_refused(numbers: tuple[int, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Pace(*numbers)


@pytest.mark.parametrize(
    ("experiment", "load", "train", "said"),
    [
        (experiments.overlap, [], 0.01, "load_s: there is no time in it"),
        (experiments.overlap, -0.01, 0.01, "load_s: -0.01 is no time"),
        (experiments.overlap, [0.01, math.nan], 0.01, "load_s: nan is no time"),
        (experiments.overlap, 0.01, math.inf, "train_s: inf is no time"),
        (experiments.overlap, 0.01, "1", "train_s: '1' is no time"),
        (experiments.stall, -0.01, 0.01, "load_s: -0.01 is no time"),
        (experiments.stall, 0.01, math.nan, "train_s: nan is no time"),
        (experiments.stall, [0.01], 0.01, r"load_s: \[0.01\] is no time"),
        (experiments.speedups, [], 0.01, "loads_s: there is no time in it"),
        (experiments.speedups, [0.01, -1], 0.01, "loads_s: -1.0 is no time"),
        (experiments.speedups, [0.01], math.nan, "train_s: nan is no time"),
    ],
)
def test_a_time_that_is_none_is_refused_before_anything_runs(
    experiment: Callable[..., object], load: object, train: object, said: str
) -> None:
    told: list[object] = []
    with pytest.raises(InputError, match=said) as refused:
        experiment(load, train, TINY, progress=lambda *tell: told.append(tell))
    assert len(str(refused.value).splitlines()) == 1
    assert told == []
