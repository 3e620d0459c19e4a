"""The calls that make more than one operation, and how each is told from what a reader writes."""

from collections.abc import Iterable

from prefetchlab._tensorflow import tf
from prefetchlab.graph.nodes import Node, Nodes, arguments

_MIXING_FILES = (  # by how many files are read at a time: one, as AUTOTUNE says, as written
    "FlatMapDataset",
    "ParallelInterleaveDatasetV4",
    "LegacyParallelInterleaveDatasetV2",
)
_OF_FILES = (
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TextLineDataset",
    "FixedLengthRecordDatasetV2",
)
_BY_FIXED_WEIGHTS = "_select_dataset_constant_logits_"
_DRAWING = (_BY_FIXED_WEIGHTS, "_select_dataset_varying_logits_")
_NORMALIZED = ("UnbatchDataset", "RebatchDataset", "RebatchDatasetV2")


def normalizing(nodes: Nodes) -> frozenset[str]:
    """The functions that TensorFlow maps in front of `unbatch` and `rebatch`, by name.

    Only a pipeline before its rewrites tells them: there the map is the direct input. A rewrite
    may drop it, and then a map of the reader's stands in its place.
    """
    bodies = [nodes, *(Nodes.of(one.node_def, {}) for one in nodes.functions.values())]
    return frozenset(name for body in bodies for name in _normalizing(body))


def _normalizing(nodes: Nodes) -> Iterable[str]:
    for node in nodes.by_name.values():
        if node.op in _NORMALIZED:
            before = nodes.behind(arguments(node)["input_dataset"][0])
            if before is not None and before.op == "MapDataset":
                yield function_of(before)


def function_of(node: Node) -> str:
    """The name of the function that a map maps."""
    return str(node.attr["f"].func.name)


def is_generator(node: Node, nodes: Nodes) -> bool:
    """Whether it is `from_generator`: it makes one Generator of one element."""
    return node.op == "FlatMapDataset" and _made(node, nodes) == "GeneratorDataset"


def reader_of_files(node: Node, nodes: Nodes) -> str | None:
    """The operation that reads each file, "TextLineDataset" say; None if it reads none.

    A reader's own `flat_map(tf.data.TextLineDataset)` makes a whole pipeline of each name instead.
    """
    made = _made(node, nodes) if node.op in _MIXING_FILES else None
    return made if made in _OF_FILES else None


def _made(node: Node, nodes: Nodes) -> str | None:
    """The last operation of the dataset that it makes of each element."""
    made = nodes.made_by(node)
    if made is None:
        return None
    body, output = made
    last = body.behind(output)
    return None if last is None else str(last.op)


def is_enumerate(node: Node, nodes: Nodes) -> bool:
    """Whether it is `enumerate`: a zip with a range without end, marked as no written one is."""
    if node.op != "ZipDataset":
        return False
    first, *others = (nodes.behind(one) for one in arguments(node)["input_datasets"])
    return len(others) == 1 and first is not None and _counts_for_enumerate(first, nodes)


def _counts_for_enumerate(node: Node, nodes: Nodes) -> bool:
    marked = node.attr["replicate_on_split"].b
    if node.op == "RewriteDataset":  # inside a function the mark is still to be set
        marked, node = True, nodes.behind(arguments(node)["input_dataset"][0])
    if node is None or node.op != "RangeDataset" or not marked:
        return False
    return nodes.constant(arguments(node)["stop"][0]) == int(tf.int64.max)


def draws_among_datasets(selector: Node | None) -> bool:
    """Whether `sample_from_datasets` made what selects: a map that draws a number."""
    return selector is not None and any(map(function_of(selector).__contains__, _DRAWING))


def is_as_made(selector: Node) -> bool:
    """Whether what draws was not written at all: no weights from a dataset, and no rewrite.

    A rewrite runs the map in parallel; it is then a stage that works ahead.
    """
    return selector.op == "MapDataset" and _BY_FIXED_WEIGHTS in function_of(selector)
