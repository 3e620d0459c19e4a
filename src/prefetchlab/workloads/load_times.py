"""Times to load that vary as storage makes them vary: each kind has the mean that is asked for."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prefetchlab import given

Shape = Callable[[int, np.random.Generator], NDArray[np.float64]]

_PERIOD = 8  # elements from stall to stall, in the mean
_STALL = 7.0  # how many ordinary loads a stall adds


def _gamma(variation: float) -> Shape:
    """Loads drawn from a gamma distribution: their standard deviation is `variation` means."""
    shape = 1 / variation**2
    return lambda count, random: random.gamma(shape, 1 / shape, count)


def _two_kinds(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """One element in four takes five times as long as the others, at random."""
    return np.where(random.random(count) < 0.25, 5.0, 1.0)


def _stalls(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """One load in eight takes eight times as long, at equal distances."""
    return np.where(np.arange(count) % _PERIOD == _PERIOD // 2, 1 + _STALL, 1.0)


def _clusters(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """As many stalls, but two together, with one ordinary load between them."""
    place = np.arange(count) % (2 * _PERIOD)
    return np.where((place == _PERIOD // 2) | (place == _PERIOD // 2 + 2), 1 + _STALL, 1.0)


_SHAPES: dict[str, Shape] = {
    "constant": lambda count, random: np.ones(count),
    "jitter": _gamma(0.3),
    "strong jitter": _gamma(1.0),
    "two kinds": _two_kinds,
    "stalls": _stalls,
    "clusters": _clusters,
}
KINDS = tuple(_SHAPES)


def load_times(kind: str, mean_s: float, count: int, *, seed: int = 0) -> list[float]:
    """Times to load `count` elements.

    - "constant": all alike;
    - "jitter", "strong jitter": gamma distributed, with a standard deviation of 0.3 and 1 means;
    - "two kinds": one in four, at random, takes five times as long as the others;
    - "stalls": one in eight takes eight times as long, at equal distances;
    - "clusters": as many stalls, but two of them close together.

    >>> [round(load_s, 4) for load_s in load_times("stalls", 0.015, 8)]
    [0.008, 0.008, 0.008, 0.008, 0.064, 0.008, 0.008, 0.008]

    **Arguments:**

    - `kind`: one of `KINDS`.
    - `mean_s`: the mean of these times, in seconds.
    - `count`: how many, from 1.
    - `seed`: of what is drawn, from 0; the same seed draws the same times.

    **Raises:** `InputError` if the kind is unknown, or a number is out of bounds.
    """
    given.one_of("kind", kind, KINDS)
    mean_s, count = given.seconds("mean_s", mean_s), given.whole("count", count, least=1)
    seed = given.whole("seed", seed, least=0)
    times = _SHAPES[kind](count, np.random.default_rng(seed))
    scaled: list[float] = (times * mean_s / times.mean()).tolist()
    return scaled
