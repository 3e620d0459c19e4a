"""The graph of a dataset, as TensorFlow writes it down and as it rewrites it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph.nodes import Nodes

_IGNORE = 1  # state outside the graph, a random generator say, does not matter: nothing runs


def nodes_behind(variant: tf.Tensor) -> Nodes:
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


def rewritten(dataset: tf.data.Dataset) -> tf.Tensor:
    """What TensorFlow makes of a dataset when an eager loop asks for an iterator."""
    dataset = dataset._apply_debug_options()  # as `iter` does
    with tf.device("CPU:0"), _told_in_one_line():  # TensorFlow rewrites on the host alone
        return tf.raw_ops.FinalizeDataset(
            input_dataset=dataset._variant_tensor,
            has_captured_ref=False,
            **dataset._flat_structure,
        )


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
