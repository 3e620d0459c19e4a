"""Measure a pipeline: exact counts first, step times second.

`run_ahead` counts, and says where its counts depend on the machine. `run_steps` times; its result
does depend on it, so repeats are interleaved and their medians compared.
"""

from prefetchlab.measure.calibration import Calibration, calibrate, calibrated_wait
from prefetchlab.measure.loops import Loop, Visit
from prefetchlab.measure.machine import cores, versions
from prefetchlab.measure.probe import RunAhead, Transform, run_ahead, run_ahead_by_loop
from prefetchlab.measure.result import Result
from prefetchlab.measure.source import SOURCE_SIZE, CountingSource, SourceEndedError
from prefetchlab.measure.step_times import StepTimes, interleave, run_steps

__all__ = [
    "SOURCE_SIZE",
    "Calibration",
    "CountingSource",
    "Loop",
    "Result",
    "RunAhead",
    "SourceEndedError",
    "StepTimes",
    "Transform",
    "Visit",
    "calibrate",
    "calibrated_wait",
    "cores",
    "interleave",
    "run_ahead",
    "run_ahead_by_loop",
    "run_steps",
    "versions",
]
