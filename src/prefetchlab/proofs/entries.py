"""The entries of a list: how a fault names one, ids that stand twice, the proof in one."""

from collections import Counter
from collections.abc import Iterator

from prefetchlab.proofs.faults import Fault
from prefetchlab.proofs.located import Document, Place
from prefetchlab.proofs.proof import Proof


def entry_name(document: Document, at: Place, *, entries: str, word: str) -> str:
    """Which entry a place belongs to, in words: "question q3-units", "claim number 2".

    **Arguments:**

    - `document`: where the place is.
    - `at`: the place of a fault.
    - `entries`: the key of the list, at the top of the document.
    - `word`: what one entry is called.

    **Returns:** the words, or nothing for a place outside of all entries.
    """
    if at[:1] != (entries,) or len(at) < 2:
        return ""
    entry = document.at(at[:2])
    id = entry.get("id") if isinstance(entry, dict) else None
    return f"{word} {id}" if isinstance(id, str) and id else f"{word} number {int(at[1]) + 1}"


def repeated_ids(document: Document, *, entries: str) -> Iterator[Fault]:
    """Find each entry whose id an earlier one has already.

    **Arguments:**

    - `document`: one that its schema allows.
    - `entries`: the key of the list, at the top of the document.

    **Returns:** an iterator over the `Fault`s.
    """
    ids: Counter[str] = Counter()
    for n, entry in enumerate(document.data[entries]):
        ids[entry["id"]] += 1
        if ids[entry["id"]] > 1:
            yield Fault((entries, n, "id"), "the id is used twice", "rename one")


def proof_at(document: Document, at: Place) -> Proof:
    """The text at a place as a proof that knows its file and line."""
    return Proof(document.at(at), file=document.path, line=document.text_lines[at])
