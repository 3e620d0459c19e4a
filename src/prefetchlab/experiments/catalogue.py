"""The experiments by name, as the command line runs them."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from prefetchlab import figures, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.buffer import buffer
from prefetchlab.experiments.delays import Delays, delays_on_images
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.ladder import Ladder, ladder
from prefetchlab.experiments.on_images import BATCH, buffer_on_images, overlap_on_images
from prefetchlab.experiments.outcome import Outcome
from prefetchlab.experiments.overlap import overlap
from prefetchlab.experiments.pace import FULL, QUICK, Pace
from prefetchlab.experiments.pipeline import Stages, pipeline
from prefetchlab.experiments.stall import stall
from prefetchlab.experiments.sweep import Sweep
from prefetchlab.progress import Progress
from prefetchlab.workloads import KINDS, ImageData, load_times, make_shards, open_images

_ALL = "all"
NAMES = ("pipeline", "stall", "overlap", "buffer", "combine", _ALL)
_WAIT_S = 0.010
_VARIED_S, _VARIED_TRAIN_S = 0.0048, 0.006  # the mean load, and a step that could hide it
_SAMPLE = 160  # images: drawn in a second; four batches to train on, read again and again
_SHARDS = 5  # one of them for validation
_SMALL = 160  # pixels
_PHOTO = 512  # pixels: images that are dear to decode, and are trained on in small


def run(
    name: str, *, quick: bool = False, data: Path | None = None, progress: Progress | None = None
) -> list[Outcome]:
    """Run an experiment by name, on waits or on images or on both.

    **Arguments:**

    - `name`: "pipeline", "stall", "overlap", "buffer", "combine" or "all".
    - `quick`: fewer steps and repeats.
    - `data`: a folder of record shards or of the reader's images; None draws a few images.
    - `progress`: told before each run; see `Progress`.

    **Returns:** of what was asked for: for "pipeline" its `Stages`; for "stall" an `Experiment` on
    waits and `Delays` on images; for "overlap" an `Experiment` on waits and one on images; for
    "buffer" a `Sweep` on waits and one on images; for "combine" its `Ladder`.

    **Raises:** `InputError` for an unknown name, or a folder that cannot be read.
    """
    if name not in NAMES:
        raise InputError(f"{name}: no experiment has this name; there are {', '.join(NAMES)}")
    opened = open_images(data) if data else None  # bad input is said before a long run
    pace = QUICK if quick else FULL
    shorter = replace(pace, steps=max(2, pace.steps // 2))  # a real step takes longer
    shortest = replace(pace, steps=max(5, pace.steps // 3))  # and a round of a ladder has 26 runs
    outcome: list[Outcome] = []
    if name != "combine":
        with _images(opened, progress) as images:
            outcome += _on_waits_and_images(name, images, pace, shorter, progress)
    if name in ("combine", _ALL):
        with _images(opened, progress, size=_PHOTO) as images:
            outcome.append(_on_images(_combined, images, shortest, progress))
    return outcome


def _on_waits_and_images(
    name: str, images: ImageData, pace: Pace, shorter: Pace, progress: Progress | None
) -> Iterator[Outcome]:
    if name in ("pipeline", _ALL):
        yield _on_images(_grown, images, pace, progress)
    if name in ("stall", _ALL):
        yield stall(_WAIT_S, _WAIT_S, pace, progress=progress)
        yield _on_images(delays_on_images, images, shorter, progress)
    if name in ("overlap", _ALL):
        yield overlap(_WAIT_S, _WAIT_S, pace, progress=progress)
        yield _on_images(overlap_on_images, images, shorter, progress)
    if name in ("buffer", _ALL):
        yield _varied(pace, progress)
        yield _on_images(buffer_on_images, images, shorter, progress)


@contextmanager
def _images(
    opened: ImageData | None, progress: Progress | None, *, size: int = _SMALL
) -> Iterator[ImageData]:
    """The reader's images, or a few that are drawn and then removed."""
    if opened:
        yield opened
        return
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "images"
        make_shards(drawn, count=_SAMPLE, size=size, shards=_SHARDS, progress=progress)
        yield open_images(drawn)


def _varied(pace: Pace, progress: Progress | None) -> Sweep:
    """A sweep over loads that vary in all the ways there are, and load faster than it trains."""
    count = pace.steps + 1  # with the element before the clock
    loads = {kind: load_times(kind, _VARIED_S, count) for kind in KINDS}
    return buffer(loads, _VARIED_TRAIN_S, pace, progress=progress)


def _grown(images: ImageData, pace: Pace, *, progress: Progress | None) -> Stages:
    title = f"{images.title}, batches of {BATCH}"
    return pipeline(pipelines.grown(images, batch_size=BATCH), pace, title=title, progress=progress)


def _combined(images: ImageData, pace: Pace, *, progress: Progress | None) -> Ladder:
    """All rungs that these images allow: what differs in size cannot be batched first."""
    rungs = {
        name: changes
        for name, changes in pipelines.LADDER.items()
        if images.one_size or "batch first" not in changes
    }
    return ladder(images, pace, rungs=rungs, progress=progress)


def _on_images(
    experiment: Callable[..., Outcome], images: ImageData, pace: Pace, progress: Progress | None
) -> Outcome:
    try:
        return experiment(images, pace, progress=progress)
    except tf.errors.OpError:
        images.check_decodable()  # says which file; if none, the fault is another
        raise


def draw_all(outcome: Sequence[Outcome]) -> figures.Drawing:
    """Draw what some experiments found in one picture: every recorded timeline, above each other.

    **Arguments:**

    - `outcome`: what `run` returns. Where nothing of it has a timeline, the first is drawn as it
      draws itself.

    **Returns:** a `Drawing`; each timeline is headed by its experiment and its variant.
    """
    experiments = [each for each in outcome if isinstance(each, Experiment)]
    others = [each for each in outcome if isinstance(each, Stages | Delays | Sweep | Ladder)]
    if not experiments and others:
        return others[0].figure()
    named = {
        f"{experiment.title}: {variant}": timeline
        for experiment in experiments
        for variant, timeline in experiment.timelines.items()
    }
    labels = next((result.versions for each in experiments for result in each.results), {})
    return figures.draw_timelines(named, name="timelines", labels=labels)
