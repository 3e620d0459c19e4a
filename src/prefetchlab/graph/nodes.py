"""The operations of a graph: what they are given, and what their functions return."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tensorflow.python.framework import op_def_registry

from prefetchlab._tensorflow import tf

Node = Any  # a NodeDef of TensorFlow, which ships no types

_FORWARDING = ("Identity", "_Retval")  # they return what they are given


@dataclass(frozen=True)
class Nodes:
    """The operations of one graph, and the functions that they may call.

    Attributes:
        by_name: the operations of this graph.
        functions: the functions, by name; each has a graph of its own.
    """

    by_name: Mapping[str, Node]
    functions: Mapping[str, Any]

    @classmethod
    def of(cls, nodes: Iterable[Node], functions: Mapping[str, Any]) -> "Nodes":
        """The operations by name."""
        return cls({node.name: node for node in nodes}, functions)

    def behind(self, output: str) -> Node | None:
        """The operation that makes an output; None if it comes from outside, as an argument."""
        node = self.by_name.get(output.split(":")[0])
        while node is not None and node.op in _FORWARDING:
            node = self.by_name.get(node.input[0].split(":")[0])
        return node

    def constant(self, output: str) -> int | None:
        """The number behind an output; None if it is computed while the graph runs."""
        node = self.behind(output)
        if node is None or node.op != "Const":
            return None
        return int(tf.make_ndarray(node.attr["value"].tensor))

    def made_by(self, node: Node) -> tuple["Nodes", str] | None:
        """The graph of the dataset that a function of `node` returns, and the dataset in it.

        `interleave` has such a function, `map` of numbers has none.
        """
        for attribute in node.attr.values():
            function = self.functions.get(attribute.func.name)
            if function is None or len(function.ret) != 1:
                continue
            body = Nodes.of(function.node_def, self.functions)
            (output,) = function.ret.values()
            if is_dataset(body.behind(output)):
                return body, output
        return None


def is_dataset(node: Node | None) -> bool:
    """Whether an operation returns a dataset."""
    return node is not None and "Dataset" in node.op


def arguments(node: Node) -> dict[str, list[str]]:
    """The outputs that an operation is given, by the names of its arguments."""
    given = (name for name in node.input if not name.startswith("^"))  # ^ only orders
    definition = op_def_registry.get(node.op)
    return {one.name: list(islice(given, _count(one, node))) for one in definition.input_arg}


def _count(argument: Any, node: Node) -> int:
    """How many outputs one argument stands for: a list says so in an attribute."""
    if argument.number_attr:
        return int(node.attr[argument.number_attr].i)
    if argument.type_list_attr:
        return len(node.attr[argument.type_list_attr].list.type)
    return 1
