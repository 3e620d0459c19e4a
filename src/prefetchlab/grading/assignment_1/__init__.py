"""The checks of assignment 1: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it, where it is a pipeline on fresh random data, and
returns None or raises `Mistake` with a few sentences on what is wrong and where to look. No verdict
rests on a clock, so it does not depend on how fast or how busy the machine is.

Where a student is to predict a number, the checks do not say it: they say which answer is wrong.
They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_1.augmenting import augmented
from prefetchlab.grading.assignment_1.costs import stage_costs
from prefetchlab.grading.assignment_1.counting import element_counts
from prefetchlab.grading.assignment_1.erring import error_lines
from prefetchlab.grading.assignment_1.merging import three_to_one
from prefetchlab.grading.assignment_1.reading import batches_of_files
from prefetchlab.grading.assignment_1.skipping import good_batches
from prefetchlab.grading.assignment_1.sources import pictures, record_files, records
from prefetchlab.grading.assignment_1.splitting import split
from prefetchlab.grading.assignment_1.tracing import python_calls
from prefetchlab.grading.assignment_1.wrapping import in_python

__all__ = [
    "augmented",
    "batches_of_files",
    "element_counts",
    "error_lines",
    "good_batches",
    "in_python",
    "pictures",
    "python_calls",
    "record_files",
    "records",
    "split",
    "stage_costs",
    "three_to_one",
]
