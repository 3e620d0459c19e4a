"""The process that `resident` measures. It reads JSON, runs pipelines, and prints JSON."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.measure.source import CountingSource

_PAGE = 4096  # bytes
_TAKEN = 4  # elements: from the third on nothing changes
_PARTS = 8  # of a batch
_CACHED = 3  # elements
_PAUSE_S = 0.02


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _forget_peak() -> bool:
    """Let the system begin anew to note the most that this process takes; whether it does."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _filled(size: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Makes bytes that are written to, so that they count; each element's differ."""
    return lambda number: tf.fill([size], tf.cast(number % 251, tf.uint8))


_MAKERS: dict[str, Callable[[tf.data.Dataset, int], tf.data.Dataset]] = {
    "map": lambda source, size: source.map(_filled(size)),
    "batch": lambda source, size: source.map(_filled(size // _PARTS)).batch(_PARTS),
    "cache": lambda source, size: source.take(_CACHED).map(_filled(size)).cache().repeat(),
}


def resident(element_bytes: list[int], slots: list[int], maker: str) -> list[dict[str, Any]]:
    """One row for each pair; the arguments are those of `measure.resident`."""
    _measured(_MAKERS[maker], 1_000_000, 1)  # what the first pipeline of a process leaves behind
    return [_measured(_MAKERS[maker], size, k) for size in element_bytes for k in slots]


def _measured(
    make: Callable[[tf.data.Dataset, int], tf.data.Dataset], size: int, slots: int
) -> dict[str, Any]:
    gc.collect()
    source = CountingSource()
    before, knows_peak = _resident_bytes(), _forget_peak()
    iterator = iter(graph.as_written(make(source.dataset, size).prefetch(slots)))
    for _ in range(_TAKEN):
        element = next(iterator)
        _come_to_rest(iterator, source)
    at_rest = _resident_bytes()
    del element  # held until here, as a loop holds the batch that it trains on
    return {
        "element_bytes": size,
        "slots": slots,
        "rest_bytes": at_rest - before,
        "peak_bytes": _peak_bytes() - before if knows_peak else None,
        "buffered": graph.buffers(iterator)[-1].elements,
    }


def _come_to_rest(iterator: Iterator[Any], source: CountingSource) -> None:
    """Wait until the buffer is full, and what makes its elements stands still."""
    last = graph.buffers(iterator)[-1]
    while last.elements < (last.slots or 0):
        time.sleep(_PAUSE_S)
        last = graph.buffers(iterator)[-1]
    if not source.ended:  # behind a cache that is whole nothing reads the source any more
        source.settled()


def growth(element_bytes: int, slots: int, limit_bytes: int) -> list[dict[str, Any]]:
    """One row; the arguments are those of `measure.growth`."""
    numbers = tf.data.Dataset.range(10**9)
    iterator = iter(graph.as_written(_MAKERS["map"](numbers, element_bytes).prefetch(slots)))
    before, start_s = _resident_bytes(), time.perf_counter()
    held = next(iterator)
    seen: list[tuple[float, int, int]] = []
    while not seen or seen[-1][2] < limit_bytes:
        waiting = graph.buffers(iterator)[-1].elements
        seen.append((time.perf_counter() - start_s, waiting, _resident_bytes() - before))
        if waiting == slots:
            break
        time.sleep(_PAUSE_S)
    del held
    seconds, buffered, taken = zip(*seen, strict=True)
    return [
        {
            "element_bytes": element_bytes, "slots": slots, "limit_bytes": limit_bytes,
            "seconds": seconds, "buffered": buffered, "resident_bytes": taken,
        }
    ]  # fmt: skip


_MEASURES: dict[str, Callable[..., list[dict[str, Any]]]] = {
    "resident": resident,
    "growth": growth,
}

if __name__ == "__main__":
    print(json.dumps(_MEASURES[sys.argv[1]](**json.load(sys.stdin))))
