"""The command `prefetchlab`.

TensorFlow is imported by the command that needs it, so `prefetchlab --help` answers at once.
Input that cannot be used, words that no command knows among it, ends with one line on stderr and
exit code 2. A check that finds a fault exits with 1.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from prefetchlab import __version__
from prefetchlab.cli import claims, data, quiz, run, submissions
from prefetchlab.cli.ending import Stopped, leave, signals_raise, stdout_ends_well
from prefetchlab.errors import InputError


def command() -> NoReturn:
    """What is installed as `prefetchlab`: run the command line, and end the process."""
    leave(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    **Arguments:**

    - `arguments`: the words after `prefetchlab`; None takes those of this process.

    **Returns:** the exit code: 0, 1 if a check failed or stdout could not be written, 2 for bad
    input, 128 + n if signal n ended the command: 130 for an interrupt, 143 for SIGTERM.
    """
    try:
        with signals_raise(), stdout_ends_well():
            options = parser().parse_args(arguments)
            code: int = options.command(options)
            return code
    except InputError as error:
        return _ended(str(error), 2)
    except BrokenPipeError:  # who read stdout has gone, `head` for example: nobody to tell
        return 128 + 13
    except OSError as error:
        if error.filename is not None:  # stdout has no name; what has one is a fault of ours
            raise
        return _ended(f"stdout: cannot be written: {error.strerror}; send it elsewhere", 1)
    except Stopped as stopped:
        return _ended(str(stopped), stopped.exit_code)
    except KeyboardInterrupt:  # before, or where, no handler could be set
        return _ended("interrupted", 130)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and not how all of it is used."""

    def error(self, message: str) -> NoReturn:
        """Refuse what was given."""
        raise InputError(f"{message}; see {self.prog} --help")


def _ended(line: str, code: int) -> int:
    print(f"prefetchlab: {line}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The command line with all its commands and options.

    >>> parser().parse_args(["run", "overlap", "--quick"]).quick
    True
    """
    line = _Parser(
        prog="prefetchlab", description="Measure and prove what prefetching does in TensorFlow."
    )
    line.add_argument("--version", action="version", version=f"prefetchlab {__version__}")
    commands = line.add_subparsers(required=True, metavar="COMMAND")
    run.add(commands)
    data.add(commands)
    quiz.add(commands)
    claims.add(commands)
    submissions.add(commands)
    return line
