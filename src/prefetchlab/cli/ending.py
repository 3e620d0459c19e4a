"""How the command ends: by itself, by a signal, or because nobody reads what it prints."""

import _thread
import contextlib
import functools
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import NoReturn

_BY_SIGNAL = 128  # an exit code of more tells which signal ended a process
_A_MOMENT_S = 0.01
_FATAL = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
# The descriptor of stderr while a library loads.
_STDERR: ContextVar[int | None] = ContextVar("stderr", default=None)

_Hook = Callable[["sys.UnraisableHookArgs"], object]


class Stopped(BaseException):
    """A signal asks the command to end. Like KeyboardInterrupt, it passes every `except Exception`.

    Attributes:
        exit_code: 128 + the signal's number, as shells have it.
    """

    def __init__(self, number: int) -> None:
        """Say which signal it was."""
        name = signal.Signals(number).name
        super().__init__(
            "interrupted" if name == "SIGINT" else f"ended by {name}; nothing was left half done"
        )
        self.exit_code = _BY_SIGNAL + number


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """Have signals unwind the command by `Stopped`, so that it cleans up; then put them back.

    A signal that is ignored stays ignored: so `nohup` asks for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    numbers = [getattr(signal, name) for name in _FATAL if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    hook = sys.unraisablehook
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.unraisablehook = functools.partial(_raise_again, hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def leave(exit_code: int) -> NoReturn:
    """End this process with an exit code; after a signal at once.

    Python's own end waits for threads. A signal may leave a pipeline at work, and a thread of it
    that is about to call Python then never comes to an end.
    """
    if exit_code > _BY_SIGNAL:
        sys.stderr.flush()  # stdout was written whole, or was given up
        os._exit(exit_code)
    sys.exit(exit_code)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Load large libraries: a signal then ends the process at once.

    Some of them swallow every exception of an import that they can do without, and go on without
    it. Nothing of ours is begun yet, so there is nothing to clean up.
    """
    descriptor = os.dup(2)  # TensorFlow loads with stderr pointing nowhere
    token = _STDERR.set(descriptor)
    try:
        yield
    finally:
        _STDERR.reset(token)
        os.close(descriptor)


def _stop(number: int, frame: FrameType | None) -> None:
    stopped, stderr = Stopped(number), _STDERR.get()
    if stderr is None:
        raise stopped
    os.write(stderr, f"prefetchlab: {stopped}\n".encode())
    os._exit(stopped.exit_code)


def _raise_again(hook: _Hook, swallowed: "sys.UnraisableHookArgs", /) -> None:
    """Where Python was in a `__del__` when the signal came, it goes on: so the signal comes again.

    It comes a moment later, because what is raised in here is swallowed, too.
    """
    if not isinstance(swallowed.exc_value, Stopped):
        hook(swallowed)
        return
    number = swallowed.exc_value.exit_code - _BY_SIGNAL
    threading.Timer(_A_MOMENT_S, _thread.interrupt_main, [number]).start()


@contextlib.contextmanager
def stdout_ends_well() -> Iterator[None]:
    """Show what stdout cannot encode as `?`, and write all of it before the exit code is chosen.

    Otherwise Python writes the rest while it ends, and reports a full disk or a reader that is
    gone as an ignored exception.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        yield
    finally:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError:
            _drop_stdout()
            raise


def _drop_stdout() -> None:
    """Send what stdout still holds nowhere: at the exit Python writes it once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
