"""What happens in the process that runs one proof.

It is forked from a process that has only imported modules, so no proof sees another's variables,
TensorFlow state, threads or files. It has one way out, a socket to the process that keeps it.

A proof runs in the Python that also says how it ended. So that nothing the proof changes there
(a name, a frame, a descriptor) can make a false end true, no word says which it was: the keeper
has sent two secrets, one for True and one for False, and gets one of them back. Both lie where no
Python code can name them, on the stack of one expression whose functions, all of them C's, are
there before the proof begins.
"""

import ast
import os
import signal
import socket
import tempfile
import traceback
from pathlib import Path
from types import CodeType
from typing import NoReturn

from prefetchlab.proofs import landlock, limits, linux
from prefetchlab.proofs.message import encode
from prefetchlab.proofs.proof import Answer, Outcome, Proof
from prefetchlab.proofs.text import one_line

SECRET = 32  # bytes
NEITHER = b"neither"  # the value is no bool; words follow
_FILE = "proof.py"


def run_and_stay(keeper: socket.socket, folder: Path, proof: Proof) -> NoReturn:
    """Run one proof, answer, and stay until the keeper kills this process and what it started.

    Staying lets no clean-up of TensorFlow crash after the answer.

    **Arguments:**

    - `keeper`: where two secrets come from and the answer goes.
    - `folder`: an empty folder for the proof to work in; it can write nowhere else.
    - `proof`: what to run.
    """
    try:
        linux.die_with_parent(signal.SIGKILL)
        os.setsid()
        os.chdir(folder)
        # AutoGraph writes a file for each function, and removes it at an end that does not come.
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        _close_what_was_inherited(but=keeper.fileno())
        limits.take_no_more()
        landlock.stay_inside(folder)
        _answer(keeper, proof)
        while True:
            signal.pause()
    finally:
        os._exit(1)  # whatever happens, this process never goes on as a copy of its keeper


def _close_what_was_inherited(*, but: int) -> None:
    """Let each open descriptor lead nowhere: to close it would only leave its number to others."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if descriptor not in (but, nowhere):
            os.dup2(nowhere, descriptor, inheritable=descriptor < 3)
    os.close(nowhere)


def _answer(keeper: socket.socket, proof: Proof) -> None:
    try:
        value = _say_its_truth(keeper, proof)
    except BaseException as error:  # SystemExit too: a proof that leaves has shown nothing
        keeper.send(encode(Answer(Outcome.RAISED, _described(error))))
    else:
        message = f"it gave {type(value).__name__}; end it in an expression that is a bool"
        keeper.send(encode(Answer(Outcome.NOT_BOOL, one_line(message))))


def _say_its_truth(keeper: socket.socket, proof: Proof) -> object:
    """Run the proof, send the secret that its last value has, and give that value."""
    import numpy as np

    from prefetchlab._tensorflow import tf

    parts = _compiled(proof)
    names = {"__name__": "proof", "tf": tf, "np": np, **proof.given}
    # One expression, read from left to right: whatever stands before `parts` is looked up before
    # the proof runs, and whatever has been looked up lies on the stack, where it cannot be changed.
    keeper.send(
        {id(True): keeper.recv(SECRET), id(False): keeper.recv(SECRET)}.get(
            id(value := tuple(map(eval, parts, (names, names)))[-1]), NEITHER
        )
    )
    return value


def _compiled(proof: Proof) -> tuple[CodeType, CodeType]:
    """The statements of a proof, and its last expression.

    It is written to a file, because AutoGraph reads a function's source from there, and moved down
    so that its line numbers are those of the file that it stands in.
    """
    code = "\n" * (proof.line - 1) + proof.code
    Path(_FILE).write_text(code, encoding="utf-8")
    *statements, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        raise SyntaxError("the proof does not end in an expression")
    return (
        compile(ast.Module(statements, []), _FILE, "exec"),
        compile(ast.Expression(last.value), _FILE, "eval"),
    )


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _FILE]
    line = f"line {lines[-1]}: " if lines else ""
    return line + one_line(f"{type(error).__name__}: {error}")
