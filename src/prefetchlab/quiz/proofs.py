"""Run the proof of every option, and say which keys stand.

Each proof runs in a process of its own, forked from a server that has only imported modules. So no
proof sees another's variables, TensorFlow state, threads or files. A proof answers with one short
line of bytes over a pipe; the parent unpickles nothing. What is not plainly True or False is a
fault: a crash, an exception, another value and a time-out each have a name of their own.

This is no sandbox: a proof is the course's own code and may do what Python may do.
"""

import ast
import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from prefetchlab.errors import InputError
from prefetchlab.quiz.bank import Bank, Option, Question, find, load

PROVEN, REFUTED, CITED = "proven", "refuted", "cited"
WRONG_KEY, TRUE_DISTRACTOR = "wrong key", "true distractor"
CRASHED, RAISED, NOT_BOOL, TIMED_OUT = "crashed", "raised", "not a bool", "timed out"
_GOOD = (PROVEN, REFUTED, CITED)

_PRELOAD = ["prefetchlab._tensorflow", "prefetchlab.quiz.proofs"]
_LONGEST = 1024  # bytes of an answer; below PIPE_BUF, so one write arrives as one read
_ANSWERS = {b"true": True, b"false": False}
_GRACE_S = 5.0  # for a process that has closed its pipe to be gone
_FILE = "proof.py"


@dataclass(frozen=True)
class Verdict:
    """What running said about one option.

    Attributes:
        question: the question's id.
        option: the option's number, from 1.
        outcome: "proven" (a key that is true), "refuted" (a distractor that is false), "cited";
            "wrong key", "true distractor"; "crashed", "raised", "not a bool", "timed out".
        where: file and line of the option, "FILE:LINE".
        message: what happened, in words; the citation if it is cited.
    """

    question: str
    option: int
    outcome: str
    where: str
    message: str

    @property
    def ok(self) -> bool:
        """Whether the option is what the bank says it is."""
        return self.outcome in _GOOD

    def __str__(self) -> str:
        """One line: place, question, option, outcome."""
        return (
            f"{self.where}: question {self.question}, option {self.option}: "
            f"{self.outcome}: {self.message}"
        )


@dataclass(frozen=True)
class Verdicts:
    """What running said about every option of some banks.

    Attributes:
        verdicts: one for each option, in the order of the files.
    """

    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether every key is proven or cited, and every distractor refuted or cited."""
        return all(verdict.ok for verdict in self.verdicts)

    @property
    def faults(self) -> tuple[Verdict, ...]:
        """The verdicts that must be repaired."""
        return tuple(verdict for verdict in self.verdicts if not verdict.ok)

    def count(self, outcome: str) -> int:
        """How many options have this outcome."""
        return sum(verdict.outcome == outcome for verdict in self.verdicts)


def prove(
    banks: Iterable[Bank],
    *,
    timeout_s: float = 60.0,
    workers: int = 2,
    progress: Callable[[Verdict], object] | None = None,
) -> Verdicts:
    """Run every option's proof.

    **Arguments:**

    - `banks`: the banks to prove.
    - `timeout_s`: how long one proof may run, in seconds; then it is killed.
    - `workers`: how many proofs run at a time.
    - `progress`: called with each verdict as it falls.

    **Returns:** the `Verdicts`, in the order of the files.
    """
    cases = [
        _Case(question, number, option)
        for bank in banks
        for question in bank.questions
        for number, option in enumerate(question.options, 1)
    ]
    verdicts: dict[int, Verdict] = {}
    for index, verdict in _judged(cases, timeout_s, workers):
        verdicts[index] = verdict
        if progress:
            progress(verdict)
    return Verdicts(tuple(verdicts[index] for index in range(len(cases))))


def prove_command(files: list[Path]) -> int:
    """Prove banks for the command line: progress to stderr, the table to stdout.

    **Arguments:**

    - `files`: the banks; none for every `book/quizzes/*.yml` of the course.

    **Returns:** the exit code: 0 if every option is what the bank says it is, else 1.

    **Raises:** `InputError` for a bank that cannot be read.
    """
    banks = [load(path) for path in files or find()]
    total = sum(len(question.options) for bank in banks for question in bank.questions)
    columns = (TextColumn("Proving"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("proofs", total=total)
        verdicts = prove(banks, progress=lambda _: bar.advance(task))
    console = Console()
    console.print(table(verdicts))
    for verdict in verdicts.faults:
        console.print(str(verdict), style="bold red", highlight=False, markup=False, soft_wrap=True)
    return 0 if verdicts.ok else 1


def table(verdicts: Verdicts) -> Table:
    """A table for the terminal: a row for each question, the counts below."""
    shown = Table("question", "proven", "refuted", "cited", "verdict", show_footer=True)
    for id in dict.fromkeys(verdict.question for verdict in verdicts.verdicts):
        part = Verdicts(tuple(v for v in verdicts.verdicts if v.question == id))
        counts = [str(part.count(outcome)) for outcome in _GOOD]
        faults = ", ".join(f"option {v.option} {v.outcome}" for v in part.faults)
        shown.add_row(id, *counts, faults or "stands", style="" if part.ok else "bold red")
    totals = [str(verdicts.count(outcome)) for outcome in _GOOD]
    end = "all stand" if verdicts.ok else f"{len(verdicts.faults)} faults"
    for column, text in zip(shown.columns, ["all", *totals, end], strict=True):
        column.footer = text
    return shown


# --- the parent: start, wait, judge ---------------------------------------------------------------


@dataclass(frozen=True)
class _Case:
    question: Question
    number: int
    option: Option

    def verdict(self, outcome: str, message: str) -> Verdict:
        return Verdict(self.question.id, self.number, outcome, self.option.where, message)

    def judge(self, truth: bool) -> Verdict:
        if self.option.correct:
            if truth:
                return self.verdict(PROVEN, "the key is true")
            return self.verdict(WRONG_KEY, "it is marked correct, and running shows it false")
        if truth:
            return self.verdict(TRUE_DISTRACTOR, "it is not the key, and running shows it true")
        return self.verdict(REFUTED, "the distractor is false")


@dataclass(frozen=True)
class _Run:
    """One proof that is running: its process, the pipe it answers on, when it must be over."""

    index: int
    case: _Case
    process: multiprocessing.Process
    pipe: connection.Connection
    timeout_s: float
    deadline: float

    def ended(self) -> bool:
        """Whether there is an answer, or none can come any more."""
        return self.pipe.poll() or not self.process.is_alive() or time.monotonic() > self.deadline

    def verdict(self) -> Verdict:
        """Judge by the answer; where there is none, say why."""
        alive = self.process.is_alive()  # asked first: what it wrote before it died still counts
        answer = os.read(self.pipe.fileno(), _LONGEST) if self.pipe.poll() else None
        if answer in _ANSWERS:
            return self.case.judge(_ANSWERS[answer])
        if answer:
            return self._fault(answer.decode(errors="replace"))
        if alive and answer is None:
            message = f"no answer within {self.timeout_s:g} s; it was killed"
            return self.case.verdict(TIMED_OUT, message)
        self.process.join(_GRACE_S)
        return self.case.verdict(CRASHED, _last_words(self.process.exitcode))

    def _fault(self, answer: str) -> Verdict:
        outcome, _, message = answer.partition(": ")
        if outcome in (RAISED, NOT_BOOL):
            return self.case.verdict(outcome, message)
        return self.case.verdict(CRASHED, "it wrote into the pipe that its verdict comes through")

    def close(self) -> None:
        """Kill the process and all it has started, whatever state they are in."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


def _last_words(exitcode: int | None) -> str:
    if exitcode is None:
        return "it closed the pipe that its verdict comes through"
    if exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"the process left with exit code {exitcode} before it gave an answer"


def _judged(cases: list[_Case], timeout_s: float, workers: int) -> Iterator[tuple[int, Verdict]]:
    """Keep `workers` proofs running, and yield each verdict with the index of its case."""
    waiting: list[int] = []
    for index, case in enumerate(cases):
        if case.option.proof is None:
            yield index, case.verdict(CITED, case.option.source)
        else:
            waiting.append(index)
    if not waiting:
        return
    context, running = _server(), []
    with (
        tempfile.TemporaryDirectory(prefix="prefetchlab-") as folder,
        contextlib.ExitStack() as end,
    ):
        end.callback(lambda: [run.close() for run in running])
        while waiting or running:
            while waiting and len(running) < workers:
                index = waiting.pop(0)
                running.append(_start(context, index, cases[index], Path(folder), timeout_s))
            _wait(running)
            for run in [run for run in running if run.ended()]:
                verdict = run.verdict()
                running.remove(run)
                run.close()
                yield run.index, verdict


def _server() -> multiprocessing.context.BaseContext:
    """The process that proofs are forked from, started and warm, so no proof waits for it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        raise InputError("quiz prove: this system cannot fork; run it on Linux, macOS or WSL")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    first = context.Process(target=int)
    first.start()
    first.join()
    return context


def _start(context, index: int, case: _Case, folder: Path, timeout_s: float) -> _Run:
    here = folder / str(index)
    here.mkdir()
    receive, send = context.Pipe(duplex=False)
    arguments = (send, str(here), case.option.proof, case.option.proof_line, timeout_s)
    process = context.Process(target=_child, args=arguments, daemon=True)
    process.start()
    send.close()
    return _Run(index, case, process, receive, timeout_s, time.monotonic() + timeout_s)


def _wait(running: list[_Run]) -> None:
    """Sleep until some proof answers, dies or is due."""
    left = min(run.deadline for run in running) - time.monotonic()
    handles = [run.pipe for run in running] + [run.process.sentinel for run in running]
    connection.wait(handles, timeout=max(0.0, left) + 0.01)


# --- the child: one proof ------------------------------------------------------------------------


def _child(pipe, folder: str, proof: str, first_line: int, timeout_s: float) -> None:
    """Run one proof, answer, and stay until the parent kills this process and its group.

    Staying keeps the group's number from being reused before the kill, and no clean-up of
    TensorFlow can crash after the answer.
    """
    os.setsid()
    signal.alarm(int(timeout_s) + 5)  # should the parent die, this process does not live on
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    answer = _answer(proof, first_line)
    os.write(pipe.fileno(), answer.encode(errors="replace")[:_LONGEST])
    while True:
        signal.pause()


def _answer(proof: str, first_line: int) -> str:
    """The proof's truth as text, or the name of its fault."""
    try:
        value = _evaluate(proof, first_line)
    except BaseException as error:  # SystemExit too: a proof that leaves has shown nothing
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == _FILE
        ]
        line = f"line {lines[-1]}: " if lines else ""
        text = " ".join(str(error).split())[:300]
        return f"{RAISED}: {line}{type(error).__name__}: {text}"
    if value is True:
        return "true"
    if value is False:
        return "false"
    return f"{NOT_BOOL}: it gave {type(value).__name__}; end it in an expression that is a bool"


def _evaluate(proof: str, first_line: int):
    """Run the proof, and give the value of its last expression.

    It is written to a file, since AutoGraph reads a function's source from there, and moved down
    so that its line numbers are the bank's.
    """
    import numpy as np

    from prefetchlab._tensorflow import tf

    source = "\n" * (first_line - 1) + proof
    Path(_FILE).write_text(source, encoding="utf-8")
    *statements, last = ast.parse(source).body
    namespace = {"__name__": "proof", "tf": tf, "np": np}
    exec(compile(ast.Module(statements, []), _FILE, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), _FILE, "eval"), namespace)
