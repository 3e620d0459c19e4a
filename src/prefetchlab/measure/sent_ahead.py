"""How far the workers of a tf.data service run ahead of the loop, counted."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import POLICIES, Policy
from prefetchlab.measure.source import SOURCE_SIZE
from prefetchlab.service import Cluster

Stages = Callable[[tf.data.Dataset], tf.data.Dataset]
_STILL_S = 2.0  # an element that nothing holds up is made in less, beside busy programs too
_NEVER_S = 60.0


def sent_ahead(
    cluster: Cluster,
    *,
    policy: Policy = "DYNAMIC",
    before: Stages = lambda dataset: dataset,
    behind: Stages = lambda dataset: dataset,
    taken: int = 3,
) -> tuple[int, ...]:
    """Count what all workers have made after the loop took 1, 2, … elements, and held still.

    What is made elsewhere cannot be counted in Python; so each element leaves an empty file. All
    runs as it is written, here and on the workers.

    >>> from prefetchlab import service
    >>> with service.start(workers=1) as cluster:
    ...     none, four = (
    ...         sent_ahead(cluster, behind=lambda dataset, k=k: dataset.prefetch(k)) for k in (0, 4)
    ...     )
    >>> [more - less for less, more in zip(none, four)]
    [4, 4, 4]

    How many TensorFlow keeps ready by itself, on the workers and in the loop's process, depends on
    its version and on the machine; so compare two counts.

    **Arguments:**

    - `cluster`: the service, on this machine.
    - `policy`: which elements a worker makes; see `Cluster.distribute`.
    - `before`: stages on the workers.
    - `behind`: stages behind the service, in this process.
    - `taken`: how many elements the loop takes, from 1.

    **Returns:** the counts.

    **Raises:** `InputError` if the workers do not come to rest, or there are too few elements. An
    element that takes two seconds or more to make is taken for rest.
    """
    given.a(Cluster, "cluster", cluster)
    given.one_of("policy", policy, POLICIES)
    given.function("before", before)
    given.function("behind", behind)
    taken = given.whole("taken", taken, least=1)
    with tempfile.TemporaryDirectory() as folder:
        source = tf.data.Dataset.range(SOURCE_SIZE).map(_leaving_files(folder))
        elements = cluster.distribute(graph.as_written(before(source)), policy)
        iterator = iter(graph.as_written(behind(elements)))
        counts: list[int] = []
        for _ in range(taken):
            if next(iterator, None) is None:
                raise InputError(f"behind: it ended after {len(counts)} elements; let it give more")
            counts.append(_at_rest(folder))
        del iterator
        return tuple(counts)


def _leaving_files(folder: str) -> Callable[[tf.Tensor], tf.Tensor]:
    def leave(number: tf.Tensor) -> tf.Tensor:
        path = tf.strings.join([folder, os.sep, tf.strings.as_string(number)])
        with tf.control_dependencies([tf.io.write_file(path, "")]):
            return tf.identity(number)

    return leave


def _at_rest(folder: str) -> int:
    """How many files there are, once no new one comes."""
    deadline = time.monotonic() + _NEVER_S
    made, since = -1, time.monotonic()
    while time.monotonic() - since < _STILL_S:
        now = sum(1 for _ in Path(folder).iterdir())
        if now != made:
            made, since = now, time.monotonic()
        if time.monotonic() > deadline:
            raise InputError("the workers: they do not come to rest; let them make less at a time")
        time.sleep(_STILL_S / 20)
    return made
