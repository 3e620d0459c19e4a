"""Figures with a caption and alt text from their own data, readable in light and dark."""

from prefetchlab.figures.bound import bound
from prefetchlab.figures.drawing import Drawing, check_ending
from prefetchlab.figures.steps import steps
from prefetchlab.figures.terminal import terminal_timelines
from prefetchlab.figures.timelines import timelines

__all__ = ["Drawing", "bound", "check_ending", "steps", "terminal_timelines", "timelines"]
