"""What a check must do to be fit for an nbgrader test cell."""

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec

from prefetchlab import graph
from prefetchlab.grading.folding import folded
from prefetchlab.grading.limit import StillRunningError, run_within
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.stderr import nothing_on_stderr

Arguments = ParamSpec("Arguments")

# Seconds that one check may take. nbgrader gives up a cell after twice as many: see
# nbgrader_config.py. No verdict on code that ends rests on it.
LIMIT_S = 60.0


def for_test_cell(check: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Make a check fit for a test cell.

    What the student's code writes to stderr costs nothing. What it raises, an exit included,
    becomes one sentence. Code that does not end is given up after `LIMIT_S` seconds. A notebook
    shows the message alone, and no line of the check. An interrupt by the user still interrupts.

    >>> @for_test_cell
    ... def returns_text(answer):
    ...     if not isinstance(answer(), str):
    ...         raise Mistake("Return text.")
    >>> returns_text(lambda: str())
    >>> returns_text(lambda: 1)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Return text.

    **Arguments:**

    - `check`: returns None, or raises `Mistake`.

    **Returns:** a function that takes the same and raises nothing but `Mistake`.
    """

    @functools.wraps(check)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        _leave_out_what_was_there()
        mistake = _mistake(functools.partial(check, *args, **kwargs))
        if mistake is not None:
            mistake.__context__ = None  # the frames of what was raised before hold pipelines
            mistake.__traceback__ = None
        # What is left of a pipeline ends here, and not at any time within another check. To end
        # one that has lived for long may take TensorFlow up to a minute: its thread for AUTOTUNE is
        # woken before the pipeline counts as cancelled, may sleep again, and is waited for.
        gc.collect()
        if mistake is not None:
            raise mistake from None

    return checked


@functools.cache
def _leave_out_what_was_there() -> None:
    """Let no collection of garbage look through what was there before the first check.

    TensorFlow is the most of it, and to look through that was up to half of the work of grading.
    Of what was there, a ring of objects that is let go only later stays, until `gc.unfreeze`.
    """
    gc.collect()
    gc.freeze()


def _mistake(check: Callable[[], object]) -> Mistake | None:
    with nothing_on_stderr():
        try:
            error = run_within(LIMIT_S, check)
        except StillRunningError as error:
            traced = (
                " While TensorFlow traces a function, list(dataset) has none, and neither has "
                "while True around next."
            )
            return Mistake(
                f"Your code was still running after {LIMIT_S:g} s, and was given up. Look for a "
                "loop that never ends, or for a list of something that has no end."
                f"{traced if error.tracing else ''}"
            )
        if graph.has_debug_mode():
            return Mistake(
                "Debug mode is on, and in it no pipeline works as in your own programs. Leave "
                "enable_debug_mode out, and restart the kernel."
            )
        return None if error is None else folded(error)
