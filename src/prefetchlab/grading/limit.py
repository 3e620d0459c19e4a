"""Work that may never end, and is given up after a limit.

The work runs in a thread of its own, so that this one can go on whatever happens there. Python
that does not end is stopped by an exception. C++ cannot be stopped, and stays behind in its
thread; so does a built-in of Python that never comes back, but it also blocks the checking
thread: `sum(itertools.count())` is left to the time limit of whoever runs the notebook.
"""

import contextvars
import ctypes
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

from prefetchlab.grading.origin import is_students

_POLL_S = 0.2  # on Windows no signal interrupts a wait
_GRACE_S = 10.0  # a large graph may be freed for seconds, and what frees it lets no exception by
_AGAIN_S = 0.05
_STOP = SystemExit  # `except Exception` lets it by, and `threading` prints nothing about it
_TRACER = "func_graph_from_py_func"  # the function of TensorFlow that calls what it traces


class StillRunningError(Exception):
    """The work did not end in time.

    Attributes:
        tracing: whether TensorFlow was tracing a function then.
    """

    def __init__(self, limit_s: float, *, tracing: bool) -> None:
        super().__init__(f"after {limit_s:g} s")
        self.tracing = tracing


class _Work(threading.Thread):
    """Runs `work`, and keeps what it raises.

    Attributes:
        error: what was raised, or None.
        ended: whether the work is over. `Thread.join` cannot tell once it was interrupted: Python
            3.11 then takes the thread for dead.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        # The context carries where a notebook shows what this thread prints.
        super().__init__(name="check", daemon=True)
        self.error: BaseException | None = None
        self.ended = threading.Event()
        self._context = contextvars.copy_context()
        self._work = work

    def run(self) -> None:
        """Run the work; an interrupt or an exit that it raises is its own."""
        try:
            try:
                self._context.run(self._work)
            except BaseException as error:
                self.error = error
            finally:
                self.ended.set()
        except _STOP:  # sent once more, while the first one was on its way here
            self.ended.set()


def run_within(limit_s: float, work: Callable[[], object]) -> BaseException | None:
    """Run `work` and wait for it, but no longer than the limit.

    >>> run_within(60, lambda: print("done"))
    done
    >>> run_within(60, lambda: [][0])
    IndexError('list index out of range')
    >>> run_within(0.2, lambda: [None for _ in iter(int, 1)])
    Traceback (most recent call last):
        ...
    prefetchlab.grading.limit.StillRunningError: after 0.2 s

    **Arguments:**

    - `limit_s`: how long to wait, seconds.
    - `work`: takes nothing; what it returns is dropped.

    **Returns:** what `work` raised, exits and interrupts included; None if it raised nothing.

    **Raises:** `StillRunningError` if it does not end in time; `KeyboardInterrupt` if the user
    interrupts the wait.
    """
    before = {*sys._current_frames()}
    work_thread = _Work(work)
    try:
        work_thread.start()  # an interrupt may come in here too, once the work has begun
        ended = _wait(work_thread, limit_s)
    except BaseException:
        _stop(work_thread, before)
        raise
    if not ended:
        tracing = _is_tracing(work_thread)
        _stop(work_thread, before)
        raise StillRunningError(limit_s, tracing=tracing)
    return work_thread.error


def _wait(thread: _Work, limit_s: float) -> bool:
    """Whether it ended in time."""
    end = time.monotonic() + limit_s
    while (left := end - time.monotonic()) > 0:
        if thread.ended.wait(min(left, _POLL_S)):
            return True
    return thread.ended.is_set()


def _is_tracing(thread: _Work) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    stack = [] if frame is None else traceback.walk_stack(frame)
    return any(caller.f_code.co_name == _TRACER for caller, _ in stack)


def _stop(thread: _Work, before: set[int]) -> None:
    """Stop the Python of `thread`, and what the student's code does in new threads of others.

    A generator, for example, runs in a thread of TensorFlow. Again and again for a while, because
    code may catch the exception and go on. Code that catches everything stays behind, as C++ does.
    """
    end = time.monotonic() + _GRACE_S
    while not thread.ended.wait(_AGAIN_S) and time.monotonic() < end:
        for ident, frame in sys._current_frames().items():
            if ident == thread.ident or (ident not in before and _runs_students_code(frame)):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(ident), ctypes.py_object(_STOP)
                )
    if thread.ended.is_set():
        thread.join(_GRACE_S)  # there are some lines of `threading` left


def _runs_students_code(frame: FrameType) -> bool:
    return any(is_students(caller.f_code.co_filename) for caller, _ in traceback.walk_stack(frame))
