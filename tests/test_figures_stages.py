"""Pictures of stages and slots: what stands where comes from the pipelines and the counts."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch, Rectangle

from prefetchlab import figures, graph
from prefetchlab.errors import InputError
from prefetchlab.figures.drawing import LANE_COLOURS
from prefetchlab.figures.sheet import WIDTH, width_of
from prefetchlab.figures.stages import Box
from prefetchlab.graph import AUTOTUNE, Pipeline, Stage
from prefetchlab.measure import RunAhead, run_ahead
from tests.small_datasets import numbers, plus_one

RANGE, BATCH, MAP = Stage("Range"), Stage("Batch", 4), Stage("Map")
AHEAD, BODY = Stage("Prefetch", AUTOTUNE), Stage("Scan")
COUNTS = {"batch(4).prefetch(2)": (12, 16, 20), "prefetch(2).batch(4)": (6, 10, 14)}


def words(drawing: figures.Drawing) -> list[str]:
    return [text.get_text() for text in drawing.figure.axes[0].texts]


def boxes(drawing: figures.Drawing) -> list[Rectangle]:
    return [box for box in drawing.figure.axes[0].patches if isinstance(box, Rectangle)]


def filled(drawing: figures.Drawing, lane: str) -> list[str]:
    """The words that stand in boxes of one colour."""
    return [
        text.get_text()
        for box in boxes(drawing)
        if to_hex(box.get_facecolor()) == LANE_COLOURS[lane]
        for text in drawing.figure.axes[0].texts
        if box.get_bbox().contains(*text.get_position())
    ]


# --- what TensorFlow made of a pipeline ----------------------------------------------------------


def rewrite(written: tuple[Stage, ...], runs: tuple[Stage, ...]) -> figures.Drawing:
    return figures.draw_rewrite(Pipeline(written), Pipeline(runs))


@pytest.mark.parametrize(
    ("written", "runs", "said", "marks"),
    [
        ((RANGE,), (RANGE, AHEAD), "added Prefetch(AUTOTUNE)", ["added"]),
        (
            (RANGE, MAP, BATCH),
            (RANGE, Stage("MapAndBatch", AUTOTUNE)),
            "changed Map and Batch(4) into MapAndBatch(AUTOTUNE)",
            ["changed"],
        ),
        (
            (RANGE, MAP),
            (RANGE, Stage("ParallelMap", AUTOTUNE), AHEAD),
            "changed Map into ParallelMap(AUTOTUNE); added Prefetch(AUTOTUNE)",
            ["changed", "added"],
        ),
        (
            (RANGE, MAP, MAP, BATCH),
            (RANGE, Stage("ParallelMap", 2), Stage("ParallelMap", 2), BATCH),
            "changed Map into ParallelMap(2), twice",
            ["changed", "changed"],
        ),
        (
            (RANGE, MAP, MAP, BATCH),
            (RANGE, Stage("ParallelMap", 2), Stage("MapAndBatch", 2)),
            "changed Map into ParallelMap(2); changed Map and Batch(4) into MapAndBatch(2)",
            ["changed", "changed"],
        ),
        ((RANGE, Stage("Take"), BATCH), (RANGE, BATCH), "dropped Take", ["dropped"]),
        ((RANGE, Stage("Take")), (RANGE, AHEAD), "added Prefetch(AUTOTUNE); dropped Take", None),
    ],
)
def test_what_differs_is_marked_and_told(
    written: tuple[Stage, ...], runs: tuple[Stage, ...], said: str, marks: list[str] | None
) -> None:
    drawing = rewrite(written, runs)
    assert drawing.caption.endswith(f" TensorFlow has {said}.")
    assert drawing.alt.endswith(f". {said[0].upper()}{said[1:]}.")
    shown = [word for word in words(drawing) if word in ("added", "changed", "dropped")]
    assert shown == marks or (marks is None and sorted(shown) == ["added", "dropped"])


def test_only_new_stages_are_filled_and_only_dropped_ones_dotted() -> None:
    drawing = rewrite((RANGE, Stage("Take"), BATCH), (RANGE, BATCH, AHEAD))
    assert filled(drawing, "load") == ["Prefetch", "(AUTOTUNE)"]
    assert [box.get_linestyle() for box in boxes(drawing)].count(":") == 1


def test_where_nothing_differs_nothing_is_marked() -> None:
    drawing = rewrite((RANGE, BATCH), (RANGE, BATCH))
    assert drawing.caption.endswith("TensorFlow runs what was written.")
    assert filled(drawing, "load") == []


def test_the_pipelines_of_a_dataset_are_told_as_they_are() -> None:
    dataset = numbers().map(plus_one).batch(4)
    written, runs = graph.written(dataset), graph.runs(dataset)
    drawing = figures.draw_rewrite(written, runs)
    assert drawing.alt.startswith(f"Written: {written}. Runs: {runs}. Changed Map and Batch(4)")


def test_a_long_pipeline_is_broken_into_lines_and_nothing_is_cut_off() -> None:
    inner = Pipeline((Stage("Range"), Stage("ParallelMap", AUTOTUNE)))
    line = (Stage("Zip", inputs=(inner, inner)), *[Stage("Shuffle", 1000), BATCH, AHEAD] * 3)
    drawing = rewrite(line, line)
    assert len({box.get_y() for box in boxes(drawing)}) > 4
    for box in boxes(drawing):
        assert 0 <= box.get_x() < box.get_x() + box.get_width() <= WIDTH
    for text in words(drawing):
        assert width_of(text) < WIDTH


def test_a_box_is_as_wide_as_its_text_and_its_mark() -> None:
    assert Box.of(Stage("Prefetch", AUTOTUNE)).text == "Prefetch\n(AUTOTUNE)"
    assert Box.of(BATCH).text == "Batch(4)"
    assert Box("a", mark="changed").width >= width_of("changed")


# --- two loops -----------------------------------------------------------------------------------


def test_a_prefetch_is_told_in_front_of_the_body_or_behind_it() -> None:
    drawing = figures.draw_loops(Pipeline((RANGE, AHEAD)), Pipeline((RANGE, BODY, AHEAD)))
    assert drawing.caption.startswith(
        "Loop in Python: Prefetch(AUTOTUNE) in front of the body. "
        "Loop in a tf.function: Prefetch(AUTOTUNE) behind it. "
    )
    assert [word for word in words(drawing) if word in ("in front", "behind")] == [
        "in front", "behind"
    ]  # fmt: skip


def test_a_graph_loop_with_prefetches_on_both_sides_tells_both() -> None:
    one = Stage("Prefetch", 1)
    caption = figures.draw_loops(
        Pipeline((RANGE, one)), Pipeline((RANGE, one, BODY, AHEAD))
    ).caption
    assert (
        "Loop in a tf.function: Prefetch(1) in front of the body, Prefetch(AUTOTUNE) behind it."
        in caption
    )


def test_a_loop_without_a_prefetch_says_so() -> None:
    drawing = figures.draw_loops(Pipeline((RANGE,)), Pipeline((RANGE, BODY)))
    assert drawing.caption.startswith(
        "Loop in Python: no prefetch. Loop in a tf.function: no prefetch. "
    )
    assert filled(drawing, "load") == []


def test_the_body_is_drawn_and_is_only_the_last_scan() -> None:
    line = (RANGE, BODY, BATCH)
    drawing = figures.draw_loops(Pipeline((*line, AHEAD)), Pipeline((*line, BODY, AHEAD)))
    assert filled(drawing, "train") == ["the loop's", "body"] * 2
    assert words(drawing).count("Scan") == 2
    assert drawing.alt.endswith(
        "Loop in a tf.function: Range → Scan → Batch(4) → the loop's body → Prefetch(AUTOTUNE)."
    )


def test_only_in_a_graph_loop_the_body_lies_on_the_ground_of_the_pipeline() -> None:
    drawing = figures.draw_loops(Pipeline((RANGE, AHEAD)), Pipeline((RANGE, BODY, AHEAD)))
    grounds = [
        patch.get_bbox()
        for patch in drawing.figure.axes[0].patches
        if isinstance(patch, FancyBboxPatch)
    ]
    bodies = [box for box in boxes(drawing) if to_hex(box.get_facecolor()) == LANE_COLOURS["train"]]
    inside = [any(ground.contains(*box.get_center()) for ground in grounds) for box in bodies]
    assert inside == [False, True]


def test_the_ground_ends_with_the_pipeline_where_its_stages_take_two_lines() -> None:
    line = (RANGE, *[Stage("Shuffle", 1000)] * 3, AHEAD)
    drawing = figures.draw_loops(Pipeline(line), Pipeline((*line[:-1], BODY, AHEAD)))
    body = next(
        box for box in boxes(drawing) if to_hex(box.get_facecolor()) == LANE_COLOURS["train"]
    )
    grounds = [
        patch.get_bbox()
        for patch in drawing.figure.axes[0].patches
        if isinstance(patch, FancyBboxPatch)
    ]
    assert len({box.get_y() for box in boxes(drawing)}) == 4
    assert not any(ground.contains(*body.get_center()) for ground in grounds)


def test_the_loops_of_a_dataset_are_told_as_they_run() -> None:
    dataset = numbers().map(plus_one).shuffle(2)
    drawing = figures.draw_loops(graph.runs(dataset), graph.runs_in_graph_loop(dataset))
    assert (
        "Loop in Python: Range → ParallelMap(AUTOTUNE) → Shuffle(2) → Prefetch(AUTOTUNE) → "
        in drawing.alt
    )
    assert (
        "ParallelMap(AUTOTUNE) → Shuffle(2) → the loop's body → Prefetch(AUTOTUNE)." in drawing.alt
    )


def test_a_pipeline_without_a_body_is_refused() -> None:
    with pytest.raises(InputError, match="graph_loop: no stage of it is a loop's body; give what"):
        figures.draw_loops(Pipeline((RANGE, AHEAD)), Pipeline((RANGE, AHEAD)))


# --- what a slot holds ---------------------------------------------------------------------------


def test_a_slot_holds_what_the_counts_say() -> None:
    drawing = figures.draw_slots(COUNTS, slots=2, batch=4)
    assert drawing.caption == (
        "Counted: what waits in the 2 slots once the loop has taken a batch of 4. "
        "batch(4).prefetch(2): 8 samples wait, 4 in each slot; "
        "prefetch(2).batch(4): 2 samples wait, 1 in each slot."
    )
    assert filled(drawing, "load") == [*map(str, [5, 6, 7, 8, 9, 10, 11, 12]), "5", "6"]
    assert filled(drawing, "train") == ["1", "2", "3", "4"] * 2
    assert [box.get_linestyle() for box in boxes(drawing)].count(":") == 4


def test_the_elements_that_are_taken_next_stand_next_to_the_loop() -> None:
    drawing = figures.draw_slots({"prefetch(2)": (3, 4, 5)}, slots=2, batch=1)
    places = {text.get_text(): text.get_position()[0] for text in drawing.figure.axes[0].texts}
    assert places["3"] < places["2"] < places["1"]


def test_the_counts_of_run_ahead_fill_the_slots() -> None:
    counted = {
        "batch(4).prefetch(2)": run_ahead(lambda source: source.batch(4).prefetch(2)),
        "prefetch(2).batch(4)": run_ahead(lambda source: source.prefetch(2).batch(4)),
    }
    drawing = figures.draw_slots(counted, slots=2, batch=4)
    assert drawing.alt == figures.draw_slots(COUNTS, slots=2, batch=4).alt


def test_one_slot_with_one_element_is_told_in_the_singular() -> None:
    drawing = figures.draw_slots({"prefetch(1)": (2, 3, 4)}, slots=1, batch=1)
    assert drawing.alt == "prefetch(1): 1 sample waits."
    assert "in the slot once the loop has taken an element" in drawing.caption


@pytest.mark.parametrize(
    ("counts", "slots", "batch", "said"),
    [
        ((11, 15, 19), 2, 4, "a: 7 elements wait, which do not fill 2 slots evenly; give the"),
        ((4, 8, 12), 2, 4, "a: 0 elements wait, which do not fill"),
        ((12, 16, 20), 0, 4, "slots: 0 is too small; give at least 1"),
        ((12, 16, 20), 2, 0, "batch: 0 is too small"),
        ((204, 205), 2, 4, "a: it is too wide to be drawn; give fewer slots"),
        (RunAhead((12, 16, 20), at_least=True), 2, 4, "a: its counts are lower bounds; give"),
    ],
)
def test_counts_that_fill_no_slots_are_refused(
    counts: tuple[int, ...], slots: int, batch: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        figures.draw_slots({"a": counts}, slots=slots, batch=batch)


def test_a_thread_takes_from_a_prefetch_that_stands_first() -> None:
    told = threads(RANGE, Stage("Prefetch", 2), Stage("Prefetch", 1)).alt
    assert "Thread of Prefetch(1): takes from Prefetch(2), and puts into its slots." in told


# --- which stages run in which thread -----------------------------------------------------------

THREE = (RANGE, MAP, Stage("Prefetch", 2), BATCH, Stage("Prefetch", 1))


def threads(*stages: Stage) -> figures.Drawing:
    return figures.draw_threads(Pipeline(stages))


def test_a_prefetch_cuts_a_pipeline_into_threads() -> None:
    assert threads(*THREE).alt == (
        "Thread of Prefetch(2): Range, Map, and puts into its slots. "
        "Thread of Prefetch(1): takes from Prefetch(2), Batch(4), and puts into its slots. "
        "Thread of the loop: takes from Prefetch(1), and trains."
    )
    assert threads(*THREE).caption.startswith("Threads: 3.")


def test_slots_are_drawn_where_a_thread_puts_and_where_the_next_one_takes() -> None:
    drawing = threads(*THREE)
    assert filled(drawing, "load") == ["Prefetch(2)", "Prefetch(2)", "Prefetch(1)", "Prefetch(1)"]
    assert filled(drawing, "train") == ["train"]
    assert [word for word in words(drawing) if word.startswith("thread of")] == [
        "thread of Prefetch(2)", "thread of Prefetch(1)", "thread of the loop",
    ]  # fmt: skip


def test_without_a_prefetch_the_loop_calls_every_stage_itself() -> None:
    drawing = threads(RANGE, BATCH)
    assert drawing.alt == "Thread of the loop: Range, Batch(4), and trains."
    assert filled(drawing, "load") == []


def test_what_is_drawn_of_threads_is_what_the_process_has() -> None:
    written = graph.written(numbers().map(plus_one).prefetch(2).batch(4).prefetch(1))
    assert [str(stage) for stage in written.line] == [str(stage) for stage in THREE]
