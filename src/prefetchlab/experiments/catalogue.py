"""The experiments by name, as the command line runs them."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

from prefetchlab import figures, given, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.buffer import buffer
from prefetchlab.experiments.delays import Delays, delays_on_images
from prefetchlab.experiments.device import device
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.hand_over import HandOver, hand_over
from prefetchlab.experiments.ladder import Ladder, ladder
from prefetchlab.experiments.on_images import BATCH, buffer_on_images, overlap_on_images
from prefetchlab.experiments.outcome import Outcome
from prefetchlab.experiments.overlap import overlap
from prefetchlab.experiments.pace import FULL, QUICK, Pace
from prefetchlab.experiments.pipeline import Stages, pipeline
from prefetchlab.experiments.sent import Sent, sent
from prefetchlab.experiments.served import served
from prefetchlab.experiments.sides import Sides, sides
from prefetchlab.experiments.stall import stall
from prefetchlab.experiments.sweep import Sweep
from prefetchlab.progress import Progress
from prefetchlab.workloads import KINDS, ImageData, load_times, make_shards, open_images

_WAIT_S = 0.010
_VARIED_S, _VARIED_TRAIN_S = 0.0048, 0.006  # the mean load, and a step that could hide it
_RANDOM_S, _RANDOM_SLOTS = 0.005, (0, 1, 2, 4)
_SIDE_S = 0.007
_SERVED_S, _SERVED_TRAIN_S = 0.008, 0.003
_SAMPLE = 160  # images: drawn in a second; four batches to train on, read again and again
_SHARDS = 5  # one of them for validation
# Photographs are dear to decode, and are trained on in small.
_PIXELS = {"small": 160, "photographs": 512}


@dataclass(frozen=True)
class _On:
    """What a part of an experiment is to measure.

    Attributes:
        pace: how many steps and repeats.
        record: whether to record timelines that are not recorded anyway.
        progress: told before each run; see `Progress`.
    """

    pace: Pace
    record: bool
    progress: Progress | None


@dataclass(frozen=True)
class _Part:
    """A part of an experiment.

    Attributes:
        measure: measures it; of what needs images these come first.
        images: which of `_PIXELS` it needs, or None for waits and numbers alone.
        share: of the steps of a pace it makes one in so many, because they take longer.
        least: but at least so many.
    """

    measure: Callable[..., Outcome]
    images: str | None = None
    share: int = 1
    least: int = 2

    def on(self, pace: Pace, *, record: bool, progress: Progress | None) -> _On:
        """What it is to measure at a pace."""
        steps = max(self.least, pace.steps // self.share)
        return _On(replace(pace, steps=steps), record, progress)


def run(
    name: str,
    *,
    quick: bool = False,
    data: Path | None = None,
    record: bool = False,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Run an experiment by name, on waits or on images or on both.

    **Arguments:**

    - `name`: one of `NAMES`.
    - `quick`: fewer steps and repeats.
    - `data`: a folder of record shards or of the reader's images; None draws a few images.
    - `record`: whether to record a few steps of everything, for a trace.
    - `progress`: told before each run; see `Progress`.

    **Returns:** of what was asked for: for "pipeline" its `Stages`; for "stall" an `Experiment` on
    waits and `Delays` on images; for "overlap" an `Experiment` on waits and one on images; for
    "buffer" a `Sweep` on waits and one on images; for "combine" its `Ladder`; for "internals" a
    `HandOver`, `Sides`, an `Experiment` on a device and a `Sweep` on random waits; for "service"
    an `Experiment` on workers and `Sent`.

    **Raises:** `InputError` for an unknown name, or a folder that cannot be read.
    """
    if name not in NAMES:
        raise InputError(f"{name}: no experiment has this name; there are {', '.join(NAMES)}")
    # Bad input is said before a long run.
    opened = None if data is None else open_images(given.path("data", data))
    parts = _PARTS.get(name) or tuple(chain.from_iterable(_PARTS.values()))
    pace = QUICK if quick else FULL
    with ExitStack() as stack:

        @cache
        def images(kind: str) -> ImageData:
            return opened or _drawn(stack, _PIXELS[kind], progress)

        return [
            _measured(part, images, part.on(pace, record=record, progress=progress))
            for part in parts
        ]


def _drawn(stack: ExitStack, size: int, progress: Progress | None) -> ImageData:
    """A few images that are drawn, and removed when the stack is closed."""
    drawn = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "images"
    make_shards(drawn, count=_SAMPLE, size=size, shards=_SHARDS, progress=progress)
    return open_images(drawn)


def _measured(part: _Part, images: Callable[[str], ImageData], on: _On) -> Outcome:
    if part.images is None:
        return part.measure(on)
    data = images(part.images)
    try:
        return part.measure(data, on)
    except tf.errors.OpError:
        data.check_decodable()  # says which file; if none, the fault is another
        raise


def _grown(data: ImageData, on: _On) -> Stages:
    return pipeline(
        pipelines.grown(data, batch_size=BATCH),
        on.pace,
        title=f"{data.title}, batches of {BATCH}",
        record=on.record,
        progress=on.progress,
    )


def _stalled(on: _On) -> Experiment:
    return stall(_WAIT_S, _WAIT_S, on.pace, progress=on.progress)


def _delayed(data: ImageData, on: _On) -> Delays:
    return delays_on_images(data, on.pace, record=on.record, progress=on.progress)


def _overlapped(on: _On) -> Experiment:
    return overlap(_WAIT_S, _WAIT_S, on.pace, progress=on.progress)


def _overlapped_on_images(data: ImageData, on: _On) -> Experiment:
    return overlap_on_images(data, on.pace, progress=on.progress)


def _varied(on: _On) -> Sweep:
    """A sweep over loads that vary in all the ways there are, and load faster than it trains."""
    count = on.pace.steps + 1  # with the element before the clock
    loads = {kind: load_times(kind, _VARIED_S, count) for kind in KINDS}
    return buffer(loads, _VARIED_TRAIN_S, on.pace, record=on.record, progress=on.progress)


def _varied_on_images(data: ImageData, on: _On) -> Sweep:
    return buffer_on_images(data, on.pace, record=on.record, progress=on.progress)


def _combined(data: ImageData, on: _On) -> Ladder:
    """All rungs that these images allow: what differs in size cannot be batched first."""
    rungs = {
        name: changes
        for name, changes in pipelines.LADDER.items()
        if data.one_size or "batch first" not in changes
    }
    return ladder(data, on.pace, rungs=rungs, record=on.record, progress=on.progress)


def _handed_over(on: _On) -> HandOver:
    return hand_over(on.pace, progress=on.progress)


def _two_sides(on: _On) -> Sides:
    return sides(_SIDE_S, on.pace, progress=on.progress)


def _on_device(on: _On) -> Experiment:
    return device(_WAIT_S, _WAIT_S, on.pace, progress=on.progress)


def _random(on: _On) -> Sweep:
    """Loads and steps that are as long in the mean, and both constant or both exponential."""
    kinds = {"constant": "constant", "exponential": "strong jitter"}  # of one mean's spread
    count = on.pace.steps + 1
    loads, trains = (
        {name: load_times(kind, _RANDOM_S, count, seed=seed) for name, kind in kinds.items()}
        for seed in (0, 1)
    )
    return buffer(
        loads, trains, on.pace, slots=_RANDOM_SLOTS, record=on.record, progress=on.progress
    )


def _served(on: _On) -> Experiment:
    return served(_SERVED_S, _SERVED_TRAIN_S, on.pace, progress=on.progress)


def _sent(on: _On) -> Sent:
    return sent(on.pace, progress=on.progress)


_PARTS: dict[str, tuple[_Part, ...]] = {
    "pipeline": (_Part(_grown, "small"),),
    "stall": (_Part(_stalled), _Part(_delayed, "small", share=2)),
    "overlap": (_Part(_overlapped), _Part(_overlapped_on_images, "small", share=2)),
    "buffer": (_Part(_varied), _Part(_varied_on_images, "small", share=2)),
    # A round of a ladder has 26 runs, and one of sides has 27.
    "combine": (_Part(_combined, "photographs", share=3, least=5),),
    "internals": (
        _Part(_handed_over, share=2),
        _Part(_two_sides, share=3, least=3),
        _Part(_on_device, share=4, least=3),
        _Part(_random, share=2, least=5),
    ),
    "service": (_Part(_served), _Part(_sent)),
}
NAMES = (*_PARTS, "all")


def draw_all(outcome: Sequence[Outcome]) -> figures.Drawing:
    """Draw what some experiments found in one picture: every recorded timeline, above each other.

    **Arguments:**

    - `outcome`: what `run` returns. Where nothing of it has a timeline, the first is drawn as it
      draws itself.

    **Returns:** a `Drawing`; each timeline is headed by its experiment and its variant.

    **Raises:** `InputError` if there is none.
    """
    outcome = given.several("outcome", outcome, "experiments")
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
