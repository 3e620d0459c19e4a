"""Hold every option against the answer of its proof, and say which stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from prefetchlab import given
from prefetchlab.progress import Progress
from prefetchlab.proofs import Answer, answers_to
from prefetchlab.quiz.model import Bank, Option, Question


class Ruling(StrEnum):
    """What running says about an option: the first three are as they should be."""

    PROVEN = "proven"
    REFUTED = "refuted"
    CITED = "cited"
    WRONG_KEY = "wrong key"
    TRUE_DISTRACTOR = "true distractor"
    RAISED = "raised"
    NOT_BOOL = "not a bool"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"


GOOD = (Ruling.PROVEN, Ruling.REFUTED, Ruling.CITED)


@dataclass(frozen=True)
class Verdict:
    """What running said about one option.

    Attributes:
        question: the question's id.
        option: the option's number, from 1.
        outcome: "proven" (a key that is true), "refuted" (a distractor that is false), "cited";
            "wrong key", "true distractor"; "crashed", "raised", "not a bool", "timed out".
        where: file and line of the option, "FILE:LINE".
        message: what happened, in words; the citation if it is cited.
    """

    question: str
    option: int
    outcome: Ruling
    where: str
    message: str

    @property
    def ok(self) -> bool:
        """Whether the option is what the bank says it is."""
        return self.outcome in GOOD

    def __str__(self) -> str:
        """One line: place, question, option, outcome."""
        return (
            f"{self.where}: question {self.question}, option {self.option}: "
            f"{self.outcome}: {self.message}"
        )


@dataclass(frozen=True)
class Verdicts:
    """What running said about every option of some banks.

    Attributes:
        verdicts: one for each option, in the order of the files.
    """

    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether every key is proven or cited, and every distractor refuted or cited."""
        return all(verdict.ok for verdict in self.verdicts)

    @property
    def faults(self) -> tuple[Verdict, ...]:
        """The verdicts that must be repaired."""
        return tuple(verdict for verdict in self.verdicts if not verdict.ok)

    def count(self, outcome: str) -> int:
        """How many options have this outcome."""
        return sum(verdict.outcome == outcome for verdict in self.verdicts)


def prove(
    banks: Iterable[Bank],
    *,
    timeout_s: float = 60.0,
    workers: int = 2,
    progress: Progress | None = None,
) -> Verdicts:
    """Run every option's proof.

    **Arguments:**

    - `banks`: the banks to prove.
    - `timeout_s`: how long one proof may run, in seconds, above 0 and at most a day; then it is
      killed.
    - `workers`: how many proofs run at a time, at least 1.
    - `progress`: told how many options are judged.

    **Returns:** the `Verdicts`, in the order of the files.

    **Raises:** `InputError` for another `timeout_s` or `workers`, or if this system cannot fork.
    """
    banks = given.items("banks", banks, "banks")
    for bank in banks:
        given.a(Bank, "banks", bank)
    cases = [
        _Case(question, number, option)
        for bank in banks
        for question in bank.questions
        for number, option in enumerate(question.options, 1)
    ]
    proofs = [case.option.proof for case in cases if case.option.proof is not None]
    answers = iter(answers_to(proofs, timeout_s=timeout_s, workers=workers, progress=progress))
    return Verdicts(
        tuple(case.verdict(next(answers) if case.option.proof else None) for case in cases)
    )


@dataclass(frozen=True)
class _Case:
    """One option that is to be judged, and where it belongs."""

    question: Question
    number: int
    option: Option

    def verdict(self, answer: Answer | None) -> Verdict:
        ruling, message = self._judge(answer)
        return Verdict(self.question.id, self.number, ruling, self.option.where, message)

    def _judge(self, answer: Answer | None) -> tuple[Ruling, str]:
        if answer is None:
            return Ruling.CITED, self.option.source or ""
        if answer.truth is None:
            return Ruling(answer.outcome.value), answer.message
        return _JUDGEMENTS[self.option.correct, answer.truth]


# By whether it is the key, and whether running shows it true.
_JUDGEMENTS = {
    (True, True): (Ruling.PROVEN, "the key is true"),
    (True, False): (Ruling.WRONG_KEY, "it is marked correct, and running shows it false"),
    (False, True): (Ruling.TRUE_DISTRACTOR, "it is not the key, and running shows it true"),
    (False, False): (Ruling.REFUTED, "the distractor is false"),
}
