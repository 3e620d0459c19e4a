"""What a measurement must be labelled with: the machine and the versions."""

import importlib.metadata
import os
import platform

from prefetchlab import graph
from prefetchlab.measure.quota import cpu_quota


def cores() -> float:
    """How many cores this process may use: its affinity, and a container's CPU quota.

    A quota may give a part of a core: 1.5, or 0.5.

    >>> cores() > 0
    True
    """
    known = hasattr(os, "sched_getaffinity")
    allowed = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return min(float(allowed), cpu_quota())


def versions() -> dict[str, str]:
    """What a measurement must be labelled with: machine and versions, but no host name.

    >>> sorted(versions())
    ['cores', 'device', 'keras', 'machine', 'numpy', 'prefetchlab', 'python', 'tensorflow']
    """
    packages = ("tensorflow", "keras", "numpy", "prefetchlab")
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": f"{round(cores(), 2):g}",
        "device": graph.device_name(),
        "python": platform.python_version(),
    } | {name: importlib.metadata.version(name) for name in packages}
