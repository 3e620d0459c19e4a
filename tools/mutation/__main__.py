"""Change the laboratory, test it, and tell what was not noticed; see `make mutation`.

python -m tools.mutation [--count N] [--seed N] [--again] [FOLDER...]
"""

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.mutation import covering
from tools.mutation.covering import LAYERS, Seen
from tools.mutation.running import Change, Outcome, limit_s, run_all, warm
from tools.repository import ROOT

FOLDER = ROOT / "_build" / "mutation"
_AT_MOST_S = 20.0  # of tests, for one change; the quick ones come first
_NOTICED = (Outcome.KILLED, Outcome.LATE)


def changes(layers: Sequence[str], count: int, seed: int) -> list[Change]:
    """The changes that are drawn; see `changing.py`."""
    found = [ROOT / "src" / "prefetchlab" / layer for layer in layers]
    files = [file for path in found for file in (sorted(path.rglob("*.py")) or [path])]
    done = subprocess.run(
        [
            ROOT / ".venv-mutation" / "bin" / "python",
            Path("tools/mutation/changing.py"),
            *map(str, (count, seed)),
            *(file.relative_to(ROOT) for file in files),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    kept = Change.__dataclass_fields__
    lines = map(json.loads, done.stdout.splitlines())
    return [Change(**{key: line[key] for key in kept}) for line in lines]


def work(changed: Sequence[Change], seen: Seen) -> Iterator[tuple[Change, list[str], float]]:
    """Each change with its tests, and how long they may take."""
    for change in changed:
        took_s, tests = 0.0, list[str]()
        for test in seen.of(change.file, change.line):
            took_s += seen.took_s.get(test, 0.0)
            if tests and took_s > _AT_MOST_S:
                break
            tests.append(test)
        yield change, tests, limit_s(min(took_s, _AT_MOST_S))


def main() -> None:
    """Test so many changes, and print the survivors and the score of each layer."""
    parser = argparse.ArgumentParser(prog="tools.mutation")
    parser.add_argument("--count", type=int, default=0, help="how many to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="see anew which test runs which line")
    parser.add_argument("layers", nargs="*", default=LAYERS)
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if given.again or not (FOLDER / "seen.json").exists():
        # In a process of its own, so that this one has not run TensorFlow when it forks.
        code = f"from tools.mutation import covering as c; c.watch(c.Path({str(FOLDER)!r}))"
        subprocess.run([ROOT / ".venv" / "bin" / "python", "-c", code], cwd=ROOT, check=True)
    seen, changed = covering.read(FOLDER), changes(given.layers, given.count, given.seed)
    warm()
    counts: dict[str, Counter[Outcome]] = {}
    for done, (change, outcome) in enumerate(run_all(work(changed, seen), processes=2), 1):
        layer = Path(change.file).relative_to("src/prefetchlab").parts[0]
        counts.setdefault(layer, Counter())[outcome] += 1
        if outcome in (Outcome.SURVIVED, Outcome.UNSEEN):
            print(f"{outcome:9}", change, flush=True)
        elif done % 50 == 0:
            print(f"{done} of {len(changed)}", flush=True)
    for layer, count in counts.items():
        noticed = sum(count[each] for each in _NOTICED)
        told = ", ".join(f"{count[each]} {each}" for each in Outcome if count[each])
        counted = count.total() - count[Outcome.STILLBORN]
        print(f"{layer:12} {noticed / max(1, counted):6.1%} ({told})")


if __name__ == "__main__":
    main()
