"""What the ledger and the question banks come to in this environment, as lines of JSON.

`tools.releases` runs it with each TensorFlow. Each line is added to a file as soon as it is known,
and a line that is there already is not found anew: so a run that was interrupted goes on.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from prefetchlab import claims, quiz
from prefetchlab.claims import Claim, Finding
from prefetchlab.cli.terminal import progress_bar
from prefetchlab.errors import InputError
from prefetchlab.proofs import Outcome
from prefetchlab.quiz import Bank, Question, Verdicts
from tools.repository import ROOT

STANDS, REFUTED = "stands", "refuted"
_TOGETHER = {"claim": 12, "question": 4}  # how many run before their lines are written
_LONGEST = 200  # characters of a message
_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[\w.~-]+/)+")
# What TensorFlow writes before and behind the error of a function in Python.
_AROUND = re.compile(
    r"Graph execution error: Detected at node .*?<stack traces unavailable> "
    r"| Traceback \(most recent call last\).*"
)


@dataclass(frozen=True)
class Stated:
    """A claim or a question, which running can refute.

    Attributes:
        kind: "claim" or "question".
        id: its id.
        digest: changes with what is run.
        what: the claim, or a bank with this question alone.
    """

    kind: str
    id: str
    digest: str
    what: Claim | Bank


@dataclass(frozen=True)
class Line:
    """What running one of them came to.

    Attributes:
        kind: "claim" or "question".
        id: its id.
        digest: of what was run.
        outcome: "stands", "refuted", or what happened, in words.
        first: the outcome of the first of two runs; None if there was one.
    """

    kind: str
    id: str
    digest: str
    outcome: str
    first: str | None = None


def all_stated(ids: Sequence[str] = ()) -> list[Stated]:
    """All claims and questions of the course, or the claims with these ids."""
    found = [Stated("claim", claim.id, claim.digest, claim) for claim in claims.load().only(*ids)]
    banks: list[Bank] = [] if ids else [quiz.load(path) for path in quiz.find()]
    return found + [
        Stated("question", question.id, digest_of(question), replace(bank, questions=(question,)))
        for bank in banks
        for question in bank.questions
    ]


def digest_of(question: Question) -> str:
    """Twelve letters that change with the key and the proofs of a question."""
    proofs = [(each.correct, each.proof and each.proof.code) for each in question.options]
    return hashlib.sha256(repr(proofs).encode()).hexdigest()[:12]


def outcomes(group: Sequence[Stated], *, workers: int = 2) -> list[str]:
    """Run some claims, or some questions, and say of each what it came to."""
    asked = [each.what for each in group if isinstance(each.what, Claim)]
    told = [claim_outcome(one) for one in claims.check(asked, workers=workers).findings]
    for each in group:
        if isinstance(each.what, Bank):
            told.append(question_outcome(quiz.prove([each.what], workers=workers)))
    return told


def claim_outcome(finding: Finding) -> str:
    """What a claim came to: "stands", "refuted", or how its check ended."""
    if finding.ok:
        return STANDS
    refuted = finding.answer.outcome is Outcome.FALSE
    return REFUTED if refuted else short(f"{finding.answer.outcome}: {finding.answer.message}")


def question_outcome(verdicts: Verdicts) -> str:
    """What a question came to: "stands", or what is wrong with its first wrong option."""
    for fault in verdicts.faults:
        return short(f"option {fault.option}: {fault.outcome}: {fault.message}")
    return STANDS


def short(message: str) -> str:
    """One line of a message, without the folders of this machine."""
    line = _AROUND.sub("", " ".join(_FOLDERS.sub("", message).split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 2]} …"


def run(group: Sequence[Stated]) -> Iterator[Line]:
    """Run some of one kind; what does not stand is run once more, alone.

    A check waits for what other programs on a busy machine may hold up.
    """
    for stated, first in zip(group, outcomes(group), strict=True):
        again = None if first == STANDS else outcomes([stated], workers=1)[0]
        yield Line(stated.kind, stated.id, stated.digest, again or first, first if again else None)


def missing(stated: Sequence[Stated], known: Sequence[Line]) -> Iterator[list[Stated]]:
    """In groups of one kind, what no known line tells of."""
    told = {(line.kind, line.id, line.digest) for line in known}
    left = [each for each in stated if (each.kind, each.id, each.digest) not in told]
    for kind, together in _TOGETHER.items():
        of_kind = [each for each in left if each.kind == kind]
        for start in range(0, len(of_kind), together):
            yield of_kind[start : start + together]


def read(file: Path) -> tuple[dict[str, Any], list[Line]]:
    """The head of a file, and its lines; the last may be broken off."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    whole = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return (whole[0] if whole else {}), [Line(**each) for each in whole[1:]]


def laboratory() -> str:
    """Twelve letters that change with the code of the laboratory."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src" / "prefetchlab").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def head() -> dict[str, Any]:
    """The programs that lines tell of; lines of others are worth nothing here."""
    from prefetchlab.measure import versions

    return {"laboratory": laboratory(), "versions": versions()}


def write_missing(file: Path, ids: Sequence[str] = ()) -> None:
    """Add to a file what it does not tell yet; begin it anew if it tells of other programs."""
    here, (before, known) = head(), read(file)
    known = known if before == here else []
    kept = "".join(f"{json.dumps(each)}\n" for each in (here, *map(asdict, known)))
    file.write_text(kept, encoding="utf-8")  # without a line that was broken off
    groups = list(missing(all_stated(ids), known))
    total, done = sum(map(len, groups)), 0
    with file.open("a", encoding="utf-8") as lines_of, progress_bar() as progress:
        for group in groups:
            if progress:
                progress(f"{group[0].kind}s", done, total)
            for line in run(group):
                lines_of.write(f"{json.dumps(asdict(line))}\n")
            lines_of.flush()
            done += len(group)


def main(words: Sequence[str]) -> int:
    """Run what is missing; one line and exit code 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tools.outcomes", description=__doc__)
    parser.add_argument("file", type=Path, help="lines of JSON, added to what is there")
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims; default: all, and the quiz")
    options = parser.parse_args(words)
    try:
        write_missing(options.file, options.ids)
    except InputError as error:
        print(f"outcomes: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
