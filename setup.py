"""What pyproject.toml cannot say: one file of the book, the ledger of claims, is package data.

Everything else about the package stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithLedger(build_py):
    """Put the ledger beside the modules that read it."""

    def run(self) -> None:
        """Build the package; a checkout that is installed to be edited reads the book itself."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib) / "prefetchlab" / "claims"
            self.copy_file("book/claims.yml", str(folder))


setup(cmdclass={"build_py": WithLedger})
