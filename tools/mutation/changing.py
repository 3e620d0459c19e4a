"""Changes of source files, one place each, as cosmic-ray makes them: one line of JSON a change.

It runs in an environment of its own, .venv-mutation, which has cosmic-ray and nothing else.

python tools/mutation/changing.py COUNT SEED FILE...
"""

import ast
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

# Names of variables are replaced by others only if they are configured; no-op changes nothing; an
# exception with a dot in its name cannot be replaced.
LEFT_OUT = ("NoOp", "VariableReplacer", "VariableInserter", "ExceptionReplacer")
# Numbers take these for no operation, and then any test that comes by fails.
OF_BITS = ("BitOr", "BitAnd", "BitXor", "RShift", "LShift")
# Of strings and small numbers it says what `==` says, and Python warns of it.
OF_IDENTITY = ("Eq_Is", "Eq_IsNot", "NotEq_Is", "NotEq_IsNot")


@dataclass(frozen=True)
class Place:
    """Where one kind of change can be made: its occurrence counts from 0 in the file."""

    file: str
    kind: str
    occurrence: int
    line: int
    column: int


def kinds() -> list[str]:
    """The kinds of changes, by the names that cosmic-ray gives them."""
    return sorted(
        name
        for name in plugins.operator_names()
        if not name.endswith(LEFT_OUT + OF_BITS + OF_IDENTITY)
    )


def places(file: str) -> Iterator[Place]:
    """Every place of one file in which a kind of change can be made, but for those without effect.

    An operator has many others to be replaced by, and a name has one: `one_each` evens that out.
    """
    code = Path(file).read_text(encoding="utf-8")
    nodes, left_out = list(ast_nodes(get_ast(code))), without_effect(code)
    for kind in kinds():
        operator = plugins.get_operator(kind)()
        found = [begin for node in nodes for begin, _ in operator.mutation_positions(node)]
        for occurrence, (line, column) in enumerate(found):
            if not any(begin <= (line, column) < end for begin, end in left_out):
                yield Place(file, kind, occurrence, line, column)


def without_effect(code: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where no test could see a change.

    Types are said there, `zip` is told to be strict about what is of one length, or chance is
    asked for the input of a check, which is another each time.
    """
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            found.append(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("rng."):
            found.append(node)
    return [
        ((each.lineno, each.col_offset), (each.end_lineno or 0, each.end_col_offset or 0))
        for each in found
        if each
    ]


def one_each(every: Iterable[Place], draw: random.Random) -> list[Place]:
    """Of the operators that one could be replaced by, one that is drawn."""
    by_place: dict[tuple[str, int, int, str], list[Place]] = defaultdict(list)
    for place in every:
        by_place[place.file, place.line, place.column, place.kind.split("_")[0]].append(place)
    return [draw.choice(them) for them in by_place.values()]


def main() -> None:
    """Print so many changes, drawn from all; all of them if COUNT is 0."""
    count, seed, *files = sys.argv[1:]
    draw = random.Random(int(seed))
    every = one_each((place for file in files for place in places(file)), draw)
    print(f"{len(every)} places can be changed", file=sys.stderr)
    if int(count):
        every = draw.sample(every, min(int(count), len(every)))
    for place in sorted(every, key=lambda one: (one.file, one.line, one.column)):
        code = Path(place.file).read_text(encoding="utf-8")
        operator = plugins.get_operator(place.kind)()
        changed = mutate_code(code, operator, place.occurrence)
        if changed is not None and changed != code:
            print(json.dumps({**vars(place), "code": changed}))


if __name__ == "__main__":
    main()
