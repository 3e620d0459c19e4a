"""Experiments: exact counts beside times; tables and JSON that say what they are."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from prefetchlab import experiments
from prefetchlab.errors import InputError
from prefetchlab.experiments import Experiment, Pace
from prefetchlab.workloads import make_shards, open_images

TINY = Pace(steps=4, repeats=2)


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
        "nothing written": (2, 3, 4),
        "graph loop": (1, 2, 3),
        "graph loop, prefetch(1)": (2, 3, 4),
    }


def test_a_recorded_serial_loop_never_loads_while_it_trains(waits: Experiment) -> None:
    assert waits.timelines["serial"].overlap_s("load", "train") == 0


def test_a_recorded_loop_with_a_slot_loads_while_it_trains(waits: Experiment) -> None:
    assert waits.timelines["prefetch(1)"].overlap_s("load", "train") > 0


def test_a_timeline_has_whole_steps_only(waits: Experiment) -> None:
    assert [event.index for event in waits.timelines["serial"].lane("train")] == [3, 4, 5, 6]


def test_in_stall_only_the_baseline_with_rewrites_off_is_serial() -> None:
    stall = experiments.stall(0.004, 0.004, TINY)
    serial = [result.name for result in stall.results if result.run_ahead == (2, 4, 6)]
    assert serial == ["serial"]


def test_speedups_are_measured_for_every_load_in_its_order() -> None:
    gains = experiments.speedups([0.001, 0.002], 0.001, Pace(steps=3, repeats=1))
    assert gains.loads_s == (0.001, 0.002)
    assert len(gains.measured) == 2
    assert gains.figure().alt.startswith("Loading 1 ms, training 1 ms: measured")


def test_every_result_is_measured_as_often_as_asked_and_labelled(
    waits: Experiment, on_images: Experiment
) -> None:
    for result in (*waits.results, *on_images.results):
        assert len(result.repeats_s) == TINY.repeats
        assert {"tensorflow", "device", "cores"} <= set(result.versions)
        assert min(result.predicted_s, result.limit_s) > 0


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
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(waits)
    shown = console.export_text()
    for name in (*(result.name for result in waits.results), *waits.timelines):
        assert name in shown


def test_an_unknown_experiment_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="nonsense: no experiment has this name; there are stall"):
        experiments.run("nonsense")
