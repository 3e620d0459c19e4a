"""Task 6: records shared among workers, so that nothing comes twice and nobody starves."""

from typing import Any

import numpy as np

from prefetchlab._tensorflow import tf
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import check_is_dataset, first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.tally import as_counted
from prefetchlab.grading.words import listed, plural


class Disk:
    """Files of equally many records, and a note of which were opened.

    >>> disk = Disk(files=2, per_file=3)
    >>> [int(record) for record in disk.read(tf.constant(disk.names[1]))] == disk.records[3:]
    True

    Attributes:
        names: of the files, in their order.
        records: all of them, in the order of the files: distinct numbers.
        opened: the names of the files that were opened, one entry each time.
    """

    def __init__(self, *, files: int, per_file: int) -> None:
        """Make names and numbers by chance."""
        rng = np.random.default_rng()
        marks = sorted(rng.choice(9000, files, replace=False) + 1000)
        self.names = [f"records-{mark}" for mark in marks]
        self.records: list[int] = rng.choice(100_000, files * per_file, replace=False).tolist()
        self.opened: list[str] = []
        self._per_file = per_file

    def read(self, name: tf.Tensor) -> tf.data.Dataset:
        """The records of a file, int64 scalars."""
        opened = tf.data.Dataset.from_tensors(name).map(self._open)
        return opened.flat_map(tf.data.Dataset.from_tensor_slices)

    def _open(self, name: tf.Tensor) -> tf.Tensor:
        read = tf.numpy_function(self._open_file, [name], tf.int64)
        return tf.ensure_shape(read, [self._per_file])

    def _open_file(self, name: bytes) -> Any:
        self.opened.append(name.decode())
        start = self.names.index(name.decode()) * self._per_file
        return np.array(self.records[start : start + self._per_file], np.int64)


def batches_by_worker(
    build: StudentFunction, *, files: int, workers: int, per_file: int = 12, batch_size: int = 4
) -> list[int]:
    """How many batches each worker makes.

    >>> def by_file(files, worker, workers, read, per_file, batch_size):
    ...     names = tf.data.Dataset.from_tensor_slices(files).shard(workers, worker)
    ...     return names.flat_map(read).batch(batch_size)
    >>> batches_by_worker(by_file, files=3, workers=4)
    [3, 3, 3, 0]

    **Arguments:**

    - `build`: a function of (files, worker, workers, read, per_file, batch_size) to a dataset.
    - `files`, `workers`: how many of each.
    - `per_file`: records a file.
    - `batch_size`: records a batch.
    """
    disk = Disk(files=files, per_file=per_file)
    return [
        len(_batches(build, disk, disk.names, worker, workers, batch_size))
        for worker in range(workers)
    ]


def _batches(
    build: StudentFunction,
    disk: Disk,
    names: list[str],
    worker: int,
    workers: int,
    batch_size: int,
) -> list[Any]:
    per_file = len(disk.records) // len(disk.names)
    dataset = build(list(names), worker, workers, disk.read, per_file, batch_size)
    check_is_dataset(dataset)
    return first_elements(as_counted(dataset), len(disk.records) + 3)


@for_test_cell
def of_worker(
    build: StudentFunction,
    *,
    files: int = 8,
    workers: int = 2,
    per_file: int = 12,
    batch_size: int = 4,
) -> None:
    """Check that workers share all records, make equally many batches, and open few files.

    >>> def all_of_them(files, worker, workers, read, per_file, batch_size):
    ...     names = tf.data.Dataset.from_tensor_slices(files)
    ...     return names.flat_map(read).batch(batch_size)
    >>> of_worker(all_of_them)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: 96 records come to workers 0 and 1. ...

    **Arguments:**

    - `build`: the student's function of (files, worker, workers, read, per_file, batch_size).
    - `files`, `workers`: how many of each.
    - `per_file`: records a file.
    - `batch_size`: records a batch.

    **Raises:** `Mistake` that names the mistake.
    """
    disk, rng = Disk(files=files, per_file=per_file), np.random.default_rng()
    owner: dict[int, int] = {}
    case = (
        f"The case: {files} files of {per_file} records, {workers} workers, batches of "
        f"{batch_size}."
    )
    shares: list[list[Any]] = []
    opened: list[list[str]] = []
    for worker in range(workers):
        disk.opened.clear()
        names = rng.permutation(disk.names).tolist() if worker else disk.names[::-1]
        shares.append(_batches(build, disk, names, worker, workers, batch_size))
        opened.append(list(disk.opened))
        _check_kind(shares[-1], worker, disk)
    for worker, share in enumerate(shares):
        _check_own(share, worker, owner, case)
    _check_sizes(shares, batch_size, len(disk.records) // workers // batch_size, case)
    if files % workers == 0:
        _check_opened(opened, files // workers, case)


def _check_kind(share: list[Any], worker: int, disk: Disk) -> None:
    for batch in share:
        if not isinstance(batch, np.ndarray) or batch.ndim != 1:
            raise Mistake("Your dataset does not give batches of records: batch once, and no more.")
        if not set(batch.tolist()) <= set(disk.records):
            raise Mistake(f"Worker {worker} gives records that no file has.")


def _check_own(share: list[Any], worker: int, owner: dict[int, int], case: str) -> None:
    got = [int(record) for batch in share for record in batch]
    if len(set(got)) < len(got):
        raise Mistake(f"To worker {worker} some records come twice. {case}")
    twice: dict[int, int] = {}
    for record in got:
        if record in owner:
            twice[owner[record]] = twice.get(owner[record], 0) + 1
        owner[record] = worker
    if twice:
        other, many = next(iter(twice.items()))
        raise Mistake(
            f"{many} {plural('record', many)} {'comes' if many == 1 else 'come'} to workers "
            f"{other} and {worker}. Shares are made by place, in files or in records: does each "
            "place hold the same for all workers? Each is given the files in an order of its own. "
            f"{case}"
        )


def _check_sizes(shares: list[list[Any]], batch_size: int, steps: int, case: str) -> None:
    counts = [len(share) for share in shares]
    if any(len(batch) != batch_size for share in shares for batch in share):
        raise Mistake(f"Some batches are not whole. Each must hold {batch_size} records. {case}")
    if 0 in counts and steps:
        raise Mistake(
            f"Worker {counts.index(0)} starves: it gets nothing. What is there to share when the "
            f"files are fewer than the workers? {case}"
        )
    if len(set(counts)) > 1:
        raise Mistake(
            f"The workers make {listed(counts)} batches. All must make equally many: one that "
            "makes more waits for ever for the others. Are the shares equal where the number "
            "of files is not a multiple of the number of workers, and what ends them? "
            f"{case}"
        )
    if counts[0] != steps:
        raise Mistake(
            f"Each worker makes {counts[0]} batches, and {steps} would be possible. How many "
            f"records does each have, and how many whole batches is that? {case}"
        )


def _check_opened(opened: list[list[str]], wanted: int, case: str) -> None:
    for worker, names in enumerate(opened):
        if len(names) > wanted:
            raise Mistake(
                f"Worker {worker} opens files {len(names)} times, and {wanted} are its share. The "
                "number of files is a multiple of the number of workers here: share the files, "
                f"before they are read, and nobody opens one that another has. {case}"
            )
