"""What prefetching can and cannot do, computed: the recursion, its closed forms, the limits.

One producer makes elements in order, one after the other. A buffer of k slots holds what is made
but not yet taken. One consumer takes elements in order and trains on them. L is the time that an
element takes to load, T the time that a step takes to train, both in seconds.

Only NumPy is used here; nothing is measured. The model has one serial producer. In all but
`shared_step` and `limit`, loading and training do not slow each other down. Where they share
cores, they do.

What is no time, no number of slots or no number of cores raises `InputError`, and one line that
names the argument.
"""

from prefetchlab.theory.autotuned import Autotuned, autotuned
from prefetchlab.theory.bounds import UNBOUNDED, Counts, Seconds, Times
from prefetchlab.theory.bursts import burst_step, slots_for_burst
from prefetchlab.theory.closed import (
    exponential_step,
    one_slot_step,
    serial_step,
    speedup,
    unbounded_step,
)
from prefetchlab.theory.enough import enough_slots
from prefetchlab.theory.limits import Limit, limit
from prefetchlab.theory.schedule import Schedule, replay
from prefetchlab.theory.shared import Range, Side, shared_step

__all__ = [
    "UNBOUNDED",
    "Autotuned",
    "Counts",
    "Limit",
    "Range",
    "Schedule",
    "Seconds",
    "Side",
    "Times",
    "autotuned",
    "burst_step",
    "enough_slots",
    "exponential_step",
    "limit",
    "one_slot_step",
    "replay",
    "serial_step",
    "shared_step",
    "slots_for_burst",
    "speedup",
    "unbounded_step",
]
