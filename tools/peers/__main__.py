"""Measure all contenders in one run: `make peers`.

Shows a table and what differs beside the numbers, and writes a file of JSON if asked to. Exits
with 2 and one line if something is missing, fails, or makes other images than the rest.
"""

import argparse
import contextlib
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prefetchlab.cli.outputs import check_outputs, write_whole
from prefetchlab.cli.terminal import progress_bar, show
from prefetchlab.errors import InputError
from prefetchlab.measure import Watch, interleave_in_peace
from prefetchlab.measure.others import CpuTimes, cpu_times
from prefetchlab.progress import Progress
from tools.peers import images, outcome
from tools.peers.runners import Runner, running
from tools.peers.sameness import differences

_NEEDED = ("torch", "torchvision", "grain", "array_record")


@dataclass(frozen=True)
class Pace:
    """How much is measured.

    Attributes:
        images: how many there are.
        rounds: how often each contender is timed.
        warm_s: how long each time before the clock starts, in seconds.
        timed_s: how long each time, in seconds.
    """

    images: int
    rounds: int
    warm_s: float
    timed_s: float


FULL = Pace(images=1500, rounds=5, warm_s=0.5, timed_s=0.8)
QUICK = Pace(images=80, rounds=2, warm_s=0.1, timed_s=0.2)


def refuse_missing(needed: Sequence[str] = _NEEDED) -> None:
    """Raise `InputError` with one line if a package is not there; nothing is imported."""
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"{', '.join(missing)}: not in this environment; run: make peers")


def measure(pace: Pace, progress: Progress | None = None) -> outcome.Outcome:
    """Make the images, see that all contenders make the same of them, and time them in turns."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ended:
        stored = images.make(Path(folder), pace.images, progress)
        runners = ended.enter_context(running(stored))
        apart = differences(runners, stored, progress)
        runs, peace = interleave_in_peace(
            {runner.contender.name: _timed(runner, pace) for runner in runners},
            repeats=pace.rounds,
            progress=progress,
            watch=Watch(times=lambda: with_children(runners)),
        )
        rows = [
            outcome.Row(runner.contender, tuple(runs[name]), apart[name])
            for runner in runners
            for name in [runner.contender.name]
        ]
    return outcome.Outcome(rows, pace.images, pace.timed_s, peace, outcome.labels())


def _timed(runner: Runner, pace: Pace) -> Callable[[], float]:
    def run() -> float:
        runner.order("time", warm_s=pace.warm_s, timed_s=pace.timed_s)
        return float(runner.answer())

    return run


def with_children(runners: Sequence[Runner]) -> CpuTimes:
    """The clocks now; what the contenders' processes used is ours."""
    times = cpu_times()
    return replace(times, own_s=times.own_s + sum(runner.cpu_s for runner in runners))


def _told(options: argparse.Namespace) -> None:
    check_outputs([options.json] if options.json else [], data=None)
    refuse_missing()
    if not options.quick:
        print("Peers: 3 to 4 minutes on two idle cores.", file=sys.stderr)
    with progress_bar() as progress:
        found = measure(QUICK if options.quick else FULL, progress)
    if options.json:
        write_whole(options.json, (json.dumps(found.to_dict(), indent=2) + "\n").encode())
    show(found.table(), *found.notes())


def main(words: Sequence[str]) -> int:
    """Measure, show and store."""
    parser = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial: too short to be believed")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results as JSON")
    try:
        _told(parser.parse_args(words))
    except InputError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("peers: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
