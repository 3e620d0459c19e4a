"""The operations of a graph: what they are given, and what their functions return."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tensorflow.python.framework import op_def_registry

from prefetchlab._tensorflow import tf

Node = Any  # a NodeDef of TensorFlow, which ships no types

_FORWARDING = ("Identity", "_Retval")  # they return what they are given
_CALLING = ("PartitionedCall", "StatefulPartitionedCall")  # they return what their function does
# The functions of these return a dataset, whether its operation can be found or not.
_FLATTENING = ("FlatMap", "Interleave", "GroupByWindow")


@dataclass(frozen=True)
class Nodes:
    """The operations of one graph, and the functions that they may call.

    Attributes:
        by_name: the operations of this graph.
        functions: the functions, by name; each has a graph of its own.
        handed: arguments of this graph that the calling one hands in: its graph, and the output.
    """

    by_name: Mapping[str, Node]
    functions: Mapping[str, Any]
    handed: Mapping[str, tuple["Nodes", str]] = field(default_factory=dict)

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
        value = self._constant(output)
        return None if value is None else int(value)

    def text(self, output: str) -> bytes | None:
        """The text behind an output; None if it is computed while the graph runs."""
        value = self._constant(output)
        return None if value is None else bytes(value.item())

    def _constant(self, output: str) -> Any:
        node = self.behind(output)
        if node is None or node.op != "Const":
            return None
        return tf.make_ndarray(node.attr["value"].tensor)

    def everywhere(self) -> Iterator[tuple[Node, "Nodes"]]:
        """Each operation of this graph and of all functions, and the graph that it stands in."""
        inner = [Nodes.of(one.node_def, self.functions) for one in self.functions.values()]
        for nodes in (self, *inner):
            for node in nodes.by_name.values():
                yield node, nodes

    def origin(self, output: str) -> tuple["Nodes", Node] | None:
        """The operation that makes an output, and its graph; None if it comes in as an element.

        It may stand in another graph: in that of a function which is called here, or in that which
        calls this one and hands in what the function captured.
        """
        name, *place = output.split(":")
        if name in self.handed:
            caller, handed = self.handed[name]
            return caller.origin(handed)
        node = self.by_name.get(name)
        if node is None:
            return None
        if node.op in _FORWARDING:
            return self.origin(node.input[0])
        function = self.functions.get(node.attr["f"].func.name)
        if node.op not in _CALLING or function is None:
            return self, node
        returned = function.signature.output_arg[int(place[-1]) if place else 0].name
        return self._body(function, arguments(node)["args"]).origin(function.ret[returned])

    def made_by(self, node: Node) -> tuple["Nodes", str] | None:
        """The graph of the first dataset that a function of `node` returns, and the dataset in it.

        `interleave` has such a function. So has a `map` that goes over a dataset in its function,
        to reduce it for example; a `map` of numbers has none.
        """
        for name, function in self.functions_of(node):
            given = arguments(node)
            captured = given.get(f"{name}_other_arguments", given.get("other_arguments", []))
            body = self._body(function, captured)
            for output in function.ret.values():
                found = body.origin(output)
                if found is not None and is_dataset(found[1]):
                    return body, output
            if name in ("f", "reduce_func") and any(word in node.op for word in _FLATTENING):
                return body, next(iter(function.ret.values()))
        return None

    def functions_of(self, node: Node) -> Iterator[tuple[str, Any]]:
        """The functions that an operation may call, and the names of the attributes that say so."""
        for name, attribute in node.attr.items():
            if function := self.functions.get(attribute.func.name):
                yield name, function

    def _body(self, function: Any, handed: Sequence[str]) -> "Nodes":
        """The graph of a function; its last arguments are what is handed in."""
        names = [argument.name for argument in function.signature.input_arg]
        last = names[len(names) - len(handed) :]
        given = {name: (self, output) for name, output in zip(last, handed, strict=True)}
        return Nodes({node.name: node for node in function.node_def}, self.functions, given)


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
