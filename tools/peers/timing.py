"""Images a second, once batches come as steadily as they will."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from tools.peers.work import BATCH, refuse_other_form

_LEAST = 5  # batches, however long they take


def images_per_s(
    batches: Iterator[Any],
    *,
    warm_s: float,
    timed_s: float,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Take batches as fast as they come, and time those after a first while.

    Meanwhile workers start, buffers fill and run dry, and TensorFlow chooses its parallelism.

    **Arguments:**

    - `batches`: as a contender makes them.
    - `warm_s`: for how long nothing is timed, in seconds from the first batch on.
    - `timed_s`: for how long it is timed, in seconds, up to the end of a batch.
    - `clock`: seconds that pass.
    """
    next(batches)
    _take(batches, warm_s, clock)
    taken, passed_s = _take(batches, timed_s, clock)
    return taken * BATCH / passed_s


def _take(batches: Iterator[Any], least_s: float, clock: Callable[[], float]) -> tuple[int, float]:
    """Take batches for at least so long: how many, and how long it was in seconds."""
    start_s, taken, passed_s = clock(), 0, 0.0
    while passed_s < least_s or taken < _LEAST:
        refuse_other_form(next(batches))
        taken, passed_s = taken + 1, clock() - start_s
    return taken, passed_s
