"""What happens in the process that runs one proof.

The process is forked from a server that has only imported modules, so no proof sees another's
variables, TensorFlow state, threads or files. It answers with one short line over a pipe.
"""

import ast
import os
import signal
import tempfile
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from prefetchlab.proofs.proof import Answer, Outcome, Proof
from prefetchlab.proofs.text import one_line

LONGEST_ANSWER = 1024  # bytes; below PIPE_BUF, so that one write arrives as one read
_EXTRA_S = 5  # how long a process outlives its time where no parent is left to kill it
_FILE = "proof.py"


def run_and_stay(pipe: Connection, folder: str, proof: Proof) -> NoReturn:
    """Run one proof, answer, and stay until the parent kills this process and its group.

    Staying keeps the group's number from being used again before the kill, and no clean-up of
    TensorFlow can crash after the answer.

    **Arguments:**

    - `pipe`: where the answer goes.
    - `folder`: an empty folder for the proof to work in.
    - `proof`: what to run.
    """
    os.setsid()
    signal.alarm(int(proof.timeout_s) + _EXTRA_S)
    os.chdir(folder)
    # AutoGraph writes a file for each function, and removes it at an end that does not come.
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.write(pipe.fileno(), encode(_answer(proof)))
    while True:
        signal.pause()


def encode(answer: Answer) -> bytes:
    """The answer as the bytes that go through the pipe."""
    words = (answer.outcome, answer.message) if answer.message else (answer.outcome,)
    return ": ".join(words).encode(errors="replace")[:LONGEST_ANSWER]


def decode(data: bytes) -> Answer:
    """The answer that these bytes stand for; what stands for none means that the proof meddled."""
    outcome, _, message = data.decode(errors="replace").partition(": ")
    if outcome in (Outcome.RAISED, Outcome.NOT_BOOL):
        return Answer(Outcome(outcome), message)
    if data in (b"true", b"false"):
        return Answer(Outcome(outcome))
    return Answer(Outcome.CRASHED, "it wrote into the pipe that its answer comes through")


def _answer(proof: Proof) -> Answer:
    try:
        value = _evaluate(proof)
    except BaseException as error:  # SystemExit too: a proof that leaves has shown nothing
        return Answer(Outcome.RAISED, _described(error))
    if value is True:
        return Answer(Outcome.TRUE)
    if value is False:
        return Answer(Outcome.FALSE)
    message = f"it gave {type(value).__name__}; end it in an expression that is a bool"
    return Answer(Outcome.NOT_BOOL, one_line(message))


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _FILE]
    line = f"line {lines[-1]}: " if lines else ""
    return line + one_line(f"{type(error).__name__}: {error}")


def _evaluate(proof: Proof) -> Any:
    """Run the proof, and give the value of its last expression.

    It is written to a file, because AutoGraph reads a function's source from there, and moved down
    so that its line numbers are those of the file that it stands in.
    """
    import numpy as np

    from prefetchlab._tensorflow import tf

    code = "\n" * (proof.line - 1) + proof.code
    Path(_FILE).write_text(code, encoding="utf-8")
    *statements, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        raise SyntaxError("the proof does not end in an expression")
    namespace = {"__name__": "proof", "tf": tf, "np": np, **proof.given}
    exec(compile(ast.Module(statements, []), _FILE, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), _FILE, "eval"), namespace)
