"""What workers of a tf.data service delivered: counted, and by worker."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import POLICIES, Policy
from prefetchlab.measure.machine import versions
from prefetchlab.service import Cluster

_STATUS = "/proc/self/stat"  # of the process that reads it; its number stands first


@dataclass(frozen=True)
class Delivered:
    """The elements that a loop got, and which worker made each.

    >>> some = Delivered((0, 1, 0), (0, 0, 1), workers=2)
    >>> some.count, some.distinct, some.by_worker, some.more_than_once
    (3, 2, ((0, 1), (0,)), (0,))

    Attributes:
        elements: in the order in which they came, as plain values: numbers, bytes, and tuples of
            them, for what has a shape or several parts.
        makers: the number of the worker that made each, from 0.
        workers: how many there are.
    """

    elements: tuple[Any, ...]
    makers: tuple[int, ...]
    workers: int

    @property
    def count(self) -> int:
        """How many elements came."""
        return len(self.elements)

    @property
    def distinct(self) -> int:
        """How many of them differ."""
        return len(self._times())

    @property
    def more_than_once(self) -> tuple[Any, ...]:
        """Those that came more than once, each once, in order."""
        return tuple(sorted(element for element, times in self._times().items() if times > 1))

    @property
    def by_worker(self) -> tuple[tuple[Any, ...], ...]:
        """For each worker what it made, in the order in which it came."""
        made = [*zip(self.elements, self.makers, strict=True)]
        return tuple(
            tuple(element for element, maker in made if maker == worker)
            for worker in range(self.workers)
        )

    def _times(self) -> Counter[Hashable]:
        return Counter(self.elements)


def delivered(
    cluster: Cluster,
    dataset: tf.data.Dataset,
    policy: Policy = "DYNAMIC",
    *,
    behind: Callable[[tf.data.Dataset], tf.data.Dataset] = lambda dataset: dataset,
    **options: Any,
) -> Delivered:
    """Let workers run a pipeline to its end, and see what comes and who made it.

    >>> from prefetchlab import service
    >>> with service.start(workers=2) as cluster:
    ...     off = delivered(cluster, tf.data.Dataset.range(5), "OFF")
    >>> off.count, off.distinct, off.by_worker
    (10, 5, ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4)))

    **Arguments:**

    - `cluster`: the service; none of its workers is restarted meanwhile.
    - `dataset`: what each worker runs.
    - `policy`: which elements a worker makes; see `Cluster.distribute`.
    - `behind`: stages behind the service, in this process. They see pairs: an element, and a number
      for the process that made it.
    - `options`: what `tf.data.experimental.service.distribute` takes besides.

    **Raises:** `InputError` if it is no dataset, if a worker does not run, or on a system without
    /proc: Linux has it.
    """
    given.a(Cluster, "cluster", cluster)
    given.dataset("dataset", dataset)
    given.one_of("policy", policy, POLICIES)
    given.function("behind", behind)
    pids = cluster.pids
    for worker in {*range(len(pids))} - {*cluster.running}:  # the loop would not end without it
        raise InputError(f"worker: {worker} does not run; restart it first")
    pairs = behind(cluster.distribute(signed(dataset), policy, **options))
    came = [*pairs.as_numpy_iterator()]
    try:
        makers = tuple(pids.index(int(pid)) for _, pid in came)
    except TypeError:  # several numbers
        raise InputError(
            "behind: it joins elements, so that nobody can tell who made which; count them yourself"
        ) from None
    return Delivered(tuple(_plain(element) for element, _ in came), makers, len(pids))


def signed(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Pairs of each element and the number of the process that made it.

    **Raises:** `InputError`, as `delivered` does.
    """
    if not Path(_STATUS).exists():
        raise InputError(f"delivered: {versions()['machine']} has no {_STATUS}; use Linux")

    def sign(*parts: tf.Tensor) -> tuple[Any, tf.Tensor]:
        number = tf.strings.split(tf.io.read_file(_STATUS))[0]
        element = parts[0] if len(parts) == 1 else parts
        return element, tf.strings.to_number(number, tf.int64)

    return dataset.map(sign)


def _plain(element: Any) -> Any:
    if isinstance(element, dict):
        return tuple((name, _plain(part)) for name, part in sorted(element.items()))
    if isinstance(element, tuple | list):
        return tuple(map(_plain, element))
    return _plain(element.tolist()) if hasattr(element, "tolist") else element
