"""What a student is told in assignments 4 to 6, where more than one thing could be said."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from prefetchlab import theory
from prefetchlab._tensorflow import tf
from prefetchlab.grading import (
    assignment_4,
    assignment_5,
    assignment_6,
)
from prefetchlab.grading.assignment_5 import pairing
from prefetchlab.grading.assignment_6 import tracing
from prefetchlab.grading.mistake import Mistake
from prefetchlab.timeline import Event, Timeline
from prefetchlab.traces import to_chrome
from tests.test_grading_parts import reference_answer

pytestmark = pytest.mark.long


# --- what is told of an answer, where all of it is known -----------------------------------------


def told_of(check: Callable[..., None], returned: object, **case: Any) -> str:
    """What a check says to a function that returns this, whatever it is given."""
    with pytest.raises(Mistake) as raised:
        check(lambda *_: returned, **case)
    return str(raised.value)


def trace_of(**runs: list[tuple[float, float, str]]) -> str:
    """A trace of some runs, each a list of events (start, end, lane)."""
    return to_chrome(
        {name: Timeline.of([Event(*one, index=0) for one in run]) for name, run in runs.items()}
    ).decode()


# 4.2 s long, of which load is at work for 2, counted twice for 2.5, and train for 2.7.
LATE = [(1.0, 2.0, "load"), (1.5, 3.0, "load"), (2.5, 5.2, "train")]
OTHER = [(0.5, 0.8, "load"), (0.5, 8.0, "train")]
HIDES_NOTHING = [(0.0, 1.0, "load"), (1.0, 4.0, "train")]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        pytest.param(None, "Return two things", id="nothing"),
        pytest.param({"load": 2 / 4.2}, "Return two things", id="shares alone"),
        pytest.param(([2 / 4.2], "train"), "Return two things", id="a list"),
        pytest.param(({}, "train", 3), "Return two things", id="three things"),
        pytest.param(({"load": 1}, "load"), "of the lanes load, and the process has", id="lanes"),
        pytest.param(2.5 / 4.2, "load is at work for 0.5952 of the time. Where two", id="twice"),
        pytest.param(2 / 2, "That is a part of the lane's own time", id="its own time"),
        pytest.param(2 / 3, "The process does not begin at 0", id="to the end of the lane"),
        pytest.param(2 / 5.2, "The process does not begin at 0", id="to the end of the process"),
        pytest.param(2 / 7.5, "of the time of all processes together", id="time of all"),
        pytest.param(2.3 / 4.2, "Events of another process are counted", id="of all processes"),
        pytest.param(0.476, "the right result, but rounded", id="rounded"),
        pytest.param(1.3, "No lane is at work for more than the whole time", id="more than all"),
        pytest.param(0.1, "Sort its events by their start", id="another number"),
    ],
)
def test_each_way_to_miss_a_share_of_a_trace_is_told_apart(returned: object, told: str) -> None:
    if isinstance(returned, float):
        returned = {"load": returned, "train": 2.7 / 4.2}, "train"
    case = {"trace": trace_of(late=LATE, other=OTHER), "process": "late"}
    assert told in told_of(assignment_6.waited_for, returned, **case)


def test_shares_that_rightly_add_up_to_one_are_not_the_mistake() -> None:
    case = {"trace": trace_of(serial=HIDES_NOTHING), "process": "serial"}
    told = told_of(assignment_6.waited_for, ({"load": 0.5, "train": 0.5}, "load"), **case)
    assert "You say that load is at work for 0.5 of the time" in told


def test_two_lanes_that_are_as_busy_are_no_clear_case() -> None:
    assert not tracing._is_clear({"load": 0.5, "train": 0.5, "copy": 0.1})
    assert tracing._is_clear({"load": 0.5, "train": 0.6, "copy": 0.1})


EXACT = (2, 28, 12, 6)  # stalls that 5 slots hide to the millisecond; 4 of them wait for 72
ONE = (4, 3, 9, 7)  # stalls that one slot hides


@pytest.mark.parametrize(
    ("stalls", "returned", "told"),
    [
        pytest.param(EXACT, (5, 0), "Return three numbers: .* You return 2", id="one is missing"),
        pytest.param(EXACT, (0, 0, 0), "you say 0 slots. Give a whole number from 1", id="no slot"),
        pytest.param(EXACT, (5, 858, 72), "Those are whole steps", id="whole steps"),
        pytest.param(EXACT, (5, 72, 72), "5 slots. That is the wait with another", id="one fewer"),
        pytest.param(EXACT, (5, 0, 0), "4 slots. That is the wait with another", id="one more"),
        pytest.param(EXACT, (5, 0, 72 / 144), "You spread it over the steps", id="by loads"),
        pytest.param(EXACT, (5, 0, 72 / 143), "You spread it over the steps", id="by steps"),
        pytest.param(
            EXACT,
            (5, 0, 1),
            "For load_ms = 2, stall_ms = 28, every = 12 and train_ms = 6 you say that training "
            "waits 1 ms with 4 slots. Replay the log of 12 stalls",
            id="another wait",
        ),
        pytest.param(ONE, (1, 0, 416), "a stalled load is too short", id="shorter"),
        pytest.param(
            ONE, (1, 0, 99), "99 ms with 0 slots. Replay the log of 12", id="no slot left"
        ),
    ],
)
def test_each_way_to_miss_the_wait_at_stalls_is_told_apart(
    stalls: object, returned: object, told: str
) -> None:
    message = told_of(assignment_4.slots_for_stalls, returned, cases=[stalls])
    assert re.search(told, message), message


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (1, "With load_ms = [2, 2, 2, 2, 8, 2], train_ms = [4, 4, 4, 4, 4, 4] and allowed_ms = 0"),
        (1, "you say 1. With so few training waits 4 ms in all"),
        (3, "you say 3. So many are enough, and 2 would be, too"),
        ([2], "Return one whole number of slots"),
        (0, "where no number is enough. You return 0."),
        (1.5, "where no number is enough. You return 1.5."),
    ],
)
def test_where_nothing_is_allowed_training_may_not_wait_at_all(returned: object, told: str) -> None:
    log: dict[str, Any] = {"load": [2, 2, 2, 2, 8, 2], "train": [4] * 6}
    assignment_4.fewest_slots(lambda *_: 2, **log)
    assert told in told_of(assignment_4.fewest_slots, returned, **log)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (theory.exponential_step(3, 2.3, 2) - 2.3, "That is the wait alone"),
        (3, "you say 3. That is the step of times that do not vary"),
        (5.3, "That is the step without a slot"),
        (theory.exponential_step(3, 2.3, 1), "That is the step with 1 slot"),
        (theory.exponential_step(3, 2.3, 3), "That is the step with 3 slots. Look at the powers"),
        (round(theory.exponential_step(3, 2.3, 2), 4), "the right result, but rounded"),
        (2, "With load = 3, train = 2.3 and slots = 2 you say 2. Put the numbers into the formula"),
    ],
)
def test_each_way_to_miss_the_step_by_formula_is_told_apart(returned: float, told: str) -> None:
    case = {"load": 3, "train": 2.3, "slots": 2}
    assert told in told_of(assignment_6.step_by_formula, returned, **case)


LOADS, TRAINS = [4, 9, 2, 8, 7, 3, 9], [6, 3, 7, 5, 9, 1, 2]
REPLAYS = [theory.replay(LOADS, TRAINS, slots) for slots in range(3)]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (REPLAYS[1].trained_s[-1] / 7, "leave out the time until the first ended"),
        (REPLAYS[1].trained_s[-1] / 6, "leave out the time until the first ended"),
        (np.diff(REPLAYS[1].taken_s).mean(), "That is from one element taken to the next"),
        (REPLAYS[1].mean_step_s * 6 / 7, "Of n elements there are n - 1 such steps"),
        (REPLAYS[0].mean_step_s, "That is the step with 0 slots. Which element"),
        (REPLAYS[2].mean_step_s, "That is the step with 2 slots. Which element"),
        (round(REPLAYS[1].mean_step_s, 2), "the right result, but rounded"),
        (1, "is 1, with 1 slot and loads [4, 9, 2, 8, 7, 3, 9] and trains [6, 3, 7, 5, 9, 1, 2]"),
        (1, "Go through the first four elements by hand"),
    ],
)
def test_each_way_to_miss_the_step_by_log_is_told_apart(returned: float, told: str) -> None:
    case = {"loads": LOADS, "trains": TRAINS, "slots": 1}
    assert told in told_of(assignment_6.step_by_log, returned, **case)


def test_the_longest_of_each_pair_is_told_where_a_log_has_two_slots() -> None:
    case = {"loads": LOADS, "trains": TRAINS, "slots": 2}
    assert "That is the step with one slot" in told_of(assignment_6.step_by_log, 7.5, **case)


def test_a_log_of_many_elements_is_told_by_their_number_alone() -> None:
    case = {"loads": [1] * 13, "trains": [2] * 13, "slots": 2}
    told = told_of(assignment_6.step_by_log, 7.5, **case)
    assert "the mean step is 7.5, with 2 slots and 13 elements. Go through" in told


WAITS = [4, 20 / 9, 16 / 9]  # with one slot, what more slots take away, and what stays


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "Return four things: three numbers of milliseconds a step, and a word"),
        (WAITS, "Return four things: three numbers of milliseconds a step, and a word"),
        ((36, *WAITS[1:]), "training waits 36 ms a step with one slot. That is of load_ms = [2, 2"),
        ((36, *WAITS[1:]), "6, 6]. That is the wait of the whole log. Divide it by the steps"),
        ((3.6, *WAITS[1:]), "10 batches make 9 steps: batch 0 is waited for before them"),
        ((4 + 2 / 9, *WAITS[1:]), "You count the wait for the first batch"),
        ((10, *WAITS[1:]), "That is a whole step. How much of it is waiting?"),
        ((66 / 9, *WAITS[1:]), "You begin with no slot. How long does training wait with one?"),
        ((4, 30 / 9, 16 / 9), "You begin with no slot. How long does training wait with one?"),
        ((4, -20 / 9, 16 / 9), "more slots take -2.22222 ms a step away. "),
        ((4, -20 / 9, 16 / 9), "A wait is never less than nothing"),
        ((4, 16 / 9, 16 / 9), "That is another of the three numbers"),
        ((4, 20 / 9, 0.8), "0.8 ms a step stay with any buffer. "),
        ((4, 20 / 9, 0.8), "That follows from the means, in the long run"),
        ((4, 20 / 9, 26 / 9), "That is the wait with a few slots"),
        ((1, *WAITS[1:]), "Replay the log with one slot and with theory.UNBOUNDED, and compare"),
        ((*WAITS, 5), "Your word is 5. Return one of these: one slot, more slots, no buffer"),
        ((*WAITS, "two slots"), "Your word is 'two slots'. Return one of these: one slot, more"),
        ((*WAITS, "one slot"), "You say 'one slot', and the numbers are right. That is of load"),
        ((*WAITS, "one slot"), "With one slot training waits longer than rule 1 allows"),
        ((*WAITS, "no buffer"), "Which is the larger part: what more slots take away, or what"),
    ],
)
def test_each_way_to_miss_what_a_buffer_leaves_is_told_apart(returned: Any, told: str) -> None:
    log = {"load": [2, 2, 12, 12, 2, 2, 2, 2, 30, 2], "train": [6] * 10}
    if returned and len(returned) == 3 and returned is not WAITS:
        returned = (*returned, "more slots")
    assert told in told_of(assignment_4.what_is_left, returned, **log)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (
            (9,),
            "Return two whole numbers: the number of a batch, and a number of steps. You return 1",
        ),
        ((10, 8), "With 3 slots and a log of 26 batches you say batch 10. That is one too late"),
        ((0, 8), "There the buffer has not been full yet"),
        ((7, 8), "When the loop asked for that one, the level was 2"),
        ((8, 8), "When the loop asked for that one, the level was 1"),
        ((13, 8), "That one the loop asked for in vain, but it was not the first"),
        ((8.5, 8), "Compare, for each batch, when the loop asks for it and when it was made"),
        ((-1, 8), "Compare, for each batch, when the loop asks for it and when it was made"),
        (
            (9, 17),
            "26 batches you say batch 9, which is right, and 17 steps. That is the number of a",
        ),
        ((9, 7), "That is one off. A step leads from asking for one batch to asking for the next"),
        ((9, 9), "That is one off. A step leads from asking for one batch to asking for the next"),
        ((9, 9.5), "That is S / (T - l)"),
        ((9, 10), "That is S / (T - l)"),
        ((9, 3), "That is as if each step brought one batch"),
        ((9, 2), "That is as if each step brought one batch"),
        ((9, 1), "and 1 step. There the loop finds something again, but the buffer is not full"),
        ((9, 6), "For each batch behind it: how many made batches wait when the loop asks"),
    ],
)
def test_each_way_to_miss_an_empty_buffer_is_told_apart(returned: object, told: str) -> None:
    # Found at each batch: 0, 1, 3, 3, 3, 3, 3, 2, 1, 0, 1, 2, 1, 0, 1, 2, 2 and 3, at batch 17.
    load = [4] * 3 + [2] * 6 + [40] + [4] * 3 + [20] + [4] * 12
    log = {"load": load, "train": [6] * 26, "slots": 3}
    assert told in told_of(assignment_4.empty_and_full, returned, **log)


def test_a_log_of_more_than_sixteen_batches_is_told_by_their_number() -> None:
    log: dict[str, Any] = {"load": [2] * 20, "train": [4] * 20}
    told = told_of(assignment_4.fewest_slots, 2, **log)
    assert "With a log of 20 batches and allowed_ms = 0 you say 2" in told
    told = told_of(assignment_4.what_is_left, (1, 0, 0, "one slot"), **log)
    assert "1 ms a step with one slot. That is a log of 20 batches. Replay the log" in told


STALL = {"load": [1] * 6 + [22, 1], "train": [5] * 7 + [6]}
STEPS = [theory.replay(STALL["load"], STALL["train"], slots).mean_step_s for slots in range(4)]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "Return two things: a list of predicted steps, and a number of slots"),
        ((STEPS[1:3],), "Return two things: a list of predicted steps, and a number of slots"),
        ((STEPS[1:3], "2"), "Return two things: a list of predicted steps, and a number of slots"),
        ((STEPS[1:3], [2]), "Return two things: a list of predicted steps, and a number of slots"),
        (([9, STEPS[2]], 2), "a step of 9 ms with 1 slot. Replay the log with so many slots, and"),
        (([STEPS[0], STEPS[2]], 2), "with 1 slot. That is the step with another number of slots"),
        (([STEPS[3], STEPS[2]], 2), "with 1 slot. That is the step with another number of slots"),
    ],
)
def test_each_way_to_miss_a_predicted_step_is_told_apart(returned: object, told: str) -> None:
    sweep = {1: [7.1, 7.2], 2: [6.1, 6.2]}
    assert told in told_of(assignment_4.read_sweep, returned, **STALL, sweep=sweep)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (1, "You choose 1 slot of .*In every round the step is shorter with 2 slots"),
        (300.0, "You choose 300 slots of .*That is the largest that was measured. Compare round"),
        (4, "You choose 4 slots of .*Its median is the least, .* Compare round by round"),
        (8, "You choose 8 slots of .*Fewer slots are not clearly beaten. Compare round"),
    ],
)
def test_a_number_of_slots_that_is_not_the_chosen_one_is_told_why(chosen: float, told: str) -> None:
    steps = {1: [9.0, 9.1], 2: [6.2, 6.1], 4: [6.3, 5.0], 8: [6.3, 6.4], 300: [6.6, 6.5]}
    log = {"load": [2, 6, 2], "train": [5, 5, 5]}
    predicted = [theory.replay(log["load"], log["train"], k).mean_step_s for k in steps]
    message = told_of(assignment_4.read_sweep, (predicted, chosen), **log, sweep=steps)
    assert re.search(told, message), message


CLIMB: dict[str, Any] = {
    "pipeline": {
        "read_ms": 40,
        "decode_ms": 20,
        "augment_ms": 10,
        "train_ms": 30,
        "train_work_ms": 12,
        "calls": 1,
        "slots": 0,
    },
    "changes": {
        "calls": {"calls": 4},
        "prefetch": {"slots": 1},
        "cache": {"read_ms": 0, "decode_ms": 0},
    },
    "cores": 2,
}  # 100 ms; the ladder is cache, to 40 ms, and prefetch, to 30 ms
PAIRS = "Return a list of pairs: the name of a change, and the step with it."


@pytest.mark.parametrize(
    ("rungs", "told"),
    [
        (None, f"^{PAIRS} Yours returns nothing"),
        (5, f"^{PAIRS}$"),
        (["ab"], f"^{PAIRS}$"),
        ([("cache",)], f"^{PAIRS}$"),
        ([("sleep", 40)], f"{PAIRS} There is no change 'sleep'"),
        ([(["cache"], 40)], rf"{PAIRS} There is no change \['cache'\]"),
        ([("cache", 10)], "With cache your step is 10 ms. That is loading alone, and not the step"),
        ([("prefetch", 30)], "That is training alone. Does loading keep up with it"),
        ([("prefetch", 100)], "With a slot loading and training go on side by side"),
        (
            [("prefetch", 1)],
            "Work out loading first, .* On this rung read_ms = 40, decode_ms = 20, augment_ms = 10,"
            " train_ms = 30, train_work_ms = 12, calls = 1, slots = 1, on 2 cores",
        ),
        ([("cache", 40), ("calls", 47.5)], "calls after cache .* the step with this change alone"),
        ([("cache", 40), ("calls", 32.5)], "they compute on no more cores than there are"),
        ([("prefetch", 70)], "with prefetch 70, and with cache 40. Work out each change"),
        ([("cache", 40), ("calls", 35)], "rung 2 after cache is calls. .*Alone it gains more"),
        ([], "Your ladder ends before the first change, at 100 ms"),
        (
            [("cache", 40), ("prefetch", 30), ("calls", 30)],
            "You go on with calls after cache, prefetch. .* which is 30 ms: the ladder ends",
        ),
    ],
)
def test_each_way_to_miss_a_rung_is_told_apart(rungs: object, told: str) -> None:
    message = told_of(assignment_5.ladder, rungs, **CLIMB)
    assert re.search(told, message), message


THREE = "Return three things: the name of a stage or None, bytes, and milliseconds."


@pytest.mark.parametrize(
    ("memory", "returned", "told"),
    [
        (2500, "abc", f"^{THREE}$"),
        (2500, ("crop", 2000), f"^{THREE}$"),
        (2500, ("pad", 2000, 170), f"{THREE} There is no stage 'pad'"),
        (2500, (None, 0, 330), "You choose no cache. There is a place where it fits"),
        (2500, ("flip", 2000, 110), "What flip draws would be frozen"),
        (2500, ("decode", 4000, 190), "You choose a cache behind decode. There it does not fit"),
        (2500, ("read", 1000, 290), "The work is 290 ms in all there, and elsewhere it is less"),
        (
            2500,
            ("cast", 2500, 170),
            "It takes 2,500 bytes there, and with 2,000 the work is as lit",
        ),
        (2500, ("crop", 170, 170), "a cache behind crop takes 170 bytes. It keeps for each image"),
        (
            2500,
            ("crop", 2000, 2000),
            "With a cache behind crop you say 2,000 ms in all. In the first",
        ),
        (2500, ("crop", 170, 2000), "You return the work before the bytes"),
        (2500, ("crop", 200, 170), "That is one image. It keeps all of them"),
        (2500, ("crop", 999, 170), "takes 999 bytes. It keeps for each image what the stage"),
        (2500, ("crop", 2000, 17), "That is the work for one image"),
        (2500, ("crop", 2000, 90), "Somebody must fill the cache"),
        (2500, ("crop", 2000, 200), "You count one epoch too many"),
        (2500, ("crop", 2000, 330), "That is the work without a cache"),
        (2500, ("crop", 2000, 110), "That is the work of one epoch"),
        (2500, ("crop", 2000, 30), "That is the work of one epoch"),
        (2500, ("crop", 2000, 1), "With a cache behind crop you say 1 ms in all. In the first"),
        (50, (None, 0, 440), "With no cache you say 440 ms in all. In the first epoch all stages"),
        (
            50,
            ("read", 0, 0),
            "10 images, 3 epochs, 50 bytes of memory; .* flip \\(draws\\) works 3",
        ),
    ],
)
def test_each_way_to_miss_the_place_of_a_cache_is_told_apart(
    memory: int, returned: object, told: str
) -> None:
    stages = [
        ("read", 2, 100, False),
        ("decode", 5, 400, False),
        ("crop", 1, 200, False),
        ("cast", 0, 250, False),
        ("flip", 3, 200, True),
    ]
    case = {"stages": stages, "images": 10, "epochs": 3, "memory": memory}
    message = told_of(assignment_5.cache_place, returned, **case)
    assert re.search(told, message), message


@pytest.mark.parametrize(
    ("worth", "told"),
    [
        (0, "0 cores are worth having. Give a whole number from 1"),
        (1.5, "1.5 cores are worth having. Give a whole number from 1"),
        (1, "1 core is worth having. With so many a step takes at least 24 ms, and with 2 12."),
        (2, "With so many a step takes at least 12 ms, and with 3 10. So one more is still worth"),
        (4, "With so many a step takes at least 10 ms, and with 3 as long"),
    ],
)
def test_cores_that_are_not_those_worth_having_are_told_with_steps(worth: float, told: str) -> None:
    case = {"stages": [("read", 3, 9, False), ("decode", 0, 15, False)], "train": (10, 0)}
    assert told in told_of(assignment_5.least_step, (12, "cores", worth), **case)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ((10, "cores"), "Return three things: milliseconds, the name of what sets them"),
        ((10, ["cores"], 3), "Your name is ['cores'], and it must be one of training, cores"),
        ((10, "disk", 3), "Your name is 'disk', and it must be one of training, cores. The case: "),
        ((10, "read", 3), "read waits 3 and works 9 ms; decode waits 0 and works 15 ms; train_ms"),
    ],
)
def test_what_cannot_set_the_least_step_is_told_with_the_case(returned: object, told: str) -> None:
    case = {"stages": [("read", 3, 9, False), ("decode", 0, 15, False)], "train": (10, 0)}
    assert told in told_of(assignment_5.least_step, returned, **case, cores=4)


DISK = [("read", 50, 12, True), ("decode", 0, 15, False)]


@pytest.mark.parametrize(
    ("least", "told"),
    [
        (10, "A serial stage does one batch after the other, on however many cores"),
        (12, "A serial stage does one batch after the other, on however many cores"),
        (11, "Work out what training, the cores and each serial stage ask for"),
        (11, "The case: read (serial) waits 50 and works 12 ms; decode waits 0 and works 15 ms"),
    ],
)
def test_a_least_step_without_its_serial_stage_is_told_apart(least: int, told: str) -> None:
    case = {"stages": DISK, "train": (10, 0), "cores": 4}
    assert told in told_of(assignment_5.least_step, (least, "read", 1), **case)


def test_no_two_limits_by_chance_are_equal_and_the_largest() -> None:
    seen: list[Any] = []
    reference = reference_answer("5-combining", "t9-least")["least_step"]

    def answer(*given: Any) -> Any:
        seen.append(given)
        return reference(*given)

    assignment_5.least_step(answer)
    for stages, train_ms, train_work_ms, cores in seen:
        serial = [wait + work for _, wait, work, is_serial in stages if is_serial]
        needed = train_work_ms + sum(work for _, _, work, _ in stages)
        limits = [train_ms, needed / cores, *serial]
        assert limits.count(max(limits)) == 1
    assert len(seen) == 40


def test_buffers_by_chance_are_found_nearly_full_and_then_empty() -> None:
    seen: list[list[int]] = []
    reference = reference_answer("4-buffer-size", "t9-autotune")["autotuned_sizes"]

    def answer(looks: list[int]) -> Any:
        seen.append(looks)
        return reference(looks)

    for _ in range(8):
        assignment_4.autotuned_sizes(answer)
    assert any(
        now == 0 and 1 < before < size
        for looks in seen
        for before, now, size in zip(looks, looks[1:], reference(looks), strict=False)
    )


@pytest.mark.parametrize("parts", [1, 3])
def test_elements_of_one_or_three_parts_are_no_pairs(parts: int) -> None:
    def build(numbers: tf.data.Dataset, fetch: Any, label_of: Any, calls: int) -> tf.data.Dataset:
        def made(number: Any) -> Any:
            return (fetch(number), label_of(number), number)[:parts]

        return numbers.map(made, calls)

    with pytest.raises(Mistake, match="does not give pairs"):
        assignment_5.in_pairs(build)


def test_the_first_image_and_its_label_alone_are_told_of_a_run() -> None:
    crossed = pairing.Run(calls=4, pairs=[(0, "label 1"), (1, "label 1")])
    straight = pairing.Run(calls=4, pairs=[(0, "label 0"), (1, "label 2")])
    assert str(crossed) == "the first label stands beside its image: False"
    assert str(straight) == "the first label stands beside its image: True"


def test_what_repeats_is_told_of_the_second_epoch_and_not_of_the_third() -> None:
    begun = itertools.count()

    def build(numbers: tf.data.Dataset, load: Any, augment: Any, count: int, size: int) -> Any:
        given = [int(number) for number in numbers]

        def epoch() -> Any:
            later = next(begun) > 0  # the second and the third are alike
            yield from ((number, 0.1 * later) for number in sorted(given, reverse=later))

        kinds = (tf.TensorSpec((), tf.int64), tf.TensorSpec((), tf.float32))
        drawn = tf.data.Dataset.from_generator(epoch, output_signature=kinds)

        def lighter(number: tf.Tensor, by: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return tf.cast(load(number)[0], tf.float32) / 255.0 + by, number

        return drawn.map(lighter).batch(size)

    told = assignment_5.what_repeats(build)
    assert "in the order of epoch 1: False" in told
    assert "the brightness of epoch 1: False" in told


def test_a_restart_with_the_option_on_is_told_beside_one_with_it_off() -> None:
    options = tf.data.Options()
    options.deterministic = True  # any option, in place of the one that is meant

    def answer(dataset: tf.data.Dataset, folder: str, steps: int, train: Any) -> None:
        lost = 5 if dataset.options().deterministic else 0
        for element in dataset.skip(lost).take(2):
            train(element)

    told = assignment_6.trained_on(answer, lambda dataset: dataset.with_options(options))
    assert "run 3: [0, 1]" in told
    assert "more are missing where the option is on in run 3: True" in told


def test_the_first_value_of_an_image_that_differs_is_named() -> None:
    reference = reference_answer("6-internals", "t5-python")["unpacked"]

    def brighter(records: tf.data.Dataset, side: int, calls: int) -> tf.data.Dataset:
        return reference(records, side, calls).map(lambda image: image + tf.constant(1, tf.uint8))

    with pytest.raises(Mistake, match="its value 0 is"):
        assignment_6.unpacked(brighter)


@pytest.mark.parametrize(
    ("left_out", "told"), [(1, "1 good record does"), (2, "2 good records do")]
)
def test_good_records_that_do_not_come_are_told_by_their_number(left_out: int, told: str) -> None:
    reference = reference_answer("6-internals", "t4-errors")["good_batches"]

    def late(*given: Any) -> tf.data.Dataset:
        return reference(*given).skip(left_out)

    with pytest.raises(Mistake, match=f"{told} not come"):
        assignment_6.good_batches(late, count=12, bad=[3], batch_size=1, calls=2)
