"""Chapter 4: what a buffer takes of memory, computed and as the operating system counts it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prefetchlab import given, measure
from prefetchlab.experiments.grid import Grid, Row
from prefetchlab.experiments.page_table import Notes
from prefetchlab.figures.labels import measured_on
from prefetchlab.measure import Maker, Resident

_TO_READ = "MB that the process grew by, for so many slots, and below it what was computed."
_READING = (
    "Each row is measured in a process of its own, at rest, while the loop holds one element, and "
    "with an allocator that gives back what is freed."
)
_CACHED = 3  # elements that the "cache" gives again and again


@dataclass(frozen=True, eq=False, repr=False)
class Memory(Grid):
    """What a buffer takes of memory, for some elements and some sizes of the buffer.

    In a terminal and in a notebook it shows itself as a table.

    Attributes:
        title: what stands before the buffer.
        maker: what makes the elements; see `measure.resident`.
        elements: the names of the elements, in order.
        slots: the sizes of the buffer, in elements, in order.
        found: all of the first element, then of the next; one for each size.
        versions: machine and versions, by name.
    """

    title: str
    maker: Maker
    elements: tuple[str, ...]
    slots: tuple[int, ...]
    found: tuple[Resident, ...]
    versions: dict[str, str]

    def predicted_bytes(self, one: Resident) -> int:
        """What one of them should take at rest: a slot each, and the element in use.

        Behind a cache in memory a slot refers to what is there already, and takes nothing.
        """
        held = _CACHED if self.maker == "cache" else one.slots + 1
        return held * one.element_bytes

    @property
    def errors(self) -> tuple[float, ...]:
        """How far each lies from what was computed, as a share of it, from 0."""
        return tuple(abs(one.rest_bytes / self.predicted_bytes(one) - 1) for one in self.found)

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each element and size, with the title."""
        return [
            {
                "experiment": self.title,
                "name": f"{name}, prefetch({one.slots})",
                "measured_bytes": one.rest_bytes,
                "predicted_bytes": self.predicted_bytes(one),
                "peak_bytes": one.peak_bytes,
                "buffered": one.buffered,
                "versions": self.versions,
            }
            for name, row in self._by_element()
            for one in row
        ]

    def _by_element(self) -> Iterator[tuple[str, Sequence[Resident]]]:
        for place, name in enumerate(self.elements):
            yield name, self.found[place * len(self.slots) :][: len(self.slots)]

    def _headings(self) -> list[str]:
        return ["element", *map(str, self.slots)]

    def _rows(self) -> Iterator[Row]:
        """For each element its name, and for each size the MB measured and computed."""
        for name, row in self._by_element():
            yield (
                name,
                [
                    (f"{one.rest_bytes / 1e6:.0f}", f"{self.predicted_bytes(one) / 1e6:.0f}")
                    for one in row
                ],
            )

    def _notes(self) -> Notes:
        told = f"They differ by {max(self.errors):.1%} at most. {measured_on(self.versions)}"
        return Notes(_TO_READ, told.rstrip(), _READING, None)


_TITLES: dict[Maker, str] = {
    "map": "A map that makes each element, and a prefetch behind it",
    "batch": "A batch of eight parts, and a prefetch behind it",
    "cache": f"A cache of {_CACHED} elements that are repeated, and a prefetch behind it",
}


def memory(elements: Mapping[str, int], slots: Sequence[int], *, maker: Maker = "map") -> Memory:
    """Measure what a buffer takes of memory, in processes of their own.

    **Arguments:**

    - `elements`: the bytes of an element, by name; each 1,000,000 or more.
    - `slots`: the buffer's sizes, in elements.
    - `maker`: what stands before the prefetch: "map", "batch" or "cache"; see `measure.resident`.

    **Raises:** `InputError`, as `measure.resident` does.
    """
    given.mapping("elements", elements, "elements")
    slots = given.whole_numbers("slots", slots, least=0)
    given.one_of("maker", maker, _TITLES)
    return Memory(
        title=_TITLES[maker],
        maker=maker,
        elements=tuple(elements),
        slots=tuple(slots),
        found=measure.resident(list(elements.values()), slots, maker=maker),
        versions=measure.versions(),
    )
