"""What the ledger is: frozen data, and when a verdict fits what was seen."""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from prefetchlab.errors import InputError
from prefetchlab.proofs import Proof


class Verdict(StrEnum):
    """What running says about a sentence as it is told."""

    TRUE = "true"
    FALSE = "false"
    DEPENDS = "depends"

    def fits(self, cases: Mapping[str, bool] | Iterable[bool]) -> bool:
        """Whether this is the verdict on a sentence that holds in just these cases.

        A sentence that holds in every case is true, one that holds in none is false, and one that
        holds in some depends. So exactly one verdict fits, and a verdict that is changed fails.

        >>> cases = {"eager loop": True, "loop in a tf.function": False}
        >>> [str(verdict) for verdict in Verdict if verdict.fits(cases)]
        ['depends']

        **Arguments:**

        - `cases`: whether the sentence holds, for each case that was run; with names or without.
          For a sentence about all cases at once give one: `[all(cases.values())]`.

        **Raises:** `InputError` if there is no case, or one that is not a bool.
        """
        held = list(cases.values() if isinstance(cases, Mapping) else cases)
        if not held:
            raise InputError("cases: none was run, so no verdict fits; give at least one")
        for value in held:
            if not isinstance(value, bool):
                raise InputError(f"cases: {value!r} is not a bool; give True or False for a case")
        seen = Verdict.TRUE if all(held) else Verdict.DEPENDS if any(held) else Verdict.FALSE
        return self is seen


@dataclass(frozen=True)
class Claim:
    """One sentence about prefetching, and what running says about it.

    Attributes:
        id: names the claim, "graph-loop-hides-nothing" for example.
        item: the curriculum's id, such as "S9.3".
        told: the sentence as it is told.
        verdict: what running says about that sentence.
        holds: the sentence that is true, with the condition under which it holds.
        check: True if the verdict is what running shows.
        taught: where the course teaches it, "page#heading", or None.
        source: where it is told, if it is folklore, or None.
        where: the file and line of the claim, "FILE:LINE".
    """

    id: str
    item: str
    told: str
    verdict: Verdict
    holds: str
    check: Proof
    taught: str | None
    source: str | None
    where: str

    @property
    def digest(self) -> str:
        """Twelve letters that change with the verdict and the check, and with nothing else."""
        return hashlib.sha256(f"{self.verdict}\n{self.check.code}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Ledger:
    """All claims of the course.

    Attributes:
        path: the file that they stand in.
        claims: in the order of the file.
    """

    path: Path
    claims: tuple[Claim, ...]

    def only(self, *ids: str) -> tuple[Claim, ...]:
        """The claims with these ids, each once.

        **Arguments:**

        - `ids`: in the order in which they are wanted; none for all claims.

        **Raises:** `InputError` that names the ids that are most alike, if there is no such claim.
        """
        by_id = {claim.id: claim for claim in self.claims}
        if unknown := [id for id in ids if id not in by_id]:
            shown = ", ".join(id or repr(id) for id in unknown)
            raise InputError(f"{shown}: no claim has this id; {self._near(unknown[0])}")
        return tuple(by_id[id] for id in dict.fromkeys(ids)) if ids else self.claims

    def _near(self, id: str) -> str:
        near = difflib.get_close_matches(id, [claim.id for claim in self.claims], cutoff=0.4)
        return f"use one of those near it: {', '.join(near)}" if near else f"all are in {self.path}"
