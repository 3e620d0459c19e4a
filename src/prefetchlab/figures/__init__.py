"""Figures with a caption and alt text from their own data, readable in light and dark.

| picture | its data | what it shows |
|---|---|---|
| `draw_buffer` | a calculated schedule | who has which element at a moment: thread, slots, loop |
| `draw_replays` | calculated schedules | where the time goes: lanes of loading and training |
| `draw_timelines` | recorded timelines | the same lanes as they were measured |
| `explore` | times to load and to train | lanes and a buffer that the reader changes |
| `draw_timelines_as_text` | recorded timelines | the same in a terminal |
| `draw_steps` | measured results | measured, predicted and limit, one row a variant |
| `draw_account` | measured seconds | where a stretch of time went |
| `draw_exposed_waits` | measured loops | what a step is made of: training alone, waiting |
| `draw_stage_costs` | measured costs of stages | time, CPU work and bytes of a batch, by stage |
| `draw_bound` | measured gains | the speed-up of one slot, and the most that it can be |
| `draw_pictures` | images that a pipeline gave | which of them are the same |
| `draw_rewrite` | what is written, what runs | the stages that TensorFlow added or changed |
| `draw_loops` | what runs in two loops | whether a prefetch stands in front of the loop's body |
| `draw_threads` | what is written or what runs | which stages run in which thread |
| `draw_fill` | what was in a buffer | how many elements waited, and the room for them |
| `draw_sweep` | results for several sizes | the step against the number of slots |
| `draw_slots` | counts of `run_ahead` | what a slot holds in front of `batch` and behind it |

Each says in its caption whether it was measured, counted or calculated. A measured one says below
it on what machine. All text has one size: legible on a phone, and no larger than the page's.
"""

from prefetchlab.figures.account import draw_account
from prefetchlab.figures.bound import draw_bound
from prefetchlab.figures.buffer import draw_buffer
from prefetchlab.figures.drawing import Drawing, check_ending
from prefetchlab.figures.explorer import Explorer, explore
from prefetchlab.figures.exposed_waits import draw_exposed_waits
from prefetchlab.figures.fill import Fill, draw_fill
from prefetchlab.figures.loops import draw_loops
from prefetchlab.figures.pictures import draw_pictures
from prefetchlab.figures.replays import draw_replays
from prefetchlab.figures.rewrite import draw_rewrite
from prefetchlab.figures.slots import draw_slots
from prefetchlab.figures.stage_costs import draw_stage_costs, shown_bytes
from prefetchlab.figures.step_times import draw_steps
from prefetchlab.figures.sweep import draw_sweep
from prefetchlab.figures.terminal import draw_timelines_as_text
from prefetchlab.figures.threads import draw_threads
from prefetchlab.figures.timelines import draw_timelines

__all__ = [
    "Drawing",
    "Explorer",
    "Fill",
    "check_ending",
    "draw_account",
    "draw_bound",
    "draw_buffer",
    "draw_exposed_waits",
    "draw_fill",
    "draw_loops",
    "draw_pictures",
    "draw_replays",
    "draw_rewrite",
    "draw_slots",
    "draw_stage_costs",
    "draw_steps",
    "draw_sweep",
    "draw_threads",
    "draw_timelines",
    "draw_timelines_as_text",
    "explore",
    "shown_bytes",
]
