"""Whether a text can be a proof at all, told without running it."""

import ast
import warnings
from collections.abc import Iterator

from prefetchlab.proofs.faults import Fault
from prefetchlab.proofs.located import Document, Place


def proof_faults(document: Document, at: Place) -> Iterator[Fault]:
    """Find what keeps a text from being a proof.

    It must be Python without warnings, and its last expression must depend on what runs: an
    expression of constants, such as `True`, proves nothing.

    **Arguments:**

    - `document`: where the text is.
    - `at`: its place there.

    **Returns:** an iterator over one `Fault` or none.
    """
    first_line, code, name = document.text_lines[at], document.at(at), f"the {at[-1]}"
    try:
        tree = _parsed(code)
    except (SyntaxError, ValueError) as error:
        line = first_line + (getattr(error, "lineno", None) or 1) - 1
        yield Fault(at, f"{name} is not Python, line {line}: {error.args[0]}", "correct it")
    except (RecursionError, MemoryError):
        yield Fault(at, f"{name} is nested too deeply for Python", "write it in several steps")
    else:
        yield from _ending_faults(tree, at)


def _parsed(code: str) -> ast.Module:
    """The proof's tree; compiled as well, because only that finds a `return` outside a function.

    As errors, warnings are syntax errors that know their line.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = ast.parse(code)
        compile(code, "proof", "exec", dont_inherit=True)
    return tree


def _ending_faults(tree: ast.Module, at: Place) -> Iterator[Fault]:
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        what = f"the {at[-1]} does not end in an expression"
        yield Fault(at, what, "end it in one that is True or False")
    elif not any(isinstance(node, ast.Name) for node in ast.walk(last)):
        what = f"the {at[-1]} ends in a constant, {ast.unparse(last)}, which proves nothing"
        yield Fault(at, what, "end it in an expression that running decides")
