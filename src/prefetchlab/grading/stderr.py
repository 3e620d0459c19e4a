"""Nothing reaches stderr while a check runs: nbgrader scores a test cell that writes there as 0.

Three ways lead there. A name: `sys.stderr`, read when something is printed. An object: a logging
handler keeps the stream that it was made with, and in a notebook that stream publishes by itself.
A number: C++ writes to file descriptor 2, and a notebook's kernel watches it.
"""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import TextIO

from prefetchlab._tensorflow import silent_stderr, tf


@contextlib.contextmanager
def nothing_on_stderr() -> Iterator[None]:
    """Let what Python writes to stderr come out as stdout, and what C++ writes nowhere.

    It holds for all threads. TensorFlow's advice and Python's warnings are kept out altogether.

    >>> with nothing_on_stderr():
    ...     print("a note", file=sys.stderr)
    a note
    """
    with (
        silent_stderr(),
        _flushed(sys.stderr, sys.__stderr__),
        _written_to_stdout(sys.stderr),
        contextlib.redirect_stderr(sys.stdout),
        _no_advice(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _flushed(*streams: TextIO | None) -> Iterator[None]:
    """Empty the streams' buffers before the descriptor leads to stderr again."""
    try:
        yield
    finally:
        for stream in streams:
            if stream is not None:
                stream.flush()


@contextlib.contextmanager
def _written_to_stdout(stream: TextIO) -> Iterator[None]:
    """Redirect the object itself, for those who have kept it."""
    write = sys.stdout.write
    try:
        stream.write = write  # type: ignore[method-assign]  # the one way to reach who keeps it
    except AttributeError:  # a stream written in C: it ends at descriptor 2, which is silenced
        yield
        return
    try:
        yield
    finally:
        del stream.write


@contextlib.contextmanager
def _no_advice() -> Iterator[None]:
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
