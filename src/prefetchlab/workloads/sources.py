"""Loading that waits: stand-ins for storage and services that make their reader wait.

They wait in `time.sleep`: no CPU is used and no lock is held, as in a read from a disk or network.
A `time.sleep` written straight into a `map` would simulate nothing: TensorFlow calls the function
once, to trace it. So each wait here is inside a Python call that runs for every element.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.timeline import Recorder


def slow_source(
    count: int, load_s: float | Sequence[float], *, recorder: Recorder | None = None
) -> tf.data.Dataset:
    """Scalars 0, 1, 2, … that each take `load_s` seconds to come.

    >>> [int(element) for element in slow_source(3, 0.001)]
    [0, 1, 2]

    **Arguments:**

    - `count`: how many elements.
    - `load_s`: seconds to wait for each; a sequence is gone through again and again.
    - `recorder`: where to record lane "load".

    **Raises:** `InputError` if the count or a time is negative, or no number, or if there is none.
    """
    count, waits_s = given.whole("count", count, least=0), given.waits("load_s", load_s)

    def generate() -> Iterator[int]:
        clock = recorder or Recorder()
        for index, wait_s in zip(range(count), itertools.cycle(waits_s), strict=False):
            start_s = clock.now()
            time.sleep(wait_s)
            clock.add("load", index, start_s, clock.now())
            yield index

    return tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec((), tf.int64))


def slow_map(
    dataset: tf.data.Dataset,
    load_s: float,
    *,
    recorder: Recorder | None = None,
    parallel_calls: int | None = None,
) -> tf.data.Dataset:
    """Pass int64 scalars through a map that waits `load_s` seconds on each.

    >>> [int(element) for element in slow_map(tf.data.Dataset.range(3), 0.001)]
    [0, 1, 2]

    **Arguments:**

    - `dataset`: int64 scalars.
    - `load_s`: seconds to wait for each.
    - `recorder`: where to record lane "load".
    - `parallel_calls`: `num_parallel_calls` of the map.

    **Raises:** `InputError` if it is no dataset, if the time is negative or no number, or if the
    calls are less than 1.
    """
    given.dataset("dataset", dataset)
    wait_s, calls = given.seconds("load_s", load_s), given.parallel(parallel_calls)
    clock = recorder or Recorder()

    def wait(index: Any) -> Any:
        start_s = clock.now()
        time.sleep(wait_s)
        clock.add("load", int(index), start_s, clock.now())
        return index

    return dataset.map(
        lambda index: tf.ensure_shape(tf.numpy_function(wait, [index], tf.int64), ()),
        num_parallel_calls=calls,
    )
