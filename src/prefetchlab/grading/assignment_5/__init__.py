"""The checks of assignment 5: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it on given or on fresh random data, and returns
None or raises `Mistake` with a few sentences on what is wrong and where to look. A running pipeline
is read when it has come to rest, and what is slow is held back until then. The times of a log are
given numbers. So no verdict depends on how fast or how busy the machine is.

They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_5.asking import ask_for
from prefetchlab.grading.assignment_5.batching import on_batches, tone_calls
from prefetchlab.grading.assignment_5.climbing import ladder
from prefetchlab.grading.assignment_5.completing import loaded_once, loads_by_epoch
from prefetchlab.grading.assignment_5.freezing import cached, what_repeats
from prefetchlab.grading.assignment_5.limiting import least_step
from prefetchlab.grading.assignment_5.ordering import counts_of_order, in_order
from prefetchlab.grading.assignment_5.pairing import in_pairs, with_a_slow_image
from prefetchlab.grading.assignment_5.placing import cache_place

__all__ = [
    "ask_for",
    "cache_place",
    "cached",
    "counts_of_order",
    "in_order",
    "in_pairs",
    "ladder",
    "least_step",
    "loaded_once",
    "loads_by_epoch",
    "on_batches",
    "tone_calls",
    "what_repeats",
    "with_a_slow_image",
]
