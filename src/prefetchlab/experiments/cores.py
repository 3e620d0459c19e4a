"""What loading and training share in an experiment: the cores, or Python's lock."""

from dataclasses import dataclass

from prefetchlab import measure
from prefetchlab.measure import StepTimes


@dataclass(frozen=True)
class Cores:
    """How many cores this process may use, and how many cores' work they do together.

    >>> Cores(allowed=2, measured=1.83).labels()
    {'cores_together': '1.83'}
    >>> Cores(allowed=2).together
    2

    Attributes:
        allowed: how many the process may use.
        measured: what they do at once, in cores' work, less where two are siblings of one; None
            where it was not measured because nothing computes.
        shared: what is shared, as a limit that it sets is named.
    """

    allowed: float
    measured: float | None = None
    shared: str = "cores"

    @classmethod
    def at_work(cls) -> "Cores":
        """The cores of this machine, for sides that compute."""
        return cls(measure.cores(), measure.cores_together())

    @classmethod
    def at_rest(cls) -> "Cores":
        """The cores of this machine, for sides that wait."""
        return cls(measure.cores())

    @classmethod
    def under_the_lock(cls) -> "Cores":
        """One core, for two sides in Python: its lock lets one of its threads compute at a time."""
        return cls(1, shared="Python's lock")

    @property
    def together(self) -> float:
        """How many cores' work they do at once, as far as it is known."""
        return self.allowed if self.measured is None else self.measured

    def work_s(self, *runs: StepTimes) -> float:
        """The CPU work of a step of all these runs, in seconds of an undisturbed core."""
        return sum(
            measure.core_work_s(run.cpu_s, run.mean_s, allowed=self.allowed, together=self.together)
            for run in runs
        )

    def labels(self) -> dict[str, str]:
        """What a result must be labelled with; nothing where it was not measured."""
        return {} if self.measured is None else {"cores_together": f"{self.measured:.2f}"}
