"""Hold every verdict of the ledger against what running shows, and say which stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prefetchlab import given
from prefetchlab.claims.model import Claim
from prefetchlab.progress import Progress
from prefetchlab.proofs import Answer, Outcome, answers_to


@dataclass(frozen=True)
class Finding:
    """What running said about one claim.

    Attributes:
        claim: the claim.
        answer: what came of its check.
    """

    claim: Claim
    answer: Answer

    @property
    def ok(self) -> bool:
        """Whether the verdict is what running shows."""
        return self.answer.truth is True

    @property
    def shown(self) -> str:
        """What running showed, in words."""
        if self.ok:
            return "stands"
        if self.answer.outcome is Outcome.FALSE:
            return f"the verdict {self.claim.verdict} is not what running shows"
        return f"{self.answer.outcome}: {self.answer.message}"

    def __str__(self) -> str:
        """One line: place, claim, what running showed."""
        return f"{self.claim.where}: claim {self.claim.id}: {self.shown}"


@dataclass(frozen=True)
class Findings:
    """What running said about some claims.

    Attributes:
        findings: one for each claim, in their order.
    """

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every verdict is what running shows."""
        return not self.faults

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that must be repaired."""
        return tuple(finding for finding in self.findings if not finding.ok)


def check(
    claims: Sequence[Claim],
    *,
    timeout_s: float = 60.0,
    workers: int = 2,
    progress: Progress | None = None,
) -> Findings:
    """Run the check of every claim.

    A check finds TensorFlow as `tf`, NumPy as `np`, and its claim's verdict as `verdict`.

    **Arguments:**

    - `claims`: from `Ledger.only`.
    - `timeout_s`: how long one check may run, in seconds, above 0 and at most a day; then it is
      killed.
    - `workers`: how many checks run at a time, at least 1.
    - `progress`: told how many claims are checked.

    **Returns:** the `Findings`, in the order of the claims.

    **Raises:** `InputError` for another `timeout_s` or `workers`, or if this system cannot fork.
    """
    claims = given.items("claims", claims, "claims")
    for claim in claims:
        given.a(Claim, "claims", claim)
    checks = [replace(claim.check, given={"verdict": claim.verdict}) for claim in claims]
    answers = answers_to(checks, timeout_s=timeout_s, workers=workers, progress=progress)
    return Findings(tuple(map(Finding, claims, answers)))
