"""A dispatcher and its workers, and what can be done to them."""

import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError, why_it_ended
from prefetchlab.graph import SHARES, Policy

_MOST_WORKERS = 16
_ENDED_S = 10.0
_REGISTERED_S = 60.0  # a worker registers in a moment, on a busy machine in some seconds


@dataclass(frozen=True)
class _Server:
    """A server that runs.

    Attributes:
        pid: the number of its process.
        address: "host:port".
    """

    pid: int
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


class Cluster:
    """A tf.data service on this machine; `start` makes one.

    As a context manager it stops at the end of the block.
    """

    def __init__(self, nursery: "_Nursery", *, named: int, journal: str | None) -> None:
        """Start the dispatcher; `start` does the rest."""
        self._kept: _Nursery | None = nursery
        self._given: dict[str, Any] = {"named": named, "journal": journal}
        self._dispatcher = nursery.start("dispatcher", **self._given)
        self._workers: list[_Server] = []
        self._alive: set[int] = set()

    @property
    def pids(self) -> tuple[int, ...]:
        """The process of each worker, in their order; of one that was restarted the new one."""
        return tuple(worker.pid for worker in self._workers)

    @property
    def running(self) -> tuple[int, ...]:
        """The numbers of the workers that run: those that were killed and not restarted miss."""
        return tuple(sorted(self._alive))

    def distribute(
        self, dataset: tf.data.Dataset, policy: Policy = "DYNAMIC", **options: Any
    ) -> tf.data.Dataset:
        """The elements of a pipeline as the workers make them.

        **Arguments:**

        - `dataset`: what each worker is to run; Python in it cannot be sent to them.
        - `policy`: "OFF": each worker makes all elements. "DYNAMIC": the dispatcher deals out the
          elements of the source, one after another. "FILE", "DATA": each worker has a share of the
          files, or of the elements at the end of the pipeline; "FILE_OR_DATA": FILE where the
          source has files, else DATA. "HINT": each has the share that a `shard` in the pipeline
          marks by `SHARD_HINT`. The last four need a cluster that was started with `named=True`.
        - `options`: what `tf.data.experimental.service.distribute` takes besides, `job_name` say.

        **Returns:** a dataset; a loop over it asks the workers.

        **Raises:** `InputError` for an unknown policy, one that needs `named`, if it is no dataset,
        or if the service was stopped.
        """
        _ = self._nursery  # a loop over a service that was stopped would wait for ever
        if policy in SHARES and not self._given["named"]:
            raise InputError(f"policy: {policy} needs a service that was started with named=True")
        return graph.distribute(dataset, self._dispatcher.address, policy, **options)

    def add(self) -> None:
        """Start one more worker, and wait until the dispatcher knows it.

        **Raises:** `InputError` if the dispatcher was told of all its workers beforehand, or if it
        has ended.
        """
        if self._given["named"]:
            raise InputError("service: it was started with named=True; start one with more workers")
        self._add()

    def _add(self) -> None:
        self._workers.append(self._worker())
        self._alive.add(len(self._workers) - 1)
        self._registered()

    def kill(self, worker: int) -> None:
        """Kill a worker as a machine that fails would: no word to anybody.

        **Arguments:**

        - `worker`: its number, from 0.

        **Raises:** `InputError` if there is none of this number, or if it was killed before.
        """
        self._check(worker, runs=True)
        self._nursery.end(self._workers[worker].pid)
        self._alive.remove(worker)

    def restart(self, worker: int) -> None:
        """Start a worker that was killed again, at its old address.

        **Arguments:**

        - `worker`: its number, from 0.

        **Raises:** `InputError` if there is none of this number, if it runs, or if the dispatcher
        has ended.
        """
        self._check(worker, runs=False)
        self._workers[worker] = self._worker(port=self._workers[worker].port)
        self._alive.add(worker)

    def restart_dispatcher(self) -> None:
        """Kill the dispatcher, and start it again at its old address, on its journal if any."""
        self._nursery.end(self._dispatcher.pid)
        self._dispatcher = self._nursery.start(
            "dispatcher", port=self._dispatcher.port, **self._given
        )

    def stop(self) -> None:
        """End its servers; what reads from it then waits, or raises. Twice is no fault."""
        nursery, self._kept = self._kept, None
        if nursery is not None and nursery.runs:
            for server in (*(self._workers[n] for n in self._alive), self._dispatcher):
                nursery.end(server.pid)

    def __enter__(self) -> "Cluster":
        """The cluster itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    @property
    def _nursery(self) -> "_Nursery":
        if self._kept is None:
            raise InputError("service: it was stopped; start another one")
        if not self._kept.runs:
            raise InputError("service: the process of its servers has ended; start another one")
        return self._kept

    def _worker(self, **given: Any) -> _Server:
        self._nursery.ask(self._dispatcher, "workers")  # a worker would wait for one that is gone
        return self._nursery.start("worker", dispatcher=self._dispatcher.address, **given)

    def _check(self, worker: int, *, runs: bool) -> None:
        given.whole("worker", worker, least=0, most=len(self._workers) - 1)
        if (worker in self._alive) != runs:
            what = "does not run; restart it first" if runs else "runs; kill it first"
            raise InputError(f"worker: {worker} {what}")

    def _registered(self) -> None:
        """Wait until the dispatcher knows all workers that run."""
        deadline = time.monotonic() + _REGISTERED_S
        while self._nursery.ask(self._dispatcher, "workers") < len(self._alive):
            if time.monotonic() > deadline:
                raise InputError("service: a worker did not register; try again")
            time.sleep(0.02)


class _Nursery:
    """The process that servers are forked from, as this one talks to it; see `nursery`.

    It ends with the last cluster that keeps it.
    """

    def __init__(self) -> None:
        words = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "prefetchlab.service.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        )
        self._words = words
        self._asks = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)
        self.close = weakref.finalize(self, _end, self._process, self._asks, words)
        self._hear()

    def start(self, role: str, **given: Any) -> _Server:
        return _Server(**self._told("start", role, given))

    def end(self, pid: int) -> None:
        self._told("end", pid)

    def ask(self, server: _Server, what: str) -> Any:
        return self._told("ask", server.pid, what)

    def cpu_s(self) -> float:
        return float(self._told("cpu_s"))

    @property
    def runs(self) -> bool:
        return self.close.alive and self._process.poll() is None

    def _told(self, *asked: object) -> Any:
        try:
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps(asked), file=self._asks, flush=True)
            return self._hear()
        except InputError:
            raise
        except BaseException:  # Ctrl-C: the next answer would be that to this question
            self.close()
            raise

    def _hear(self) -> Any:
        line = self._answers.readline()
        if line:
            said = json.loads(line)
            if "fault" in said:
                raise InputError(f"service: {said['fault']}; try again, or start another one")
            return said["answer"]
        code = self._process.wait()
        self._words.seek(0)
        why = why_it_ended(self._words.read(), code)
        self.close()
        raise InputError(f"service: the process of its servers ended: {why}")


def _end(process: "subprocess.Popen[str]", asks: IO[str], words: IO[str]) -> None:
    """End the nursery, which ends its servers first."""
    with contextlib.suppress(BrokenPipeError):
        asks.close()
    try:
        process.wait(_ENDED_S)
    except subprocess.TimeoutExpired:  # its servers see that it is gone, and end
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    words.close()


_LAST: "weakref.ref[_Nursery] | None" = None


def _nursery() -> _Nursery:
    """The nursery of the clusters that run, or a new one: a cluster more then costs no seconds."""
    global _LAST
    nursery = _LAST() if _LAST else None
    if nursery is None or not nursery.runs:
        nursery = _Nursery()
        _LAST = weakref.ref(nursery)
    return nursery


def cpu_s() -> float:
    """CPU-seconds that the servers which this process has started have used; 0 if none runs.

    >>> cpu_s() >= 0
    True

    Where there is no /proc, those of servers that still run are left out.
    """
    nursery = _LAST() if _LAST else None
    return nursery.cpu_s() if nursery is not None and nursery.runs else 0.0


def _empty(folder: object) -> str:
    """The path of a folder in which nothing is."""
    if not isinstance(folder, str | os.PathLike) or not Path(folder).is_dir():
        raise InputError(f"journal: {folder!r} is no folder; make an empty one")
    if any(Path(folder).iterdir()):  # with the notes of another one, loops would wait for ever
        raise InputError(f"journal: {folder} is not empty; give an empty folder")
    return os.fspath(folder)


def start(
    workers: int = 2, *, named: bool = False, journal: str | os.PathLike[str] | None = None
) -> Cluster:
    """Start a dispatcher and workers of the tf.data service, each in a process of its own.

    >>> with start(workers=1) as cluster:
    ...     [int(element) for element in cluster.distribute(tf.data.Dataset.range(3))]
    [0, 1, 2]

    The first one takes as long as it takes to import TensorFlow, some seconds; another that is
    started while one runs is there in a moment.

    **Arguments:**

    - `workers`: how many, from 1 to 16.
    - `named`: whether the dispatcher is told of its workers beforehand; see
      `Cluster.distribute`. Then no other can be added.
    - `journal`: an empty folder in which the dispatcher notes what it does; see
      `Cluster.restart_dispatcher`.

    **Returns:** a `Cluster`, with all workers registered.

    **Raises:** `InputError` if the number is out of bounds, if the journal is no empty folder, if
    this system cannot fork, or if a process ends.
    """
    workers = given.whole("workers", workers, least=1, most=_MOST_WORKERS)
    if "fork" not in multiprocessing.get_all_start_methods():
        raise InputError("service: this system cannot fork; run it on Linux, macOS or WSL")
    folder = None if journal is None else _empty(journal)
    cluster = Cluster(_nursery(), named=workers if named else 0, journal=folder)
    with contextlib.ExitStack() as stack:
        stack.callback(cluster.stop)
        for _ in range(workers):
            cluster._add()
        stack.pop_all()  # all are there, so they stay
    return cluster
