"""The experiments by name, as the command line runs them."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prefetchlab import figures
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.on_images import overlap_on_images
from prefetchlab.experiments.overlap import overlap
from prefetchlab.experiments.protocol import FULL, QUICK, Pace
from prefetchlab.experiments.stall import stall
from prefetchlab.progress import Progress
from prefetchlab.workloads import ImageData, make_shards, open_images

_ON_WAITS = {"stall": stall, "overlap": overlap}
NAMES = (*_ON_WAITS, "all")
_WAIT_S = 0.010
_SAMPLE = 160  # images: four batches, read again and again, and drawn in a second


def run(
    name: str, *, quick: bool = False, data: Path | None = None, progress: Progress | None = None
) -> list[Experiment]:
    """Run an experiment by name, first on waits, then on real images.

    **Arguments:**

    - `name`: "stall", "overlap" or "all".
    - `quick`: fewer steps and repeats.
    - `data`: a folder of record shards or of the reader's images; None draws a few images.
    - `progress`: told before each run; see `Progress`.

    **Returns:** one `Experiment` for each name on waits, then one on images.

    **Raises:** `InputError` for an unknown name, or a folder that cannot be read.
    """
    if name not in NAMES:
        raise InputError(f"{name}: no experiment has this name; there are {', '.join(NAMES)}")
    opened = open_images(data) if data else None  # bad input is said before a long run
    pace = QUICK if quick else FULL
    names = list(_ON_WAITS) if name == "all" else [name]
    outcome = [_ON_WAITS[each](_WAIT_S, _WAIT_S, pace, progress=progress) for each in names]
    return [*outcome, _on_images(opened, pace, progress)]


def _on_images(opened: ImageData | None, pace: Pace, progress: Progress | None) -> Experiment:
    shorter = replace(pace, steps=max(2, pace.steps // 2))  # a real step takes longer
    if opened:
        try:
            return overlap_on_images(opened, shorter, progress=progress)
        except tf.errors.OpError:
            opened.check_decodable()  # says which file; if none, the fault is another
            raise
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder) / "images", count=_SAMPLE, progress=progress)
        drawn = open_images(Path(folder) / "images")
        return overlap_on_images(drawn, shorter, progress=progress)


def draw_all_timelines(outcome: Sequence[Experiment]) -> figures.Drawing:
    """Draw every recorded timeline of some experiments in one picture, above each other.

    **Arguments:**

    - `outcome`: what `run` returns; at least one with timelines.

    **Returns:** a `Drawing`; each timeline is headed by its experiment and its variant.
    """
    named = {
        f"{experiment.title}: {variant}": timeline
        for experiment in outcome
        for variant, timeline in experiment.timelines.items()
    }
    labels = next((result.versions for each in outcome for result in each.results), {})
    return figures.draw_timelines(named, name="timelines", labels=labels)
