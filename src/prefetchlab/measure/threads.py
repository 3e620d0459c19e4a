"""Which threads of this process still work: asked of Linux, because no clock can tell.

A producer that waits for room in its buffer and one that waits for a disk look alike from outside:
neither uses a core. Linux tells them apart by the system call in which a thread sleeps. Who waits
for room, waits on a futex of this process and without a time limit, until a thread wakes it.
Everything else works: it computes, waits for a core, for Python's lock or for another process,
sleeps for a time, or reads.
"""

import os
import platform
import threading
import time
from dataclasses import dataclass

_TASKS = "/proc/self/task"
# The numbers of two system calls.
_FUTEX = {"x86_64": b"202", "aarch64": b"98"}.get(platform.machine())
_SLEEP = {"x86_64": b"230", "aarch64": b"115"}.get(platform.machine())
_NO_LIMIT = b"0x0"
# The wait of absl, on which TensorFlow builds. With a time limit it is the clock of AUTOTUNE, which
# runs beside each pipeline and makes no element. Python's own waits are of another kind.
_TENSORFLOW_WAIT = b"0x80"
_PRIVATE = 0x80  # the bit of a futex that no other process can wake
# Clock 0 and no flag: a sleep of C++. Python's sleeps name another clock.
_SLEEP_OF_CPP = [b"0x0", b"0x0"]
# So many looks in a row must find nobody new, before a pipeline begins.
_BASELINE_IF_NONE, _BASELINE_IF_SOME = 2, 20
_BASELINE_AT_MOST = 200  # where new threads begin without end
_LOOK_EVERY_S = 0.005


@dataclass(frozen=True)
class _Look:
    """A thread at one moment.

    Attributes:
        rests: whether it waits until somebody wakes it.
        ran: how long it has run so far, in nanoseconds, as Linux writes it.
        sleeps: whether it sleeps for a time, and C++ sent it to sleep.
    """

    rests: bool
    ran: bytes
    sleeps: bool = False


class Threads:
    """Tells whether a thread of this process works, other than the one that asks.

    Threads that work from the start, a notebook's for example, are none of the pipeline's: they are
    left out from then on, even if they rest for a while. A stage may wait for such a thread all the
    same, and then this class does not see it; `leaves_some_out` tells when that is possible. A
    thread of C++ that only sleeps does not count: TensorFlow has one, which wakes every 30 seconds.

    >>> Threads().any_works() in (True, False, None)
    True
    """

    def __init__(self) -> None:
        """Note who works already, before the pipeline does.

        Two threads that hand something to each other rest in turn, so one look is not enough.
        """
        first = self._last = _looks() or {}
        self._left_out = self._working(self._last)
        same = 0  # looks in a row that found nobody new
        for _ in range(_BASELINE_AT_MOST):
            time.sleep(_LOOK_EVERY_S)
            looks = _looks() or {}
            new = self._working(looks) - self._left_out
            self._left_out |= new
            self._last = looks
            self._only_sleep = {
                name for name, look in looks.items() if look.sleeps and look == first.get(name)
            }
            same = 0 if new else same + 1
            if same == (_BASELINE_IF_SOME if self.leaves_some_out else _BASELINE_IF_NONE):
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
        return bool(working - self._left_out)

    @property
    def leaves_some_out(self) -> bool:
        """Whether a thread is left out because it worked from the start, and more than slept."""
        return bool(self._left_out - self._only_sleep)

    def _working(self, looks: dict[str, _Look]) -> set[str]:
        """Who works now, or has worked since the last look."""
        return {
            thread
            for thread, look in looks.items()
            if not look.rests or look != self._last.get(thread)
        }


def _looks() -> dict[str, _Look] | None:
    """Every other thread of this process; None if this system does not tell."""
    own = str(threading.get_native_id())
    try:
        looks = {
            thread: _look(thread)
            for thread in os.listdir(_TASKS)  # noqa: PTH208 - pathlib takes ten times as long
            if thread != own
        }
        _read(own, "syscall")
    except OSError:
        return None
    if _FUTEX is None:
        return None
    return {thread: look for thread, look in looks.items() if look is not None}


def _look(thread: str) -> _Look | None:
    """The thread now; None if it has ended."""
    try:
        call = _read(thread, "syscall").split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        ran = _read(thread, "schedstat").split()[0]
    except (OSError, IndexError):  # a kernel without it: what each thread waits for must do
        ran = b""
    return _Look(_waits_to_be_woken(call), ran, call[0] == _SLEEP and call[1:3] == _SLEEP_OF_CPP)


def _waits_to_be_woken(call: list[bytes]) -> bool:
    """Whether the line of a thread's system call says that it waits, and not for a time.

    The line is a number and its arguments, of which a futex has: place, kind, value, time limit.
    """
    if len(call) < 5 or call[0] != _FUTEX or not int(call[2], 16) & _PRIVATE:
        return False
    return call[4] == _NO_LIMIT or call[2] == _TENSORFLOW_WAIT


def _read(thread: str, name: str) -> bytes:
    with open(f"{_TASKS}/{thread}/{name}", "rb") as file:  # noqa: PTH123 - as above
        return file.read()
