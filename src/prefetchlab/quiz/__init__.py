"""The question bank: load it, prove it, render it.

A bank is one YAML file a chapter. Every option carries a proof, Python that shows by running
whether the option is true, or a citation where running cannot decide. `load` reads a bank and
names every fault by file and line; `prove` runs the proofs, each in a process of its own;
`Bank.show` renders questions for notebook, site and terminal alike.

Importing this package loads no TensorFlow; only the processes that run proofs do.
"""

from prefetchlab.quiz.bank import Bank, Option, Question, find, load
from prefetchlab.quiz.proofs import Verdict, Verdicts, prove, prove_command, table
from prefetchlab.quiz.render import Shown

__all__ = [
    "Bank",
    "Option",
    "Question",
    "Shown",
    "Verdict",
    "Verdicts",
    "find",
    "load",
    "prove",
    "prove_command",
    "table",
]
