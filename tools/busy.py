"""Keeps every core busy, for tests that must not depend on load."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def both_cores_busy() -> Iterator[None]:
    """Run four processes that never wait, on two cores, while the block runs."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
