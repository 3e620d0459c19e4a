"""Experiments: build, measure, predict, draw. Each returns an outcome that shows itself as a table.

`run` is what the command line calls; it runs an experiment by name, on waits and on images.
"""

from prefetchlab.experiments.buffer import buffer
from prefetchlab.experiments.by_stage import by_stage
from prefetchlab.experiments.catalogue import NAMES, draw_all, run
from prefetchlab.experiments.delays import Delays, delays, delays_on_images
from prefetchlab.experiments.device import device
from prefetchlab.experiments.epochs import EPOCHS, epochs
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.hand_over import HandOver, hand_over
from prefetchlab.experiments.ladder import Ladder, ladder
from prefetchlab.experiments.memory import Memory, memory
from prefetchlab.experiments.on_cores import on_cores
from prefetchlab.experiments.on_images import buffer_on_images, overlap_on_images
from prefetchlab.experiments.outcome import Outcome
from prefetchlab.experiments.overlap import overlap
from prefetchlab.experiments.pace import FULL, QUICK, Pace
from prefetchlab.experiments.pipeline import Stages, pipeline
from prefetchlab.experiments.sent import Sent, sent
from prefetchlab.experiments.served import served
from prefetchlab.experiments.sides import Sides, sides
from prefetchlab.experiments.speedups import Speedups, speedups
from prefetchlab.experiments.stall import stall
from prefetchlab.experiments.sweep import Sweep

__all__ = [
    "EPOCHS",
    "FULL",
    "NAMES",
    "QUICK",
    "Delays",
    "Experiment",
    "HandOver",
    "Ladder",
    "Memory",
    "Outcome",
    "Pace",
    "Sent",
    "Sides",
    "Speedups",
    "Stages",
    "Sweep",
    "buffer",
    "buffer_on_images",
    "by_stage",
    "delays",
    "delays_on_images",
    "device",
    "draw_all",
    "epochs",
    "hand_over",
    "ladder",
    "memory",
    "on_cores",
    "overlap",
    "overlap_on_images",
    "pipeline",
    "run",
    "sent",
    "served",
    "sides",
    "speedups",
    "stall",
]
