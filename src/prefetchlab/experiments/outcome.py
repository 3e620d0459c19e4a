"""What every experiment gives: a title, and plain rows for JSON."""

from collections.abc import Mapping
from typing import Any, Protocol

from prefetchlab.timeline import Timeline


class Outcome(Protocol):
    """What an experiment found; it shows itself as a table."""

    @property
    def title(self) -> str:
        """What was measured; says "simulated" where a part is."""

    @property
    def timelines(self) -> Mapping[str, Timeline]:
        """What was recorded, by heading, in seconds from the start."""

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each row, fit for JSON; seconds stay seconds."""
