"""How every experiment measures: the protocol, stated before the code.

1. *Load alone*: the pipeline is drained by a loop that does nothing. Gives samples of L.
2. *Train alone*: the train step runs on one batch that is already there. Gives samples of T.
3. *Arms*: each pipeline under test feeds the train step. Gives the measured step.
4. All of these take turns, `repeats` times over; each round begins with another one.
5. The samples of L and T are played through `theory.replay` for the arm's number of slots. Where
   the CPU work of steps 1 and 2 together does not fit on the cores in that time, it takes what the
   cores need. That is the prediction. It knows nothing of step 3.
6. The limit is the largest of: mean L, mean T, and the CPU work of a step shared by the cores. That
   work is the least that any run needed: threads that spin while they wait count as work too, so a
   run alone overstates it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prefetchlab import theory
from prefetchlab._tensorflow import tf
from prefetchlab.measure import Progress, Result, Steps, cores, interleave, run_steps, versions
from prefetchlab.timeline import Recorder, Timeline

# The arms that several experiments have, by the names that tables and notebooks use.
SERIAL = "serial"
ONE_SLOT = "prefetch(1)"
DEFAULT = "nothing written"

Build = Callable[[], tf.data.Dataset]


@dataclass(frozen=True)
class Arm:
    """One pipeline under test.

    Attributes:
        name: what the reader calls it.
        dataset: makes the pipeline, with default rewrites on or off as the arm wants.
        slots: the buffer's size k that theory replays, in elements.
        run_ahead: the exact counts after 1, 2, 3 elements taken; None where nothing can count.
        load: which of the protocol's loads it is fed by.
        loop: "eager" or "graph": which training loop it runs in.
    """

    name: str
    dataset: Build
    slots: float
    run_ahead: tuple[int, ...] | None
    load: str
    loop: str = "eager"


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


def compare(
    arms: Sequence[Arm],
    loads: Mapping[str, Build],
    trains: Mapping[str, tuple[Build, Callable]],
    pace: Pace,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Measure every arm beside its prediction and its limit, by the protocol above.

    **Arguments:**

    - `arms`: the pipelines under test.
    - `loads`: pipelines to drain alone, by name.
    - `trains`: for each kind of loop, a dataset of batches that are already there, and the step.
    - `pace`: how many steps and repeats.
    - `progress`: told before each run its name, the runs done, and the runs in all.
    """
    runs = interleave(
        _alone(loads, trains, pace) | {arm.name: _run_of(arm, trains, pace) for arm in arms},
        repeats=pace.repeats,
        progress=progress,
    )
    labels = versions()
    return tuple(
        _result(arm, runs[_load_key(arm.load)], runs[_train_key(arm.loop)], runs[arm.name], labels)
        for arm in arms
    )


def record(
    dataset: tf.data.Dataset, step: Callable, recorder: Recorder, *, batches: int
) -> Timeline:
    """Run once with a recorder; the timeline of four steps from the middle.

    Recording is no part of `compare`: what is timed there carries no instrument.

    **Arguments:**

    - `dataset`: `batches` batches; loads are recorded by the dataset or the step.
    - `step`: the train step.
    - `recorder`: where they are recorded, and lane "train" too.
    - `batches`: how many, at least 8.
    """
    run_steps(dataset, step, steps=batches - 1, recorder=recorder)
    return recorder.timeline().steps(3, 6)


def _alone(loads, trains, pace) -> dict[str, Callable[[], Steps]]:
    drained = {
        _load_key(name): lambda build=build: run_steps(build(), steps=pace.steps)
        for name, build in loads.items()
    }
    trained = {
        _train_key(loop): lambda ready=ready, step=step, loop=loop: run_steps(
            ready(), step, steps=pace.steps, loop=loop
        )
        for loop, (ready, step) in trains.items()
    }
    return drained | trained


def _run_of(arm: Arm, trains, pace: Pace) -> Callable[[], Steps]:
    step = trains[arm.loop][1]
    return lambda: run_steps(arm.dataset(), step, steps=pace.steps, loop=arm.loop)


def _load_key(load: str) -> str:
    return f"load alone ({load})"


def _train_key(loop: str) -> str:
    return f"train alone ({loop} loop)"


def _result(arm: Arm, loads, trains, measured, labels) -> Result:
    load_s, train_s = (np.concatenate([run.seconds for run in runs]) for runs in (loads, trains))
    alone_s = _work(loads) + _work(trains)
    work_s = min(alone_s, _work(measured))
    limit = theory.limit(load_s.mean(), train_s.mean(), cpu_work_s=work_s, cores=cores())
    replayed_s = theory.replay(load_s, train_s, arm.slots).step_s
    return Result(
        name=arm.name,
        repeats_s=tuple(run.mean_s for run in measured),
        predicted_s=float(max(replayed_s, alone_s / cores())),
        limit_s=float(limit.step_s),
        limit_set_by=limit.set_by,
        run_ahead=arm.run_ahead,
        versions=labels,
    )


def _work(runs: Sequence[Steps]) -> float:
    """The CPU-seconds of a step, all threads together."""
    return float(np.median([run.cpu_s for run in runs]))
