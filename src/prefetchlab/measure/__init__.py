"""Measure a pipeline: exact counts first, step times second.

`run_ahead` counts, and says where its counts depend on the machine; `calls_in_flight` counts what
waits at once. `run_steps` times; its result
does depend on it, so repeats are interleaved and their medians compared. `exposed_waits` times
loading, training and the loop of both. `stage_costs` counts and times a pipeline as it grows.
"""

from prefetchlab.measure.calibration import Calibration, calibrate, calibrated_wait
from prefetchlab.measure.delivered import Delivered, delivered
from prefetchlab.measure.exposed_wait import ExposedWait
from prefetchlab.measure.fixed_work import fixed_work_s
from prefetchlab.measure.gain import Gain
from prefetchlab.measure.in_flight import Wait, Waiting, calls_in_flight
from prefetchlab.measure.loops import Loop, Visit
from prefetchlab.measure.machine import cores, versions
from prefetchlab.measure.meanwhile import made_meanwhile
from prefetchlab.measure.outage import Outage, outage
from prefetchlab.measure.peace import Peace, Watch, interleave_in_peace
from prefetchlab.measure.prefixes import stage_costs
from prefetchlab.measure.probe import (
    RunAhead,
    Transform,
    run_ahead,
    run_ahead_by_loop,
    run_ahead_in,
)
from prefetchlab.measure.resident import Growth, Maker, Resident, growth, resident
from prefetchlab.measure.result import Result
from prefetchlab.measure.sent_ahead import sent_ahead
from prefetchlab.measure.sleeps import sleeps_per_element
from prefetchlab.measure.source import SOURCE_SIZE, CountingSource, SourceEndedError
from prefetchlab.measure.spread import Spread
from prefetchlab.measure.stage_costs import Prefix, StageCost, StageCosts
from prefetchlab.measure.step_times import StepTimes, interleave, run_steps
from prefetchlab.measure.three_times import TrainingLoop, exposed_waits
from prefetchlab.measure.together import core_work_s, cores_together
from prefetchlab.measure.watched import watch_buffer

__all__ = [
    "SOURCE_SIZE",
    "Calibration",
    "CountingSource",
    "Delivered",
    "ExposedWait",
    "Gain",
    "Growth",
    "Loop",
    "Maker",
    "Outage",
    "Peace",
    "Prefix",
    "Resident",
    "Result",
    "RunAhead",
    "SourceEndedError",
    "Spread",
    "StageCost",
    "StageCosts",
    "StepTimes",
    "TrainingLoop",
    "Transform",
    "Visit",
    "Wait",
    "Waiting",
    "Watch",
    "calibrate",
    "calibrated_wait",
    "calls_in_flight",
    "core_work_s",
    "cores",
    "cores_together",
    "delivered",
    "exposed_waits",
    "fixed_work_s",
    "growth",
    "interleave",
    "interleave_in_peace",
    "made_meanwhile",
    "outage",
    "resident",
    "run_ahead",
    "run_ahead_by_loop",
    "run_ahead_in",
    "run_steps",
    "sent_ahead",
    "sleeps_per_element",
    "stage_costs",
    "versions",
    "watch_buffer",
]
