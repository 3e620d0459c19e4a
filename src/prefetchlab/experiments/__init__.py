"""Experiments: build, measure, predict, draw. Each returns an `Experiment`.

`run` is what the command line calls; it runs an experiment by name, on waits and on images.
"""

from prefetchlab.experiments.catalogue import NAMES, draw_all_timelines, run
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.on_images import overlap_on_images
from prefetchlab.experiments.overlap import overlap
from prefetchlab.experiments.protocol import FULL, QUICK, Pace
from prefetchlab.experiments.speedups import Speedups, speedups
from prefetchlab.experiments.stall import stall

__all__ = [
    "FULL",
    "NAMES",
    "QUICK",
    "Experiment",
    "Pace",
    "Speedups",
    "draw_all_timelines",
    "overlap",
    "overlap_on_images",
    "run",
    "speedups",
    "stall",
]
