"""Chapter 4: the step against the number of slots, for loads that vary in several ways."""

from collections.abc import Iterable, Mapping, Sequence

from prefetchlab import graph
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
    told,
    waiting_source,
)
from prefetchlab.measure import RunAhead, run_ahead
from prefetchlab.progress import Progress
from prefetchlab.workloads import SimulatedAccelerator
from prefetchlab.workloads.bounds import seconds, waits, whole

SLOTS = (0, 1, 2, 4, 8)


def buffer(
    loads: Mapping[str, Sequence[float]],
    train_s: float,
    pace: Pace,
    *,
    slots: Sequence[int] = SLOTS,
    progress: Progress | None = None,
) -> Sweep:
    """Measure the step for several sizes of the buffer, with a simulated accelerator.

    The source waits and the accelerator waits; neither computes. All sizes and all loads take
    turns. What theory predicts it replays from loading alone and training alone.

    **Arguments:**

    - `loads`: for each load its times in seconds, gone through again and again; calibrated on this
      machine, all that surrounds a wait included. `workloads.load_times` draws some.
    - `train_s`: how long a step trains, in seconds, calibrated too.
    - `pace`: how many steps and repeats.
    - `slots`: the sizes to try, in elements.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if there is no load or no size, a time is none, or a size is not whole.
    """
    if not isinstance(loads, Mapping) or not loads:
        raise InputError("loads: there is none; give at least one, its times by its name")
    times_s = {name: waits(f"loads[{name!r}]", each) for name, each in loads.items()}
    train_s = seconds("train_s", train_s)
    sizes = checked_slots(slots)
    sources, accelerator, missed = _calibrated(times_s, train_s, pace.steps, progress)
    counts = {size: _counted(size) for size in sizes}
    variants = [
        _variant(name, source, size, counts[size], pace.steps + 2)
        for name, source in sources.items()
        for size in counts
    ]
    results = compare(
        variants,
        loads={name: _made(source, 0, pace.steps + 2) for name, source in sources.items()},
        trains={"eager": TrainAlone(_ready(pace.steps + 2), accelerator)},
        pace=pace,
        cores=Cores.at_rest(),
        progress=progress,
    )
    return Sweep(
        title=f"Sources that wait and a simulated accelerator that waits {train_s * 1e3:g} ms",
        loads=tuple(sources),
        slots=tuple(counts),
        results=results,
        note=missed,
    )


def checked_slots(slots: Sequence[int]) -> list[int]:
    """The sizes to try, each once.

    >>> checked_slots([0, 2, 2])
    [0, 2]

    **Raises:** `InputError` if there is none, or one is not whole or below 0.
    """
    if isinstance(slots, str | bytes) or not isinstance(slots, Iterable):
        raise InputError(f"slots: {slots!r} is not several sizes; give them in a list")
    sizes = [whole("slots", size, least=0, most=2**31 - 1) for size in slots]
    if not sizes:
        raise InputError("slots: there is no size; give at least one to try")
    return list(dict.fromkeys(sizes))


def _calibrated(
    times_s: Mapping[str, Sequence[float]], train_s: float, steps: int, progress: Progress | None
) -> tuple[dict[str, Source], SimulatedAccelerator, str]:
    """The sources, the train step, and a sentence on a time that was not reached, or ""."""
    if progress:
        progress("calibrate the waits", 0, 1)
    means_s = [sum(each) / len(each) for each in times_s.values()]
    load = calibrate_source(sum(means_s) / len(means_s), steps)
    train = calibrate_accelerator(train_s, steps)
    sources = {name: waiting_source(each, load) for name, each in times_s.items()}
    missed = told(load, train)
    surrounds_s = load.target_s - load.wait_s
    short = [name for name, each in times_s.items() if min(each) < surrounds_s]
    if short:
        missed += (
            f" Loads of less than {surrounds_s * 1e3:.2f} ms took so long here: they are in "
            f"{' and '.join(short)}."
        )
    return sources, SimulatedAccelerator(train.wait_s), missed.strip()


def _counted(size: int) -> RunAhead:
    return run_ahead(lambda source: source.prefetch(size))


def _variant(name: str, source: Source, size: int, counts: RunAhead, count: int) -> Variant:
    return Variant(
        name=f"{name}, prefetch({size})",
        dataset=_made(source, size, count),
        slots=Slots.exactly(size),
        run_ahead=counts,
        load=name,
    )


def _made(source: Source, size: int, count: int) -> MakeDataset:
    return lambda: graph.as_written(source(count).prefetch(size))


def _ready(count: int) -> MakeDataset:
    return lambda: graph.as_written(tf.data.Dataset.range(count))
