"""How every experiment measures: the protocol, stated before the code.

1. *Load alone*: the pipeline is drained by a loop that does nothing. Gives samples of L.
2. *Train alone*: the train step runs on one batch that is already there. Gives samples of T. Where
   the step computes and a variant has no slot, also *train rested*: each step begins after a wait
   that is as long as the load. The threads of a step fall asleep in a wait, and it then takes
   longer than right behind another: 7 ms for 5 was seen behind a wait of 20 ms. Nothing but its
   mean is asked for, so half as many steps are enough.
3. *Variants*: each pipeline under test feeds the train step. Gives the measured step.
4. All of these take turns, `repeats` times over; each round begins with another one. A fixed piece
   of work is timed between them, and a round in which the machine was disturbed is measured again
   unless the run is to be quick; see `measure.interleave_in_peace`.
5. The samples of L and T (rested, where the loop waits for every load), with the CPU work of each
   side, go through `theory.shared_step` for the variant's slots. Where nothing computes that is
   `theory.replay`. It gives a range: cores may be shared well or badly, and a buffer that
   TensorFlow sizes at run time has from one slot to as many as it likes. No end of it is less than
   what the cores need for the work of both sides alone. That is the prediction. It knows nothing of
   step 3.
6. The limit is the largest of: L, T, and the CPU work of a step shared by the cores. It is
   estimated like the step itself: the median of the rounds, and each of them is a mean of its run.
   The CPU work is what loading and training need alone, or what the variant itself needs, whichever
   median is less: threads that spin while they wait count as work, so a run alone may overstate it.
7. What the cores need for some work goes by what they do together, as measured on this machine: two
   may be siblings of one. See `measure.cores_together`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np

from prefetchlab import graph, theory
from prefetchlab._tensorflow import tf
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.slots import Slots
from prefetchlab.measure import (
    Loop,
    Peace,
    Result,
    StepTimes,
    Visit,
    interleave_in_peace,
    run_steps,
    versions,
)
from prefetchlab.measure.peace import one_round
from prefetchlab.progress import Progress
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import slow_source

MakeDataset = Callable[[], tf.data.Dataset]  # a pipeline, made anew for each run

_BRIEF_STEPS = 4  # enough to run all that is measured


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One pipeline under test.

    Attributes:
        name: what the reader calls it.
        dataset: makes the pipeline, with default rewrites on or off as the variant wants.
        slots: the buffer that theory predicts it with.
        run_ahead: the exact counts after 1, 2, 3 elements taken; None where nothing can count.
        load: which of the protocol's loads it is fed by.
        loop: "eager" or "graph": which training loop it runs in.
        train: which of the protocol's train steps it feeds; None: the one named as its loop.
        step: the step that it calls, where that is not the one measured alone; it takes as long.
        cores: what its sides share; None: what all variants share.
    """

    name: str
    dataset: MakeDataset
    slots: Slots
    run_ahead: tuple[int, ...] | None
    load: str
    loop: Loop = "eager"
    train: str | None = None
    step: Visit | None = None
    cores: Cores | None = None

    @property
    def fed(self) -> str:
        """The name of the train step that it feeds."""
        return self.train or self.loop


@dataclass(frozen=True)
class TrainAlone:
    """What a train step is measured with when nothing is loaded.

    Attributes:
        ready: makes a dataset of batches that are already there.
        step: the train step; it returns when its work is done.
        loop: "eager" or "graph": the training loop that it runs in.
        computes: whether the step computes, so that it takes longer after a rest.
    """

    ready: MakeDataset
    step: Visit
    loop: Loop = "eager"
    computes: bool = False


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
    trains: Mapping[str, TrainAlone],
    pace: Pace,
    cores: Cores,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Measure every variant beside its prediction and its limit, by the protocol above.

    **Arguments:**

    - `variants`: the pipelines under test.
    - `loads`: pipelines to drain alone, by name.
    - `trains`: how each train step is measured alone, by name: "eager" or "graph" for those whose
      variants name no other.
    - `pace`: how many steps and repeats; at most four steps, and one repeat, where `one_round()`.
    - `cores`: what the sides share.
    - `progress`: told before each run; see `Progress`.
    """
    if one_round():
        pace = replace(pace, steps=min(pace.steps, _BRIEF_STEPS))
    drains = {name: _Drain(make, pace) for name, make in loads.items()}
    work: dict[_Run, Work] = {_Run("load", name): drain for name, drain in drains.items()}
    work |= _trains_alone(trains, pace) | _trains_rested(variants, drains, trains, pace)
    work |= {_Run("variant", variant.name): _fed(variant, trains, pace) for variant in variants}
    measured, peace = interleave_in_peace(
        work,
        repeats=pace.repeats,
        again=pace.again,
        computes=attrgetter("computes"),
        progress=progress,
    )
    labels = versions() | cores.labels()
    return tuple(_result(variant, measured, cores, labels, peace) for variant in variants)


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


class _Drain:
    """Drains a load, and knows how long its elements took."""

    def __init__(self, make: MakeDataset, pace: Pace) -> None:
        self._make, self._pace = make, pace
        self._last: StepTimes | None = None

    def __call__(self) -> StepTimes:
        self._last = run_steps(self._make(), steps=self._pace.steps)
        return self._last

    @property
    def last_s(self) -> float:
        """The mean load of the last run, in seconds."""
        return (self._last or self()).mean_s


def _trains_alone(trains: Mapping[str, TrainAlone], pace: Pace) -> dict[_Run, Work]:
    def train(alone: TrainAlone) -> Work:
        return lambda: run_steps(alone.ready(), alone.step, steps=pace.steps, loop=alone.loop)

    return {_Run("train", name): train(alone) for name, alone in trains.items()}


def _trains_rested(
    variants: Sequence[Variant],
    drains: Mapping[str, _Drain],
    trains: Mapping[str, TrainAlone],
    pace: Pace,
) -> dict[_Run, Work]:
    def rested(alone: TrainAlone, drain: _Drain) -> Work:
        steps = max(2, pace.steps // 2)

        def work() -> StepTimes:
            waits = slow_source(steps + 1, drain.last_s)
            waiting = tf.data.Dataset.zip(waits, alone.ready()).map(lambda _, batch: batch)
            ready = graph.as_written(waiting)
            return run_steps(ready, alone.step, steps=steps, loop=alone.loop)

        return work

    return {
        _rested(variant): rested(trains[variant.fed], drains[variant.load])
        for variant in variants
        if trains[variant.fed].computes and variant.slots == Slots.exactly(0)
    }


def _rested(variant: Variant) -> _Run:
    return _Run("rested train", f"{variant.fed} after {variant.load}")


def _fed(variant: Variant, trains: Mapping[str, TrainAlone], pace: Pace) -> Work:
    step = variant.step or trains[variant.fed].step
    return lambda: run_steps(variant.dataset(), step, steps=pace.steps, loop=variant.loop)


def _result(
    variant: Variant,
    runs: Mapping[_Run, Sequence[StepTimes]],
    cores: Cores,
    labels: dict[str, str],
    peace: Peace,
) -> Result:
    cores = variant.cores or cores
    loads, trains = runs[_Run("load", variant.load)], runs[_Run("train", variant.fed)]
    measured = runs[_Run("variant", variant.name)]
    alone_s = [cores.work_s(*runs) for runs in zip(loads, trains, strict=True)]
    limit_repeats_s, set_by = _limit(loads, trains, measured, alone_s, cores)
    return Result(
        name=variant.name,
        repeats_s=tuple(run.mean_s for run in measured),
        predicted_range_s=_predicted(
            variant.slots, loads, _sides_of(variant, runs), alone_s, cores
        ),
        limit_repeats_s=limit_repeats_s,
        limit_set_by=set_by,
        run_ahead=variant.run_ahead,
        versions=labels,
        peace=peace,
        work_s=_median([cores.work_s(run) for run in measured]),
    )


def _limit(
    loads: Sequence[StepTimes],
    trains: Sequence[StepTimes],
    measured: Sequence[StepTimes],
    alone_s: Sequence[float],
    cores: Cores,
) -> tuple[tuple[float, ...], str]:
    """The term that limits the step, in each round, in seconds; and the term's name."""
    work_s = min(alone_s, [cores.work_s(run) for run in measured], key=_median)
    rounds_s = {
        "loading": [run.mean_s for run in loads],
        "training": [run.mean_s for run in trains],
        "cores": [each / cores.together for each in work_s],
    }
    limit = theory.limit(
        _median(rounds_s["loading"]), _median(rounds_s["training"]),
        cpu_work_s=_median(work_s), cores=cores.together,
    )  # fmt: skip
    set_by = cores.shared if limit.set_by == "cores" else limit.set_by
    return tuple(rounds_s[limit.set_by]), set_by


def _side(run: StepTimes) -> theory.Side:
    """Loading or training as a run alone shows it.

    A run's first element is not in its times, and is trained on while the next ones load. So one
    stands in front, of the mean length: then what the side computes for each second stays the same.
    """
    return theory.Side(np.append(run.mean_s, run.seconds), run.cpu_s)


def _sides_of(variant: Variant, runs: Mapping[_Run, Sequence[StepTimes]]) -> list[theory.Side]:
    """Training, for each round, as the variant's loop meets it: rested, if it waits for each load.

    A rested step is known by its mean alone; in a serial loop nothing else counts.
    """
    trains, rested = runs[_Run("train", variant.fed)], runs.get(_rested(variant))
    if rested is None:
        return [_side(train) for train in trains]
    return [
        theory.Side(np.full(len(train.seconds) + 1, rest.mean_s - rest.wait_s), train.cpu_s)
        for train, rest in zip(trains, rested, strict=True)
    ]


def _predicted(
    slots: Slots,
    loads: Sequence[StepTimes],
    trains: Sequence[theory.Side],
    alone_s: Sequence[float],
    cores: Cores,
) -> tuple[float, float]:
    """The least and the most that theory predicts, over every buffer that it may be, in seconds.

    Each round is predicted by itself, because the order of its times counts: it keeps a stall where
    it was.
    """
    sides = [(_side(load), train) for load, train in zip(loads, trains, strict=True)]

    def predicted(size: float) -> list[theory.Range]:
        return [theory.shared_step(*both, size, cores=cores.allowed) for both in sides]

    floor_s = _median(alone_s) / cores.together
    least_s = _median([each.least_s for each in predicted(slots.most)])
    most_s = _median([each.most_s for each in predicted(slots.least)])
    return max(least_s, floor_s), max(most_s, floor_s)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))
