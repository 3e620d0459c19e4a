"""What TensorFlow chooses while a pipeline runs, and so no count can be exact about."""

from prefetchlab._tensorflow import tf
from prefetchlab.graph.given import check_dataset
from prefetchlab.graph.graph_def import nodes_behind, rewritten
from prefetchlab.graph.nodes import Node, Nodes, arguments
from prefetchlab.graph.pipeline import AUTOTUNE
from prefetchlab.graph.reading import WRAPPERS

# Where one of these is AUTOTUNE, TensorFlow chooses.
_CHOICES = ("buffer_size", "num_parallel_calls")
# A fused map and batch makes room for one more batch whenever the consumer waits. An interleave
# without a written `cycle_length` goes by the cores, and its operation shows that as if written.
_ELASTIC = ("MapAndBatch", "Interleave")
_NOT_ELASTIC = "DirectedInterleave"  # of `choose_from_datasets`: it takes from one after the other


def is_sized_at_run_time(dataset: tf.data.Dataset) -> bool:
    """Whether how far a pipeline runs ahead depends on what TensorFlow chooses as it runs.

    It does where it chooses how many calls a stage makes, how many pipelines are mixed, or the size
    of a buffer that another stage reads from; and in a fused map and batch, whatever you wrote.
    Where a stage need not keep the order, what ends first is chosen: a filter behind it may have to
    ask for more. The functions of stages are looked at, too.

    A last prefetch is not meant: behind it a consumer that waits finds it full, so it stays as
    small as it began.

    >>> numbers = tf.data.Dataset.range(8)
    >>> is_sized_at_run_time(numbers), is_sized_at_run_time(numbers.map(tf.square))
    (False, True)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset` of a CPU; no element is read. What an eager loop would run is
      looked at.

    **Returns:** whether anything in it is chosen. Every interleave counts as chosen, because its
    operation does not show whether you wrote how many pipelines it mixes.

    **Raises:** `InputError`, as `runs` does.
    """
    check_dataset(dataset)
    nodes = nodes_behind(rewritten(dataset))
    last = last_prefetch(nodes)
    return any(_is_chosen(node, one) and node is not last for node, one in nodes.everywhere())


def _is_chosen(node: Node, nodes: Nodes) -> bool:
    if any(name in node.op for name in _ELASTIC):
        return not node.op.startswith(_NOT_ELASTIC)
    if "Dataset" not in node.op:
        return False
    if node.attr["deterministic"].s == b"false":
        return True
    given = arguments(node)
    return any(nodes.constant(given[name][0]) == AUTOTUNE for name in _CHOICES if name in given)


def last_prefetch(nodes: Nodes) -> Node | None:
    """The prefetch at the end of the pipeline; None if it ends in another stage."""
    (node,) = (node for node in nodes.by_name.values() if node.op == "_Retval")
    while node.op in WRAPPERS or node.op == "_Retval":
        node = nodes.behind(node.input[0])
    return node if node.op.startswith("PrefetchDataset") else None
