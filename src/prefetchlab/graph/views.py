"""The views of a pipeline: as it was written, and as TensorFlow runs it in two kinds of loop."""

from typing import Any

from tensorflow.python.data.ops.dataset_autograph import _general_purpose_scan

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph.calls import normalizing
from prefetchlab.graph.devices import host_and_device
from prefetchlab.graph.given import check_dataset
from prefetchlab.graph.graph_def import nodes_behind, rewritten
from prefetchlab.graph.nodes import Nodes
from prefetchlab.graph.pipeline import Pipeline
from prefetchlab.graph.reading import Reading


def written(dataset: tf.data.Dataset) -> Pipeline:
    """The pipeline as you wrote it, before any rewrite.

    >>> numbers = tf.data.Dataset.range(64)
    >>> print(written(numbers.batch(4).prefetch(2)))
    Range → Batch(4) → Prefetch(2)
    >>> print(written(tf.data.Dataset.zip(numbers.map(tf.square), numbers).batch(4)))
    Zip(Range → Map, Range) → Batch(4)
    >>> print(written(numbers.interleave(tf.data.Dataset.range)))
    Range → Interleave[Range]

    A call that makes several operations is one stage here: `from_generator` is Generator, and so
    with TFRecord, TextLine and FixedLengthRecord, Enumerate, Unbatch, Rebatch, SampleFromDatasets
    and ChooseFromDatasets (where what chooses is the first input). Names of files that are a list
    are no stage, even if you made the dataset of them yourself.

    Some calls cannot be told from the stages that TensorFlow makes of them, so those are shown:
    `Dataset.counter` is Tensor → Repeat → Scan, `ragged_batch` is Map → Batch, `snapshot` without
    a `shard_func` is Enumerate → Snapshot → Map, and `rejection_resample` is a long tree.
    `list_files` is TensorSlice → Shuffle where it shuffles, and `bucket_by_sequence_length` is
    GroupByWindow.

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read. What `from_tensor_slices` holds in
      memory is copied on the way.

    **Returns:** a `Pipeline`. Options are not stages. Where a dataset is itself an element, as a
    window is, "…" stands for it; where one is chosen as the pipeline runs, "?" does: by `tf.cond`,
    or by the tf.data service, which is ? → DataService → ParallelMap.

    **Raises:** `InputError` if it is no dataset, if it is asked inside a `tf.function`, or if
    TensorFlow cannot write its graph down: it holds 2 GB or more in memory, say.
    """
    check_dataset(dataset)
    host, device = host_and_device(dataset)
    nodes = nodes_behind(host._variant_tensor)
    return Pipeline(_read(nodes, normalizing(nodes)).line + device)


def runs(dataset: tf.data.Dataset) -> Pipeline:
    """The pipeline that TensorFlow runs for an eager loop, after its rewrites.

    No element is read: TensorFlow applies to a copy of the pipeline's graph what it applies when a
    loop makes an iterator.

    >>> numbers = tf.data.Dataset.range(64)
    >>> print(runs(numbers.batch(4)))
    Range → Batch(4) → Prefetch(AUTOTUNE)

    Without rewrites it is what was written:

    >>> from prefetchlab.graph import as_written
    >>> runs(as_written(numbers.enumerate().batch(4))) == written(numbers.enumerate().batch(4))
    True

    A map that nobody wrote, in front of `unbatch` say, is shown once a rewrite runs it in
    parallel, because it then runs ahead.

    It is not what runs in a `for x in dataset` of a `tf.function`: see `runs_in_graph_loop`.

    **Arguments:**

    - `dataset`: as for `written`; it stays as it is.

    **Returns:** a `Pipeline`, with the names that `written` uses.

    **Raises:** `InputError`, as `written` does.
    """
    check_dataset(dataset)
    host, device = host_and_device(dataset)
    hidden = normalizing(nodes_behind(host._variant_tensor))
    return Pipeline(_read(nodes_behind(rewritten(host)), hidden).line + device)


def runs_in_graph_loop(dataset: tf.data.Dataset) -> Pipeline:
    """The pipeline that TensorFlow runs for a `for x in dataset` in a `tf.function`.

    AutoGraph makes the body of such a loop a stage of the pipeline, a `Scan`. It is the last `Scan`
    of the line. TensorFlow rewrites the pipeline with it, so an injected prefetch stands behind it.

    >>> numbers = tf.data.Dataset.range(64)
    >>> print(runs_in_graph_loop(numbers))
    Range → Scan → Prefetch(AUTOTUNE)
    >>> print(runs_in_graph_loop(numbers.prefetch(1)))
    Range → Prefetch(1) → Scan → Prefetch(AUTOTUNE)

    No element is read, and no loop is run: the stages that AutoGraph makes are made here, and then
    rewritten as in `runs`. It is the view of a loop without `break` and `return`; those add stages
    behind the body. A loop over `iter(dataset)` runs what `runs` shows.

    **Arguments:**

    - `dataset`: as for `written`; it stays as it is.

    **Returns:** a `Pipeline`, with the names that `written` uses.

    **Raises:** `InputError`, as `written` does, and for a pipeline that is copied to a device.
    """
    check_dataset(dataset)
    if host_and_device(dataset)[1]:
        raise InputError(
            "dataset: it is copied to a device, and the loop around that cannot be shown; "
            "give the pipeline before the copy"
        )
    hidden = normalizing(nodes_behind(dataset._variant_tensor))
    looped = _general_purpose_scan(dataset, (tf.constant(0),), _body)
    return _read(nodes_behind(rewritten(looped)), hidden)


def _body(state: Any, element: Any) -> tuple[Any, tuple[Any, Any]]:
    """A loop's body that does nothing, of the form that AutoGraph gives to every body."""
    return state, (state, (tf.constant(True),))


def _read(nodes: Nodes, hidden: frozenset[str]) -> Pipeline:
    (end,) = (name for name, node in nodes.by_name.items() if node.op == "_Retval")
    return Reading(nodes, hidden).pipeline(end)
