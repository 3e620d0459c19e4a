"""What came out: a table for the eye, and the same as JSON."""

import importlib.metadata
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import features
from rich.table import Table

from prefetchlab.measure import Peace, Spread, versions
from tools.peers.contenders import Contender
from tools.peers.sameness import BOUND
from tools.peers.work import BATCH, EDGE, STORED_EDGE

PACKAGES = ("torch", "torchvision", "grain", "array-record", "pillow")

DIFFERS = (
    "Each reads the same JPEG bytes in the form that is natural to it: TFRecord shards, one file "
    "an image, or an ArrayRecord file. All of it is in memory by then, so no disk is measured.",
    "Three libraries decode. TensorFlow is told to decode as accurately as the others do "
    "(INTEGER_ACCURATE), and to smooth when it shrinks (antialias=True), as Pillow does always. "
    "Both are off in TensorFlow by default, and then it makes other images.",
    "Worker processes hand their batches over through shared memory; threads share what they have.",
    "The loop takes a batch and does nothing with it, so all cores are there for loading.",
    "torchvision gives batches with channels first, the others with channels last.",
)


@dataclass(frozen=True)
class Row:
    """What one contender did.

    Attributes:
        contender: who it is.
        images_per_s: of each round.
        difference: how far its images are from Pillow's, in levels of 255.
    """

    contender: Contender
    images_per_s: tuple[float, ...]
    difference: float

    @property
    def median(self) -> float:
        """The median of the rounds, in images a second."""
        return statistics.median(self.images_per_s)

    @property
    def spread(self) -> Spread:
        """From the slowest round to the fastest."""
        return Spread.of(self.images_per_s)


@dataclass(frozen=True)
class Outcome:
    """What a whole run found.

    Attributes:
        rows: one for each contender.
        images: how many images there are.
        timed_s: how long each round of a contender was timed, in seconds.
        peace: how quiet the machine was.
        labels: the machine and the versions.
    """

    rows: Sequence[Row]
    images: int
    timed_s: float
    peace: Peace
    labels: Mapping[str, str]

    @property
    def best(self) -> dict[str, Row]:
        """By peer, the row with the highest median."""
        return {row.contender.peer: row for row in sorted(self.rows, key=lambda row: row.median)}

    def table(self) -> Table:
        """The rows, for a terminal."""
        table = Table("peer", "decodes with", "works ahead by", title="images a second")
        for heading in ("median", "least – most", "pixels off by"):
            table.add_column(heading, justify="right")
        table.add_column("its best")
        for row in self.rows:
            table.add_row(*self._cells(row))
        return table

    def _cells(self, row: Row) -> Iterable[str]:
        who, spread = row.contender, row.spread
        yield from (who.peer, who.decoder, who.way)
        yield f"{row.median:.0f}"
        yield f"{spread.least:.0f} – {spread.most:.0f}"
        yield f"{row.difference:.2f}"
        yield "yes" if row is self.best[who.peer] else ""

    def notes(self) -> list[str]:
        """What must be known to read the table, a sentence or two each."""
        labels = ", ".join(f"{name} {value}" for name, value in self.labels.items())
        rounds = len(self.rows[0].images_per_s)
        return [
            f"{self.images} JPEGs of {STORED_EDGE} × {STORED_EDGE}, to {EDGE} × {EDGE} in batches "
            f"of {BATCH}; {rounds} rounds in turns, each timed for {self.timed_s:g} s.",
            *DIFFERS,
            str(self.peace),
            labels,
        ]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, fit for JSON."""
        return {
            "unit": "images a second",
            "work": {
                "images": self.images, "stored_edge": STORED_EDGE, "edge": EDGE, "batch": BATCH,
                "dtype": "uint8", "resize": "bilinear, antialiased", "timed_s": self.timed_s,
                "pixel_difference_bound": BOUND,
            },
            "rows": [self._row(row) for row in self.rows],
            "differs": list(DIFFERS),
            "versions": dict(self.labels),
            "peace": self.peace.to_dict(),
        }  # fmt: skip

    def _row(self, row: Row) -> dict[str, Any]:
        who, spread = row.contender, row.spread
        return {
            "peer": who.peer, "decoder": who.decoder, "way": who.way, "stored": who.stored,
            "median": round(row.median, 1), "least": round(spread.least, 1),
            "most": round(spread.most, 1), "rounds": [round(each, 1) for each in row.images_per_s],
            "pixel_difference": round(row.difference, 4),
            "best_of_its_peer": row is self.best[who.peer],
        }  # fmt: skip


def labels() -> dict[str, str]:
    """The machine, and the versions of all that took part; no host name."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return versions() | found | {"jpeg of pillow": str(features.version("libjpeg_turbo"))}
