"""Start proofs, and wait for their answers.

Each proof has a keeper of its own, a process forked from a server that has only imported modules,
and runs in a process of the keeper's. This process unpickles nothing of what comes back. What is
not plainly True or False has shown nothing: a crash, an exception, another value and a time-out
each have a name.

A proof is the course's own code, and may be careless: it cannot write outside of a folder of its
own, nor signal or outlive who keeps it, nor say that another value is True. It is not locked up: it
may read what its user may read, connect to anything, use the memory that processes share, change
the owner, mode, times and attributes of any file of its user, and set limits and priorities for
its user's other processes; each process that it starts has the limits for itself, and who starts
more of them than can be killed in 20 s leaves some. Nor is anything kept inside where Linux has no
Landlock, or none of that version: see `landlock`.
"""

import multiprocessing
import signal
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.proofs import keeper
from prefetchlab.proofs.message import LONGEST, decode
from prefetchlab.proofs.proof import Answer, Outcome, Proof

# Modules by name, because only the server imports them; with TensorFlow a proof needs 0.5 s
# instead of 7, and with what most proofs import 0.1 s less. Python says nothing of a name that is
# wrong: a test does.
PRELOAD = (
    "prefetchlab._tensorflow",
    "prefetchlab.experiments",
    "prefetchlab.service",
    keeper.__name__,
    "prefetchlab.proofs.frozen",
    "prefetchlab.proofs.hearing",
)
_GRACE_S = 20.0  # for a keeper to leave nothing of its proof


def run_proofs(
    proofs: Sequence[Proof], *, workers: int = 2
) -> Generator[tuple[int, Answer], None, None]:
    """Run proofs, some at a time.

    **Arguments:**

    - `proofs`: what to run.
    - `workers`: how many run at a time, at least 1.

    **Returns:** a generator of each proof's index and its `Answer`, in the order in which they
    end. Closing it kills what is still running.

    **Raises:** `InputError` if `workers` is below 1, if this system cannot fork, or if the path
    of the folder of temporary files is too long for a socket.
    """
    workers = given.whole("workers", workers, least=1)
    waiting = list(enumerate(proofs))
    if not waiting:
        return
    server = _server()
    running: list[_Run] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(server, *waiting.pop(0)))
            _wait(running)
            for run in [run for run in running if run.ended()]:
                answer = run.answer()
                running.remove(run)
                run.close()
                yield run.index, answer
    finally:
        for run in running:  # all are told before one is waited for
            run.pipe.close()
        for run in running:
            run.close()


@dataclass(frozen=True)
class _Run:
    """One proof that is running.

    Attributes:
        index: the proof's place among all.
        process: its keeper.
        pipe: where its answer arrives.
        deadline: when the keeper must have answered, by `time.monotonic`, in seconds.
    """

    index: int
    process: ForkServerProcess
    pipe: connection.Connection
    deadline: float

    def ended(self) -> bool:
        """Whether there is an answer, or none can come any more."""
        return self.pipe.poll() or not self.process.is_alive() or time.monotonic() > self.deadline

    def answer(self) -> Answer:
        """What the keeper says, or that it says nothing."""
        silent = Answer(Outcome.CRASHED, "it ended the process that kept it")
        try:
            return (decode(self.pipe.recv_bytes(LONGEST)) if self.pipe.poll() else None) or silent
        except (EOFError, OSError):
            return silent

    def close(self) -> None:
        """Let the keeper end; kill it if it does not."""
        self.pipe.close()
        self.process.join(_GRACE_S)
        self.process.kill()
        self.process.join()
        self.process.close()


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
    except OSError as error:  # it listens in a folder of temporary files: too long a path is one
        why = "set TMPDIR to a folder with a short path"
        raise InputError(f"proofs: their server cannot listen: {error}; {why}") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(server: ForkServerContext, index: int, proof: Proof) -> _Run:
    receive, send = server.Pipe()
    process = server.Process(target=keeper.keep, args=(send, proof), daemon=True)
    process.start()
    send.close()
    return _Run(index, process, receive, time.monotonic() + proof.timeout_s + _GRACE_S)


def _wait(running: list[_Run]) -> None:
    """Sleep until some proof answers, dies or is due."""
    left = min(run.deadline for run in running) - time.monotonic()
    handles = [run.pipe for run in running] + [run.process.sentinel for run in running]
    connection.wait(handles, timeout=max(0.0, left) + 0.01)
