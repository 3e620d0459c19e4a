"""The ledger of claims: what is told of prefetching, and what running shows.

The ledger is one YAML file. Every claim has a sentence as it is told, a verdict (true, false or
depends), a sentence that holds, and a check: Python that is True if the verdict is what running
shows. `load` reads the ledger and names every fault by file and line; `check` runs the checks, each
in a process of its own.

Importing this package loads no TensorFlow; only the processes that run checks do.
"""

from prefetchlab.claims.checking import Finding, Findings, check
from prefetchlab.claims.loading import find, load
from prefetchlab.claims.model import Claim, Ledger, Verdict
from prefetchlab.claims.table import table

__all__ = ["Claim", "Finding", "Findings", "Ledger", "Verdict", "check", "find", "load", "table"]
