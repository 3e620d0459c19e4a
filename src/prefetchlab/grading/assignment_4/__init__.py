"""The checks of assignment 4: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it on given or on fresh random data, and returns
None or raises `Mistake` with a few sentences on what is wrong and where to look. The times of a log
are given numbers: they are replayed, and nothing is timed. A running pipeline is read when it has
come to rest. So no verdict depends on how fast or how busy the machine is.

They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_4.budget import held_images, within_budget
from prefetchlab.grading.assignment_4.filling import empty_and_full
from prefetchlab.grading.assignment_4.leaving import what_is_left
from prefetchlab.grading.assignment_4.logs import rough_log
from prefetchlab.grading.assignment_4.memory import buffer_bytes, filled
from prefetchlab.grading.assignment_4.repeating import loads_by_step, train_on_epochs
from prefetchlab.grading.assignment_4.stalls import fewest_slots, slots_for_stalls
from prefetchlab.grading.assignment_4.sweeping import read_sweep
from prefetchlab.grading.assignment_4.tuning import autotuned_sizes, watched_sizes
from prefetchlab.grading.inputs import loader, photos

__all__ = [
    "autotuned_sizes",
    "buffer_bytes",
    "empty_and_full",
    "fewest_slots",
    "filled",
    "held_images",
    "loader",
    "loads_by_step",
    "photos",
    "read_sweep",
    "rough_log",
    "slots_for_stalls",
    "train_on_epochs",
    "watched_sizes",
    "what_is_left",
    "within_budget",
]
