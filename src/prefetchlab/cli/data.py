"""`prefetchlab data`: make input to measure with."""

import argparse

from prefetchlab.cli.ending import loading
from prefetchlab.cli.subcommands import Subcommands, file_name
from prefetchlab.cli.terminal import progress_bar, show


def add(commands: Subcommands) -> None:
    """Add `data make` to the command line."""
    data = commands.add_parser("data", help="make real input to measure with")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    make = actions.add_parser("make", help="draw JPEG images and store them as TFRecord shards")
    make.add_argument(
        "directory",
        metavar="DIR",
        type=file_name,
        help="new, empty, or made by this command before",
    )
    make.add_argument(
        "--count", type=int, default=2000, help="how many images (default: %(default)s)"
    )
    make.add_argument("--size", type=int, default=160, help="edge in pixels (default: %(default)s)")
    make.add_argument("--seed", type=int, default=0, help="the same seed, the same bytes")
    make.set_defaults(command=_make)


def _make(options: argparse.Namespace) -> int:
    with loading():
        from prefetchlab import workloads

    with progress_bar() as progress:
        manifest = workloads.make_shards(
            options.directory,
            count=options.count,
            size=options.size,
            seed=options.seed,
            progress=progress,
        )
    show(manifest)
    return 0
