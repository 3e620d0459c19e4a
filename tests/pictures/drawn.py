"""What is drawn: each kind of picture, with data that show all of its marks."""

from collections.abc import Callable, Mapping

from prefetchlab import figures, theory
from prefetchlab.graph import Pipeline, Stage
from prefetchlab.measure import Prefix, StageCosts
from tests.test_exposed_wait import loop_of
from tests.test_figures import DRAWINGS, RESULTS, RUNS
from tests.test_figures_account import NIGHT
from tests.test_figures_lanes import MEASURED, REPLAYS, timeline
from tests.test_figures_stages import THREE
from tests.test_figures_sweep import EVEN, GREW, SLOTS, SWEPT

LANES = (("load", 0), ("copy", 4), ("train", 10))
LOOPS = {"serial": loop_of(wait_s=0.004, step_s=0.020), "ahead": loop_of(wait_s=0, step_s=0.011)}
COPIES = timeline(
    *((lane, n, 20 * n + begin, 20 * n + begin + 5) for n in range(3) for lane, begin in LANES)
)
LONG = (*THREE, Stage("Shuffle", 100), Stage("ParallelMap", 4), Stage("Batch", 8))

LARGE = StageCosts(
    (
        Prefix("read", 1, 90, (0.1234,), (0.1221,)),
        Prefix("decode", 1, 6_291_712, (0.4567,), (0.9876,)),
        Prefix("batch", 1, 2_013_265_920, (0.7891,), (1.9876,)),
    ),
    (0.7891,),
    {},
)

PICTURES: Mapping[str, Callable[[], figures.Drawing | figures.Explorer]] = {
    **DRAWINGS,
    "account": lambda: figures.draw_account(NIGHT),
    "exposed waits": lambda: figures.draw_exposed_waits(LOOPS),
    "copies": lambda: figures.draw_timelines({"a device": COPIES}),
    "buffer of one slot": lambda: figures.draw_buffer(theory.replay([4, 1, 4], [2] * 3, 1), 1, [5]),
    "explorer": lambda: figures.explore([5, 15], train_ms=10),
    "fill that grew": lambda: figures.draw_fill({"grew": GREW, "full": figures.Fill([2, 2], 2)}),
    "lanes": lambda: figures.draw_timelines(MEASURED),
    "many steps": lambda: figures.draw_steps([*RESULTS, *RESULTS, *RESULTS]),
    "replays of three": lambda: figures.draw_replays(REPLAYS),
    "rewrite of many": lambda: figures.draw_rewrite(Pipeline(LONG), RUNS),
    "slots of two": lambda: figures.draw_slots({"batch(2)": (4, 6, 8)}, slots=1, batch=2),
    "stages of large images": lambda: figures.draw_stage_costs(LARGE),
    "sweep of one round": lambda: figures.draw_sweep({"one": EVEN[1:]}, SLOTS[1:]),
    "sweep of stalls": lambda: figures.draw_sweep(SWEPT, SLOTS),
    "threads": lambda: figures.draw_threads(Pipeline(THREE)),
}
