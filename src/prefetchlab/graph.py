"""What TensorFlow really runs: the one layer that touches experimental or private TensorFlow.

TensorFlow rewrites a pipeline before it runs it. `written` shows the pipeline as you wrote it,
`runs` shows it after the rewrites, and `as_written` switches the rewrites off.
Everything here was checked on TensorFlow 2.21; `tests/test_graph.py` says what must hold.
"""

from dataclasses import dataclass
from typing import Any

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

AUTOTUNE = tf.data.AUTOTUNE

# The argument that sets a transformation's buffer or parallelism, by TensorFlow's own names.
_SETTINGS = ("_buffer_size", "_num_parallel_calls", "_batch_size")
_MODEL_SETTINGS = ("buffer_size", "parallelism")


@dataclass(frozen=True)
class Stage:
    """One transformation of a pipeline.

    >>> str(Stage("Prefetch", 2)), str(Stage("ParallelMap", AUTOTUNE)), str(Stage("Map"))
    ('Prefetch(2)', 'ParallelMap(AUTOTUNE)', 'Map')

    Attributes:
        name: TensorFlow's name of the operation, without "Dataset" and version.
        setting: its buffer or batch size in elements, or its parallelism in calls; `AUTOTUNE` if
            the runtime chooses; None if it has none.
    """

    name: str
    setting: int | None = None

    def __str__(self) -> str:
        """The name, with the setting in brackets."""
        if self.setting is None:
            return self.name
        return f"{self.name}({'AUTOTUNE' if self.setting == AUTOTUNE else self.setting})"


@dataclass(frozen=True)
class Pipeline:
    """The transformations of a pipeline, from its source to its end.

    Where transformations have several inputs (`zip`, say), only the first is followed.

    Attributes:
        stages: the transformations, the source first.
    """

    stages: tuple[Stage, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, the source first."""
        return tuple(stage.name for stage in self.stages)

    def __str__(self) -> str:
        """The stages with arrows between them."""
        return " → ".join(map(str, self.stages))


def written(dataset: tf.data.Dataset) -> Pipeline:
    """The pipeline as you wrote it, before any rewrite.

    >>> print(written(tf.data.Dataset.range(64).batch(4).prefetch(2)))
    Range → Batch(4) → Prefetch(2)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Returns:** a `Pipeline`. Options are not stages.
    """
    stages = []
    while dataset is not None:
        name = _plain(type(dataset).__name__)
        if name != "Options":
            stages.append(Stage(name, _python_setting(dataset)))
        inputs = dataset._inputs()
        dataset = inputs[0] if inputs else None
    return Pipeline(tuple(reversed(stages)))


def runs(dataset: tf.data.Dataset) -> Pipeline:
    """The pipeline that TensorFlow runs for an eager loop, after its rewrites.

    The first element is read, because TensorFlow builds its model of a pipeline as it runs. It
    also drops a stage that has ended; so give a dataset that is longer than its buffers, of 64
    elements say, or a stage may be missing.

    >>> print(runs(tf.data.Dataset.range(64).batch(4)))
    Range → Batch → Prefetch(AUTOTUNE)

    **Arguments:**

    - `dataset`: a `tf.data.Dataset`, longer than its buffers and with autotuning not switched off.

    **Returns:** a `Pipeline`. Batch sizes are not part of TensorFlow's model, so they are not
    shown. For MapAndBatch the model's parallelism is wrong; trust the name alone.

    **Raises:** `InputError` if the dataset is empty, or if its options switch autotuning off:
    then TensorFlow keeps no model.
    """
    iterator = iter(dataset)
    if next(iterator, None) is None:
        raise InputError("dataset: it is empty, so nothing runs; give one with an element")
    try:
        model = tf.data.experimental.get_model_proto(iterator)
    except tf.errors.NotFoundError:
        raise InputError(
            "dataset: its options set autotune.enabled=False, so TensorFlow keeps no model of it; "
            "leave autotune on"
        ) from None
    stages, node = [], model.nodes[model.output]
    while node.inputs:
        node = model.nodes[node.inputs[0]]
        stages.append(Stage(_plain(node.name), _model_setting(node)))
    return Pipeline(tuple(reversed(stages)))


def as_written(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Switch TensorFlow's default rewrites off: what you wrote is what runs.

    This is the only baseline that is truly serial. `prefetch(0)` at the end, or an option against
    the injected prefetch alone, still let `map(...).batch(...)` become one asynchronous operation.

    >>> print(runs(as_written(tf.data.Dataset.range(64).batch(4))))
    Range → Batch

    **Arguments:**

    - `dataset`: the finished pipeline; the option holds for all of it.
    """
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return dataset.with_options(options)


def without_injection(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Switch off the injected prefetch alone; every other rewrite stays.

    >>> print(runs(without_injection(tf.data.Dataset.range(64).batch(4))))
    Range → Batch
    """
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False
    return dataset.with_options(options)


def is_without_injection(dataset: tf.data.Dataset) -> bool:
    """Whether an option of the pipeline switches the injected prefetch off.

    >>> numbers = tf.data.Dataset.range(8)
    >>> is_without_injection(numbers), is_without_injection(without_injection(numbers).batch(2))
    (False, True)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.
    """
    return dataset.options().experimental_optimization.inject_prefetch is False


def has_autotuned_parallelism(pipeline: Pipeline) -> bool:
    return any(s.setting == AUTOTUNE and s.name != "Prefetch" for s in pipeline.stages)


def prefetch_to_device(dataset: tf.data.Dataset, device: str, slots: int = 1) -> tf.data.Dataset:
    """Copy elements to a device ahead of the consumer; it must be the last transformation.

    **Arguments:**

    - `dataset`: the finished host pipeline.
    - `device`: TensorFlow's name of it, "GPU:0" say.
    - `slots`: how many elements wait on the device.
    """
    return dataset.apply(tf.data.experimental.prefetch_to_device(device, buffer_size=slots))


def device_name() -> str:
    """The name of the GPU that TensorFlow sees, or that it sees none."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU (TensorFlow sees no GPU)"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))


def _plain(name: str) -> str:
    """Strip what only versions and tells the reader nothing: _BatchDatasetV2 → Batch."""
    name = name.lstrip("_").removesuffix("V1Adapter")
    return name.rstrip("0123456789").removesuffix("V").removesuffix("Dataset")


def _python_setting(dataset: tf.data.Dataset) -> int | None:
    for attribute in _SETTINGS:
        value = getattr(dataset, attribute, None)
        if value is not None:
            return int(value)
    return None


def _model_setting(node: Any) -> int | None:
    for parameter in node.parameters:
        if parameter.name in _MODEL_SETTINGS:
            return AUTOTUNE if parameter.tunable else int(parameter.value)
    return None
