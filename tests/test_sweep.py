"""Sweeps over sizes of the buffer: exact counts beside times, and what they take of memory."""

import io
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from prefetchlab import experiments, measure
from prefetchlab.errors import InputError
from prefetchlab.experiments import Memory, Pace, Sweep
from prefetchlab.measure import Maker, Peace, Resident, Result
from prefetchlab.workloads import make_shards, open_images

pytestmark = pytest.mark.long

TINY = Pace(steps=4, repeats=2)
SLOTS = (0, 1, 3)
CONTRACT = {
    "name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"
}  # fmt: skip


@pytest.fixture(scope="module")
def waits() -> Sweep:
    loads = {"even": [0.002], "a < b": [0.001, 0.003]}
    return experiments.buffer(loads, 0.002, TINY, slots=SLOTS)


@pytest.fixture(scope="module")
def on_images(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    folder = tmp_path_factory.mktemp("drawn") / "images"
    make_shards(folder, count=64, size=48, shards=2)
    return experiments.buffer_on_images(open_images(folder), TINY, slots=(0, 2, 0))


def printed(outcome: Sweep | Memory) -> str:
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(outcome)
    return console.export_text()


# --- the step ------------------------------------------------------------------------------------


def test_each_size_of_each_load_is_measured_and_runs_ahead_by_it(waits: Sweep) -> None:
    assert [(result.name, result.run_ahead) for result in waits.results] == [
        (f"{load}, prefetch({k})", (k + 1, k + 2, k + 3))
        for load in ("even", "a < b")
        for k in SLOTS
    ]
    assert (waits.loads, waits.slots) == (("even", "a < b"), SLOTS)


def test_every_result_is_measured_as_often_as_asked_and_labelled(
    waits: Sweep, on_images: Sweep
) -> None:
    for result in (*waits.results, *on_images.results):
        assert len(result.repeats_s) == len(result.limit_repeats_s) == TINY.repeats
        assert {"tensorflow", "device", "cores"} <= set(result.versions)
        assert min(result.predicted_s, result.limit_s) > 0
        assert result.peace is not None


def test_more_slots_are_never_predicted_to_be_slower(waits: Sweep) -> None:
    for load in waits.loads:
        predicted = [result.predicted_s for result in waits.of(load)]
        assert predicted == sorted(predicted, reverse=True)
        assert predicted[0] > predicted[1]  # without a slot nothing is hidden
        assert len({result.limit_repeats_s for result in waits.of(load)}) == 1


def test_only_what_is_simulated_says_so(waits: Sweep, on_images: Sweep) -> None:
    assert "simulated accelerator that waits 2 ms" in waits.title
    assert "simulated" not in on_images.title and "Keras training on" in on_images.title


def test_images_are_one_load_whose_files_cannot_count(on_images: Sweep) -> None:
    (load,) = on_images.loads
    assert load in on_images.title and on_images.slots == (0, 2)
    assert [result.name for result in on_images.results] == [
        f"{load}, prefetch({k})" for k in (0, 2)
    ]
    assert [result.run_ahead for result in on_images.results] == [None, None]
    assert "The limit is set by " in on_images.note or "Where the limit is" in on_images.note
    assert "together they do " in on_images.note


def test_a_time_that_this_machine_cannot_reach_is_told(waits: Sweep) -> None:
    none = experiments.buffer({"none": 0.0}, 0.002, TINY, slots=[0])  # type: ignore[dict-item]
    assert "Asked for 0 ms of loading, it took " in none.note
    assert none.note in repr(none) and none.note in none._repr_html_()


def test_a_size_that_is_asked_for_twice_is_measured_once() -> None:
    sweep = experiments.buffer({"x": [0.001]}, 0.001, Pace(steps=2, repeats=1), slots=[1, 0, 1])
    assert sweep.slots == (1, 0)
    assert [result.run_ahead for result in sweep.of("x")] == [(2, 3, 4), (1, 2, 3)]


def test_of_one_load_there_is_a_result_for_each_size_in_order(waits: Sweep) -> None:
    for load in waits.loads:
        assert [result.name for result in waits.of(load)] == [
            f"{load}, prefetch({k})" for k in SLOTS
        ]


def test_a_part_of_a_sweep_keeps_the_order_asked_for(waits: Sweep) -> None:
    part = waits.only("a < b", "even")
    assert part.loads == ("a < b", "even")
    for load in part.loads:
        assert part.of(load) == waits.of(load)
    assert waits.only("a < b").results == waits.of("a < b")
    assert (part.title, part.slots, part.note) == (waits.title, waits.slots, waits.note)


def test_a_missing_load_is_named_with_those_there_are(waits: Sweep) -> None:
    for ask in (waits.of, waits.only, lambda name: waits.only("even", name)):
        with pytest.raises(InputError, match=r"^typo: no load has this name; there are even"):
            ask("typo")


def test_results_become_json_with_the_keys_of_the_contract(waits: Sweep) -> None:
    rows = json.loads(json.dumps(waits.to_dict()))
    assert len(rows) == len(waits.results)
    for row, result in zip(rows, waits.results, strict=True):
        assert CONTRACT | {"experiment", "peace", "predicted_range_s"} <= set(row)
        assert row["experiment"] == waits.title
        assert row["efficiency"] == row["limit_s"] / row["measured_s"]
        assert (row["name"], row["run_ahead"]) == (result.name, list(result.run_ahead or ()))


def planted(waits: Sweep, *steps_s: Sequence[float], predicted_s: float = 0.010) -> Sweep:
    """The same sweep of one load, with these rounds for the sizes 0, 1, 3."""
    results = tuple(
        Result("x", tuple(rounds), (predicted_s, predicted_s), (0.008,), "loading", (1, 2, 3), {})
        for rounds in steps_s
    )
    return replace(waits, loads=("x",), results=results, note="Asked for more.")


def test_the_notes_tell_how_far_predictions_are_off_and_what_was_not_reached(waits: Sweep) -> None:
    sweep = planted(waits, [0.010], [0.0125], [0.008, 0.010, 0.009])
    assert sweep.errors == pytest.approx((0.0, 0.2, 1 / 9))
    told = "The 3 predictions are off by 11.1% in the median, and by 20.0% at most. Asked for more."
    for shown in (repr(sweep), sweep._repr_html_(), printed(sweep)):
        assert told in " ".join(shown.split())


def test_each_form_of_the_table_shows_each_step_and_below_it_the_prediction(waits: Sweep) -> None:
    sweep = planted(waits, [0.010], [0.0125], [0.008, 0.010, 0.009], predicted_s=0.0111)
    assert "x: 10.0 (11.1), 12.5 (11.1), 9.0 (11.1)" in repr(sweep).splitlines()
    (row,) = re.findall(r"<tr>.*?</tr>", sweep._repr_html_())[1:]
    below = "<br><small>11.1</small>"
    assert re.findall(r"<td>(.*?)</td>", row) == [f"10.0{below}", f"12.5{below}", f"9.0{below}"]
    lines = [line.split() for line in printed(sweep).splitlines()]
    assert any(re.findall(r"\d+\.\d", " ".join(line)) == ["10.0", "12.5", "9.0"] for line in lines)
    assert any(re.findall(r"\d+\.\d", " ".join(line)) == ["11.1"] * 3 for line in lines)


def test_a_page_has_a_column_for_each_size_and_a_row_for_each_load(waits: Sweep) -> None:
    html = waits._repr_html_()
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["loads", "0", "1", "3"]
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == ["even", "a &lt; b"]
    assert html.count("<td>") == len(waits.results)


def test_a_notebook_escapes_names_and_titles(waits: Sweep) -> None:
    odd = replace(waits, loads=("<b>", "x & y"), title="L < T", note="1 > 0")
    shown = odd._repr_html_()
    assert "<b>" not in shown
    for text in ("&lt;b&gt;", "x &amp; y", "L &lt; T", "1 &gt; 0"):
        assert text in shown


def test_a_terminal_shows_every_load_and_on_what_it_was_measured(waits: Sweep) -> None:
    shown = " ".join(printed(waits).split())
    for told in (*waits.loads, "simulated", "Measured on", "TensorFlow 2"):
        assert told in shown


def test_a_sweep_that_was_not_measured_in_peace_says_so_everywhere_and_unfolded(
    waits: Sweep,
) -> None:
    peace = Peace(work_ratio=1.34, felt_ratio=1.34, others_share=0.26, rounds=4, disturbed=2)
    disturbed = replace(waits, results=tuple(replace(each, peace=peace) for each in waits.results))
    unfolded = re.sub(r"<details>.*?</details>", "", disturbed._repr_html_())
    for shown in (repr(disturbed), unfolded, printed(disturbed)):
        assert "Not measured in peace: a fixed piece of work" in " ".join(shown.split())


def test_a_sweep_draws_itself_with_every_load(waits: Sweep) -> None:
    for drawing in (waits.figure(), experiments.draw_all([waits])):
        assert all(f"{load}: 0 slots" in drawing.alt for load in waits.loads)
        assert drawing.note.startswith("Measured on ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"loads": {}}, "loads: there is none; give at least one", id="no load"),
        pytest.param({"loads": {"x": []}}, r"loads\['x'\]: there is no time in it", id="no time"),
        pytest.param({"loads": {"x": [0.01, -1]}}, r"loads\['x'\]: -1.0 is no time", id="negative"),
        pytest.param({"loads": {"x": [math.nan]}}, r"loads\['x'\]: nan is no time", id="NaN"),
        pytest.param({"train_s": -1}, "train_s: -1.0 is no time", id="train"),
        pytest.param({"train_s": "1"}, "train_s: '1' is no time", id="text"),
        pytest.param({"slots": []}, "slots: it is empty; give at least one", id="no size"),
        pytest.param({"slots": [-1]}, "slots: -1 is too small; give at least 0", id="minus one"),
        pytest.param({"slots": [1.0]}, "slots: 1.0 is not a whole number", id="float"),
        pytest.param({"slots": [2**31]}, "slots: 2147483648 is too large", id="too many"),
    ],
)
def test_what_cannot_be_swept_is_refused_before_anything_runs(
    given: dict[str, Any], said: str
) -> None:
    told: list[object] = []
    right: dict[str, Any] = {"loads": {"x": [0.01]}, "train_s": 0.01, "slots": [1]}
    with pytest.raises(InputError, match=f"^{said}"):
        experiments.buffer(**right | given, pace=TINY, progress=lambda *tell: told.append(tell))
    assert told == []


@pytest.mark.parametrize("slots", [[], [-1], [1.5]])
def test_images_too_are_swept_over_sizes_only(slots: Any) -> None:
    with pytest.raises(InputError, match=r"^slots: "):
        experiments.buffer_on_images(None, TINY, slots=slots)  # type: ignore[arg-type]


# --- the memory ----------------------------------------------------------------------------------

Remembers = Callable[[Maker], Memory]


@pytest.fixture
def remembers(monkeypatch: pytest.MonkeyPatch) -> Remembers:
    """An outcome of planted numbers: each takes 3 % more than a slot each and the one in use."""

    def planted(sizes: Sequence[int], slots: Sequence[int], *, maker: Maker) -> tuple[Any, ...]:
        held = {k: 3 if maker == "cache" else k + 1 for k in slots}
        return tuple(
            Resident(size, k, int(1.03 * size * held[k]), None, k) for size in sizes for k in slots
        )

    monkeypatch.setattr(measure, "resident", planted)
    elements = {"small": 2_000_000, "large <b>": 10_000_000}
    return lambda maker: experiments.memory(elements, SLOTS, maker=maker)


def test_a_buffer_is_computed_as_a_slot_each_and_one_in_use(
    remembers: Remembers,
) -> None:
    for maker in ("map", "batch"):
        computed = [row["predicted_bytes"] for row in remembers(maker).to_dict()]
        assert computed == [k * size for size in (2_000_000, 10_000_000) for k in (1, 2, 4)]


def test_behind_a_cache_it_is_computed_as_what_the_cache_holds(remembers: Remembers) -> None:
    computed = [row["predicted_bytes"] for row in remembers("cache").to_dict()]
    assert computed == [6_000_000] * 3 + [30_000_000] * 3


def test_memory_becomes_json_with_name_measured_and_computed(remembers: Remembers) -> None:
    rows = json.loads(json.dumps(remembers("map").to_dict()))
    assert [row["name"] for row in rows] == [
        f"{name}, prefetch({k})" for name in ("small", "large <b>") for k in SLOTS
    ]
    assert [row["measured_bytes"] for row in rows][:2] == [2_060_000, 4_120_000]
    for row in rows:
        assert {"experiment", "peak_bytes", "buffered", "versions"} <= set(row)
        assert "tensorflow" in row["versions"]


def test_each_form_of_the_memory_table_shows_mb_and_below_it_what_was_computed(
    remembers: Remembers,
) -> None:
    memory = remembers("map")
    assert "large <b>: 10 (10), 21 (20), 41 (40)" in repr(memory).splitlines()
    html = memory._repr_html_()
    assert "<b>" not in html and "large &lt;b&gt;" in html
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["element", "0", "1", "3"]
    assert "<td>41<br><small>40</small></td>" in html
    for shown in (repr(memory), html, printed(memory)):
        told = " ".join(shown.split())
        assert "They differ by 3.0% at most. Measured on " in told
        assert "while the loop holds one element" in told
    assert memory.errors == pytest.approx([0.03] * 6)


@pytest.mark.parametrize(
    ("maker", "told"),
    [("map", "A map that makes"), ("batch", "A batch of eight"), ("cache", "A cache of 3 ele")],
)
def test_the_title_tells_what_stands_before_the_buffer(
    remembers: Remembers, maker: Maker, told: str
) -> None:
    assert remembers(maker).title.startswith(told)
    assert told in printed(remembers(maker))


def test_bad_input_to_memory_is_refused_as_where_it_is_measured() -> None:
    with pytest.raises(InputError, match=r"^maker: 'list' is unknown; give one of map, batch"):
        experiments.memory({"x": 10**7}, [1], maker="list")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^element_bytes: 5 is too small"):
        experiments.memory({"x": 5}, [1])
    with pytest.raises(InputError, match="elements: it is empty"):
        experiments.memory({}, [1])
