"""What the ledger must hold to beyond its schema: ids that differ, honest checks."""

from collections.abc import Iterator

from prefetchlab.proofs import Document, Fault, Place, proof_faults, repeated_ids


def rule_faults(document: Document) -> Iterator[Fault]:
    """Everything that breaks a rule, in a document that its schema allows."""
    yield from repeated_ids(document, entries="claims")
    for n in range(len(document.data["claims"])):
        at = ("claims", n)
        yield from _sentence_faults(document, at)
        yield from proof_faults(document, (*at, "check"))


def _sentence_faults(document: Document, at: Place) -> Iterator[Fault]:
    """A sentence that is not simply true does not hold as it is told."""
    claim = document.at(at)
    if claim["verdict"] is not True and _words(claim["holds"]) == _words(claim["told"]):
        what = "`holds` repeats `told`, and the verdict is not true"
        yield Fault((*at, "holds"), what, "write the sentence that holds")


def _words(sentence: str) -> list[str]:
    return sentence.casefold().split()
