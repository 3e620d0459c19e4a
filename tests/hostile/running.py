"""A process that runs hostile proofs between harmless ones, and says what each of them answered.

python -m tests.hostile.running {bare|kept} HERE NAME...
"""

import json
import os
import sys
from pathlib import Path

from tests.hostile import bare
from tests.hostile.proofs import HOSTILE, Harm, code_of

FALSE = "1 == 2"
# There long enough for a proof to find it, and for the last to start after the harm is done.
FALSE_LATER = "import time\ntime.sleep(0.9)\n1 == 2"
TIMEOUT_S = 6.0


def kept(codes: list[str]) -> list[str]:
    """What each proof answered when the course runs it."""
    from prefetchlab.proofs import Proof, run_proofs

    proofs = [Proof(code, Path("hostile.yml"), 1, TIMEOUT_S) for code in codes]
    said = {}
    for index, answer in run_proofs(proofs, workers=2):
        said[index] = str(answer.outcome)
        print(f"{index}: {answer}", file=sys.stderr)
    return [said[index] for index in range(len(codes))]


def main() -> None:
    """Run them, and write the answers to `HERE/answers.json`."""
    way, here, *names = sys.argv[1:]
    run = {"bare": bare.run, "kept": kept}[way]
    chosen = [each for each in HOSTILE if each.name in names]
    codes = []
    for each in chosen:
        beside = FALSE if each.harm in (Harm.SURVIVES, Harm.WRITTEN) else FALSE_LATER
        codes += [code_of(each, os.getpid(), here), beside, FALSE]
    said = run(codes)
    triples = [said[place : place + 3] for place in range(0, len(said), 3)]
    answers = dict(zip((each.name for each in chosen), triples, strict=True))
    Path(here, "answers.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
