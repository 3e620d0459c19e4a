"""What other programs take of the cores: foreign load, which no count of our own work shows."""

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from prefetchlab import service

# A twentieth of the cores, so a tenth of one of two: more than an idle system does for itself.
OTHERS_BOUND = 0.05
_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)  # of a line's numbers: idle, and idle while a disk is waited for


@dataclass(frozen=True)
class CpuTimes:
    """The clocks of one instant, all in seconds.

    Attributes:
        wall_s: the time that passed.
        own_s: CPU-seconds of this process, all threads, of its children that have ended, and of the
            servers of a tf.data service that it has started.
        idle_s: how long each core has idled, by its name; empty where the system does not tell.
        ours: the names of the cores that this process may use.
    """

    wall_s: float
    own_s: float
    idle_s: Mapping[str, float]
    ours: frozenset[str]


def cpu_times(stat: Path = _STAT) -> CpuTimes:
    """Read the clocks now.

    >>> cpu_times().wall_s > 0
    True

    **Arguments:**

    - `stat`: the kernel's counters, as Linux writes them to /proc/stat.
    """
    times = os.times()
    ended_s = times.children_user + times.children_system
    own_s = time.process_time() + ended_s + service.cpu_s()
    idle_s = _idle_s(stat)
    known = hasattr(os, "sched_getaffinity")
    allowed = {f"cpu{core}" for core in os.sched_getaffinity(0)} if known else set(idle_s)
    return CpuTimes(time.perf_counter(), own_s, idle_s, frozenset(allowed & set(idle_s)))


def others_share(start: CpuTimes, end: CpuTimes) -> float | None:
    """The share of the cores that others took between two readings: 0.25 is half of one of two.

    A core that neither idles nor works for this process works for others: another program, the
    system, or another virtual machine on the same hardware as far as the system is told of it.

    >>> before = CpuTimes(0.0, 0.0, {"cpu0": 0.0, "cpu1": 0.0}, frozenset({"cpu0", "cpu1"}))
    >>> after = CpuTimes(1.0, 0.5, {"cpu0": 0.5, "cpu1": 0.5}, before.ours)
    >>> others_share(before, after)  # one core-second of two was idle, and half of one was ours
    0.25

    **Returns:** a share from 0 to 1: of the cores that this process may use, or of all that the
    machine has, whichever is larger, because a neighbour on another core slows this one too. None
    where the system does not tell.
    """
    machine = start.idle_s.keys() & end.idle_s.keys()
    ours = start.ours & machine
    return max((_share(start, end, cores) for cores in (ours, machine) if cores), default=None)


def _share(start: CpuTimes, end: CpuTimes, cores: Collection[str]) -> float:
    """The share of these cores that neither idled nor worked for this process."""
    passed_s = (end.wall_s - start.wall_s) * len(cores)
    idle_s = sum(end.idle_s[core] - start.idle_s[core] for core in cores)
    own_s = end.own_s - start.own_s
    return min(max(0.0, 1 - (idle_s + own_s) / passed_s), 1.0)


def _idle_s(stat: Path) -> dict[str, float]:
    """How long each core has idled, in seconds, by its name in the kernel's counters."""
    try:
        lines = [line.split() for line in stat.read_text(encoding="ascii").splitlines()]
        ticks = {
            name: sum(map(int, counts[_IDLE]))
            for name, *counts in lines
            if name.startswith("cpu") and name != "cpu"
        }
    except (OSError, ValueError):
        return {}
    if not any(ticks.values()):  # some sandboxes show the file with nothing but zeros
        return {}
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    return {name: each / ticks_per_s for name, each in ticks.items()}
