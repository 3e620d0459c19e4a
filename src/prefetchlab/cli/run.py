"""`prefetchlab run`: run an experiment, print a table, write results and a picture."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prefetchlab.cli.ending import loading
from prefetchlab.cli.outputs import check_outputs, write_whole
from prefetchlab.cli.subcommands import Subcommands, file_name
from prefetchlab.cli.terminal import progress_bar, show
from prefetchlab.errors import InputError
from prefetchlab.traces import to_chrome

if TYPE_CHECKING:  # it loads TensorFlow, and `--help` must not
    from prefetchlab.experiments import Outcome


def add(commands: Subcommands) -> None:
    """Add `run` to the command line."""
    run = commands.add_parser("run", help="run an experiment: a table and a picture")
    run.add_argument(
        "name",
        metavar="NAME",
        help="pipeline, stall, overlap, buffer, combine, internals, service or all",
    )
    run.add_argument(
        "--quick", action="store_true", help="fewer steps, none again: under 25 s each, if idle"
    )
    run.add_argument(
        "--data", metavar="DIR", type=file_name, help="your own images, or what `data make` wrote"
    )
    run.add_argument("--json", metavar="FILE", type=file_name, help="write the results as JSON")
    run.add_argument(
        "--plot",
        metavar="FILE",
        type=file_name,
        help="write a picture (.png, .svg or .pdf)",
    )
    run.add_argument(
        "--trace",
        metavar="FILE",
        type=file_name,
        help="write recorded timelines, for Perfetto (JSON)",
    )
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    check_outputs(
        [path for path in (options.json, options.plot, options.trace) if path], data=options.data
    )
    with loading():
        from prefetchlab import experiments, figures

    if options.plot:
        figures.check_ending(options.plot)
    with progress_bar() as progress:
        outcome = experiments.run(
            options.name,
            quick=options.quick,
            data=options.data,
            record=options.trace is not None,
            progress=progress,
        )
    # Files first: what fails on stdout then costs no result. A file that fails costs no table.
    faults = list(
        _write(
            (options.json, lambda: _json(outcome)),
            (options.plot, lambda: _picture(outcome, options.plot)),
            (options.trace, lambda: _trace(outcome)),
        )
    )
    show(*outcome)
    if faults:
        raise InputError("; and ".join(faults))
    return 0


def _write(*files: tuple[Path | None, Callable[[], bytes]]) -> Iterator[str]:
    """Write the files that were asked for, each though another fails; what failed, in a line."""
    for path, content in files:
        try:
            if path:
                write_whole(path, content())
        except InputError as error:
            yield str(error)


def _json(outcome: "list[Outcome]") -> bytes:
    results = [row for experiment in outcome for row in experiment.to_dict()]
    return (json.dumps(results, indent=2) + "\n").encode()


def _trace(outcome: "list[Outcome]") -> bytes:
    """Every timeline that was recorded; a heading has its variant first, because it may be cut."""
    return to_chrome(
        {
            f"{variant}: {experiment.title}": timeline
            for experiment in outcome
            for variant, timeline in experiment.timelines.items()
        }
    )


def _picture(outcome: "list[Outcome]", path: Path) -> bytes:
    """What was found as a picture of the kind that the path's ending names."""
    from prefetchlab import experiments

    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / f"timelines{path.suffix}"
        experiments.draw_all(outcome).save(drawn)
        return drawn.read_bytes()
