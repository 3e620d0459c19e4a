"""`calls_in_flight`: how many calls of a stage wait at once."""

import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import Wait, Waiting, calls_in_flight


def with_threads(dataset: tf.data.Dataset, threads: int) -> tf.data.Dataset:
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    return dataset.with_options(options)


def mapped(calls: int | None, threads: int) -> Waiting:
    return lambda numbers, wait: with_threads(numbers.map(wait, num_parallel_calls=calls), threads)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("calls", [None, 1, 2, 4, 8])
def test_it_counts_the_fewer_of_calls_and_threads(calls: int | None, threads: int) -> None:
    assert calls_in_flight(mapped(calls, threads)) == min(calls or 1, threads)


@pytest.mark.parametrize("as_written", [True, False])
@pytest.mark.parametrize(("calls", "in_flight"), [(None, 1), (3, 3)])
def test_python_in_a_map_is_made_parallel_by_nobody_but_you(
    calls: int | None, in_flight: int, as_written: bool
) -> None:
    def fused(numbers: tf.data.Dataset, wait: Wait) -> tf.data.Dataset:
        return with_threads(numbers.map(wait, num_parallel_calls=calls).batch(4), 3)

    assert calls_in_flight(fused, as_written=as_written) == in_flight


@pytest.mark.parametrize("as_written", [True, False])
def test_it_runs_what_was_written_unless_it_is_told_not_to(
    as_written: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tf.data.Dataset] = []
    plain = graph.as_written

    def noted(dataset: tf.data.Dataset) -> tf.data.Dataset:
        asked.append(dataset)
        return plain(dataset)

    monkeypatch.setattr(graph, "as_written", noted)
    calls_in_flight(mapped(1, 1), as_written=as_written)
    assert len(asked) == as_written


def test_there_are_64_scalars_if_nothing_is_said() -> None:
    scalars: list[int] = []

    def build(numbers: tf.data.Dataset, wait: Wait) -> tf.data.Dataset:
        scalars.extend(map(int, numbers))
        return numbers

    calls_in_flight(build)
    assert scalars == [*range(64)]


def test_no_more_can_wait_than_there_are_elements() -> None:
    assert calls_in_flight(mapped(8, 8), size=3) == 3


def test_a_pipeline_that_calls_nothing_has_none_in_flight() -> None:
    assert calls_in_flight(lambda numbers, wait: numbers.take(0).map(wait)) == 0
    assert calls_in_flight(lambda numbers, _: numbers.prefetch(2)) == 0


def test_what_a_stage_raises_does_not_hide_the_count() -> None:
    def breaks(numbers: tf.data.Dataset, wait: Wait) -> tf.data.Dataset:
        checked = numbers.map(wait, num_parallel_calls=2).map(
            lambda number: tf.debugging.check_numerics(1.0 / tf.cast(number, tf.float32), "zero")
        )
        return with_threads(checked, 2)

    assert calls_in_flight(breaks) == 2


def test_the_count_is_the_same_twice_in_one_process() -> None:
    assert [calls_in_flight(mapped(3, 4)) for _ in range(3)] == [3, 3, 3]


@pytest.mark.parametrize("size", [0, 2.5])
def test_a_size_that_is_no_number_of_elements_is_refused(size: object) -> None:
    with pytest.raises(InputError, match="size"):
        calls_in_flight(mapped(1, 1), size=size)  # type: ignore[arg-type]


def test_what_is_no_dataset_is_refused() -> None:
    with pytest.raises(InputError, match="it returned int"):
        calls_in_flight(lambda *_: 3)
