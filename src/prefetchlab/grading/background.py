"""What of a pipeline works in the background, and why it still does."""

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError


def why_not_serial(dataset: tf.data.Dataset) -> str:
    """A sentence or two on the stage that works in the background; '' if none does.

    It is '' as well where TensorFlow does not show its graph: there counts have to decide.

    >>> numbers = tf.data.Dataset.range(8)
    >>> why_not_serial(numbers.batch(2))
    'TensorFlow injected a prefetch at its end. No option is on the pipeline that you return. ...'
    >>> why_not_serial(graph.as_written(numbers.batch(2)))
    ''

    **Arguments:**

    - `dataset`: what a student returned, in whole.
    """
    wrote = graph.written(dataset)
    try:
        ran = graph.runs(dataset)
    except InputError:
        return ""
    if any(stage.name == "Prefetch" and stage.setting != 0 for stage in wrote.stages):
        return "You wrote a prefetch yourself."
    if "ParallelMap" in wrote.names and not set(ran.names).isdisjoint(_BACKGROUND):
        return "num_parallel_calls makes map work in the background by itself, even with 1."
    for name, how in _BACKGROUND.items():
        if name in ran.names:
            return f"TensorFlow {how}, which works in the background. {_why_still(dataset)}"
    if any(stage.name == "Prefetch" and stage.setting != 0 for stage in ran.stages):
        return f"TensorFlow injected a prefetch at its end. {_why_still(dataset)}"
    if graph.has_autotuned_parallelism(ran):
        return "A stage of it makes several calls at a time, and they run ahead of the consumer."
    return ""


_BACKGROUND = {
    "MapAndBatch": "fused map and batch into MapAndBatch",
    "ParallelMap": "runs map as ParallelMap",
}


def _why_still(dataset: tf.data.Dataset) -> str:
    """Answer to what was tried against it."""
    if graph.written(dataset).stages[-1] == graph.Stage("Prefetch", 0):
        return "prefetch(0) at the end does not stop that."
    if dataset.options().autotune.enabled is False:
        return "Switching autotuning off does not stop that."
    if graph.is_without_fusion(dataset):
        return "You stopped the fusion alone, and there is more that TensorFlow does."
    if graph.is_without_injection(dataset):
        return "You stopped the injected prefetch alone, and there is more that TensorFlow does."
    if dataset.options() != tf.data.Options():
        return "The options on the pipeline that you return do not stop that."
    return (
        "No option is on the pipeline that you return. "
        "If you set one: with_options changes no dataset, it returns a new one."
    )
