"""A machine that is simulated: its clock moves where something is loaded or trained, by itself not.

So what a student's function measures there is exact, on any computer.
"""

from collections.abc import Iterator, Sequence

import numpy as np

DAY_S = 86_400.0


class Bench:
    """Batches that take their time to load, and a device that trains on its own.

    >>> bench = Bench(loading=[2.0, 1.0], training=[3.0, 3.0], up_s=10)
    >>> for batch in bench.batches:
    ...     bench.device.train(batch)
    ...     bench.device.wait()
    ...     print(batch, bench.clock())
    0 15.0
    1 19.0

    Attributes:
        loading: how long each batch takes to load, seconds.
        training: how long the device trains on each batch, seconds.
        batches: what to loop over: 0, 1, 2, …
        device: has `train(batch)`, which returns at once, and `wait()`.
        trained: the batches that the device was given.
        early: how many batches were loaded when the device was given its first one.
        reads: for each reading of the clock, whether the device was still training.
    """

    def __init__(
        self, loading: Sequence[float], training: Sequence[float], *, up_s: float = 1000 * DAY_S
    ) -> None:
        """Start a machine that has been up for `up_s` seconds; so much is on its clock."""
        self.loading = list(loading)
        self.training = list(training)
        self.batches = _Batches(self)
        self.device = Device(self)
        self.trained = list[int]()
        self.early: int | None = None
        self.reads = list[bool]()
        self._loaded = 0
        self._now_s = self._up_s = up_s
        self._free_s = up_s  # when the device has done what it was given

    def clock(self) -> float:
        """Seconds since the machine was started."""
        self.reads.append(self._now_s < self._free_s)
        return self._now_s

    @property
    def passed_s(self) -> float:
        """Seconds since the bench was made, until the device has done all."""
        return max(self._now_s, self._free_s) - self._up_s

    def _load(self) -> Iterator[int]:
        for batch, seconds in enumerate(self.loading):
            self._now_s += seconds
            self._loaded += 1
            yield batch

    def _train(self, batch: int) -> None:
        if self.early is None:
            self.early = self._loaded
        self.trained.append(batch)
        self._free_s = max(self._now_s, self._free_s) + self.training[batch]

    def _wait(self) -> None:
        self._now_s = max(self._now_s, self._free_s)


class _Batches:
    """Loads each batch when it is asked for."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __iter__(self) -> Iterator[int]:
        return self._bench._load()


class Device:
    """What trains: it takes a batch and works on its own, as an accelerator does."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def train(self, batch: int) -> None:
        """Hand it a batch, and return at once; it trains on one after the other."""
        self._bench._train(batch)

    def wait(self) -> None:
        """Return when the device is done with all that it was given."""
        self._bench._wait()


def by_chance() -> Bench:
    """A bench with 5 to 12 batches, the first of which takes long."""
    rng = np.random.default_rng()
    count = int(rng.integers(5, 13))
    loading, training = rng.integers(1_000, 60_000, (2, count)) / 1e6
    loading[0] += 1.5
    training[0] += 2.5
    return Bench(loading.tolist(), training.tolist(), up_s=float(rng.integers(900, 1100)) * DAY_S)
