"""The question bank: load it, prove it, show it.

A bank is one YAML file a chapter. Every option carries a proof, Python that shows by running
whether the option is true, or a citation where running cannot decide. `load` reads a bank by its
name or from a file and names every fault by file and line; `prove` runs the proofs, each in a
process of its own; `Quiz.show` shows questions for notebook, site and terminal alike, and
`Quiz.show_test` those of the test, with a result that leads back to the chapters.

Importing this package loads no TensorFlow; only the processes that run proofs do.
"""

from prefetchlab.quiz.html import Quiz, Shown, ShownTest, load
from prefetchlab.quiz.loading import find
from prefetchlab.quiz.model import Bank, Option, Question
from prefetchlab.quiz.proving import Ruling, Verdict, Verdicts, prove
from prefetchlab.quiz.table import table

__all__ = [
    "Bank",
    "Option",
    "Question",
    "Quiz",
    "Ruling",
    "Shown",
    "ShownTest",
    "Verdict",
    "Verdicts",
    "find",
    "load",
    "prove",
    "table",
]
