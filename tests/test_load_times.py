"""Loads that vary: each kind has the mean that was asked for, and the shape of its docstring."""

import statistics
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefetchlab.errors import InputError
from prefetchlab.workloads import KINDS, load_times

MEAN_S = 0.015


def lengths(kind: str, count: int, seed: int = 0) -> list[float]:
    """The loads as multiples of the shortest one."""
    times = load_times(kind, MEAN_S, count, seed=seed)
    shortest = min(times)
    return [round(load_s / shortest, 6) for load_s in times]


@given(st.sampled_from(KINDS), st.floats(0, 3600), st.integers(1, 200), st.integers(0, 2**40))
def test_each_kind_has_the_count_and_the_mean_that_was_asked_for(
    kind: str, mean_s: float, count: int, seed: int
) -> None:
    times = load_times(kind, mean_s, count, seed=seed)
    assert len(times) == count and min(times) >= 0
    assert all(type(load_s) is float for load_s in times)
    assert statistics.fmean(times) == pytest.approx(mean_s)


@given(st.sampled_from(KINDS), st.integers(0, 100))
def test_the_same_seed_draws_the_same_times(kind: str, seed: int) -> None:
    first, again = (load_times(kind, MEAN_S, 64, seed=seed) for _ in range(2))
    assert first == again
    other = load_times(kind, MEAN_S, 64, seed=seed + 1)
    assert (first == other) is (kind in ("constant", "stalls", "clusters"))


def test_who_gives_no_seed_gets_the_times_of_seed_0() -> None:
    assert load_times("jitter", MEAN_S, 9) == load_times("jitter", MEAN_S, 9, seed=0)


def test_constant_loads_are_all_alike() -> None:
    assert load_times("constant", MEAN_S, 20) == [MEAN_S] * 20


@pytest.mark.parametrize(("kind", "variation"), [("jitter", 0.3), ("strong jitter", 1.0)])
def test_jitter_has_the_standard_deviation_and_the_skew_of_its_gamma(
    kind: str, variation: float
) -> None:
    times = np.array(load_times(kind, 1.0, 100_000))
    assert times.std() == pytest.approx(variation, rel=0.03)
    skew = float(((times - 1) ** 3).mean() / times.std() ** 3)
    assert skew == pytest.approx(2 * variation, rel=0.15)


def test_two_kinds_are_one_in_four_that_takes_five_times_as_long_at_random() -> None:
    drawn = lengths("two kinds", 40_000)
    assert set(drawn) == {1, 5}
    assert drawn.count(5) / 40_000 == pytest.approx(0.25, abs=0.01)
    followed = [after for before, after in pairwise(drawn) if before == 5]
    assert followed.count(5) / len(followed) == pytest.approx(0.25, abs=0.02)


def test_stalls_are_one_in_eight_at_equal_distances() -> None:
    drawn = lengths("stalls", 800)
    places = [place for place, length in enumerate(drawn) if length == 8]
    assert set(drawn) == {1, 8}
    assert len(places) == 100
    assert set(np.diff(places).tolist()) == {8}


def test_clusters_are_as_many_stalls_with_one_load_between_two() -> None:
    drawn = lengths("clusters", 800)
    places = [place for place, length in enumerate(drawn) if length == 8]
    assert set(drawn) == {1, 8}
    assert len(places) == 100
    assert np.diff(places).tolist()[:3] == [2, 14, 2]
    assert set(np.diff(places).tolist()) == {2, 14}


def test_the_docstring_tells_of_each_kind() -> None:
    for kind in KINDS:
        assert f'"{kind}"' in (load_times.__doc__ or "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(("bursts", 1, 1), "kind: 'bursts' is unknown; give one of", id="kind"),
        pytest.param(("jitter", -1, 1), "mean_s: -1.0 is no time; give seconds", id="negative"),
        pytest.param(("jitter", "1", 1), "mean_s: '1' is no time", id="text"),
        pytest.param(("jitter", float("nan"), 1), "mean_s: nan is no time", id="NaN"),
        pytest.param(("jitter", 1, 0), "count: 0 is too small; give at least 1", id="none"),
        pytest.param(("jitter", 1, 2.0), "count: 2.0 is not a whole number", id="float"),
    ],
)  # fmt: skip
def test_a_load_that_cannot_be_is_refused(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        load_times(*given)


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_a_seed_is_a_whole_number_from_0(seed: Any) -> None:
    with pytest.raises(InputError, match=r"^seed: "):
        load_times("jitter", 1, 1, seed=seed)
