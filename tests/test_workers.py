"""What each worker gets of a dataset, and that a prefetch changes nothing in it."""

from pathlib import Path

import pytest

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import of_worker
from prefetchlab.graph.workers import Policy


def records(folder: Path, files: int, each: int = 3) -> tf.data.Dataset:
    names = [str(folder / f"{file}.tfrecord") for file in range(files)]
    for file, name in enumerate(names):
        with tf.io.TFRecordWriter(name) as writer:
            for record in range(each):
                writer.write(str(each * file + record).encode())
    read = tf.data.Dataset.from_tensor_slices(names).interleave(
        tf.data.TFRecordDataset, cycle_length=1
    )
    return read.map(tf.strings.to_number)


def shares(dataset: tf.data.Dataset, workers: int, policy: Policy) -> list[list[int]]:
    return [
        [int(number) for number in of_worker(dataset, worker, workers, policy)]
        for worker in range(workers)
    ]


ALL = list(range(12))


@pytest.mark.parametrize("slots", [None, 0, 1, 5])
@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("OFF", [ALL, ALL, ALL]),
        ("DATA", [ALL[0::3], ALL[1::3], ALL[2::3]]),
        ("FILE", [[0, 1, 2, 9, 10, 11], [3, 4, 5], [6, 7, 8]]),
        ("AUTO", [[0, 1, 2, 9, 10, 11], [3, 4, 5], [6, 7, 8]]),
    ],
)
def test_workers_get_what_their_policy_says_with_a_prefetch_and_without(
    policy: Policy, wanted: list[list[int]], slots: int | None, tmp_path: Path
) -> None:
    read = records(tmp_path, files=4)
    assert shares(read if slots is None else read.prefetch(slots), 3, policy) == wanted


def test_without_files_auto_shares_by_element() -> None:
    assert shares(tf.data.Dataset.range(5), 2, "AUTO") == [[0, 2, 4], [1, 3]]


def test_fewer_files_than_workers_is_tensorflows_error_and_no_change_of_policy(
    tmp_path: Path,
) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not apply FILE"):
        list(of_worker(records(tmp_path, files=1), 0, 2))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((2, 2, "DATA"), "worker: there is no worker 2 of 2"),
        ((-1, 2, "DATA"), "worker: -1 is too small"),
        ((0, 2, "BOTH"), "policy: 'BOTH' is unknown; give one of AUTO, FILE, DATA, OFF"),
    ],
)
def test_a_worker_or_a_policy_that_is_none_is_refused(
    arguments: tuple[int, int, Policy], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        of_worker(tf.data.Dataset.range(5), *arguments)
