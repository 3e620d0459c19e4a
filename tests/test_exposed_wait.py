"""What holds training up: how a step is taken apart, and which word that earns."""

import json
from dataclasses import replace

import pytest
from matplotlib.patches import Rectangle

from prefetchlab import experiments, figures, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import Delays, Pace
from prefetchlab.measure import (
    ExposedWait,
    Peace,
    TrainingLoop,
    exposed_waits,
    run_steps,
)
from prefetchlab.measure.loops import Loop
from prefetchlab.workloads import SimulatedAccelerator, slow_source

SERIAL = ExposedWait(
    load_repeats_s=(0.030, 0.031, 0.029),
    train_repeats_s=(0.010, 0.010, 0.011),
    step_repeats_s=(0.040, 0.041, 0.042),
    wait_repeats_s=(0.031, 0.031, 0.030),
    ready_repeats_s=(0.001, 0.001, 0.001),
    versions={"tensorflow": "2"},
)
FOUND = Delays("Numbers", {"serial": SERIAL})
NUMBERS = tf.data.Dataset.range(8)


def loop_of(wait_s: float, step_s: float, train_s: float = 0.010) -> ExposedWait:
    """One round, in which a ready batch is handed over in no time."""
    return replace(
        SERIAL,
        load_repeats_s=(0.005,),
        train_repeats_s=(train_s,),
        step_repeats_s=(step_s,),
        wait_repeats_s=(wait_s,),
        ready_repeats_s=(0.0,),
    )


# --- what a step is made of ----------------------------------------------------------------------


def test_the_exposed_wait_is_the_wait_beyond_that_for_a_batch_that_is_there() -> None:
    assert SERIAL.exposed_s == pytest.approx(0.030)
    spread = SERIAL.share_spread
    assert (spread.least, spread.most) == pytest.approx((0.029 / 0.042, 0.030 / 0.040))


def test_what_is_left_of_a_step_is_what_training_is_slowed_by() -> None:
    crowded = loop_of(wait_s=0.001, step_s=0.016)
    assert crowded.slowed_s == pytest.approx(0.005)
    assert crowded.train_s + crowded.exposed_s + crowded.slowed_s == pytest.approx(crowded.step_s)


def test_perfect_overlap_takes_the_longer_of_loading_and_training() -> None:
    assert (SERIAL.overlapped_s, round(SERIAL.at_most, 2)) == (0.030, 1.37)


# --- the verdict ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait_s", "step_s", "verdict"),
    [
        pytest.param(0.0, 0.010, "not input-bound", id="no wait"),
        pytest.param(0.00049, 0.010, "not input-bound", id="below a twentieth"),
        pytest.param(0.0005, 0.010, "input-bound", id="a twentieth"),
        pytest.param(0.0, 0.0124, "not input-bound", id="a little slower"),
        pytest.param(0.0, 0.0125, "training slowed", id="a fifth of it slowed"),
        pytest.param(0.005, 0.019, "input-bound", id="waits more than it is slowed"),
        pytest.param(0.004, 0.019, "training slowed", id="is slowed more than it waits"),
        pytest.param(-0.001, 0.009, "not input-bound", id="noise"),
    ],
)
def test_a_verdict_goes_by_the_shares_of_a_step(wait_s: float, step_s: float, verdict: str) -> None:
    assert loop_of(wait_s, step_s).verdict == verdict


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (0.00049, "NOT or POTENTIALLY"),
        (0.0005, "MODERATELY input-bound"),
        (0.00199, "MODERATELY input-bound"),
        (0.002, "HIGHLY input-bound"),
    ],
)
def test_the_profilers_words_go_by_the_wait_alone(wait_s: float, said: str) -> None:
    assert loop_of(wait_s, 0.010).profiler_says == said
    assert loop_of(wait_s, 0.010, train_s=0.001).profiler_says == said


def test_a_verdict_is_in_doubt_where_a_round_alone_says_otherwise() -> None:
    rounds = replace(
        SERIAL, step_repeats_s=(0.01,) * 3, train_repeats_s=(0.01,) * 3, ready_repeats_s=(0.0,) * 3
    )
    in_doubt = replace(rounds, wait_repeats_s=(0.0004, 0.0006, 0.0006))
    clear = replace(rounds, wait_repeats_s=(0.0005, 0.0006, 0.0006))
    assert (in_doubt.verdict, in_doubt.is_clear) == ("input-bound", False)
    assert (clear.verdict, clear.is_clear) == ("input-bound", True)
    assert "input-bound, in doubt" in repr(Delays("x", {"loop": in_doubt}))


def test_the_bound_of_what_is_slowed_can_be_in_doubt_too() -> None:
    rounds = replace(
        SERIAL, step_repeats_s=(0.01,) * 3, wait_repeats_s=(0.0,) * 3, ready_repeats_s=(0.0,) * 3
    )
    in_doubt = replace(rounds, train_repeats_s=(0.009, 0.007, 0.006))
    clear = replace(rounds, train_repeats_s=(0.008, 0.007, 0.006))
    assert (in_doubt.verdict, in_doubt.is_clear) == ("training slowed", False)
    assert (clear.verdict, clear.is_clear) == ("training slowed", True)


# --- measuring -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["eager", "graph"])
def test_the_wait_is_told_from_the_training_of_a_step(kind: Loop) -> None:
    source = graph.as_written(slow_source(8, 0.02))
    run = run_steps(source, SimulatedAccelerator(0.05), steps=4, loop=kind)
    # Sleeps are at least as long as they are told to be, on each machine.
    assert run.wait_s >= 0.02
    assert run.mean_s - run.wait_s >= 0.05


@pytest.mark.parametrize("kind", ["eager", "graph"])
def test_loading_alone_trains_nothing_and_training_alone_loads_nothing(kind: Loop) -> None:
    order: list[str] = []

    def load(number: int) -> int:
        order.append("load")
        return number

    def pipeline() -> tf.data.Dataset:
        order.append("pipeline")
        loaded = NUMBERS.map(lambda number: tf.numpy_function(load, [number], tf.int64))
        return graph.as_written(loaded)

    loop = TrainingLoop(pipeline, lambda batch: order.append("train"), kind)
    exposed_waits({"mine": loop}, steps=3, repeats=1)
    first_round = order.index("pipeline", 1)
    warm_up, rounds = order[:first_round], order[first_round:]
    assert (warm_up.count("load"), warm_up.count("train")) == (1 + 8, 9)
    loading, step = ["pipeline", *["load"] * 4], ["pipeline", *["load", "train"] * 4]
    training = ["train"] * 4
    turns = (loading + training + step, training + step + loading)
    # A round that was disturbed is measured again, beginning with the next of the three.
    assert rounds in (turns[0], turns[0] + turns[1])


def test_training_alone_sees_the_first_batches_in_turn_and_no_new_shape() -> None:
    lengths: list[int] = []
    batches = tf.data.Dataset.range(20).batch(8)  # 8, 8 and 4
    loop = TrainingLoop(lambda: batches.repeat(), lambda batch: lengths.append(len(batch)))
    exposed_waits({"mine": loop}, steps=5, repeats=1)
    kept = [8, 8, 4, 8, 8, 4, 8, 8]
    assert lengths[:9] == [*kept, 8]
    assert lengths[9:15] == kept[:6]


def test_an_unknown_kind_of_loop_is_said_before_a_step_runs() -> None:
    with pytest.raises(InputError, match="kind: 'egar' is unknown; give one of eager, graph"):
        TrainingLoop(lambda: NUMBERS, print, "egar")  # type: ignore[arg-type] # the point


@pytest.mark.parametrize(
    ("loops", "steps", "repeats", "said"),
    [
        pytest.param({}, 2, 1, "loops: it is empty; give at least one", id="no loop"),
        pytest.param({"x": NUMBERS}, 0, 1, "steps: 0 is too small", id="no step"),
        pytest.param({"x": NUMBERS}, 2, 0, "repeats: 0 is too small", id="no round"),
        pytest.param({"x": NUMBERS}, 8, 1, "loops: x: dataset: it has 8 elements", id="short"),
        pytest.param({"x": NUMBERS.take(0)}, 1, 1, "pipeline of x gives no batch", id="empty"),
    ],
)
def test_what_cannot_be_measured_is_named(
    loops: dict[str, tf.data.Dataset], steps: int, repeats: int, said: str
) -> None:
    given = {
        name: TrainingLoop(lambda dataset=dataset: dataset, tf.square)  # type: ignore[misc] # each its own
        for name, dataset in loops.items()
    }
    with pytest.raises(InputError, match=said):
        exposed_waits(given, steps=steps, repeats=repeats)


# --- showing -------------------------------------------------------------------------------------


def test_a_table_has_each_loop_its_verdict_and_the_profilers_words() -> None:
    html = FOUND._repr_html_()
    assert html.count("<tr>") == 1 + 1
    assert "serial<br><small>input-bound</small>" in html
    assert "loading 30.0<br><small>training 10.0</small>" in html
    assert "profiler would call them: serial, HIGHLY input-bound." in html.partition("<details>")[0]
    assert "serial, 30.0, 10.0, 41.0, 30.0, 73%, input-bound" in repr(FOUND)


def test_a_share_just_below_nothing_is_shown_as_nothing() -> None:
    assert "0–0 %" in Delays("x", {"mine": loop_of(-0.00001, 0.010)})._repr_html_()


def test_a_table_that_was_not_measured_in_peace_says_so_unfolded() -> None:
    peace = Peace(work_ratio=1.3, felt_ratio=1.3, others_share=0.2, rounds=4, disturbed=1)
    html = Delays("x", {"serial": replace(SERIAL, peace=peace)})._repr_html_()
    assert "Not measured in peace" in html.partition("<details>")[0]


def test_delays_become_json_with_the_keys_of_the_contract() -> None:
    (row,) = json.loads(json.dumps(FOUND.to_dict()))
    contract = {
        "name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"
    }  # fmt: skip
    assert contract <= set(row)
    assert (row["measured_s"], row["limit_s"], row["verdict"]) == (0.041, 0.030, "input-bound")


def test_the_bars_of_a_step_lie_end_to_end() -> None:
    loop = loop_of(wait_s=0.004, step_s=0.020)
    (axes,) = figures.draw_exposed_waits({"mine": loop}).figure.axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    drawn = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in bars]
    assert drawn == [(0.0, 5.0), (0.0, 10.0), (10.0, 4.0), (14.0, 6.0)]


def test_noise_below_nothing_is_drawn_as_nothing_and_told_as_it_is() -> None:
    drawing = figures.draw_exposed_waits({"mine": loop_of(wait_s=-0.001, step_s=0.009)})
    bars = [bar for bar in drawing.figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert [bar.get_width() for bar in bars[2:]] == [0.0, 0.0]
    assert "exposed wait -1.0 ms" in drawing.alt


def test_caption_and_alt_text_come_from_what_was_measured() -> None:
    drawing = FOUND.figure()
    assert "as a share of the step: serial 73%." in drawing.caption
    assert (
        "serial: a step of 41.0 ms; in it training alone 10.0 ms, exposed wait 30.0 ms"
        in drawing.alt
    )
    assert drawing.note == "Measured on TensorFlow 2."


def test_a_run_of_the_experiment_is_drawn_as_what_steps_are_made_of() -> None:
    loops = {"mine": TrainingLoop(lambda: NUMBERS, tf.square)}
    found = experiments.delays(loops, Pace(steps=2, repeats=1), title="Numbers")
    assert experiments.draw_all([found]).alt == found.figure().alt
    assert found["mine"] is found.loops["mine"]
