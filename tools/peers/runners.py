"""The processes of the contenders, seen from the one that asks them in turns."""

import contextlib
import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prefetchlab.errors import InputError
from tools.peers.contenders import CONTENDERS, Contender
from tools.peers.work import Images
from tools.repository import ROOT

_PATIENCE_S = 120  # the first answer waits for a large import
_FAREWELL_S = 10
_CHILD = (sys.executable, "-m", "tools.peers.child")


class Runner:
    """One contender's process.

    Attributes:
        contender: who it is.
        cpu_s: the CPU-seconds that it and its workers have used, up to its last answer.
    """

    def __init__(
        self, contender: Contender, command: Sequence[str], log: Path, patience_s: float
    ) -> None:
        """Start it; its stderr goes to the log."""
        self.contender, self.cpu_s = contender, 0.0
        self._log, self._patience_s = log, patience_s
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )

    def order(self, order: str, **arguments: Any) -> None:
        """Ask for something, and do not wait for the answer."""
        stdin = self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # that it has ended shows in the answer
            if stdin:
                stdin.write(json.dumps({"order": order, **arguments}).encode() + b"\n")
                stdin.flush()

    def answer(self) -> Any:
        """Wait for the answer to the last order.

        **Raises:** `InputError` with one line if there is none, or if it tells of an error.
        """
        answer = json.loads(self._line())
        if "error" in answer:
            raise self._failed(answer["error"])
        self.cpu_s = answer["cpu_s"]
        return answer["result"]

    def dismiss(self) -> None:
        """Tell it that there are no more orders, so that it ends by itself."""
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.close()

    def end(self) -> None:
        """Dismiss it, and end it if it does not go."""
        self.dismiss()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_FAREWELL_S)
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _line(self) -> bytes:
        stdout = self._process.stdout
        if stdout is None or not select.select([stdout], [], [], self._patience_s)[0]:
            raise self._failed(f"no answer within {self._patience_s:g} s")
        line: bytes = stdout.readline()
        if not line:
            code = self._process.wait()
            raise self._failed(f"it ended with {code}; {self._last_words()}")
        return line

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line for line in lines if line.strip()]
        return f"its last words: {said[-1]}" if said else "it said nothing"

    def _failed(self, what: str) -> InputError:
        (first, *_) = what.splitlines() or [what]
        return InputError(f"{self.contender.name}: {first}")


@contextlib.contextmanager
def running(
    images: Images, contenders: Sequence[Contender] = CONTENDERS, *, patience_s: float = _PATIENCE_S
) -> Iterator[list[Runner]]:
    """A process for each contender; they end with the block, all at once."""
    runners: list[Runner] = []
    try:
        for number, contender in enumerate(contenders):
            command = (*_CHILD, contender.name, str(images.folder))
            log = images.folder / f"{number}.log"
            runners.append(Runner(contender, command, log, patience_s))
        yield runners
    finally:
        for runner in runners:
            runner.dismiss()
        for runner in runners:
            runner.end()
