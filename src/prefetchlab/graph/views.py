"""The two views of a pipeline: as it was written, and as TensorFlow runs it."""

from prefetchlab._tensorflow import tf
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

    It is not what runs in a `for x in dataset` of a `tf.function`: there the body of the loop
    becomes a stage, and a prefetch is injected behind it.

    **Arguments:**

    - `dataset`: as for `written`; it stays as it is.

    **Returns:** a `Pipeline`, with the names that `written` uses.

    **Raises:** `InputError`, as `written` does.
    """
    check_dataset(dataset)
    host, device = host_and_device(dataset)
    hidden = normalizing(nodes_behind(host._variant_tensor))
    return Pipeline(_read(nodes_behind(rewritten(host)), hidden).line + device)


def _read(nodes: Nodes, hidden: frozenset[str]) -> Pipeline:
    (end,) = (name for name, node in nodes.by_name.items() if node.op == "_Retval")
    return Reading(nodes, hidden).pipeline(end)
