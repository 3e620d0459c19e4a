"""What the subcommands share: the type of what they are added to, and of a file's name."""

import argparse
from pathlib import Path
from typing import Protocol


class Subcommands(Protocol):
    """Takes the subcommands of a command."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Add a subcommand; its options are added to what is returned."""


def file_name(word: str) -> Path:
    """A file's name as it was written; an empty one would be the current folder."""
    if not word:
        raise argparse.ArgumentTypeError("the name is empty; give one")
    return Path(word)
