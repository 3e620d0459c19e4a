"""The CPU quota of a container: how many cores' worth of time Linux lets a process use."""

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNTS = "sys/fs/cgroup"


def cpu_quota(root: Path = Path("/")) -> float:
    """The smallest quota of this process's control groups, in cores; infinite if there is none.

    A group's quota holds for the groups inside it, too. So each is asked, from the process's own up
    to the top. A container may see names from outside it; those are not there, and only its top is.

    **Arguments:**

    - `root`: the folder that holds `proc` and `sys`.

    **Returns:** quota over period, 1.5 for example.

    **Source:** Linux, `Documentation/admin-guide/cgroup-v2.rst` (cpu.max) and
    `Documentation/scheduler/sched-bwc.rst` (cpu.cfs_quota_us, cpu.cfs_period_us).
    """
    return min((_quota(group) for group in _groups(root)), default=math.inf)


def _groups(root: Path) -> Iterator[Path]:
    """The folders of this process's groups that may hold a quota, wherever they are mounted."""
    for line in _text(root / "proc/self/cgroup").split("\n"):
        _, controllers, path = line.split(":", 2) if line.count(":") > 1 else ("", "none", "")
        inside = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
        for mount in _mounts(controllers):
            for depth in range(len(inside) + 1):
                yield root.joinpath(_MOUNTS, mount, *inside[:depth])


def _mounts(controllers: str) -> tuple[str, ...]:
    if not controllers:  # version 2; beside version 1 it stands in a folder of its own
        return ("", "unified")
    return (controllers, "cpu") if "cpu" in controllers.split(",") else ()


def _quota(group: Path) -> float:
    """The quota of one group, in cores: `cpu.max` in version 2, two files in version 1."""
    version_2 = _text(group / "cpu.max").split()
    version_1 = [_text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    for texts in (version_2, version_1):
        try:
            quota_us, period_us = map(int, texts)
        except ValueError:  # no such file, or "max": no quota
            continue
        if quota_us > 0 < period_us:  # version 1 writes -1 where there is no quota
            return quota_us / period_us
    return math.inf


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")  # as names of files are
    except (OSError, ValueError):  # ValueError: no file can have the name
        return ""
