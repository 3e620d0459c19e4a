"""What is no time, no buffer's size or no number of cores is refused by all of the theory."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab import theory
from prefetchlab.errors import InputError
from prefetchlab.theory import UNBOUNDED, Side

NAN, INF = math.nan, math.inf

NO_NUMBERS = [True, np.True_, "1", None, [1.0], 1j, np.timedelta64(1)]
NO_TIMES = [
    NAN, INF, -INF, -1.0, -5e-324, np.float64("nan"), np.float16(INF), 1e16, 10**400, 10**5000,
]  # fmt: skip
NO_WHOLES = [NAN, -INF, -1, -3, 1.5, np.float32(0.5), 10**5000]
NO_ROWS: list[Any] = [
    [], [1.0, NAN], [1.0, INF], [-1.0, 1.0], [1.0, 1e16], np.array([]), np.array([1.0, -2.0]),
    [True, 1.0], [1.0, np.True_], np.array([True, False]), ["1", "2"], "12", None, 1.0,
    [[1.0, 2.0]], [[1.0], [1.0, 2.0]], [1.0, None], [1j, 1.0], {1.0, 2.0}, np.array(1.0),
    b"ab", bytearray(b"ab"), np.ma.array([1.0, 2.0], mask=[False, True]),
]  # fmt: skip
BAD = {
    "time": [*NO_NUMBERS, *NO_TIMES],
    "divisor": [*NO_NUMBERS, *NO_TIMES, 0, 0.0, np.float16(0)],
    "whole": [*NO_NUMBERS, *NO_WHOLES, INF, 0],
    "slots": [*NO_NUMBERS, *NO_WHOLES],
    "slots from 1": [*NO_NUMBERS, *NO_WHOLES, 0],
    "row": NO_ROWS,
    "row of 2": [*NO_ROWS, [1.0]],
}


def shared_step(**given: Any) -> theory.Range:
    """`shared_step` with the two times and the CPU-seconds of each side as arguments."""
    load, train = (Side(given[f"{name}.times_s"], given[f"{name}.cpu_s"]) for name in SIDES)
    return theory.shared_step(load, train, given["slots"], cores=given["cores"])


SIDES = ("load", "train")
# Each function, and for each of its arguments: what it is, and one that is right.
FUNCTIONS: dict[Callable[..., Any], dict[str, tuple[str, Any]]] = {
    theory.replay: {
        "load_s": ("row of 2", [1.0, 2.0]),
        "train_s": ("row of 2", [1.0, 2.0]),
        "slots": ("slots", 1),
    },
    theory.serial_step: {"load_s": ("row", [1.0]), "train_s": ("row", [2.0])},
    theory.one_slot_step: {"load_s": ("row", [1.0]), "train_s": ("row", [2.0])},
    theory.unbounded_step: {"load_s": ("row", [1.0]), "train_s": ("row", [2.0])},
    theory.exponential_step: {
        "load_s": ("time", 1.0),
        "train_s": ("time", 2.0),
        "slots": ("slots", 1),
    },
    theory.burst_step: {
        "base_s": ("time", 1.0),
        "stall_s": ("time", 9.0),
        "every": ("whole", 4),
        "train_s": ("time", 2.0),
        "slots": ("slots from 1", 1),
    },
    theory.slots_for_burst: {
        "base_s": ("time", 1.0),
        "stall_s": ("time", 9.0),
        "train_s": ("divisor", 2.0),
    },
    theory.autotuned: {
        "load_s": ("row of 2", [1.0, 2.0]),
        "train_s": ("row of 2", [1.0, 2.0]),
    },
    theory.enough_slots: {
        "load_s": ("row of 2", [1.0, 2.0]),
        "train_s": ("row of 2", [1.0, 2.0]),
        "within": ("time", 0.01),
    },
    theory.speedup: {"load_s": ("time", 1.0), "train_s": ("time", 2.0)},
    theory.limit: {
        "load_s": ("time", 1.0),
        "train_s": ("time", 2.0),
        "cpu_work_s": ("time", 2.0),
        "cores": ("divisor", 1.5),
    },
    shared_step: {
        "load.times_s": ("row of 2", [1.0, 2.0]),
        "load.cpu_s": ("time", 1.0),
        "train.times_s": ("row of 2", [1.0, 2.0]),
        "train.cpu_s": ("time", 1.0),
        "slots": ("slots", 1),
        "cores": ("divisor", 1.5),
    },
}
ARGUMENTS = [(function, name) for function in FUNCTIONS for name in FUNCTIONS[function]]


def named(case: object) -> str:
    return getattr(case, "__name__", str(case))


def call(function: Callable[..., Any], **other: Any) -> Any:
    """Call it with right arguments, but for the `other` ones."""
    return function(**{name: right for name, (_, right) in FUNCTIONS[function].items()} | other)


def test_every_public_function_of_the_theory_is_in_the_table() -> None:
    public = {name for name in theory.__all__ if callable(getattr(theory, name))}
    functions = {name for name in public if name.islower()}
    assert functions == {function.__name__ for function in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_right_arguments_are_taken(function: Callable[..., Any]) -> None:
    call(function)


@pytest.mark.parametrize(("function", "argument"), ARGUMENTS, ids=named)
def test_a_wrong_argument_is_named_in_one_line_with_what_to_do(
    function: Callable[..., Any], argument: str
) -> None:
    kind, _ = FUNCTIONS[function][argument]
    for wrong in BAD[kind]:
        with pytest.raises(InputError) as caught:
            call(function, **{argument: wrong})
        place, colon, rest = str(caught.value).partition(": ")
        assert (place, colon) == (argument, ": ")
        assert "; give " in rest
        assert len(str(caught.value)) < 150


def test_bad_input_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="slots: -3 is out of range"):
        theory.replay([1.0, 2.0], [1.0, 2.0], -3)


def test_rows_of_two_lengths_are_refused_with_both() -> None:
    with pytest.raises(InputError, match="train_s: it holds 2 times and load_s 3; give both"):
        theory.replay([1.0, 2.0, 3.0], [1.0, 2.0], 1)


def test_a_side_that_computes_and_takes_no_time_is_refused() -> None:
    with pytest.raises(InputError, match=r"train.times_s: all are 0, and it computes"):
        call(shared_step, **{"train.times_s": [0.0, 0.0]})


@pytest.mark.parametrize(
    "row",
    [
        pytest.param((1, 2), id="a tuple of ints"),
        pytest.param(range(1, 3), id="a range"),
        pytest.param(np.array([1, 2], np.int32), id="an array of ints"),
        pytest.param(np.array([1, 2], np.float32), id="an array of float32"),
        pytest.param(np.array([1.0, 9.0, 2.0])[::2], id="a part of an array"),
    ],
)
def test_a_row_may_be_anything_that_holds_numbers(row: Any) -> None:
    assert theory.serial_step(row, [0.0]) == 1.5


@pytest.mark.parametrize("slots", [1, 1.0, np.int64(1), np.float64(1)])
def test_slots_may_be_any_whole_number(slots: Any) -> None:
    assert theory.replay([5.0, 5.0], [4.0, 4.0], slots).mean_step_s == 5


@given(st.data())
def test_what_is_taken_gives_finite_results(data: st.DataObject) -> None:
    times = st.floats(0, 1e15)
    rows = st.lists(times, min_size=3, max_size=3)
    some: dict[str, st.SearchStrategy[Any]] = {
        "time": times,
        "divisor": st.floats(1e-15, 1e15),
        "whole": st.integers(1, 10**15),
        "slots": st.integers(0, 10**15) | st.just(UNBOUNDED),
        "slots from 1": st.integers(1, 10**15) | st.just(UNBOUNDED),
        "row": rows,
        "row of 2": rows,
    }
    function = data.draw(st.sampled_from(list(FUNCTIONS)))
    try:
        result = function(
            **{name: data.draw(some[kind]) for name, (kind, _) in FUNCTIONS[function].items()}
        )
    except InputError as error:
        assert "are 0" in str(error)  # what only several values together show
        return
    assert all(map(math.isfinite, numbers_in(result)))


def numbers_in(result: Any) -> list[float]:
    match result:
        case theory.Schedule():
            return [*result.trained_s, result.mean_step_s]
        case theory.Autotuned():
            return [*numbers_in(result.schedule), *result.slots]
        case theory.Range():
            return [result.least_s, result.middle_s, result.most_s]
        case theory.Limit():
            return [result.step_s]
        case number:
            return [number]
