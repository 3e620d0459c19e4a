"""What every experiment gives: a title, and plain rows for JSON."""

from typing import Any, Protocol


class Outcome(Protocol):
    """What an experiment found; it shows itself as a table."""

    @property
    def title(self) -> str:
        """What was measured; says "simulated" where a part is."""

    def to_dict(self) -> list[dict[str, Any]]:
        """One plain dictionary for each row, fit for JSON; seconds stay seconds."""
