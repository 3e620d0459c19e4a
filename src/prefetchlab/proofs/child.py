"""What happens in the process that runs one proof.

It is forked from a process that has only imported modules, so no proof sees another's variables,
TensorFlow state, threads or files. It has one way out, a socket to the process that keeps it.

A proof runs in the Python that also says how it ended. So that nothing the proof changes there
(a name, a frame, a descriptor) can make a false end true, no word says which it was: the keeper
has sent two secrets, one for True and one for False, and gets one of them back. Both lie where no
Python code can name them, on the stack of one expression whose functions, all of them C's, are
there before the proof begins. Who reads this process's memory byte by byte finds them.
"""

import ast
import functools
import multiprocessing
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
_FILE = "proof.py"
_NOTHING = object()


def run_and_stay(keeper: socket.socket, folder: Path, proof: Proof, parent: int) -> NoReturn:
    """Run one proof, answer, and stay until the keeper kills this process and what it started.

    Staying lets no clean-up of TensorFlow crash after the answer.

    **Arguments:**

    - `keeper`: where two secrets come from and the answer goes.
    - `folder`: an empty folder for the proof to work in; it can write nowhere else.
    - `proof`: what to run.
    - `parent`: the keeper's process.
    """
    try:
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:  # it died before this could be asked for
            os._exit(1)
        os.setsid()
        os.chdir(folder)
        # AutoGraph writes a file for each function, and removes it at an end that does not come.
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        _let_it_start_processes()
        _close_what_was_inherited(but=keeper.fileno())
        limits.take_no_more()
        landlock.stay_inside(folder)
        _answer(keeper, proof)
        while True:
            signal.pause()
    finally:
        os._exit(1)  # whatever happens, this process never goes on as a copy of its keeper


def _let_it_start_processes() -> None:
    """Take back what Python's multiprocessing has set for the keeper."""
    here = multiprocessing.current_process()
    here.daemon = False
    here._config.pop("tempdir", None)  # type: ignore[attr-defined]  # nothing public forgets it


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
    """Run the proof, send the secret that its last value has, if any, and give that value."""
    import numpy as np

    from prefetchlab._tensorflow import tf

    # A copy of this process could say True while this one says False: no copy says anything.
    os.register_at_fork(after_in_child=super(socket.socket, keeper).close)
    parts = _compiled(proof)
    given = {"__name__": "proof", "tf": tf, "np": np, **proof.given}
    names = (given, given)
    hear, say = functools.partial(keeper.recv, SECRET), keeper.send
    value = _NOTHING
    # One line, because a debugger can jump between lines. It is read from left to right: whatever
    # stands before `parts` is looked up before the proof runs, and lies on the stack, where nothing
    # changes it. No method of what holds the secrets is called: a profiler would be shown it.
    try:
        say({id(True): hear(), id(False): hear()}[id(value := tuple(map(eval, parts, names))[-1])])
    except KeyError:
        if value is _NOTHING:
            raise
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
    try:
        words = str(error)
    except BaseException:  # of whatever class, by whoever wrote it
        words = "it cannot be told in words"
    return line + one_line(f"{type(error).__name__}: {words}")
