"""What a stage costs: counts are exact, and a difference is what a stage adds."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from prefetchlab import experiments, figures
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import Pace, Stages
from prefetchlab.measure import Peace, Prefix, Spread, StageCosts, stage_costs

READ = Prefix("read", 8, 80, (0.001, 0.001, 0.002), (0.001, 0.001, 0.001))
DECODE = Prefix("decode", 8, 800, (0.005, 0.007, 0.006), (0.006, 0.006, 0.006))
BATCH = Prefix("batch", 2, 800, (0.006, 0.008, 0.008), (0.007, 0.007, 0.007))
COSTS = StageCosts((READ, DECODE, BATCH), (0.0080, 0.0078, 0.0081), {"tensorflow": "2"})
STAGES = Stages("Numbers", COSTS, cores=2)
NUMBERS = tf.data.Dataset.range(8)


def grown() -> dict[str, tf.data.Dataset]:
    texts = NUMBERS.map(lambda number: (tf.strings.as_string(number + 9), number))
    return {"read": NUMBERS, "write": texts, "batch": texts.batch(4)}


# --- what a stage adds ---------------------------------------------------------------------------


def test_a_stage_costs_the_median_with_it_less_the_median_without_it() -> None:
    read, decode, batch = COSTS.stages
    assert [round(stage.time_s, 9) for stage in (read, decode, batch)] == [0.001, 0.005, 0.002]
    assert decode.time_spread_s == Spread(0.004, 0.006)
    assert decode.cpu_s == pytest.approx(0.005)


def test_the_work_of_a_stage_is_held_against_work_and_not_against_time() -> None:
    waits = replace(READ, repeats_s=(0.004,) * 3)
    assert replace(COSTS, prefixes=(waits, DECODE, BATCH)).stages[1].cpu_s == pytest.approx(0.005)


def test_bytes_are_told_for_a_batch_and_elements_for_a_pass() -> None:
    assert [(stage.elements, stage.bytes) for stage in COSTS.stages] == [
        (8, 40),
        (8, 400),
        (2, 400),
    ]


def test_the_costliest_stage_is_the_one_that_adds_most_time() -> None:
    assert COSTS.costliest.name == "decode"
    slow_read = replace(READ, repeats_s=(0.004,) * 3)
    assert replace(COSTS, prefixes=(slow_read, DECODE, BATCH)).costliest.name == "read"


def test_the_whole_is_measured_apart_from_the_sum() -> None:
    assert COSTS.sum_s == pytest.approx(0.008)
    assert COSTS.whole_s == 0.008
    slower = replace(COSTS, whole_repeats_s=(0.1,) * 3)
    assert slower.sum_s == COSTS.sum_s and slower.whole_s == 0.1


# --- measuring -----------------------------------------------------------------------------------


def test_elements_and_bytes_are_counted_exactly() -> None:
    costs = stage_costs(grown(), batches=2, repeats=1)
    # 9 is one byte, 10 to 16 are two; beside each text a number of eight.
    texts = 1 + 7 * 2 + 8 * 8
    assert [(each.elements, each.bytes) for each in costs.prefixes] == [
        (8, 64), (8, texts), (2, texts)
    ]  # fmt: skip


def test_every_prefix_is_drained_as_often_in_every_run() -> None:
    read: list[str] = []

    def noted(name: str) -> tf.data.Dataset:
        def note(number: np.int64) -> np.int64:
            read.append(name)
            return number

        return NUMBERS.map(lambda number: tf.numpy_function(note, [number], tf.int64))

    prefixes = {name: noted(name) for name in ("first", "second")}
    passes, rounds = 3, 2
    costs = stage_costs(prefixes, batches=17, repeats=rounds)  # 17 of 8 are 3 passes
    runs = 1 + passes * (costs.peace.rounds if costs.peace else 0)
    assert read.count("first") == 8 * runs
    assert read.count("second") == 8 * (2 * runs - 1)  # the whole reads it as well


def test_what_is_drained_runs_one_stage_after_the_other() -> None:
    order: list[str] = []

    def note(number: np.int64) -> np.int64:
        order.append("made")
        return number

    def taken(number: np.int64) -> np.int64:
        order.append("taken")
        return number

    made = NUMBERS.map(lambda x: tf.numpy_function(note, [x], tf.int64))
    whole = made.map(lambda x: tf.numpy_function(taken, [x], tf.int64))
    stage_costs({"whole": whole}, batches=8, repeats=1)
    assert order == ["made", "taken"] * (len(order) // 2)


@pytest.mark.parametrize(
    ("prefixes", "said"),
    [
        pytest.param({}, "prefixes: it is empty", id="none"),
        pytest.param({"x": NUMBERS.repeat()}, "prefixes: x never ends; leave out", id="endless"),
        pytest.param({"x": NUMBERS.take(0)}, "prefixes: x gives no element", id="empty"),
        pytest.param(
            {"x": NUMBERS.window(2)}, "prefixes: x gives other elements than dense", id="windows"
        ),
        pytest.param({"x": NUMBERS.prefetch(1)}, "x works ahead or has a cache", id="prefetch"),
        pytest.param({"x": NUMBERS.prefetch(1).batch(2)}, "x works ahead", id="prefetch within"),
        pytest.param(
            {"x": NUMBERS.map(tf.square, num_parallel_calls=2)}, "x works ahead", id="parallel"
        ),
        pytest.param({"x": NUMBERS.cache().batch(2)}, "x works ahead or has a cache", id="cache"),
    ],
)
def test_a_pipeline_that_cannot_be_drained_is_named(
    prefixes: dict[str, tf.data.Dataset], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        stage_costs(prefixes, batches=1, repeats=1)


@pytest.mark.parametrize(
    ("batches", "repeats", "said"),
    [
        (0, 1, "batches: 0 is too small"),
        (1, 0, "repeats: 0 is too small"),
        (1.5, 1, "batches: 1.5"),
    ],
)
def test_a_number_that_measures_nothing_is_refused(batches: int, repeats: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        stage_costs({"read": NUMBERS}, batches=batches, repeats=repeats)


def test_nothing_in_an_element_has_no_bytes() -> None:
    pairs = NUMBERS.map(lambda number: (number, None))
    costs = stage_costs({"pairs": pairs}, batches=1, repeats=1)
    assert costs.prefixes[0].bytes == 64


# --- showing -------------------------------------------------------------------------------------


def test_a_table_has_each_stage_and_their_sum() -> None:
    html = STAGES._repr_html_()
    assert html.count("<tr>") == 1 + 3 + 1
    assert "Most time goes into decode." in html
    assert "in runs of its own, took 8.0 ms a batch: 1.00 of the sum." in html
    assert "All cores together (2) could do the CPU work in 3.5 ms." in html
    assert "all stages, 8.0, 7.0, 2, 400 B" in repr(STAGES)


def test_a_table_that_was_not_measured_in_peace_says_so_unfolded() -> None:
    peace = Peace(work_ratio=1.3, felt_ratio=1.3, others_share=0.2, rounds=4, disturbed=1)
    html = replace(STAGES, costs=replace(COSTS, peace=peace))._repr_html_()
    assert "Not measured in peace" in html.partition("<details>")[0]


def test_stages_become_json_with_the_keys_of_the_contract() -> None:
    rows = json.loads(json.dumps(STAGES.to_dict()))
    contract = {
        "name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"
    }  # fmt: skip
    assert [row["name"] for row in rows] == ["read", "decode", "batch", "whole"]
    assert all(contract <= set(row) and row["experiment"] == "Numbers" for row in rows)
    assert rows[1]["time_spread_s"] == {"least": 0.004, "most": pytest.approx(0.006)}
    assert (rows[-1]["measured_s"], rows[-1]["predicted_s"]) == (0.008, COSTS.sum_s)


def test_each_bar_of_the_picture_begins_where_the_one_before_it_ends() -> None:
    times, sizes = figures.draw_stage_costs(COSTS).figure.axes
    bars = [bar for bar in times.patches if isinstance(bar, Rectangle)]
    drawn = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in bars[::2]]
    assert drawn == [(0.0, 1.0), (1.0, 5.0), (6.0, 2.0), (0.0, 8.0)]
    work = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in bars[1::2]]
    assert work == [(0.0, 1.0), (1.0, 5.0), (6.0, 1.0), (0.0, 7.0)]
    bytes_out = [bar.get_width() for bar in sizes.patches if isinstance(bar, Rectangle)]
    assert bytes_out == [40, 400, 400]


def test_caption_and_alt_text_come_from_the_costs() -> None:
    drawing = figures.draw_stage_costs(COSTS)
    assert "Most time goes into decode: 5.0 of 8.0 ms." in drawing.caption
    assert "decode: 5.0 ms, CPU work 5.0 ms, gives 400 B." in drawing.alt
    assert drawing.alt.endswith("Together 8.0 ms; the whole took 8.0 ms.")
    assert drawing.note == "Measured on TensorFlow 2."


def test_the_costliest_stage_is_told_as_a_part_of_the_sum_that_is_drawn() -> None:
    drawing = figures.draw_stage_costs(replace(COSTS, whole_repeats_s=(0.1,) * 3))
    assert "Most time goes into decode: 5.0 of 8.0 ms." in drawing.caption
    assert drawing.alt.endswith("Together 8.0 ms; the whole took 100.0 ms.")


def test_a_sum_that_is_no_time_is_compared_with_nothing() -> None:
    none = replace(COSTS, prefixes=(replace(READ, repeats_s=(0.0,) * 3),))
    assert math.isnan(none.whole_to_sum)
    assert "nan of the sum" in repr(replace(STAGES, costs=none))


@pytest.mark.parametrize(
    ("size", "told"),
    [(0, "0 B"), (999, "999 B"), (999.6, "1 kB"), (999_999, "1.0 MB"), (9.96e6, "10 MB"),
     (5e9, "5.0 GB")],
)  # fmt: skip
def test_bytes_have_three_digits_at_most(size: float, told: str) -> None:
    assert figures.shown_bytes(size) == told


def test_a_run_of_the_experiment_is_drawn_as_its_stages() -> None:
    stages = experiments.pipeline(grown(), Pace(steps=2, repeats=1), title="Numbers")
    assert experiments.draw_all([stages]).alt == stages.figure().alt
    assert [stage.name for stage in stages.costs.stages] == ["read", "write", "batch"]
