"""Waits that are waits, train steps that train, and arguments that are checked."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prefetchlab import pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.timeline import Recorder
from prefetchlab.workloads import (
    KerasStep,
    QueueingAccelerator,
    SimulatedAccelerator,
    make_shards,
    open_images,
    slow_map,
    slow_source,
)

pytestmark = pytest.mark.long

NAN, INF = float("nan"), float("inf")


def test_a_small_keras_network_learns_the_drawn_classes(tmp_path: Path) -> None:
    make_shards(tmp_path, count=1000, seed=0)
    data = open_images(tmp_path)
    step = KerasStep(data.size, len(data.class_names))
    for _ in range(5):
        for batch in pipelines.image_batches(data, parallel_calls=2).shuffle(32, seed=0):
            step(batch)
    right = [
        np.argmax(step.model.predict_on_batch(batch), axis=-1) == labels
        for batch, labels in pipelines.image_batches(data, split="validation")
    ]
    assert np.mean(right) > 0.9


def test_a_keras_step_really_trains() -> None:
    step = KerasStep(size=32, classes=2)
    batch = (tf.fill([8, 32, 32, 3], tf.constant(200, tf.uint8)), tf.ones([8], tf.int64))
    losses = [step(batch) for _ in range(5)]
    assert losses[-1] < losses[0]


def test_a_keras_step_takes_the_smallest_images() -> None:
    step = KerasStep(size=16, classes=1)
    assert step((tf.zeros([2, 16, 16, 3], tf.uint8), tf.zeros([2], tf.int64))) == 0


def test_a_simulated_accelerator_says_that_it_is_simulated() -> None:
    assert "simulated" in SimulatedAccelerator(0.0).name
    assert "simulated" in QueueingAccelerator(0.0).name


def test_an_accelerator_that_queues_returns_before_the_step_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()
    monkeypatch.setattr("prefetchlab.workloads.consumers.time.sleep", lambda _: released.wait())
    accelerator = QueueingAccelerator(0.010)
    for batch in range(3):
        accelerator(batch)
    assert accelerator.done == 0
    released.set()
    accelerator.synchronise()
    assert accelerator.done == 3


def test_there_is_nothing_to_wait_for_before_a_step() -> None:
    accelerator = QueueingAccelerator(0.0)
    accelerator.synchronise()
    assert accelerator.done == 0


def test_a_slow_source_makes_an_element_only_when_asked() -> None:
    recorder = Recorder()
    iterator = iter(slow_source(5, [0.0, 0.001], recorder=recorder))
    assert recorder.timeline().events == ()
    next(iterator)
    assert recorder.timeline().lane("load")[0].index == 0


def test_a_slow_map_waits_for_every_element() -> None:
    recorder = Recorder()
    mapped = slow_map(tf.data.Dataset.range(6), 0.0, recorder=recorder)
    assert [int(element) for element in mapped] == [*range(6)]
    assert len(recorder.timeline().lane("load")) == 6


def sourced(load_s: object) -> tf.data.Dataset:
    return slow_source(2, load_s)  # type: ignore[arg-type] # bad input is the point


def mapped(load_s: object) -> object:
    return slow_map(tf.data.Dataset.range(2), load_s)  # type: ignore[arg-type] # as above


def trained(train_s: object) -> object:
    return SimulatedAccelerator(train_s)  # type: ignore[arg-type] # as above


def queued(train_s: object) -> object:
    return QueueingAccelerator(train_s)  # type: ignore[arg-type] # as above


def half() -> Any:
    """No number of things."""
    return 1.5


def test_numbers_of_numpy_are_times_too() -> None:
    assert len(list(sourced(np.float32(0.001)))) == 2
    assert len(list(sourced(np.array([0.0, 0.001])))) == 2


NO_TIMES = [
    -0.01, NAN, INF, True, "1", None, 1e9, 10**400, [], [0.1, -1.0], [[]], np.array(0.01),
    np.timedelta64(5, "ms"),
]  # fmt: skip


@pytest.mark.parametrize("use", [sourced, mapped, trained, queued])
@pytest.mark.parametrize("value", NO_TIMES)
def test_what_is_no_time_is_refused_at_once(use: Callable[[object], object], value: object) -> None:
    with pytest.raises(InputError, match=r"^(load_s|train_s): .*; give ") as caught:
        use(value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("use", "said"),
    [
        pytest.param(lambda: slow_source(-1, 0.0), "count: -1 is too small", id="count"),
        pytest.param(lambda: slow_source(half(), 0.0), "count: 1.5 is not a whole", id="half"),
        pytest.param(
            lambda: slow_map(tf.data.Dataset.range(2), 0.0, parallel_calls=0),
            "parallel_calls: 0 is too small",
            id="no calls",
        ),
        pytest.param(
            lambda: slow_map(tf.data.Dataset.range(2), 0.0, parallel_calls=10**30),
            "parallel_calls: .* is too large",
            id="too many calls",
        ),
        pytest.param(lambda: KerasStep(0, 2), "size: 0 is too small; give at least 16", id="size"),
        pytest.param(lambda: KerasStep(15, 2), "size: 15 is too small", id="one less"),
        pytest.param(
            lambda: KerasStep(half(), 2), "size: 1.5 is not a whole number", id="no whole size"
        ),
        pytest.param(lambda: KerasStep(32, 0), "classes: 0 is too small", id="no classes"),
        pytest.param(lambda: KerasStep(32, 2, seed=-1), "seed: -1 is too small", id="seed"),
    ],
)
def test_what_is_no_number_of_things_is_refused(use: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        use()


def test_no_elements_are_a_source_too() -> None:
    assert list(slow_source(0, 0.0)) == []


def test_a_train_step_leaves_the_seed_of_the_process_alone() -> None:
    tf.random.set_seed(None)
    KerasStep(32, 2)
    drawn = tf.data.Dataset.range(20).map(lambda _: tf.random.uniform([]))
    first, second = (list(drawn.as_numpy_iterator()) for _ in range(2))
    assert first != second


def test_a_seed_gives_the_same_first_weights_and_another_one_others() -> None:
    one, again, other = (KerasStep(32, 2, seed=seed).model.get_weights() for seed in (1, 1, 9))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], other[0])
