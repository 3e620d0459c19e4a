"""The process that the servers are forked from. It reads what to start as JSON, a line for each.

It imports TensorFlow once, and starts nothing of it: so a server is there in a moment, where a
process that imports for itself needs seconds. When nobody asks it any more, because whoever started
it has ended, it ends the servers and itself; and a server ends when this process is gone.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, cast

from prefetchlab import graph

_LOOK_S = 0.5  # how often a server looks whether it is still wanted
_ANSWERED_S = 60.0  # a worker whose dispatcher is gone asks for it without an end


def _serve(ask: Connection, make: Callable[..., Any], given: dict[str, Any], parent: int) -> None:
    """In the new process: start a server, say where it is, answer what it is asked."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    server = make(**given)  # it may wait for a dispatcher that is gone
    ask.send(server.address)
    while True:
        ask.send(getattr(server, ask.recv()))


def _end_with(parent: int) -> None:
    """End this process when another one has ended."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(0)  # a server has threads that nothing ends


_MAKERS: dict[str, Callable[..., Any]] = {"dispatcher": graph.Dispatcher, "worker": graph.Worker}


class _Nursery:
    """The servers, by the number of their process."""

    def __init__(self) -> None:
        self._asked: dict[int, Connection] = {}
        self._processes: dict[int, ForkProcess] = {}

    def start(self, role: str, given: dict[str, Any]) -> dict[str, Any]:
        """Start a server, and wait until it is there."""
        fork = multiprocessing.get_context("fork")
        ask, answer = fork.Pipe()
        process = fork.Process(
            target=_serve, args=(answer, _MAKERS[role], given, os.getpid()), daemon=True
        )
        process.start()
        answer.close()
        pid = cast(int, process.pid)
        self._asked[pid], self._processes[pid] = ask, process
        return {"pid": pid, "address": self._answer(pid)}

    def ask(self, pid: int, what: str) -> object:
        """What a server says of itself."""
        if pid not in self._asked:
            raise RuntimeError("a server has ended")
        with contextlib.suppress(ConnectionError):  # it has ended, which its answer tells
            self._asked[pid].send(what)
        return self._answer(pid)

    def end(self, pid: int) -> None:
        """Kill a server as a machine that fails would; wait until it is gone. Twice is no fault."""
        if pid in self._processes:
            process = self._processes.pop(pid)
            process.kill()
            process.join()
            self._asked.pop(pid).close()

    def end_all(self) -> None:
        """Kill all servers, and wait until they are gone."""
        for pid in list(self._asked):
            self.end(pid)

    def cpu_s(self) -> float:
        """CPU-seconds of this process, of the servers that run, and of those that have ended."""
        times = os.times()
        ended_s = times.children_user + times.children_system
        return time.process_time() + ended_s + sum(map(_cpu_s, self._processes))

    def _answer(self, pid: int) -> object:
        try:
            if self._asked[pid].poll(_ANSWERED_S):
                return self._asked[pid].recv()
            why = f"a server did not answer within {_ANSWERED_S:g} s"
        except (EOFError, ConnectionError):
            why = "a server ended before it answered"
        self.end(pid)
        raise RuntimeError(why)


def _cpu_s(pid: int, processes: Path = Path("/proc")) -> float:
    """CPU-seconds of a process, all threads; 0 on a system without /proc."""
    try:
        fields = (processes / str(pid) / "stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # user and system, in ticks


def _answered(nursery: _Nursery, what: str, *given: Any) -> dict[str, object]:
    """What came of it: one server that fails does not end the others."""
    try:
        return {"answer": getattr(nursery, what)(*given)}
    except (RuntimeError, KeyError, OSError) as error:
        return {"fault": str(error)}


def main() -> None:
    """Do what each line of stdin says, and answer in a line of stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this one hears it, and ends this
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    nursery = _Nursery()
    print(json.dumps({"answer": os.getpid()}), file=answers, flush=True)
    with contextlib.suppress(BrokenPipeError):
        for line in sys.stdin:
            print(json.dumps(_answered(nursery, *json.loads(line))), file=answers, flush=True)
    nursery.end_all()
    os._exit(0)  # there may be threads that nothing ends


if __name__ == "__main__":
    main()
