"""What a process may ask of Linux for itself, and Python has no function for.

Elsewhere each of these does nothing and says so by what it returns.
"""

import ctypes
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # of prctl(2)
_SET_CHILD_SUBREAPER = 36
_SET_NO_NEW_PRIVILEGES = 38


def call(number: int, *arguments: object) -> int:
    """Make a system call by its number; what it returns, below 0 where it fails."""
    if not sys.platform.startswith("linux"):
        return -1
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def adopt_orphans() -> bool:
    """Become the parent of each descendant whose own parent ends; whether that worked."""
    return _set(_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal: int) -> bool:
    """Let this signal end the process when its parent ends; whether that worked."""
    return _set(_SET_PARENT_DEATH_SIGNAL, signal)


def gain_no_privileges() -> bool:
    """Give up whatever a program that this process starts could gain; whether that worked."""
    return _set(_SET_NO_NEW_PRIVILEGES, 1)


def _set(option: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)) == 0
