"""What a measurement must be labelled with: the machine and the versions."""

import importlib.metadata
import os
import platform
from pathlib import Path

from prefetchlab import graph


def cores() -> int:
    """How many cores this process may use: its affinity, and a container's CPU quota.

    >>> cores() >= 1
    True
    """
    known = hasattr(os, "sched_getaffinity")
    allowed = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(allowed, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or "max": no quota
        return allowed


def versions() -> dict[str, str]:
    """What a measurement must be labelled with: machine and versions, but no host name.

    >>> sorted(versions())
    ['cores', 'device', 'keras', 'machine', 'numpy', 'prefetchlab', 'python', 'tensorflow']
    """
    packages = ("tensorflow", "keras", "numpy", "prefetchlab")
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": str(cores()),
        "device": graph.device_name(),
        "python": platform.python_version(),
    } | {name: importlib.metadata.version(name) for name in packages}
