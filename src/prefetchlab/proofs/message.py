"""An answer as the bytes that go from one process to the next; nothing is unpickled."""

from prefetchlab.proofs.proof import Answer, Outcome

LONGEST = 1024  # bytes


def encode(answer: Answer) -> bytes:
    """The answer as bytes."""
    words = (answer.outcome, answer.message) if answer.message else (answer.outcome,)
    return ": ".join(words).encode(errors="replace")[:LONGEST]


def decode(data: bytes) -> Answer | None:
    """The answer that these bytes stand for, or None."""
    outcome, _, message = data.decode(errors="replace").partition(": ")
    if outcome not in set(Outcome):
        return None
    answer = Answer(Outcome(outcome), message)
    return answer if bool(message) == (answer.truth is None) else None
