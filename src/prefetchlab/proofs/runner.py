"""Start proofs, wait for their answers, and kill what is left of them.

Each proof runs in a process of its own, forked from a server that has only imported modules; this
process unpickles nothing of what comes back. What is not plainly True or False has shown nothing: a
crash, an exception, another value and a time-out each have a name.

This is no sandbox: a proof is the course's own code and may do what Python may do.
"""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.proofs import child
from prefetchlab.proofs.proof import Answer, Outcome, Proof

# Modules by name, because only the server imports them; with TensorFlow a proof needs 0.5 s
# instead of 7, and with what most proofs import 0.1 s less. Python says nothing of a name that is
# wrong: a test does.
PRELOAD = (
    "prefetchlab._tensorflow",
    "prefetchlab.experiments",
    "prefetchlab.service",
    child.__name__,
    "prefetchlab.proofs.hearing",
)
_GRACE_S = 5.0  # for a process that has closed its pipe to be gone


def run_proofs(
    proofs: Sequence[Proof], *, workers: int = 2
) -> Generator[tuple[int, Answer], None, None]:
    """Run proofs, some at a time.

    **Arguments:**

    - `proofs`: what to run.
    - `workers`: how many run at a time, at least 1.

    **Returns:** a generator of each proof's index and its `Answer`, in the order in which they
    end. Closing it kills what is still running.

    **Raises:** `InputError` if `workers` is below 1, or if this system cannot fork.
    """
    workers = given.whole("workers", workers, least=1)
    waiting = list(enumerate(proofs))
    if not waiting:
        return
    server = _server()
    running: list[_Run] = []
    with tempfile.TemporaryDirectory(prefix="prefetchlab-") as folder, _closing(running):
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(server, *waiting.pop(0), Path(folder)))
            _wait(running)
            for run in [run for run in running if run.ended()]:
                answer = run.answer()
                running.remove(run)
                run.close()
                yield run.index, answer


@dataclass(frozen=True)
class _Run:
    """One proof that is running.

    Attributes:
        index: the proof's place among all.
        proof: what is run.
        process: where it runs.
        pipe: where its answer arrives.
        deadline: when it must be over, by `time.monotonic`, in seconds.
    """

    index: int
    proof: Proof
    process: ForkServerProcess
    pipe: connection.Connection
    deadline: float

    def ended(self) -> bool:
        """Whether there is an answer, or none can come any more."""
        return self.pipe.poll() or not self.process.is_alive() or time.monotonic() > self.deadline

    def answer(self) -> Answer:
        """What it said, or why it said nothing."""
        alive = self.process.is_alive()  # asked first: what it wrote before it died still counts
        data = os.read(self.pipe.fileno(), child.LONGEST_ANSWER) if self.pipe.poll() else None
        if data:
            return child.decode(data)
        if alive and data is None:
            message = f"no answer within {self.proof.timeout_s:g} s; it was killed"
            return Answer(Outcome.TIMED_OUT, message)
        self.process.join(_GRACE_S)
        return Answer(Outcome.CRASHED, _last_words(self.process.exitcode))

    def close(self) -> None:
        """Kill the process and all it has started, whatever state they are in."""
        if self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


@contextlib.contextmanager
def _closing(running: list[_Run]) -> Iterator[None]:
    try:
        yield
    finally:
        for run in running:
            run.close()


def _last_words(exitcode: int | None) -> str:
    if exitcode is None:
        return "it closed the pipe that its answer comes through"
    if exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"the process left with exit code {exitcode} before it gave an answer"


def _server() -> ForkServerContext:
    """The process that proofs are forked from, started and warm, so that no proof waits for it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        raise InputError("proofs: this system cannot fork; run them on Linux, macOS or WSL")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(list(PRELOAD))
    _start_deaf()
    first = server.Process(target=int)  # does nothing; the server starts, and imports, for it
    first.start()
    first.join()
    return server


def _start_deaf() -> None:
    """Start the server so that Ctrl-C does not reach it while it imports.

    It would answer with a traceback of its own. This process hears Ctrl-C, and ends the others.
    What the server imports last, `hearing`, lets its children hear it again.
    """
    resource_tracker.ensure_running()  # of Python; it lets Ctrl-C through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(server: ForkServerContext, index: int, proof: Proof, folder: Path) -> _Run:
    here = folder / str(index)
    here.mkdir()
    receive, send = server.Pipe(duplex=False)
    arguments = (send, str(here), proof)
    process = server.Process(target=child.run_and_stay, args=arguments, daemon=True)
    process.start()
    send.close()
    return _Run(index, proof, process, receive, time.monotonic() + proof.timeout_s)


def _wait(running: list[_Run]) -> None:
    """Sleep until some proof answers, dies or is due."""
    left = min(run.deadline for run in running) - time.monotonic()
    handles = [run.pipe for run in running] + [run.process.sentinel for run in running]
    connection.wait(handles, timeout=max(0.0, left) + 0.01)
