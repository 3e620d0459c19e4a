"""The checks of assignment 6: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it on given or on fresh random data, and returns
None or raises `Mistake` with a few sentences on what is wrong and where to look. What runs is read
when it has come to rest. The times of a log or a trace are given numbers. So no verdict depends on
how fast or how busy the machine is.

They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_6.compiling import train
from prefetchlab.grading.assignment_6.dropping import good_batches, numbers_that_come
from prefetchlab.grading.assignment_6.evaluating import train_all, trained_numbers
from prefetchlab.grading.assignment_6.foretelling import (
    logs,
    step_by_formula,
    step_by_log,
    trusted,
)
from prefetchlab.grading.assignment_6.fronting import counts_by_loop, in_front
from prefetchlab.grading.assignment_6.handing import ahead
from prefetchlab.grading.assignment_6.restarting import train_some, trained_on
from prefetchlab.grading.assignment_6.sharing import batches_by_worker, of_worker
from prefetchlab.grading.assignment_6.tracing import crowded, recorded, waited_for
from prefetchlab.grading.assignment_6.unpacking import unpack, unpacked

__all__ = [
    "ahead",
    "batches_by_worker",
    "counts_by_loop",
    "crowded",
    "good_batches",
    "in_front",
    "logs",
    "numbers_that_come",
    "of_worker",
    "recorded",
    "step_by_formula",
    "step_by_log",
    "train",
    "train_all",
    "train_some",
    "trained_numbers",
    "trained_on",
    "trusted",
    "unpack",
    "unpacked",
    "waited_for",
]
