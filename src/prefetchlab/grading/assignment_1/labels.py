"""Which elements come, told by labels that are all different."""

from collections import Counter
from collections.abc import Sequence

from prefetchlab.grading.mistake import Mistake


def check_labels(got: Sequence[int], wanted: Sequence[int], *, what: str = "images") -> None:
    """Check that every element comes once, and in order.

    >>> check_labels([0, 1], [0, 1, 2])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Some images are missing: 1 of 3. ...

    **Arguments:**

    - `got`: the labels that came; where they may be too many, read a few more than are wanted.
    - `wanted`: the labels that should come, in their order.
    - `what`: what the elements are.

    **Raises:** `Mistake` that names the first of: missing, foreign, twice, in another order.
    """
    came = Counter(got)
    missing = [label for label in wanted if label not in came]
    if missing:
        raise Mistake(
            f"Some {what} are missing: {len(missing)} of {len(wanted)}. Look for a stage that "
            "drops some, or for a pipeline that was made of other data."
        )
    if set(came) - set(wanted):
        raise Mistake(f"Your pipeline gives labels that none of the {what} has.")
    if again := sum(count > 1 for count in came.values()):
        raise Mistake(
            f"Some {what} come more than once: {again} of {len(wanted)}. "
            "Look for a repeat, or for a second pass."
        )
    if list(got) != list(wanted):
        raise Mistake(
            f"All {what} are there, but in another order. Look for a shuffle, or for sources that "
            "are read in turn."
        )
