"""Landlock: a process gives up the right to write outside a folder, and to signal other processes.

It is Linux's own, needs no rights, and holds for whatever the process starts; nothing takes it
back. It keeps the process from reading another's memory, too. What it does not do: hinder reading,
changes of a file's owner, mode, times or attributes, or connections. Each version of Linux knows
more of it, by the number that `version` gives:

- 1, Linux 5.13: no write outside;
- 3, Linux 6.2: nor a file made shorter;
- 6, Linux 6.12: nor a signal to a process outside.

Its constants are those of `linux/landlock.h`:
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
from pathlib import Path

from prefetchlab.proofs import linux

WRITES = 1  # the versions with which these are kept inside
TRUNCATES = 3
SIGNALS = 6

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every processor
_ASK_VERSION = 1
_PATH_BENEATH = 1
_SHARED_MEMORY = Path("/dev/shm")
_WRITE_FILE = 1 << 1
# To remove (4, 5), to make whatever a folder can hold (6 to 12), to move (13), to shorten (14).
_CHANGE_FOLDER = sum(1 << bit for bit in range(4, 13))
_MOVE, _SHORTEN = 1 << 13, 1 << 14
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Which version of Landlock this system has; 0 for none."""
    return max(0, linux.call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))


def stay_inside(folder: Path) -> int:
    """Give up writing outside of a folder, and signals to who has not given that up with it.

    Two places stay open for writing: the device that swallows everything, `/dev/null`, and
    `/dev/shm`, where Python makes the locks that processes share; Keras's workers need them.

    **Arguments:**

    - `folder`: where files may still be made, changed and removed.

    **Returns:** the version of Landlock that holds from here on; 0 if this system has none.
    """
    known = version()
    if not known:
        return 0
    to_a_file = _WRITE_FILE | (_SHORTEN if known >= TRUNCATES else 0)
    every = to_a_file | _CHANGE_FOLDER | (_MOVE if known > WRITES else 0)
    scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if known >= SIGNALS else 0
    size = ctypes.sizeof(_Ruleset) if scoped else ctypes.sizeof(ctypes.c_uint64)
    rules = linux.call(
        _CREATE_RULESET, ctypes.byref(_Ruleset(every, 0, scoped)), ctypes.c_size_t(size), 0
    )
    if rules < 0:
        return 0
    try:
        _allow(rules, folder, every)
        _allow(rules, Path(os.devnull), to_a_file)
        if _SHARED_MEMORY.is_dir():
            _allow(rules, _SHARED_MEMORY, every)
        held = linux.gain_no_privileges() and linux.call(_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)
    return known if held else 0


def _allow(rules: int, path: Path, allowed: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.byref(_Beneath(allowed, opened))
        linux.call(_ADD_RULE, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(opened)
