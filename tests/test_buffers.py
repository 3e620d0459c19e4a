"""What a running pipeline holds, counted exactly; and how TensorFlow sizes a buffer meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prefetchlab import graph, theory
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import AUTOTUNE, Buffer, as_written, buffers
from prefetchlab.measure import watch_buffer
from prefetchlab.measure.settling import Settling
from tests.gated import Gated, gated
from tests.small_datasets import numbers, plus_one

Dataset = tf.data.Dataset
Build = Callable[[], tf.data.Dataset]


def at_rest(
    dataset: tf.data.Dataset,
    *,
    taken: int = 1,
    begin: Callable[[tf.data.Dataset], Iterator[Any]] = iter,
) -> list[str]:
    """The buffers of a pipeline that has come to rest, in words."""
    list(Dataset.range(1))  # what TensorFlow starts with its first pipeline is none of this one's
    settling = Settling()
    iterator = begin(dataset)
    for _ in range(taken):
        next(iterator)
    settling.wait(lambda: 0)
    return list(map(str, buffers(iterator)))


# --- what each pipeline holds --------------------------------------------------------------------


def two_halves(_: tf.Tensor) -> tf.data.Dataset:
    return numbers().batch(2).prefetch(1)


def several(element: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    return element, {"small": tf.cast(element, tf.uint8), "half": tf.cast(element, tf.float16)}


def words(element: tf.Tensor) -> tf.Tensor:
    return tf.fill([2], tf.strings.join(["a" * 99, tf.strings.as_string(element % 10)]))


HOLDS: dict[str, tuple[Build, list[str]]] = {
    "nothing that buffers": (numbers, []),
    "one prefetch": (lambda: numbers().prefetch(3), ["Prefetch: 3 elements in 3 slots, 24 bytes"]),
    "no slot": (lambda: numbers().prefetch(0), ["Prefetch: 0 elements in 0 slots, 0 bytes"]),
    "a buffer that TensorFlow sizes": (
        lambda: numbers().batch(2).prefetch(AUTOTUNE),
        ["Prefetch: 1 element in 1 slot, 16 bytes"],
    ),
    "a shuffle": (lambda: numbers().shuffle(8), ["Shuffle: 7 elements, 56 bytes"]),
    "a shuffle and a prefetch": (
        lambda: numbers().shuffle(8).prefetch(2),
        ["Shuffle: 7 elements, 56 bytes", "Prefetch: 2 elements in 2 slots, 16 bytes"],
    ),
    "a prefetch and a shuffle": (
        lambda: numbers().prefetch(2).shuffle(8),
        ["Prefetch: 2 elements in 2 slots, 16 bytes", "Shuffle: 7 elements, 56 bytes"],
    ),
    "two prefetches": (
        lambda: numbers().prefetch(2).batch(4).prefetch(3),
        ["Prefetch: 2 elements in 2 slots, 16 bytes", "Prefetch: 3 elements in 3 slots, 96 bytes"],
    ),
    "a parallel map": (
        lambda: numbers().map(plus_one, num_parallel_calls=2),
        ["ParallelMap: 2 elements, 16 bytes"],
    ),
    "a parallel batch": (
        lambda: numbers().batch(4, num_parallel_calls=2),
        ["ParallelBatch: 2 elements, 64 bytes"],
    ),
    "a zip of two": (
        lambda: Dataset.zip((numbers().prefetch(1), numbers().batch(2).prefetch(2))),
        ["Prefetch: 2 elements in 2 slots, 32 bytes", "Prefetch: 1 element in 1 slot, 8 bytes"],
    ),
    "a prefetch behind a zip": (
        lambda: Dataset.zip((numbers().prefetch(1), numbers())).prefetch(3),
        ["Prefetch: 1 element in 1 slot, 8 bytes", "Prefetch: 3 elements in 3 slots, 48 bytes"],
    ),
    "an interleave of one": (
        lambda: numbers().interleave(two_halves, cycle_length=1),
        ["Prefetch: 1 element in 1 slot, 16 bytes"],
    ),
    "a cache that fills": (
        lambda: numbers().cache().prefetch(2),
        ["MemoryCache: 3 elements, 24 bytes", "Prefetch: 2 elements in 2 slots, 16 bytes"],
    ),
    "tensors in a structure": (
        lambda: numbers().batch(4).map(several).prefetch(2),
        ["Prefetch: 2 elements in 2 slots, 88 bytes"],  # 4 of 8, of 1 and of 2 bytes
    ),
    "an odd number of bytes": (
        lambda: numbers().map(lambda each: tf.fill([3], tf.cast(each, tf.uint8))).prefetch(2),
        ["Prefetch: 2 elements in 2 slots, 6 bytes"],
    ),
    "parts of one tensor": (
        lambda: Dataset.from_tensor_slices(tf.zeros([16, 100], tf.uint8)).prefetch(2),
        ["Prefetch: 2 elements in 2 slots, 200 bytes"],
    ),
    "one tensor again and again": (
        lambda: Dataset.from_tensors(tf.zeros([1000], tf.uint8)).repeat().prefetch(2),
        ["Prefetch: 2 elements in 2 slots, 2000 bytes"],
    ),
    "strings, each with 24 bytes of its own": (
        lambda: numbers().map(words).prefetch(2),
        ["Prefetch: 2 elements in 2 slots, 496 bytes"],
    ),
    "a prefetch before a batch": (
        lambda: numbers().prefetch(3).batch(4),
        ["Prefetch: 3 elements in 3 slots, 24 bytes"],
    ),
    "a prefetch before an unbatch": (
        lambda: numbers().batch(4).prefetch(2).unbatch(),
        ["Prefetch: 2 elements in 2 slots, 64 bytes"],
    ),
    "a slot on a device": (
        lambda: graph.prefetch_to_device(numbers().batch(2), "CPU:0", slots=2),
        ["Prefetch: 2 elements in 2 slots, 32 bytes"],
    ),
}


@pytest.mark.parametrize("name", HOLDS)
def test_a_pipeline_at_rest_holds_what_its_stages_hold_to_the_byte(name: str) -> None:
    build, holds = HOLDS[name]
    assert at_rest(as_written(build())) == holds


def test_a_cache_that_is_whole_holds_each_element_once() -> None:
    cached = numbers().take(3).cache().repeat().prefetch(2)
    assert at_rest(as_written(cached), taken=5) == [
        "MemoryCache: 3 elements, 24 bytes",
        "Prefetch: 2 elements in 2 slots, 16 bytes",
    ]


def test_a_parallel_interleave_shows_the_buffers_of_what_it_has_open() -> None:
    opened = numbers().interleave(two_halves, cycle_length=2, num_parallel_calls=2)
    *inner, outer = at_rest(as_written(opened))
    assert set(inner) == {"Prefetch: 1 element in 1 slot, 16 bytes"} and len(inner) >= 2
    assert outer.startswith("ParallelInterleave: ")


def test_what_tensorflow_adds_by_itself_is_shown_too() -> None:
    assert at_rest(numbers().batch(4)) == ["Prefetch: 1 element in 1 slot, 32 bytes"]
    assert at_rest(numbers().map(plus_one, num_parallel_calls=2).batch(4))[-1].startswith(
        "MapAndBatch: "
    )


def test_an_iterator_of_numpy_shows_the_same() -> None:
    shown = at_rest(as_written(numbers().prefetch(3)), begin=Dataset.as_numpy_iterator)
    assert shown == ["Prefetch: 3 elements in 3 slots, 24 bytes"]


def test_before_the_first_element_and_after_the_last_nothing_waits() -> None:
    iterator = iter(as_written(Dataset.range(3).prefetch(2)))
    assert buffers(iterator) == (Buffer("Prefetch", 2, 0, 0),)
    assert [int(element) for element in iterator] == [0, 1, 2]
    assert buffers(iterator) == (Buffer("Prefetch", 2, 0, 0),)


def test_to_look_changes_nothing_and_two_iterators_are_two() -> None:
    dataset = as_written(numbers().prefetch(2))
    looked, other = iter(dataset), iter(dataset)
    seen = [(int(next(looked)), len(buffers(looked))) for _ in range(5)]
    assert seen == [(element, 1) for element in range(5)]
    assert buffers(other) == (Buffer("Prefetch", 2, 0, 0),)
    assert int(next(other)) == 0


def distributed() -> Any:
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    return iter(strategy.experimental_distribute_dataset(numbers().batch(2)))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        pytest.param(lambda: 5, "int", id="a number"),
        pytest.param(lambda: None, "NoneType", id="nothing"),
        pytest.param(lambda: iter([1]), "list_iterator", id="of a list"),
        pytest.param(numbers, "_RangeDataset", id="a dataset"),
        pytest.param(distributed, "DistributedIterator", id="distributed"),
    ],
)
def test_what_is_no_iterator_of_a_dataset_is_refused(given: Callable[[], Any], kind: str) -> None:
    said = f"^iterator: {kind} is no iterator of a dataset; give iter\\(dataset\\)$"
    with pytest.raises(InputError, match=said):
        buffers(given())


@pytest.mark.parametrize("slots", [2, AUTOTUNE])
def test_with_autotune_off_there_is_nothing_to_read_and_it_says_so(slots: int) -> None:
    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = numbers().prefetch(slots).with_options(options)
    asks: list[Callable[[], object]] = [
        lambda: buffers(iter(dataset)),
        lambda: watch_buffer(dataset, print, steps=2),
    ]
    for ask in asks:
        with pytest.raises(InputError, match=r"^iterator: TensorFlow keeps no record .*; leave"):
            ask()


def test_of_an_iterator_that_was_restored_nothing_can_be_read_and_it_says_so(
    tmp_path: Path,
) -> None:
    place = tf.train.Checkpoint(iterator=iter(numbers())).write(str(tmp_path / "place"))
    restored = iter(numbers())
    tf.train.Checkpoint(iterator=restored).read(place)
    with pytest.raises(InputError, match=r"^iterator: .* was not restored from a checkpoint"):
        buffers(restored)


# --- watched by a loop ---------------------------------------------------------------------------


def test_a_watched_loop_trains_on_each_element_and_looks_after_each_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[object] = []

    def look(iterator: Iterator[Any]) -> tuple[Buffer, ...]:
        events.append("look")
        return buffers(iterator)

    monkeypatch.setattr(graph, "buffers", look)
    seen = watch_buffer(numbers().prefetch(2), lambda each: events.append(int(each)), steps=3)
    assert events == [0, "look", 1, "look", 2, "look"]
    assert [each.slots for each in seen] == [2, 2, 2]


@pytest.mark.parametrize(
    ("build", "slots"),
    [
        pytest.param(lambda: numbers().prefetch(2).batch(2).prefetch(5), 5, id="of two"),
        pytest.param(lambda: numbers().prefetch(3).batch(4), 3, id="before a batch"),
        pytest.param(lambda: numbers().prefetch(3).shuffle(4), 3, id="before a shuffle"),
        pytest.param(lambda: numbers().prefetch(0), 0, id="no slot"),
    ],
)
def test_watched_is_the_prefetch_next_to_the_loop(build: Build, slots: int) -> None:
    watched = watch_buffer(as_written(build()), lambda _: None, steps=4)
    assert {(each.stage, each.slots) for each in watched} == {("Prefetch", slots)}
    assert len(watched) == 4


def test_the_prefetch_that_tensorflow_adds_is_watched() -> None:
    assert watch_buffer(numbers().batch(4), lambda _: None, steps=1)[0].slots == 1


@pytest.mark.parametrize(
    ("build", "steps", "said"),
    [
        pytest.param(numbers, 1, "dataset: no prefetch is in it, or none behind a copy", id="none"),
        pytest.param(
            lambda: numbers().shuffle(4), 1, "dataset: no prefetch is in it", id="a shuffle"
        ),
        pytest.param(
            lambda: numbers().take(3).prefetch(1), 4,
            "dataset: it ended after 3 elements; give more, or watch fewer", id="short",
        ),
        pytest.param(lambda: numbers().prefetch(1), 0, "steps: 0 is too small", id="no step"),
        pytest.param(lambda: numbers().prefetch(1), 1.5, "steps: 1.5 is not a whole", id="half"),
        pytest.param(lambda: numbers().prefetch(1), True, "steps: True is not a whole", id="True"),
        pytest.param(lambda: [1, 2], 1, "dataset: list is no tf.data.Dataset", id="a list"),
    ],
)  # fmt: skip
def test_a_loop_that_cannot_be_watched_is_refused(build: Build, steps: int, said: str) -> None:
    dataset = as_written(build()) if isinstance(build(), Dataset) else build()
    with pytest.raises(InputError, match=f"^{said}"):
        watch_buffer(dataset, lambda _: None, steps=steps)


# --- sized by TensorFlow -------------------------------------------------------------------------
# Here the source makes an element when it is let, and the loop asks when all else waits. So what
# the loop finds is forced, and the sizes with it.


def sized(dataset: tf.data.Dataset) -> tf.data.Dataset:
    return dataset.prefetch(AUTOTUNE)


def cycle(loop: Gated) -> None:
    """Find the buffer full, drain it, and ask once more."""
    loop.fill_and_take()
    while waiting := loop.buffer.elements:
        loop.take(waiting=waiting)
    loop.starve()


def test_a_loop_that_waits_for_each_element_gets_two_slots() -> None:
    with gated(sized) as loop:
        for _ in range(5):
            loop.starve()
    assert loop.sizes == [1, 2, 2, 2, 2]


def test_a_loop_that_finds_its_buffer_full_keeps_one_slot() -> None:
    with gated(sized) as loop:
        loop.starve()
        for _ in range(5):
            loop.fill_and_take()
    assert set(loop.sizes) == {1}


def test_each_time_that_it_is_full_and_then_empty_a_buffer_doubles() -> None:
    with gated(sized) as loop:
        loop.starve()
        for _ in range(4):
            cycle(loop)
    assert list(dict.fromkeys(loop.sizes)) == [1, 2, 4, 8, 16]
    assert loop.sizes == sorted(loop.sizes)


def test_after_it_grew_a_buffer_must_be_found_full_again() -> None:
    with gated(sized) as loop:
        loop.starve()
        cycle(loop)
        for _ in range(3):  # one of two slots is filled, and none
            loop.let(1)
            loop.take(waiting=1)
            loop.starve()
        assert set(loop.sizes[-6:]) == {2}
        loop.fill_and_take()
        loop.take(waiting=1)
        loop.starve()
    assert loop.sizes[-3:] == [2, 2, 4]


def log(seed: int) -> tuple[list[int], list[int]]:
    """Loads that stall at random, before steps of one length: these times are only an order."""
    random = np.random.default_rng(seed)
    load = random.integers(1, 4, 32) * random.choice([1, 1, 1, 1, 1, 7], 32)
    return load.tolist(), [4] * 32


@pytest.mark.parametrize("seed", range(5))
def test_the_sizes_of_a_running_pipeline_are_those_of_the_theory(seed: int) -> None:
    played = theory.autotuned(*log(seed))
    with gated(sized) as loop:
        loop.play(played.schedule)
    assert loop.sizes == played.slots.tolist()


def test_the_logs_that_are_played_make_buffers_of_several_sizes() -> None:
    largest = [int(theory.autotuned(*log(seed)).slots.max()) for seed in range(5)]
    assert min(largest) >= 4 and len(set(largest)) > 1


def test_another_buffer_than_the_one_of_the_theory_would_be_found() -> None:
    with gated(lambda dataset: dataset.prefetch(4)) as loop:
        loop.play(theory.replay(*log(0), slots=4))
    assert loop.sizes == [4] * 32 != theory.autotuned(*log(0)).slots.tolist()


def test_a_second_iterator_begins_with_one_slot_again() -> None:
    for _ in range(2):
        with gated(sized) as loop:
            loop.starve()
            cycle(loop)
        assert loop.sizes == [1, 1, 2]


@pytest.mark.parametrize(
    ("dataset", "slots"),
    [
        pytest.param(lambda source: sized(source).repeat(), 1, id="repeated behind it"),
        pytest.param(lambda source: sized(source.repeat()), 2, id="repeated before it"),
    ],
)
def test_a_new_epoch_begins_with_one_slot_only_where_the_buffer_is_repeated(
    dataset: Callable[[tf.data.Dataset], tf.data.Dataset], slots: int
) -> None:
    with gated(dataset, size=3) as loop:
        loop.starve()
        cycle(loop)
        loop.starve()
    assert loop.sizes == [1, 1, 2, slots]
