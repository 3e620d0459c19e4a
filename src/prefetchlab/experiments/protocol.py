"""How every experiment measures: the protocol, stated before the code.

1. *Load alone*: the pipeline is drained by a loop that does nothing. Gives samples of L.
2. *Train alone*: the train step runs on one batch that is already there. Gives samples of T.
3. *Variants*: each pipeline under test feeds the train step. Gives the measured step.
4. All of these take turns, `repeats` times over; each round begins with another one.
5. The samples of L and T are played through `theory.replay` for the variant's number of slots.
   Where the CPU work of steps 1 and 2 together does not fit on the cores in that time, it takes
   what the cores need. That is the prediction. It knows nothing of step 3.
6. The limit is the largest of: mean L, mean T, and the CPU work of a step shared by the cores. That
   work is the least that any run needed: threads that spin while they wait count as work too, so a
   run alone overstates it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prefetchlab import theory
from prefetchlab._tensorflow import tf
from prefetchlab.measure import (
    Loop,
    Result,
    StepTimes,
    Visit,
    cores,
    interleave,
    run_steps,
    versions,
)
from prefetchlab.progress import Progress
from prefetchlab.timeline import Recorder, Timeline

MakeDataset = Callable[[], tf.data.Dataset]  # a pipeline, made anew for each run


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One pipeline under test.

    Attributes:
        name: what the reader calls it.
        dataset: makes the pipeline, with default rewrites on or off as the variant wants.
        slots: the buffer's size k that theory replays, in elements.
        run_ahead: the exact counts after 1, 2, 3 elements taken; None where nothing can count.
        load: which of the protocol's loads it is fed by.
        loop: "eager" or "graph": which training loop it runs in.
    """

    name: str
    dataset: MakeDataset
    slots: float
    run_ahead: tuple[int, ...] | None
    load: str
    loop: Loop = "eager"


@dataclass(frozen=True)
class TrainAlone:
    """What a train step is measured with when nothing is loaded.

    Attributes:
        ready: makes a dataset of batches that are already there.
        step: the train step; it returns when its work is done.
    """

    ready: MakeDataset
    step: Visit


@dataclass(frozen=True)
class Pace:
    """How much an experiment measures.

    Attributes:
        steps: timed steps in one run.
        repeats: interleaved rounds.
    """

    steps: int
    repeats: int


FULL = Pace(steps=60, repeats=5)
QUICK = Pace(steps=10, repeats=3)


@dataclass(frozen=True)
class _Run:
    """What one run of the protocol measures; runs of one kind and name are repeats of each other.

    The kind keeps a load, a loop and a variant of one name apart.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return self.name if self.kind == "variant" else f"{self.kind} alone ({self.name})"


def compare(
    variants: Sequence[Variant],
    *,
    loads: Mapping[str, MakeDataset],
    trains: Mapping[Loop, TrainAlone],
    pace: Pace,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Measure every variant beside its prediction and its limit, by the protocol above.

    **Arguments:**

    - `variants`: the pipelines under test.
    - `loads`: pipelines to drain alone, by name.
    - `trains`: for each kind of loop, how its train step is measured alone.
    - `pace`: how many steps and repeats.
    - `progress`: told before each run; see `Progress`.
    """
    work = _loads_alone(loads, pace) | _trains_alone(trains, pace)
    work |= {_Run("variant", variant.name): _fed(variant, trains, pace) for variant in variants}
    measured = interleave(work, repeats=pace.repeats, progress=progress)
    labels = versions()
    return tuple(_result(variant, measured, labels) for variant in variants)


def record(dataset: tf.data.Dataset, step: Visit, recorder: Recorder, *, batches: int) -> Timeline:
    """Run once with a recorder; the timeline of four steps from the middle.

    Recording is no part of `compare`: what is timed there carries no instrument.

    **Arguments:**

    - `dataset`: `batches` batches; loads are recorded by the dataset or the step.
    - `step`: the train step.
    - `recorder`: where they are recorded, and lane "train" too.
    - `batches`: how many, at least 8.
    """
    run_steps(dataset, step, steps=batches - 1, recorder=recorder)
    return recorder.timeline().window(3, 6)


Work = Callable[[], StepTimes]


def _loads_alone(loads: Mapping[str, MakeDataset], pace: Pace) -> dict[_Run, Work]:
    def drain(make: MakeDataset) -> Work:
        return lambda: run_steps(make(), steps=pace.steps)

    return {_Run("load", name): drain(make) for name, make in loads.items()}


def _trains_alone(trains: Mapping[Loop, TrainAlone], pace: Pace) -> dict[_Run, Work]:
    def train(loop: Loop, alone: TrainAlone) -> Work:
        return lambda: run_steps(alone.ready(), alone.step, steps=pace.steps, loop=loop)

    return {_Run("train", loop): train(loop, alone) for loop, alone in trains.items()}


def _fed(variant: Variant, trains: Mapping[Loop, TrainAlone], pace: Pace) -> Work:
    step = trains[variant.loop].step
    return lambda: run_steps(variant.dataset(), step, steps=pace.steps, loop=variant.loop)


def _result(
    variant: Variant, runs: Mapping[_Run, Sequence[StepTimes]], labels: dict[str, str]
) -> Result:
    loads, trains = runs[_Run("load", variant.load)], runs[_Run("train", variant.loop)]
    measured = runs[_Run("variant", variant.name)]
    load_s, train_s = (np.concatenate([run.seconds for run in part]) for part in (loads, trains))
    alone_s = _work(loads) + _work(trains)
    work_s = min(alone_s, _work(measured))
    limit = theory.limit(load_s.mean(), train_s.mean(), cpu_work_s=work_s, cores=cores())
    replayed_s = theory.replay(load_s, train_s, variant.slots).mean_step_s
    return Result(
        name=variant.name,
        repeats_s=tuple(run.mean_s for run in measured),
        predicted_s=float(max(replayed_s, alone_s / cores())),
        limit_s=float(limit.step_s),
        limit_set_by=limit.set_by,
        run_ahead=variant.run_ahead,
        versions=labels,
    )


def _work(runs: Sequence[StepTimes]) -> float:
    """The CPU-seconds of a step, all threads together."""
    return float(np.median([run.cpu_s for run in runs]))
