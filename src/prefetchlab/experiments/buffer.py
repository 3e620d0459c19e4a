"""Chapter 4: the step against the number of slots, for loads that vary in several ways."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import MakeDataset, TrainAlone, Variant, compare
from prefetchlab.experiments.slots import Slots
from prefetchlab.experiments.sweep import Sweep
from prefetchlab.experiments.waits import (
    Source,
    calibrate_accelerator,
    calibrate_source,
    record_waits,
    told,
    waiting_accelerator,
    waiting_source,
)
from prefetchlab.measure import RunAhead, run_ahead
from prefetchlab.progress import Progress
from prefetchlab.workloads import SimulatedAccelerator

SLOTS = (0, 1, 2, 4, 8)
_ALL_LOADS = "every load"


def buffer(
    loads: Mapping[str, Sequence[float]],
    train_s: float | Mapping[str, Sequence[float]],
    pace: Pace,
    *,
    slots: Sequence[int] = SLOTS,
    record: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Measure the step for several sizes of the buffer, with a simulated accelerator.

    The source waits and the accelerator waits; neither computes. All sizes and all loads take
    turns. What theory predicts it replays from loading alone and training alone.

    **Arguments:**

    - `loads`: for each load its times in seconds, gone through again and again; calibrated on this
      machine, all that surrounds a wait included. `workloads.load_times` draws some.
    - `train_s`: how long a step trains, in seconds, calibrated too; or by the name of each load the
      times of its steps, gone through again and again, `pace.steps` + 1 in a run.
    - `pace`: how many steps and repeats.
    - `slots`: the sizes to try, in elements.
    - `record`: whether to record, too, a few steps of each load and size.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if there is no load or no size, a time is none, a size is not whole, or
    a load has no times to train.
    """
    given.a(Pace, "pace", pace)
    if not isinstance(loads, Mapping) or not loads:
        raise InputError("loads: there is none; give at least one, its times by its name")
    times_s = {name: given.waits(f"loads[{name!r}]", each) for name, each in loads.items()}
    trains_s = _trains_s(train_s, times_s)
    sizes = checked_slots(slots)
    sources, accelerators, missed = _calibrated(times_s, trains_s, pace.steps, progress)
    counts = {size: _counted(size) for size in sizes}
    variants = [
        _variant(name, _fed(name, trains_s), source, size, counts[size], pace.steps + 2)
        for name, source in sources.items()
        for size in counts
    ]
    results = compare(
        variants,
        loads={name: _made(source, 0, pace.steps + 2) for name, source in sources.items()},
        trains={
            name: TrainAlone(_ready(pace.steps + 2), accelerator)
            for name, accelerator in accelerators.items()
        },
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    recorded = sources if record else {}
    return Sweep(
        title=f"Sources that wait and a simulated accelerator that waits{_all_alike(train_s)}",
        loads=tuple(sources),
        slots=tuple(counts),
        results=results,
        note=missed,
        timelines={
            _name(load, size): record_waits(source, accelerators[_fed(load, trains_s)], size)
            for load, source in recorded.items()
            for size in counts
        },
    )


def checked_slots(slots: Sequence[int]) -> list[int]:
    """The sizes to try, each once.

    >>> checked_slots([0, 2, 2])
    [0, 2]

    **Raises:** `InputError` if there is none, or one is not whole or below 0.
    """
    sizes = given.whole_numbers("slots", slots, least=0, most=2**31 - 1)
    return list(dict.fromkeys(sizes))


def _trains_s(
    train_s: float | Mapping[str, Sequence[float]], loads: Iterable[str]
) -> dict[str, list[float]]:
    """The times of the steps in seconds: of all loads together, or by the name of each load."""
    if not isinstance(train_s, Mapping):
        return {_ALL_LOADS: [given.seconds("train_s", train_s)]}
    if missing := [name for name in loads if name not in train_s]:
        raise InputError(f"train_s: there are no times for {missing[0]!r}; give some for each load")
    return {name: given.waits(f"train_s[{name!r}]", train_s[name]) for name in loads}


def _all_alike(train_s: float | Mapping[str, Sequence[float]]) -> str:
    return "" if isinstance(train_s, Mapping) else f" {train_s * 1e3:g} ms"


def _calibrated(
    loads_s: Mapping[str, Sequence[float]],
    trains_s: Mapping[str, Sequence[float]],
    steps: int,
    progress: Progress | None,
) -> tuple[dict[str, Source], dict[str, SimulatedAccelerator], str]:
    """The sources, their train steps, and a sentence on a time that was not reached, or ""."""
    if progress:
        progress("calibrate the waits", 0, 1)
    load = calibrate_source(_middle(loads_s.values()), steps)
    train = calibrate_accelerator(_middle(trains_s.values()), steps)
    sources = {name: waiting_source(each, load) for name, each in loads_s.items()}
    accelerators = {name: waiting_accelerator(each, train) for name, each in trains_s.items()}
    missed = told(load, train)
    surrounds_s = load.target_s - load.wait_s
    short = [name for name, each in loads_s.items() if min(each) < surrounds_s]
    if short:
        missed += (
            f" Loads of less than {surrounds_s * 1e3:.2f} ms took so long here: they are in "
            f"{' and '.join(short)}."
        )
    return sources, accelerators, missed.strip()


def _middle(rows: Iterable[Sequence[float]]) -> float:
    return fmean(fmean(row) for row in rows)


def _counted(size: int) -> RunAhead:
    return run_ahead(lambda source: source.prefetch(size))


def _name(load: str, size: int) -> str:
    return f"{load}, prefetch({size})"


def _fed(load: str, trains: Iterable[str]) -> str:
    return load if load in trains else _ALL_LOADS


def _variant(
    name: str, train: str, source: Source, size: int, counts: RunAhead, count: int
) -> Variant:
    return Variant(
        name=_name(name, size),
        dataset=_made(source, size, count),
        slots=Slots.exactly(size),
        run_ahead=counts,
        load=name,
        train=train,
    )


def _made(source: Source, size: int, count: int) -> MakeDataset:
    return lambda: graph.as_written(source(count).prefetch(size))


def _ready(count: int) -> MakeDataset:
    return lambda: graph.as_written(tf.data.Dataset.range(count))
