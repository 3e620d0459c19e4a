"""The answers to many proofs, in their order, while somebody watches."""

from collections.abc import Sequence
from dataclasses import replace

from prefetchlab import given
from prefetchlab.progress import Progress
from prefetchlab.proofs.proof import Answer, Proof, check_timeout
from prefetchlab.proofs.runner import run_proofs


def answers_to(
    proofs: Sequence[Proof],
    *,
    timeout_s: float = 60.0,
    workers: int = 2,
    progress: Progress | None = None,
) -> list[Answer]:
    """Run proofs, and tell how far that is.

    **Arguments:**

    - `proofs`: what to run.
    - `timeout_s`: how long one proof may run, in seconds, above 0 and at most a day; then it is
      killed.
    - `workers`: how many proofs run at a time, at least 1.
    - `progress`: told how many proofs have ended.

    **Returns:** an `Answer` for each proof, in their order.

    **Raises:** `InputError` for another `timeout_s` or `workers`, or if this system cannot fork.
    """
    check_timeout(timeout_s)
    given.whole("workers", workers, least=1)
    timed = [replace(proof, timeout_s=timeout_s) for proof in proofs]
    answers: dict[int, Answer] = {}
    _tell(progress, 0, len(timed))
    for index, answer in run_proofs(timed, workers=workers):
        answers[index] = answer
        _tell(progress, len(answers), len(timed))
    return [answers[index] for index in range(len(timed))]


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress and done < total:
        progress("proofs", done, total)
