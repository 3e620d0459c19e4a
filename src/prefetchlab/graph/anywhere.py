"""What stands somewhere in a pipeline, in the functions of its stages too."""

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.graph.chosen import last_prefetch
from prefetchlab.graph.given import check_dataset
from prefetchlab.graph.graph_def import nodes_behind, rewritten
from prefetchlab.graph.nodes import Node, Nodes, arguments


def works_ahead(dataset: tf.data.Dataset) -> bool:
    """Whether a stage within it works in the background: a prefetch, or one with parallel calls.

    A last prefetch is not meant, because no stage behind it can end it.

    >>> numbers = tf.data.Dataset.range(8)
    >>> works_ahead(numbers.prefetch(2).take(3)), works_ahead(numbers.take(3).prefetch(2))
    (True, False)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset` of a CPU; no element is read. What an eager loop would run is
      looked at.

    **Raises:** `InputError`, as `runs` does.
    """
    check_dataset(dataset)
    nodes = nodes_behind(rewritten(dataset))
    last = last_prefetch(nodes)
    return any(_works_ahead(node, one) and node is not last for node, one in nodes.everywhere())


def _works_ahead(node: Node, nodes: Nodes) -> bool:
    if node.op.startswith("PrefetchDataset"):
        return nodes.constant(arguments(node)["buffer_size"][0]) != 0
    if "Dataset" not in node.op:
        return False
    return "ParallelInterleave" in node.op or "num_parallel_calls" in arguments(node)


def keeps_a_file(dataset: tf.data.Dataset) -> bool:
    """Whether a `cache` of it may write to a file, which outlives the pipeline.

    >>> numbers = tf.data.Dataset.range(8)
    >>> keeps_a_file(numbers.cache()), keeps_a_file(numbers.cache("elements"))
    (False, True)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Raises:** `InputError`, as `written` does.
    """
    check_dataset(dataset)
    return any(
        node.op.startswith("CacheDataset") and nodes.text(arguments(node)["filename"][0]) != b""
        for node, nodes in nodes_behind(dataset._variant_tensor).everywhere()
    )


_WRAPPERS = {
    "GeneratorDataset": "from_generator",
    "EagerPyFunc": "py_function",
    "PyFunc": "numpy_function",
    "PyFuncStateless": "numpy_function",
}


def python_calls(dataset: tf.data.Dataset) -> tuple[str, ...]:
    """The wrappers by which it calls Python while it runs, by whatever name they were written.

    >>> numbers = tf.data.Dataset.range(8)
    >>> python_calls(numbers.map(lambda x: tf.numpy_function(abs, [x], tf.int64)))
    ('numpy_function',)
    >>> python_calls(numbers.map(lambda x: x + 1))
    ()

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Returns:** each name once. A generator is called by wrappers of its own, so where there is one
    the first name is "from_generator".

    **Raises:** `InputError`, as `written` does.
    """
    check_dataset(dataset)
    ops = {node.op for node, _ in nodes_behind(dataset._variant_tensor).everywhere()}
    return tuple(dict.fromkeys(name for op, name in _WRAPPERS.items() if op in ops))


def has_generator(dataset: tf.data.Dataset) -> bool:
    """Whether a `from_generator` is in it: Python, which may go over another dataset.

    >>> spec = tf.TensorSpec((), tf.int64)
    >>> made = tf.data.Dataset.from_generator(lambda: [1], output_signature=spec)
    >>> has_generator(made.batch(2)), has_generator(tf.data.Dataset.range(8))
    (True, False)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Raises:** `InputError`, as `written` does.
    """
    check_dataset(dataset)
    nodes = nodes_behind(dataset._variant_tensor)
    return any(node.op == "GeneratorDataset" for node, _ in nodes.everywhere())


def reads_range(dataset: tf.data.Dataset, stop: int) -> bool:
    """Whether a stage of it reads a `Dataset.range(stop)`; Python in a generator is no stage.

    >>> numbers = tf.data.Dataset.range(8)
    >>> reads_range(numbers.batch(2), 8), reads_range(numbers.batch(2), 9)
    (True, False)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.
    - `stop`: the end of the range, not included.

    **Raises:** `InputError`, as `written` does, or if the end is not whole.
    """
    check_dataset(dataset)
    stop = given.whole("stop", stop, least=0)
    return any(
        node.op == "RangeDataset" and nodes.constant(arguments(node)["stop"][0]) == stop
        for node, nodes in nodes_behind(dataset._variant_tensor).everywhere()
    )
