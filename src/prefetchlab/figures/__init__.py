"""Figures with a caption and alt text from their own data, readable in light and dark."""

from prefetchlab.figures.bound import draw_bound
from prefetchlab.figures.drawing import Drawing, check_ending
from prefetchlab.figures.step_times import draw_steps
from prefetchlab.figures.terminal import draw_timelines_as_text
from prefetchlab.figures.timelines import draw_timelines

__all__ = [
    "Drawing",
    "check_ending",
    "draw_bound",
    "draw_steps",
    "draw_timelines",
    "draw_timelines_as_text",
]
