"""Words that messages are made of."""

from collections.abc import Sequence


def plural(word: str, count: int) -> str:
    """The word in the number that `count` asks for.

    >>> plural("batch", 2), plural("epoch", 2), plural("slot", 1)
    ('batches', 'epochs', 'slot')
    """
    if count == 1:
        return word
    return word + ("es" if word.endswith(("tch", "nch")) else "s")


def listed(values: Sequence[object]) -> str:
    """The values as a sentence has them.

    >>> listed([1]), listed([1, 2, 3])
    ('1', '1, 2 and 3')
    """
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last


def up_to(count: int) -> str:
    """The numbers from 1 to `count`, shortened where they are many.

    >>> up_to(3), up_to(8)
    ('1, 2 and 3', '1, 2, … and 8')
    """
    return listed(range(1, count + 1)) if count <= 4 else f"1, 2, … and {count}"
