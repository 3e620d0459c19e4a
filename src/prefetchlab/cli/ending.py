"""How the command ends: by itself, by a signal, or because nobody reads what it prints."""

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType


class Stopped(BaseException):
    """A signal asks the command to end. Like KeyboardInterrupt, it passes every `except Exception`.

    Attributes:
        exit_code: 128 + the signal's number, as shells have it.
    """

    def __init__(self, number: int) -> None:
        """Say which signal it was."""
        super().__init__(f"ended by {signal.Signals(number).name}; nothing was left half done")
        self.exit_code = 128 + number


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """Have SIGTERM and SIGHUP unwind the command, so that it cleans up; then put them back.

    A signal that is ignored stays ignored: so `nohup` asks for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)


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
