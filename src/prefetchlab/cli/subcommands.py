"""The type of what subcommands are added to; argparse gives it no public name."""

import argparse
from typing import Protocol


class Subcommands(Protocol):
    """Takes the subcommands of a command."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Add a subcommand; its options are added to what is returned."""
