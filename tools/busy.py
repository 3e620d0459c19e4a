"""Keeps every core busy, for tests that must not depend on load."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# It ends when its stdin does: so it outlives nobody, not even one that was killed.
_BURNER = """
import os, sys, threading
threading.Thread(target=lambda: os._exit(len(sys.stdin.read())), daemon=True).start()
while True: pass
"""


@contextmanager
def cores_busy() -> Iterator[None]:
    """Run two processes that never wait for each core that this one may use."""
    burners = [_burner() for _ in range(2 * len(os.sched_getaffinity(0)))]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.communicate()


def _burner() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _BURNER], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
