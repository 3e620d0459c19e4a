"""What a check must do to be fit for an nbgrader test cell."""

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from prefetchlab._tensorflow import tf

_HERE = str(Path(__file__).parent)


def for_test_cell(check: Callable) -> Callable:
    """Make a check fit for a test cell.

    TensorFlow's advice is kept out, because nbgrader scores any stderr there as zero. The check's
    own lines are kept out of the traceback, because a notebook prints them, right answers and all.
    """

    @functools.wraps(check)
    def checked(*args, **kwargs) -> None:
        logger = tf.get_logger()
        level = logger.level
        logger.setLevel("ERROR")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check(*args, **kwargs)
        except Exception as error:
            raise error.with_traceback(_outside_grading(error.__traceback__)) from None
        finally:
            logger.setLevel(level)

    return checked


def _outside_grading(trace: TracebackType | None) -> TracebackType | None:
    """What is left of a traceback from the first line on that is not a check's."""
    while trace and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    return trace
