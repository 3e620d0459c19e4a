"""What keeps the cores busy does so, and outlives nobody."""

import subprocess
import sys
import time
from pathlib import Path

from tools.repository import ROOT

ASKS = "from tools.busy import cores_busy\nwith cores_busy():\n    print(flush=True); input()"
PATIENCE_S = 30.0


def children(process: int) -> list[int]:
    return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]


def runs(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_burners_end_with_the_process_that_asked_for_them_however_it_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asker:
        assert asker.stdout
        asker.stdout.readline()
        burners = children(asker.pid)
        assert burners and all(map(runs, burners))
        asker.kill()
    until = time.monotonic() + PATIENCE_S
    while any(map(runs, burners)):
        assert time.monotonic() < until
        time.sleep(0.05)
