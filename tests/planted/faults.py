"""What can be planted: read from `faults.yml`, beside this file."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.repository import ROOT

FILE = Path(__file__).with_name("faults.yml")


@dataclass(frozen=True)
class Fault:
    """One place of the course, as somebody might spoil it.

    Attributes:
        name: what is wrong then.
        file: where, from the root of the course.
        old: what stands there, once.
        new: what would stand there.
        why: who would notice, and what.
        seen_by: the tests that must fail, as pytest takes them.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    seen_by: tuple[str, ...]

    def spoil(self, root: Path) -> None:
        """Plant it in a copy of the course."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")

    @property
    def places(self) -> int:
        """How often what it would replace stands in its file; anything but 1 has gone stale."""
        return (ROOT / self.file).read_text(encoding="utf-8").count(self.old)


def every() -> list[Fault]:
    """All of them, in the order of the file."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Fault(**{**one, "seen_by": tuple(one["seen_by"])}) for one in read]
