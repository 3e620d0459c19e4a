"""A cache and a prefetch over epochs: what each arm reads, and what is made of the times."""

import importlib
import itertools
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from prefetchlab import experiments, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import EPOCHS, Experiment, Pace
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.protocol import TrainAlone, Variant
from prefetchlab.experiments.slots import Slots
from prefetchlab.measure import Calibration, Result
from prefetchlab.workloads import SimulatedAccelerator

MODULE: Any = importlib.import_module("prefetchlab.experiments.epochs")  # it has a function, too
PACE = Pace(steps=4, repeats=1)
COUNT = PACE.steps + 2  # elements of an epoch
Make = Callable[[], tf.data.Dataset]
NAMES = [
    "serial, first epoch",
    "serial, later epochs",
    "prefetch(1), first epoch",
    "prefetch(1), later epochs",
    "cache, first epoch",
    "cache, later epochs",
    "cache + prefetch(1), first epoch",
    "cache + prefetch(1), later epochs",
]
LOADS = ["read, first epoch", "read, later epochs", "cached, first epoch", "cached, later epochs"]


@dataclass
class Planned:
    """What the experiment gives to `compare`, on a source that counts and does not wait.

    Attributes:
        made: how many elements all sources have made.
        waits_s: what each source was to wait.
    """

    made: int = 0
    waits_s: list[float] = field(default_factory=list)
    variants: dict[str, Variant] = field(default_factory=dict)
    loads: dict[str, Make] = field(default_factory=dict)
    trains: dict[str, TrainAlone] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    experiment: Experiment | None = None

    def source(self, count: int, wait_s: float) -> tf.data.Dataset:
        def generate() -> Iterator[int]:
            for element in range(count):
                self.made += 1
                yield element

        self.waits_s.append(wait_s)
        return tf.data.Dataset.from_generator(
            generate, output_signature=tf.TensorSpec((), tf.int64)
        )

    def compare(
        self, variants: Sequence[Variant], *, loads: Any, trains: Any, **others: Any
    ) -> tuple[Result, ...]:
        self.variants = {variant.name: variant for variant in variants}
        self.loads, self.trains, self.others = loads, trains, others
        return ()

    def taken(self, dataset: tf.data.Dataset, count: int) -> list[int]:
        """The elements that come first, with the count of what was made for them from 0."""
        self.made = 0
        return [int(element) for element in itertools.islice(dataset, count)]


def progress(*_: object) -> None: ...


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Planned:
    it = Planned()
    monkeypatch.setattr(MODULE, "slow_source", it.source)
    monkeypatch.setattr(MODULE, "compare", it.compare)
    monkeypatch.setattr(MODULE, "calibrate_source", lambda *_: Calibration(0.007, 0.009, 0.008))
    monkeypatch.setattr(MODULE, "calibrate_accelerator", lambda *_: Calibration(0.0, 0.002, 0.001))
    it.experiment = experiments.epochs(0.008, 0.001, PACE, progress=progress)
    return it


def test_each_of_cache_and_prefetch_is_set_against_none_in_both_epochs(planned: Planned) -> None:
    assert list(planned.variants) == NAMES
    assert [each.slots for each in planned.variants.values()] == [
        Slots.exactly(k) for k in (0, 0, 1, 1) * 2
    ]
    assert EPOCHS == ("first epoch", "later epochs")


def test_each_arm_is_predicted_by_its_own_epoch_without_the_prefetch(planned: Planned) -> None:
    assert [each.load for each in planned.variants.values()] == LOADS[:2] * 2 + LOADS[2:] * 2
    assert sorted(planned.loads) == sorted(LOADS)
    for make in planned.loads.values():
        assert "Prefetch" not in graph.written(make()).names


def arms(planned: Planned) -> dict[str, Make]:
    """All that is run, the loads too, by name."""
    made = {name: each.dataset for name, each in planned.variants.items()}
    return made | {f"load: {name}": make for name, make in planned.loads.items()}


def test_what_is_written_runs_and_is_what_the_name_says(planned: Planned) -> None:
    for name, make in arms(planned).items():
        written = graph.written(make())
        assert graph.runs(make()) == written
        assert ("Cache" in written.names) == ("cache" in name)
        assert ("Prefetch(1)" in str(written)) == ("prefetch" in name)


@pytest.mark.parametrize("steps", [1, PACE.steps + 1])
def test_a_later_epoch_begins_after_a_first_and_reads_no_cached_file(
    planned: Planned, steps: int
) -> None:
    for name, make in arms(planned).items():
        assert planned.taken(make(), steps) == list(range(steps)), name
        passed = COUNT if name.endswith("later epochs") else 0
        from_cache = "cache" in name and passed > 0
        read = passed if from_cache else passed + steps
        ahead = "prefetch" in name and not from_cache
        assert read <= planned.made <= read + ahead, name


def test_a_first_epoch_lasts_for_its_timing_and_a_later_one_has_followers(
    planned: Planned,
) -> None:
    for name, make in arms(planned).items():
        lasts = len(planned.taken(make(), 3 * COUNT))
        assert lasts == (3 * COUNT if name.endswith("later epochs") else COUNT), name
    assert PACE.steps + 1 <= COUNT


def test_both_sides_wait_as_calibrated(planned: Planned) -> None:
    for make in arms(planned).values():
        make()
    assert set(planned.waits_s) == {0.007}
    assert list(planned.trains) == ["eager"]
    alone = planned.trains["eager"]
    assert isinstance(alone.step, SimulatedAccelerator)
    assert len(list(alone.ready())) >= PACE.steps + 1
    assert graph.runs(alone.ready()) == graph.written(alone.ready())
    assert planned.others == {"pace": PACE, "cores": Cores.at_rest(), "progress": progress}


def test_the_title_tells_what_was_asked_for_and_the_note_what_was_not_reached(
    planned: Planned,
) -> None:
    assert planned.experiment is not None
    assert planned.experiment.title == (
        "A source that waits 8 ms and a simulated accelerator that waits 1 ms"
    )
    assert planned.experiment.note == (
        "Both sides only wait, so no core is short and the slower side sets the limit. Asked for "
        "8 ms of loading, it took 9.00 ms here. Asked for 1 ms of training, it took 2.00 ms here."
    )


@pytest.fixture(scope="module")
def measured() -> Experiment:
    return experiments.epochs(0.001, 0.001, Pace(steps=3, repeats=2, again=False))


def test_every_arm_is_measured_and_fit_for_json(measured: Experiment) -> None:
    rows = json.loads(json.dumps(measured.to_dict()))
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        assert len(row["repeats_s"]) == len(row["limit_repeats_s"]) == 2
        assert "cores_together" not in row["versions"]  # nothing computes
        assert row["peace"] is not None


def test_a_prefetch_is_never_predicted_to_make_an_epoch_slower(measured: Experiment) -> None:
    for epoch in EPOCHS:
        for without, with_one in (("serial", "prefetch(1)"), ("cache", "cache + prefetch(1)")):
            slow, fast = (measured.result(f"{each}, {epoch}") for each in (without, with_one))
            assert fast.predicted_s <= slow.predicted_s


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ((-0.01, 0.01), "load_s: -0.01 is no time"),
        ((0.01, math.nan), "train_s: nan is no time"),
        (([0.01], 0.01), r"load_s: \[0.01\] is no time"),
        ((0.01, "1"), "train_s: '1' is no time"),
    ],
)
def test_what_is_no_time_is_refused_before_anything_runs(times: Any, said: str) -> None:
    told: list[object] = []
    load_s, train_s = times
    with pytest.raises(InputError, match=f"^{said}"):
        experiments.epochs(load_s, train_s, PACE, progress=lambda *tell: told.append(tell))
    assert told == []
