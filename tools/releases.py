"""Run the ledger and the question banks with each TensorFlow release from 2.20 on: `make releases`.

For each minor release, its newest patch that pip finds for this Python is installed in an
environment of its own, `.venv-releases/X.Y`: the laboratory's other requirements stay as they are.
Writes what each claim and question came to as JSON. What does not stand is told, one line each.

Exit code 0 if all stands in all releases, 1 if something does not (the file is written), 2 and one
line if a release cannot be tried (then no file is written), 130 after Ctrl-C. What was found until
then is kept: the next run goes on from there.
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefetchlab.cli.outputs import check_outputs, write_whole
from prefetchlab.errors import InputError
from tools.outcomes import STANDS, Line, Stated, all_stated, read
from tools.repository import ROOT

OLDEST = (2, 20)
_KINDS = ("claim", "question")
_FINAL = re.compile(r"\d+\.\d+\.\d+")
_OF_MACHINE = ("machine", "cores", "device", "python")
_LET_END_S = 10.0
# A check's process is killed once it has answered; Python would warn of what it held.
_OF_KILLED = "ignore::UserWarning:multiprocessing.resource_tracker"
# Not as `-m tools.outcomes`: each process of a check would import that module again.
_OUTCOMES = "import sys; from tools.outcomes import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Found:
    """What was found with one release.

    Attributes:
        release: its number, "2.21.0" for example.
        versions: of the packages, and words for the machine.
        lines: one for each claim and question that was run.
    """

    release: str
    versions: Mapping[str, str]
    lines: Sequence[Line]

    @property
    def faults(self) -> list[Line]:
        """What does not stand."""
        return [line for line in self.lines if line.outcome != STANDS]


def newest_patches(told: str) -> list[str]:
    """The newest final patch of each minor release from `OLDEST` on, oldest first.

    >>> newest_patches("Available versions: 2.21.0, 2.20.1, 2.20.0, 2.22.0rc1, 2.19.1")
    ['2.20.1', '2.21.0']

    **Arguments:**

    - `told`: what `pip index versions` prints.
    """
    listed = re.findall(r"^Available versions: (.*)$", told, re.MULTILINE)
    names = [name.strip() for line in listed for name in line.split(",")]
    parts = sorted(tuple(map(int, name.split("."))) for name in names if _FINAL.fullmatch(name))
    newest = {each[:2]: each for each in parts if each[:2] >= OLDEST}
    return [".".join(map(str, each)) for each in newest.values()]


def offered() -> list[str]:
    """The releases that pip finds for this Python."""
    ask = [sys.executable, "-m", "pip", "index", "versions", "tensorflow"]
    done = subprocess.run(ask, capture_output=True, text=True)
    releases = newest_patches(done.stdout)
    if not releases:
        raise InputError(f"tensorflow: {first_error(done.stderr) or 'pip finds no release'}")
    return releases


def first_error(log: str) -> str:
    """The first error in what pip said, or nothing."""
    errors = re.findall(r"^\s*ERROR: (.*)$", log, re.MULTILINE)
    return next((str(each) for each in errors if "Ignored the following" not in each), "")


def requirements(release: str, listed: str) -> str:
    """The laboratory's list with the pin of one release in place of TensorFlow's bounds."""
    pinned, times = re.subn(
        r"^tensorflow\b[^#\n]*", f"tensorflow=={release}  ", listed, flags=re.MULTILINE
    )
    if times != 1:
        raise InputError("requirements/laboratory.txt: no line for tensorflow, or several")
    return pinned


def environment(release: str) -> Path:
    """The folder of a release's environment, made if it is not there or was made for another."""
    folder = ROOT / ".venv-releases" / release.rpartition(".")[0]
    listed = (ROOT / "requirements" / "laboratory.txt").read_text(encoding="utf-8")
    wanted, stamp = requirements(release, listed), folder / ".installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(
            f"{release}: installing; it takes 2 GB and a few minutes", file=sys.stderr, flush=True
        )
        venv.create(folder, clear=True, with_pip=True)
        asked = folder / "requirements.txt"
        asked.write_text(wanted, encoding="utf-8")
        for words in (["-r", str(asked)], ["--no-deps", "-e", str(ROOT)]):
            _install(release, folder, words)
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def _install(release: str, folder: Path, words: Sequence[str]) -> None:
    program = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *words]
    done = subprocess.run(program, capture_output=True, text=True, env=environment_of(folder))
    if done.returncode:
        log = folder / "pip.log"
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        why = first_error(done.stderr) or "pip failed"
        raise InputError(f"tensorflow {release}: {why}; all of it is in {log.relative_to(ROOT)}")


def environment_of(folder: Path) -> dict[str, str]:
    """The variables for a program of this environment: its own programs come first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    path = f"{folder / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PATH": path, "PYTHONWARNINGS": _OF_KILLED}


def outcomes_file(release: str, ids: Sequence[str] = ()) -> Path:
    """Where the lines of a release are, until the last release is done."""
    name = "some.jsonl" if ids else "outcomes.jsonl"
    return ROOT / ".venv-releases" / release.rpartition(".")[0] / name


def found_with(release: str, file: Path, ids: Sequence[str] = ()) -> Found:
    """Run what the file does not tell yet, in the environment of a release."""
    folder = environment(release)
    program = [str(folder / "bin" / "python"), "-c", _OUTCOMES, str(file), *ids]
    process = subprocess.Popen(program, cwd=ROOT, env=environment_of(folder))
    try:
        code = process.wait()
    except KeyboardInterrupt:  # it has heard it as well, and ends what it runs
        process.wait(_LET_END_S)
        raise
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise InputError(f"tensorflow {release}: the run ended with exit code {code}")
    head, lines = read(file)
    if head["versions"]["tensorflow"] != release:
        raise InputError(f"tensorflow {release}: {head['versions']['tensorflow']} ran instead")
    return Found(release, head["versions"], lines)


def current(found: Found, stated: Sequence[Stated]) -> Found:
    """What was found of the claims and questions as they now are, in their order."""
    known = {(line.kind, line.id, line.digest): line for line in found.lines}
    keys = [(each.kind, each.id, each.digest) for each in stated]
    lines = [known[key] for key in keys if key in known]
    return Found(found.release, found.versions, lines)


def told_of(found: Found) -> Iterator[str]:
    """One line of counts, and one for each claim or question that does not stand."""
    faults = {kind: [line for line in found.faults if line.kind == kind] for kind in _KINDS}
    counts = [
        f"{len(of_kind) - len(faults[kind])} of {len(of_kind)} {kind}s stand"
        for kind in _KINDS
        if (of_kind := [line for line in found.lines if line.kind == kind])
    ]
    yield f"{found.release}: {', '.join(counts)}"
    for line in found.lines:
        if line.outcome != STANDS:
            yield f"{found.release}: {line.kind} {line.id}: {line.outcome}"
        elif line.first:
            yield f"{found.release}: {line.kind} {line.id}: stands in its second run; {line.first}"


def to_dict(all_found: Sequence[Found], stated: Sequence[Stated], date: str) -> dict[str, Any]:
    """All of it as plain values, fit for JSON."""
    return {
        "date": date,
        "machine": {name: all_found[-1].versions[name] for name in _OF_MACHINE},
        "digests": {each.id: each.digest for each in stated if each.kind == "claim"},
        "releases": [_release(found) for found in all_found],
    }


def _release(found: Found) -> dict[str, Any]:
    packages = {key: word for key, word in found.versions.items() if key not in _OF_MACHINE}
    return {
        "release": found.release,
        "versions": packages,
        "claims": {line.id: line.outcome for line in found.lines if line.kind == "claim"},
        "questions": {line.id: line.outcome for line in found.lines if line.kind == "question"},
        "second_run": {line.id: line.first for line in found.lines if line.first},
    }


def _run(options: argparse.Namespace) -> int:
    check_outputs([options.json] if options.json else [], data=None)
    all_stated(options.ids)  # a fault of the ledger is told before anything is installed
    all_found = []
    for release in offered():
        environment(release)
        file = outcomes_file(release, options.ids)
        what = "the claims you named" if options.ids else "all claims and questions, 10 minutes"
        print(f"{release}: running {what}", file=sys.stderr, flush=True)
        all_found.append(found_with(release, file, options.ids))
    stated = all_stated(options.ids)
    all_found = [current(found, stated) for found in all_found]
    for found in all_found:
        print(*told_of(found), sep="\n")
        if left := len(stated) - len(found.lines):
            print(f"{found.release}: {left} changed meanwhile; run it again")
    if options.json and not options.ids:
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        stored = json.dumps(to_dict(all_found, stated, date), indent=1, ensure_ascii=False)
        write_whole(options.json, f"{stored}\n".encode())
    for found in all_found:
        outcomes_file(found.release, options.ids).unlink()
    return 1 if any(found.faults for found in all_found) else 0


def main(words: Sequence[str]) -> int:
    """Install, run, tell and store."""
    parser = argparse.ArgumentParser(prog="python -m tools.releases", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write what was found as JSON")
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="only these claims; nothing is written"
    )
    try:
        return _run(parser.parse_args(words))
    except InputError as error:
        print(f"releases: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("releases: interrupted; the next run goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
