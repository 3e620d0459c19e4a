"""Keeps every core busy, for tests that must not depend on load."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cores_busy() -> Iterator[None]:
    """Run two processes that never wait for each core that this one may use."""
    count = 2 * len(os.sched_getaffinity(0))
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
