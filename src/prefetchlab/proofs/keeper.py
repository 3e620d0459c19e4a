"""The process that keeps one proof: it starts it, hears its answer, and leaves nothing of it.

It lives between the one that asks and the one that runs the proof. It is here that a proof's time
ends, that whatever it has started is killed, and that its folder is removed: all of it also when
the one that asks is gone.
"""

import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path

from prefetchlab.proofs import child, linux
from prefetchlab.proofs.message import LONGEST, decode, encode
from prefetchlab.proofs.proof import Answer, Outcome, Proof

_LOOK_S = 0.05  # how often it looks whether the proof's process is alive
_SENDER = struct.Struct("3i")  # process, user and group: struct ucred of unix(7)


def keep(pipe: connection.Connection, proof: Proof) -> None:
    """Run one proof in a process of its own, send its answer, and leave nothing of it.

    **Arguments:**

    - `pipe`: where the answer goes; when its other end is closed, the proof ends.
    - `proof`: what to run.
    """
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    linux.adopt_orphans()
    try:
        folder = Path(tempfile.mkdtemp(prefix="prefetchlab-"))
    except OSError as error:
        _send(pipe, Answer(Outcome.CRASHED, f"there is no place for its folder: {error}"))
        return
    try:
        with _started(pipe, folder, proof) as kept:
            _send(pipe, kept.answer())  # now: whatever it has left, to end it cannot change this
    finally:
        # Not Python's own, which gives up where folders lie a thousand deep.
        subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL)


def _send(pipe: connection.Connection, answer: Answer) -> None:
    with suppress(BrokenPipeError):  # nobody asks any more
        pipe.send_bytes(encode(answer))


@dataclass(frozen=True)
class _Kept:
    """A proof that is running.

    Attributes:
        process: the process that runs it.
        socket: where its answer arrives.
        secrets: what stands for True, and what for False.
        pipe: closed at the other end when nobody asks any more.
        proof: what is run.
    """

    process: int
    socket: socket.socket
    secrets: tuple[bytes, bytes]
    pipe: connection.Connection
    proof: Proof

    def answer(self) -> Answer:
        """What it says, or why it says nothing."""
        deadline, ended = time.monotonic() + self.proof.timeout_s, ""
        while (left_s := deadline - time.monotonic()) > 0:
            # Before the look: what it has sent first still counts.
            ended = ended or _last_words(self.process)
            ready = connection.wait(
                [self.socket, self.pipe], timeout=0 if ended else min(left_s, _LOOK_S)
            )
            if self.pipe in ready:
                sys.exit()
            if self.socket in ready:
                if said := self._said():
                    return said
            elif ended:
                return Answer(Outcome.CRASHED, ended)
        message = f"no answer within {self.proof.timeout_s:g} s; it was killed"
        return Answer(Outcome.TIMED_OUT, message)

    def _said(self) -> Answer | None:
        """The answer that the next message is, if it is one and comes from the proof itself."""
        data, process = _received(self.socket)
        if process not in (self.process, None):
            return None
        for outcome, secret in zip((Outcome.TRUE, Outcome.FALSE), self.secrets, strict=True):
            if secrets.compare_digest(data, secret):
                return Answer(outcome)
        words = decode(data)
        if words and words.outcome in (Outcome.RAISED, Outcome.NOT_BOOL):
            return words
        return Answer(Outcome.CRASHED, "it wrote where its answer goes")


@contextmanager
def _started(pipe: connection.Connection, folder: Path, proof: Proof) -> Iterator[_Kept]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    if hasattr(socket, "SO_PASSCRED"):
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    here = os.getpid()
    process = os.fork()
    if not process:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        child.run_and_stay(theirs, folder, proof, here)
    try:
        # Made and sent only now: what this process knew when it forked, the other one knows, too.
        kept = _Kept(
            process,
            ours,
            (secrets.token_bytes(child.SECRET), secrets.token_bytes(child.SECRET)),
            pipe,
            proof,
        )
        for secret in kept.secrets:
            ours.send(secret)
        theirs.close()
        yield kept
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending
        _kill_all(process)


def _received(from_proof: socket.socket) -> tuple[bytes, int | None]:
    """The next message, and by the system's word the process that sent it."""
    data, extra, *_ = from_proof.recvmsg(LONGEST, socket.CMSG_SPACE(_SENDER.size))
    for _, _, sender in extra:
        if len(sender) == _SENDER.size:
            return data, _SENDER.unpack(sender)[0]
    return data, None


def _last_words(process: int) -> str:
    """How a process has ended, once; empty while it lives."""
    ended, status = os.waitpid(process, os.WNOHANG)
    if not ended:
        return ""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"the process left with exit code {code} before it gave an answer"
    names = {-each: each.name for each in signal.Signals}  # not those of real time
    return f"killed by {names.get(code, f'signal {-code}')}"


def _kill_all(process: int) -> None:
    """Kill the proof and whatever it has started, until this process has no child.

    Where a system does not say which children there are, it is the proof's group alone.
    """
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(ChildProcessError):
        while True:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process, signal.SIGKILL)
            for each in children.read_text().split() if children.exists() else ():
                os.kill(int(each), signal.SIGKILL)
            time.sleep(0.001)
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
