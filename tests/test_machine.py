"""How many cores a process may use: its affinity, and quotas of any group that it is in."""

import math
import os
from pathlib import Path

import pytest

from prefetchlab.measure import cores, machine, versions
from prefetchlab.measure.quota import cpu_quota


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write `files` under a folder that stands for the machine's root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


OWN, TOP = "proc/self/cgroup", "sys/fs/cgroup"
TREES: dict[str, tuple[float, dict[str, str]]] = {
    "version 2, a container's top": (
        1.5,
        {OWN: "0::/\n", f"{TOP}/cpu.max": "150000 100000\n"},
    ),
    "version 2, half a core": (0.5, {OWN: "0::/\n", f"{TOP}/cpu.max": "50000 100000\n"}),
    "version 2, the process's own group": (
        1.99,
        {OWN: "0::/a.slice/b\n", f"{TOP}/a.slice/b/cpu.max": "199000 100000\n"},
    ),
    "version 2, a name with a line break of Unicode": (
        0.5,
        {OWN: "0::/a\u2028b\n", f"{TOP}/a\u2028b/cpu.max": "50000 100000\n"},
    ),
    "version 2, a group around its own": (
        2,
        {
            OWN: "0::/a.slice/b/c\n",
            f"{TOP}/a.slice/cpu.max": "200000 100000\n",
            f"{TOP}/a.slice/b/cpu.max": "max 100000\n",
            f"{TOP}/a.slice/b/c/cpu.max": "300000 100000\n",
        },
    ),
    "version 2, another's group": (
        math.inf,
        {OWN: "0::/a\n", f"{TOP}/b/cpu.max": "50000 100000\n", f"{TOP}/a/cpu.max": "max 100000\n"},
    ),
    "version 2, a name from outside the container": (
        1.5,
        {
            OWN: "0::/../../docker/12ab\n",
            f"{TOP}/cpu.max": "75000 50000\n",
            "sys/fs/cpu.max": "10000 100000\n",  # the name leads here, and no group is here
        },
    ),
    "version 1": (
        1.5,
        {
            OWN: "5:cpu,cpuacct:/docker/12ab\n4:memory:/docker/12ab\n",
            f"{TOP}/cpu,cpuacct/docker/12ab/cpu.cfs_quota_us": "150000\n",
            f"{TOP}/cpu,cpuacct/docker/12ab/cpu.cfs_period_us": "100000\n",
        },
    ),
    "version 1, mounted as cpu, inside a container": (
        0.25,
        {
            OWN: "5:cpuacct,cpu:/docker/12ab\n0::/\n",
            f"{TOP}/cpu/cpu.cfs_quota_us": "25000\n",
            f"{TOP}/cpu/cpu.cfs_period_us": "100000\n",
        },
    ),
    "version 1, no quota": (
        math.inf,
        {
            OWN: "1:cpu:/\n0::/\n",
            f"{TOP}/cpu/cpu.cfs_quota_us": "-1\n",
            f"{TOP}/cpu/cpu.cfs_period_us": "100000\n",
        },
    ),
    "version 1, the set of cores, which holds no quota": (
        math.inf,
        {
            OWN: "3:cpuset:/a\n",
            f"{TOP}/cpuset/a/cpu.cfs_quota_us": "50000\n",
            f"{TOP}/cpuset/a/cpu.cfs_period_us": "100000\n",
        },
    ),
    "both versions": (
        1.25,
        {
            OWN: "1:cpu:/\n0::/a\n",
            f"{TOP}/cpu/cpu.cfs_quota_us": "200000\n",
            f"{TOP}/cpu/cpu.cfs_period_us": "100000\n",
            f"{TOP}/unified/a/cpu.max": "125000 100000\n",
        },
    ),
    "files that hold something else": (
        math.inf,
        {OWN: "0::/a\n", f"{TOP}/a/cpu.max": "\n", f"{TOP}/cpu.max": "0 0\n"},
    ),
    "no control groups": (math.inf, {}),
}


@pytest.mark.parametrize("name", TREES)
def test_the_smallest_quota_of_the_process_s_groups_counts(name: str, tmp_path: Path) -> None:
    quota, files = TREES[name]
    assert cpu_quota(plant(tmp_path, files)) == quota


def test_a_quota_below_the_cores_counts_and_one_above_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    for quota, expected in ((0.5, 0.5), (1.5, 1.5), (8.0, 2.0), (math.inf, 2.0)):
        monkeypatch.setattr(machine, "cpu_quota", lambda quota=quota: quota)
        assert cores() == expected


def test_where_affinity_is_unknown_the_machine_s_cores_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(machine, "cpu_quota", lambda: math.inf)
    assert cores() == 3


@pytest.mark.parametrize(("count", "label"), [(2.0, "2"), (1.5, "1.5"), (4 / 3, "1.33")])
def test_a_label_shows_whole_cores_as_whole(
    count: float, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: count)
    assert versions()["cores"] == label
