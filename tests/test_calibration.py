"""Calibration: the wait that gives the mean step asked for, and a word where none does."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from prefetchlab.errors import InputError
from prefetchlab.measure import Calibration, StepTimes, calibrate, calibrated_wait

Run = Callable[[float], StepTimes]


def steps(*seconds: float) -> StepTimes:
    return StepTimes(np.array(seconds), cpu_s=0.0, wait_s=0.0)


def with_overhead(wait_s: float) -> StepTimes:
    return steps(wait_s * 1.01 + 0.0006)


def one_after_another(measured_s: Sequence[float]) -> tuple[Run, list[float]]:
    """A run that measures these steps one after another, and the waits that it was given."""
    waits: list[float] = []
    left = iter(measured_s)

    def run(wait_s: float) -> StepTimes:
        waits.append(wait_s)
        return steps(next(left))

    return run, waits


def test_calibration_finds_the_wait_behind_a_constant_overhead() -> None:
    wait_s = calibrated_wait(0.010, with_overhead)
    assert with_overhead(wait_s).mean_s == pytest.approx(0.010, rel=1e-3)


def test_calibration_tunes_the_mean_and_not_the_median() -> None:
    def run(wait_s: float) -> StepTimes:  # one step in ten takes 5 ms longer
        return steps(*[wait_s] * 9, wait_s + 0.005)

    found = calibrate(0.010, run)
    assert run(found.wait_s).mean_s == pytest.approx(0.010)
    assert run(found.wait_s).median_s == pytest.approx(0.0095)
    assert found.reached


def test_the_last_correction_is_measured_too() -> None:
    run, waits = one_after_another([0.012, 0.011, 0.0101])
    found = calibrate(0.010, run, rounds=2)
    assert waits == pytest.approx([0.010, 0.008, 0.007])
    assert found == Calibration(waits[-1], 0.0101, 0.010)


def test_the_best_wait_that_was_seen_is_kept() -> None:
    run, waits = one_after_another([0.012, 0.0099, 0.016])
    found = calibrate(0.010, run, rounds=2)
    assert (found.wait_s, found.step_s) == (waits[1], 0.0099)
    assert found.reached


@pytest.mark.parametrize("calibrates", [calibrate, calibrated_wait])
def test_two_corrections_are_made_if_nothing_is_said(calibrates: Callable[..., object]) -> None:
    run, waits = one_after_another([0.012] * 9)
    calibrates(0.010, run)
    assert waits == pytest.approx([0.010, 0.008, 0.006])


@pytest.mark.parametrize(
    ("step_s", "reached"), [(0.0094, False), (0.0096, True), (0.0104, True), (0.0106, False)]
)
def test_a_step_more_than_5_percent_off_is_told(step_s: float, reached: bool) -> None:
    run, _ = one_after_another([step_s] * 3)
    assert calibrate(0.010, run).reached is reached


@pytest.mark.parametrize(("target_s", "rounds"), [(-0.01, 2), (math.nan, 2), (0.01, -1)])
def test_a_target_or_rounds_that_cannot_be_are_refused(target_s: float, rounds: int) -> None:
    with pytest.raises(InputError, match=r"^(target_s|rounds): .*; give .* 0"):
        calibrated_wait(target_s, with_overhead, rounds=rounds)


def test_a_step_that_is_too_long_without_any_wait_gets_none_and_is_told() -> None:
    found = calibrate(0.001, lambda wait_s: steps(wait_s + 0.005))
    assert found == Calibration(wait_s=0.0, step_s=0.005, target_s=0.001)
    assert not found.reached
    assert calibrated_wait(0.001, lambda wait_s: steps(wait_s + 0.005)) == 0
