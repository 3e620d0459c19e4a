"""Proofs: Python that shows by running whether something stated is true.

A document, read from YAML, states things and carries a proof for each. This layer reads such
documents, names their faults by file and line, and runs the proofs, each in a process of its own.
It knows nothing of what is stated: questions and claims lie above it.

Importing this package loads no TensorFlow; only the processes that run proofs do.
"""

from prefetchlab.proofs.answering import answers_to
from prefetchlab.proofs.entries import entry_name, proof_at, repeated_ids
from prefetchlab.proofs.faults import Fault, Kind, NamePlace, raise_first
from prefetchlab.proofs.located import Document, Place, read
from prefetchlab.proofs.proof import Answer, Outcome, Proof
from prefetchlab.proofs.runner import run_proofs
from prefetchlab.proofs.schema import read_schema, schema_faults
from prefetchlab.proofs.shipped import shipped
from prefetchlab.proofs.syntax import proof_faults

__all__ = [
    "Answer",
    "Document",
    "Fault",
    "Kind",
    "NamePlace",
    "Outcome",
    "Place",
    "Proof",
    "answers_to",
    "entry_name",
    "proof_at",
    "proof_faults",
    "raise_first",
    "read",
    "read_schema",
    "repeated_ids",
    "run_proofs",
    "schema_faults",
    "shipped",
]
