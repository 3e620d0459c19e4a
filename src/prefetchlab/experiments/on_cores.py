"""An experiment in a process of its own that may use fewer cores."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefetchlab import given
from prefetchlab.errors import InputError, why_it_ended

# The cores come first: what loads TensorFlow counts them.
_CHILD = """
import os
os.sched_setaffinity(0, {cores})
from prefetchlab.experiments.on_cores import answer
answer()
"""

P = ParamSpec("P")
T = TypeVar("T")


def on_cores(count: int, experiment: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Run an experiment where only so many cores are allowed, and return what it returns.

    TensorFlow makes its threads when it loads, as many as there are cores. So it needs a new
    process; that loads TensorFlow again, which takes some seconds.

    **Arguments:**

    - `count`: how many cores, from 1 to as many as this process may use.
    - `experiment`: a function of an installed package, not one of a notebook.
    - `arguments`, `options`: what it is called with; what is pickled, and no `progress`.

    **Returns:** what the experiment returns.

    **Raises:** `InputError` if this process may not use so many cores, if the call cannot be
    pickled, on a system that cannot keep a process to some cores (Linux can), and what the
    experiment raises as such.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise InputError("on_cores: this system cannot keep a process to some cores; use Linux")
    allowed = sorted(os.sched_getaffinity(0))
    count = given.whole("count", count, least=1)
    given.function("experiment", experiment)
    if count > len(allowed):
        raise InputError(f"count: {count} cores, and this process may use {len(allowed)}; ask less")
    ended = subprocess.run(
        [sys.executable, "-c", _CHILD.format(cores=allowed[:count])],
        input=_sent(experiment, arguments, options),
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        why = why_it_ended(ended.stderr.decode(errors="replace"), ended.returncode)
        raise InputError(f"on_cores: the process of the experiment ended: {why}")
    answer = pickle.loads(ended.stdout)
    if isinstance(answer, InputError):
        raise answer
    result: T = answer
    return result


def _sent(*call: object) -> bytes:
    try:
        return pickle.dumps(call)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"on_cores: the call cannot be sent to a process: {error}; "
            "give a function of an installed package, and plain values"
        ) from None


def answer() -> None:
    """In the new process: read a call from stdin, make it, and write what it returned to stdout."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    experiment, arguments, options = pickle.load(sys.stdin.buffer)
    try:
        found = experiment(*arguments, **options)
    except InputError as error:
        found = error
    with answers:
        pickle.dump(found, answers)
