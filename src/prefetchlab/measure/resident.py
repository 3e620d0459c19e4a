"""The memory that a buffer takes, as the operating system counts it: in a process of its own.

Each measurement is a new process, so that nothing else is in it and none that was ended has left
anything behind. Two things are set there. TensorFlow's allocator for oneDNN is off: it keeps what
was freed, so that a process looks as large as it ever was. And the C library gives back at once
what is freed. A process without these settings may hold more than what is computed here, and holds
no less. See `resident_child` for what runs there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prefetchlab import given
from prefetchlab.errors import InputError, why_it_ended
from prefetchlab.measure.machine import versions

Maker = Literal["map", "batch", "cache"]
_MAKERS = ("map", "batch", "cache")
_CACHED = 3  # elements that a "cache" keeps
_MOST_SLOTS = 100_000  # more take too long to fill
_SETTINGS = {"TF_ENABLE_ONEDNN_OPTS": "0", "MALLOC_MMAP_THRESHOLD_": "65536"}
_LEAST = 1_000_000  # bytes of an element: of less, what else a process does shows
_MOST = 2_000_000_000  # bytes held at once, so that no machine of ours is brought down


@dataclass(frozen=True)
class Resident:
    """What a pipeline with a buffer took of memory, while its loop held one element.

    >>> Resident(element_bytes=1_000_000, slots=2, rest_bytes=3_010_000, peak_bytes=3_020_000,
    ...          buffered=2).elements
    3.01

    Attributes:
        element_bytes: the bytes of one element.
        slots: the buffer's size, in elements.
        rest_bytes: by how many bytes the process grew, once the pipeline had come to rest.
        peak_bytes: by how many it grew at most meanwhile; None where the system does not tell.
        buffered: how many elements waited in the buffer, as TensorFlow counts them.
    """

    element_bytes: int
    slots: int
    rest_bytes: int
    peak_bytes: int | None
    buffered: int

    @property
    def elements(self) -> float:
        """What it took at rest, in elements."""
        return self.rest_bytes / self.element_bytes

    @property
    def peak_elements(self) -> float | None:
        """What it took at most, in elements; None where the system does not tell."""
        return None if self.peak_bytes is None else self.peak_bytes / self.element_bytes


@dataclass(frozen=True)
class Growth:
    """How a process grew while a loop held still, and a buffer filled.

    Attributes:
        element_bytes: the bytes of one element.
        slots: the buffer's size, in elements.
        seconds: when the process was looked at, from the first element on.
        buffered: how many elements waited then.
        resident_bytes: by how many bytes the process had grown then.
        limit_bytes: where it was stopped.
    """

    element_bytes: int
    slots: int
    seconds: tuple[float, ...]
    buffered: tuple[int, ...]
    resident_bytes: tuple[int, ...]
    limit_bytes: int


def resident(
    element_bytes: Sequence[int], slots: Sequence[int], *, maker: Maker = "map"
) -> tuple[Resident, ...]:
    """Measure what a buffer takes of memory, for each size of an element and of the buffer.

    **Arguments:**

    - `element_bytes`: the bytes of an element, each 1,000,000 or more; a "batch" has as many as its
      eight parts have whole ones.
    - `slots`: the buffer's sizes, in elements, each 100,000 or less.
    - `maker`: what stands before the prefetch. "map" makes each element new; "batch" puts it
      together of eight; "cache" gives three elements again and again.

    **Returns:** one `Resident` for each pair, the sizes of the buffer in turn for each element.

    **Raises:** `InputError` if a number is out of bounds, if there is nothing to measure, if more
    than 2 GB would be held, or on a system that does not tell what a process takes: Linux does.
    """
    sizes = given.whole_numbers("element_bytes", element_bytes, least=_LEAST, most=_MOST)
    counts = given.whole_numbers("slots", slots, least=0, most=_MOST_SLOTS)
    given.one_of("maker", maker, _MAKERS)
    if max(sizes) * (_CACHED if maker == "cache" else max(counts) + 3) > _MOST:
        raise InputError("element_bytes, slots: together over 2 GB; give smaller ones")
    rows = _in_child("resident", {"element_bytes": sizes, "slots": counts, "maker": maker})
    return tuple(Resident(**row) for row in rows)


def growth(element_bytes: int, slots: int, *, limit_bytes: int) -> Growth:
    """Let a loop take one element and hold still, and watch the process grow, up to a limit.

    **Arguments:**

    - `element_bytes`: the bytes of an element, 1,000,000 or more.
    - `slots`: the buffer's size, in elements.
    - `limit_bytes`: stop there; at most 2,000,000,000.

    **Raises:** `InputError`, as `resident` does.
    """
    size = given.whole("element_bytes", element_bytes, least=_LEAST, most=_MOST)
    asked = {
        "element_bytes": size,
        "slots": given.whole("slots", slots, least=1, most=2**31 - 1),
        "limit_bytes": given.whole("limit_bytes", limit_bytes, least=size, most=_MOST),
    }
    (row,) = _in_child("growth", asked)
    return Growth(
        seconds=tuple(row["seconds"]),
        buffered=tuple(row["buffered"]),
        resident_bytes=tuple(row["resident_bytes"]),
        **asked,
    )


def _in_child(what: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    if not Path("/proc/self/statm").exists():
        raise InputError(
            f"{what}: {versions()['machine']} does not tell what a process takes; use Linux"
        )
    done = subprocess.run(
        [sys.executable, "-m", "prefetchlab.measure.resident_child", what],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
        env=os.environ | _SETTINGS,
    )  # fmt: skip
    if done.returncode:
        why = why_it_ended(done.stderr, done.returncode)
        raise InputError(f"{what}: the process that was measured failed: {why}")
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows
