"""The same comparison with nothing simulated: JPEG records, decoded here, and Keras training."""

from collections.abc import Callable, Mapping, Sequence

from prefetchlab import given, graph, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.experiments import names
from prefetchlab.experiments.buffer import SLOTS, checked_slots
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.experiment import Experiment
from prefetchlab.experiments.pace import Pace
from prefetchlab.experiments.protocol import MakeDataset, TrainAlone, Variant, compare, record
from prefetchlab.experiments.slots import CHOSEN_AT_RUN_TIME, Slots
from prefetchlab.experiments.sweep import Sweep
from prefetchlab.measure import Result
from prefetchlab.progress import Progress
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import ImageData, KerasStep
from prefetchlab.workloads.images import check_data

BATCH = 32  # images


def overlap_on_images(
    data: ImageData, pace: Pace, *, progress: Progress | None = None
) -> Experiment:
    """Set one prefetch, and TensorFlow's defaults, against a serial loop on real images.

    On a GPU the last transformation copies batches to it ahead of the step.

    **Arguments:**

    - `data`: what `open_images` returns: record shards, or a folder of the reader's.
    - `pace`: how many steps and repeats.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if it is no `Pace`.
    """
    check_data(data)
    given.a(Pace, "pace", pace)
    cores = Cores.at_work()  # first, before anything else here computes
    step = KerasStep(data.size, len(data.class_names))
    batches = _batches(data)
    ready = next(iter(batches()))
    step(ready)  # the first step compiles; that is no part of a step's time
    serial = _variant(names.SERIAL, lambda: graph.as_written(batches()), slots=Slots.exactly(0))
    default = _variant(names.DEFAULT, batches, slots=CHOSEN_AT_RUN_TIME)
    one_slot = _variant(
        names.ONE_SLOT,
        lambda: _ahead(graph.as_written(batches()), step.device),
        slots=Slots.exactly(1),
        load=names.SERIAL,
    )
    results = compare(
        [serial, one_slot, default],
        loads={variant.name: variant.dataset for variant in (serial, default)},
        trains={"eager": TrainAlone(lambda: _repeated(ready), step, computes=True)},
        pace=pace,
        cores=cores,
        progress=progress,
    )
    return Experiment(
        title=f"{data.title}, batches of {BATCH}, and {step.name}",
        results=results,
        timelines=_timelines(data, step, {names.SERIAL: 0, names.ONE_SLOT: 1}),
        note=_note(results, cores),
    )


def buffer_on_images(
    data: ImageData,
    pace: Pace,
    *,
    slots: Sequence[int] = SLOTS,
    record: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Measure the step for several sizes of the buffer on real images, decoded one by one.

    **Arguments:**

    - `data`: what `open_images` returns: record shards, or a folder of the reader's.
    - `pace`: how many steps and repeats.
    - `slots`: the sizes to try, in elements.
    - `record`: whether to record, too, a few steps of each size.
    - `progress`: told before each run; see `Progress`.

    **Raises:** `InputError` if there is no size, or one is not whole.
    """
    sizes = tuple(checked_slots(slots))
    check_data(data)
    given.a(Pace, "pace", pace)
    cores = Cores.at_work()  # first, before anything else here computes
    step = KerasStep(data.size, len(data.class_names))
    batches = _batches(data)
    ready = next(iter(batches()))
    step(ready)  # the first step compiles; that is no part of a step's time

    def ahead(size: int) -> MakeDataset:
        return lambda: graph.as_written(batches().prefetch(size))

    load = data.title
    named = {f"{load}, prefetch({size})": size for size in sizes}
    results = compare(
        [
            _variant(name, ahead(size), slots=Slots.exactly(size), load=load)
            for name, size in named.items()
        ],
        loads={load: ahead(0)},
        trains={"eager": TrainAlone(lambda: _repeated(ready), step, computes=True)},
        pace=pace,
        cores=cores,
        progress=progress,
    )
    title = f"{data.title}, batches of {BATCH}, and {step.name}"
    recorded = _timelines(data, step, named if record else {})
    return Sweep(title, (load,), sizes, results, _note(results, cores), recorded)


def _variant(name: str, make: MakeDataset, *, slots: Slots, load: str | None = None) -> Variant:
    """A variant that is fed by its own pipeline, if `load` names no other; files cannot count."""
    return Variant(name=name, dataset=make, slots=slots, run_ahead=None, load=load or name)


def _batches(data: ImageData) -> MakeDataset:
    return lambda: pipelines.image_batches(data, batch_size=BATCH, repeat=True)


def _ahead(dataset: tf.data.Dataset, device: str) -> tf.data.Dataset:
    if device.startswith("GPU"):
        return graph.prefetch_to_device(dataset, device, slots=1)
    return dataset.prefetch(1)


def _repeated(batch: tuple[tf.Tensor, tf.Tensor]) -> tf.data.Dataset:
    return graph.as_written(tf.data.Dataset.from_tensors(batch).repeat())


_WHY = {
    "cores": "loading and training compute on the same cores, and could at best fill them",
    "loading": "loading takes longest",
    "training": "training takes longest",
}


def _note(results: Sequence[Result], cores: Cores) -> str:
    limits = dict.fromkeys(result.limit_set_by for result in results)
    told = (
        f"The limit is set by {limit}: {_WHY[limit]}."
        if len(limits) == 1
        else f"Where the limit is set by {limit}, {_WHY[limit]}."
        for limit in limits
    )
    return (
        f"{' '.join(told)} Cores that the process may use: {cores.allowed:g}; together they do "
        f"{cores.together:.2f} times the work of one."
    )


def _timelines(data: ImageData, step: KerasStep, slots: Mapping[str, int]) -> dict[str, Timeline]:
    """Record a run for each number of slots, by its name; a few steps from the middle."""
    return {name: _recorded(data, step, size) for name, size in slots.items()}


def _recorded(data: ImageData, step: KerasStep, slots: int, batches: int = 8) -> Timeline:
    recorder = Recorder()
    stamped = pipelines.image_batches(data, batch_size=BATCH, repeat=True, stamped=True)
    dataset = graph.as_written(stamped.prefetch(slots) if slots else stamped)
    return record(dataset, _unstamped(step, recorder), recorder, batches=batches)


def _unstamped(step: KerasStep, recorder: Recorder) -> Callable[[pipelines.StampedBatch], None]:
    """Train on a stamped batch, and record when it was loaded."""
    loaded = 0

    def train(element: pipelines.StampedBatch) -> None:
        nonlocal loaded
        batch, (start_s, end_s) = element
        recorder.add("load", loaded, recorder.from_wall(start_s), recorder.from_wall(end_s))
        loaded += 1
        step(batch)

    return train
