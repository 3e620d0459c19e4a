"""Which threads of this process still work: asked of Linux, because no clock can tell.

A producer that waits for room in its buffer and one that waits for a disk look alike from outside:
neither uses a core. Linux tells them apart by the system call in which a thread sleeps. Who waits
for room, waits on a futex and without a time limit, until somebody wakes it. Everything else works:
it computes, waits for a core or for Python's lock, sleeps for a time, or reads.
"""

import os
import platform
import threading
import time
from dataclasses import dataclass

_TASKS = "/proc/self/task"
_FUTEX = {"x86_64": b"202", "aarch64": b"98"}.get(platform.machine())  # the call's number
_NO_LIMIT = b"0x0"
# The wait of absl, on which TensorFlow builds. With a time limit it is the clock of AUTOTUNE, which
# runs beside each pipeline and makes no element. Python's own waits are of another kind.
_TENSORFLOW_WAIT = b"0x80"
_BASELINE_LOOKS = 3
_BASELINE_AT_MOST = 200  # where new threads begin without end
_LOOKS_AT_REST = 20  # in a row, for a thread that worked before the pipeline did
_LOOK_EVERY_S = 0.005


@dataclass(frozen=True)
class _Look:
    """A thread at one moment.

    Attributes:
        rests: whether it waits until somebody wakes it.
        ran: how long it has run so far, in nanoseconds, as Linux writes it.
    """

    rests: bool
    ran: bytes


class Threads:
    """Tells whether a thread of this process works, other than the one that asks.

    Threads that work from the start, a notebook's for example, are none of the pipeline's: they are
    left out until they have come to rest. Two that hand something to each other rest in turn for a
    moment, so a moment is not enough.

    >>> Threads().any_works() in (True, False, None)
    True
    """

    def __init__(self) -> None:
        """Note who works already, before the pipeline does."""
        self._last = _looks() or {}
        self._rests = dict.fromkeys(self._working(self._last), 0)
        same = 0  # looks in a row that found nobody new
        for _ in range(_BASELINE_AT_MOST):
            time.sleep(_LOOK_EVERY_S)
            looks = _looks() or {}
            new = self._working(looks) - self._rests.keys()
            self._rests |= dict.fromkeys(new, 0)
            self._last = looks
            same = 0 if new else same + 1
            if same == (_LOOKS_AT_REST if self._rests else _BASELINE_LOOKS - 1):
                return

    def any_works(self) -> bool | None:
        """Whether any has worked since the last call, or does so now; None if nobody can tell.

        Nobody can on a system other than Linux, or on a processor other than x86-64 and ARM64.
        """
        looks = _looks()
        if looks is None:
            return None
        working = self._working(looks)
        self._last = looks
        self._forget_those_at_rest(working)
        return bool(working - self._rests.keys())

    def _working(self, looks: dict[str, _Look]) -> set[str]:
        """Who works now, or has worked since the last look."""
        return {
            thread
            for thread, look in looks.items()
            if not look.rests or look != self._last.get(thread)
        }

    def _forget_those_at_rest(self, working: set[str]) -> None:
        rests = {thread: 0 if thread in working else n + 1 for thread, n in self._rests.items()}
        self._rests = {thread: n for thread, n in rests.items() if n < _LOOKS_AT_REST}


def _looks() -> dict[str, _Look] | None:
    """Every other thread of this process; None if this system does not tell."""
    own = str(threading.get_native_id())
    try:
        threads = [thread for thread in os.listdir(_TASKS) if thread != own]  # noqa: PTH208 - pathlib takes ten times as long
    except OSError:
        return None
    if _FUTEX is None or not os.path.exists(f"{_TASKS}/{own}/syscall"):  # noqa: PTH110 - as above
        return None
    looks = ((thread, _look(thread)) for thread in threads)
    return {thread: look for thread, look in looks if look is not None}


def _look(thread: str) -> _Look | None:
    try:
        call, ran = _read(thread, "syscall").split(), _read(thread, "schedstat").split()
    except OSError:  # it ended while we looked
        return None
    return _Look(_waits_to_be_woken(call), ran[0] if ran else b"")


def _waits_to_be_woken(call: list[bytes]) -> bool:
    """Whether the line of a thread's system call says that it waits, and not for a time.

    The line is a number and its arguments, of which a futex has: place, kind, value, time limit.
    """
    if len(call) < 5 or call[0] != _FUTEX:
        return False
    return call[4] == _NO_LIMIT or call[2] == _TENSORFLOW_WAIT


def _read(thread: str, name: str) -> bytes:
    with open(f"{_TASKS}/{thread}/{name}", "rb") as file:  # noqa: PTH123 - as above
        return file.read()
