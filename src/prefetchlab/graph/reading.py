"""From the graph of a dataset to its pipeline."""

import re
from dataclasses import dataclass, replace

from prefetchlab.graph import calls
from prefetchlab.graph.nodes import Node, Nodes, arguments, is_dataset
from prefetchlab.graph.pipeline import Pipeline, Stage

# What TensorFlow wraps around a dataset: it neither changes nor holds an element.
WRAPPERS = frozenset(
    f"{name}Dataset"
    for name in ("Options", "Model", "PrivateThreadPool", "MaxIntraOpParallelism", "Rewrite")
)
# The argument that sets a transformation's buffer or parallelism, by TensorFlow's own names.
_SETTINGS = ("buffer_size", "num_parallel_calls", "batch_size")
_ELEMENT = Stage("…")  # a dataset that is an element: a window, say
_UNKNOWN = Stage("?")  # a dataset that is chosen while the pipeline runs, by `tf.cond` say

_Step = tuple[Stage | None, str | None]  # a stage, if it is one, and the output that it reads


@dataclass(frozen=True)
class Reading:
    """Reads the pipeline behind an output.

    Attributes:
        nodes: the graph.
        hidden: the functions of maps that nobody wrote, from `calls.normalizing`.
    """

    nodes: Nodes
    hidden: frozenset[str]

    def pipeline(self, output: str) -> Pipeline:
        """The pipeline that ends in an output."""
        line: list[Stage] = []
        reading = self
        reads: str | None = output
        while reads is not None:
            reading, stage, reads = reading._last(reads)
            line += [stage] if stage else []
        return Pipeline(tuple(reversed(line)))

    def _last(self, output: str) -> tuple["Reading", Stage | None, str | None]:
        """The stage that makes an output, what that one reads, and the graph of both."""
        found = self.nodes.origin(output)
        if found is None:
            return self, _ELEMENT, None
        nodes, node = found
        reading = replace(self, nodes=nodes)
        return reading, *(reading._step(node) if is_dataset(node) else (_UNKNOWN, None))

    def _step(self, node: Node) -> _Step:
        inputs = _inputs(node)
        if node.op in WRAPPERS or self._is_hidden(node):
            return None, inputs[0]
        if calls.is_generator(node, self.nodes):
            return Stage("Generator"), None
        if reader := calls.reader_of_files(node, self.nodes):
            return Stage(_plain(reader), self._setting(node)), self._unless_list(inputs[0])
        if calls.is_enumerate(node, self.nodes):
            return Stage("Enumerate"), inputs[1]
        if node.op == "DirectedInterleaveDataset":
            return self._selecting(inputs), None
        if len(inputs) > 1:
            return Stage(_plain(node.op), inputs=self._joined(inputs)), None
        inner = self._inner(node)
        return Stage(_plain(node.op), self._setting(node), inner=inner), next(iter(inputs), None)

    def _is_hidden(self, node: Node) -> bool:
        return node.op == "MapDataset" and calls.function_of(node) in self.hidden

    def _unless_list(self, files: str) -> str | None:
        """The dataset of names that files are read from; None if it is a list alone."""
        node = self.nodes.behind(files)
        return None if node is not None and node.op == "TensorSliceDataset" else files

    def _selecting(self, inputs: list[str]) -> Stage:
        selector = self.nodes.behind(inputs[0])
        if not calls.draws_among_datasets(selector):
            return Stage("ChooseFromDatasets", inputs=self._joined(inputs))
        written = inputs[1:] if calls.is_as_made(selector) else inputs
        return Stage("SampleFromDatasets", inputs=self._joined(written))

    def _joined(self, inputs: list[str]) -> tuple[Pipeline, ...]:
        return tuple(map(self.pipeline, inputs))

    def _inner(self, node: Node) -> Pipeline | None:
        made = self.nodes.made_by(node)
        if made is None:
            return None
        body, output = made
        return Reading(body, self.hidden).pipeline(output)

    def _setting(self, node: Node) -> int | None:
        given = arguments(node)
        if node.op.startswith("LegacyParallelInterleave"):  # it makes as many calls as it mixes
            return self.nodes.constant(given["cycle_length"][0])
        # A source has no buffer of elements: where it has a size, that is in bytes.
        names = [name for name in _SETTINGS if name in given and _inputs(node)]
        return self.nodes.constant(given[names[0]][0]) if names else None


def _inputs(node: Node) -> list[str]:
    """The datasets that a transformation reads; those that its function captures are no inputs."""
    given = arguments(node)
    return [output for name, outputs in given.items() if "dataset" in name for output in outputs]


def _plain(operation: str) -> str:
    """Strip what only versions and tells the reader nothing: BatchDatasetV2 → Batch."""
    return re.sub(r"^(Experimental|Legacy)|Dataset(V\d+)?$", "", operation)
