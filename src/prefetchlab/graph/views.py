"""The two views of a pipeline: as it was written, and as TensorFlow runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph.calls import normalizing
from prefetchlab.graph.devices import host_and_device
from prefetchlab.graph.given import check_dataset
from prefetchlab.graph.nodes import Nodes
from prefetchlab.graph.pipeline import Pipeline
from prefetchlab.graph.reading import Reading

_IGNORE = 1  # state outside the graph, a random generator say, does not matter: nothing runs


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
    `list_files` is TensorSlice → Shuffle, and `bucket_by_sequence_length` is GroupByWindow.

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read. What `from_tensor_slices` holds in
      memory is copied on the way.

    **Returns:** a `Pipeline`. Options are not stages. Where a dataset comes into a function of
    the pipeline from outside, as a window does, "…" stands for it.

    **Raises:** `InputError` if it is no dataset, if it is asked inside a `tf.function`, or if
    TensorFlow cannot write its graph down: it holds 2 GB or more in memory, say.
    """
    check_dataset(dataset)
    host, device = host_and_device(dataset)
    nodes = _nodes(host._variant_tensor)
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
    hidden = normalizing(_nodes(host._variant_tensor))
    return Pipeline(_read(_nodes(_rewritten(host)), hidden).line + device)


def _rewritten(dataset: tf.data.Dataset) -> tf.Tensor:
    """What TensorFlow makes of a dataset when an eager loop asks for an iterator."""
    dataset = dataset._apply_debug_options()  # as `iter` does
    with tf.device("CPU:0"), _told_in_one_line():  # TensorFlow rewrites on the host alone
        return tf.raw_ops.FinalizeDataset(
            input_dataset=dataset._variant_tensor,
            has_captured_ref=False,
            **dataset._flat_structure,
        )


def _nodes(variant: tf.Tensor) -> Nodes:
    """The graph of a dataset as TensorFlow writes it down."""
    with _told_in_one_line():
        written_down = tf.raw_ops.DatasetToGraphV2(
            input_dataset=variant, external_state_policy=_IGNORE
        )
    graph: Any = tf.compat.v1.GraphDef.FromString(written_down.numpy())
    if not graph.node:  # no message of protobuf holds 2 GB, and TensorFlow says nothing
        raise InputError(
            "dataset: it holds 2 GB or more in memory, too much to show its graph; "
            "give one with fewer elements"
        )
    functions = {function.signature.name: function for function in graph.library.function}
    return Nodes.of(graph.node, functions)


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Say why TensorFlow refuses, without the names that it puts around its sentence."""
    try:
        yield
    except tf.errors.OpError as error:
        reason = str(error.message).split("}} ")[-1].split(" [Op:")[0]
        raise InputError(
            f"dataset: TensorFlow does not show its graph: {reason}; leave that stage or option out"
        ) from None


def _read(nodes: Nodes, hidden: frozenset[str]) -> Pipeline:
    (end,) = (name for name, node in nodes.by_name.items() if node.op == "_Retval")
    return Reading(nodes, hidden).pipeline(end)
