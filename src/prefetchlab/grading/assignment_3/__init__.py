"""The checks of assignment 3: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it, where it is a pipeline on fresh random data, and
returns None or raises `Mistake` with a few sentences on what is wrong and where to look. No verdict
rests on a clock, so it does not depend on how fast or how busy the machine is.

Where a student is to predict a number, the checks do not say it: they say which answer is wrong.
They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_3.buffers import (
    batches_with_slots,
    one_batch_ahead,
    two_batches_ahead,
)
from prefetchlab.grading.assignment_3.graph_loop import train_epoch
from prefetchlab.grading.assignment_3.predictions import (
    one_prefetch_buys,
    source_count,
    step_times,
)
from prefetchlab.grading.assignment_3.rewrites import added_by_tensorflow, truly_serial
from prefetchlab.grading.inputs import loader, photos

__all__ = [
    "added_by_tensorflow",
    "batches_with_slots",
    "loader",
    "one_batch_ahead",
    "one_prefetch_buys",
    "photos",
    "source_count",
    "step_times",
    "train_epoch",
    "truly_serial",
    "two_batches_ahead",
]
