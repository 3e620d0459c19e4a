"""How far a pipeline runs ahead: what its source has made."""

from prefetchlab.errors import InputError
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import plural, up_to
from prefetchlab.measure import RunAhead, SourceEndedError, Transform, run_ahead

Counts = tuple[int, ...]

TAKEN = 3  # batches that the probe's consumer takes, if a check says no other number


def counts_of(build: Transform, *, taken: int = TAKEN, as_written: bool = True) -> RunAhead:
    """What `run_ahead` counts; a pipeline that it cannot run is the student's mistake.

    >>> counts_of(lambda source: source.batch(4).prefetch(1))
    (8, 12, 16)

    **Arguments:**

    - `build`: the student's function, from a dataset to a dataset.
    - `taken`: elements that the consumer takes.
    - `as_written`: whether TensorFlow's rewrites are switched off.

    **Raises:** `Mistake`.
    """
    try:
        return run_ahead(build, taken=taken, as_written=as_written)
    except InputError as error:
        raise not_counted(error) from None


def not_counted(error: InputError) -> Mistake:
    """The message where a count is refused.

    >>> print(not_counted(InputError("build: it returned None; return a dataset")))
    The check could not count. build: it returned None; return a dataset
    """
    if isinstance(error, SourceEndedError):
        return Mistake(
            "Your pipeline reads its source to the end while the consumer has taken a few batches, "
            "or none. Look for a size that is far too large, or for a Python loop over the dataset."
        )
    return Mistake(f"The check could not count. {error}")


def why_at_least(counts: RunAhead) -> str:
    """A sentence to end a message with, where counts are lower bounds; else ''.

    >>> why_at_least(RunAhead((8, 12, 16), at_least=True))
    ' Another run may count otherwise: how far such a stage runs ahead depends on the moment.'
    """
    if not counts.at_least:
        return ""
    return (
        " Another run may count otherwise: how far such a stage runs ahead depends on the moment."
    )


def expected_counts(batch_size: int, slots: int, taken: int = TAKEN) -> Counts:
    """The counts of a pipeline that holds `slots` batches behind what is taken.

    >>> expected_counts(4, 1)
    (8, 12, 16)
    """
    return tuple((n + slots) * batch_size for n in range(1, taken + 1))


def check_asks_its_source(counts: Counts) -> None:
    """Refuse a pipeline that does not follow its source at all.

    >>> check_asks_its_source((0, 0, 0))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your pipeline never asked the source ...

    **Raises:** `Mistake` if nothing was asked for.
    """
    if counts[0] == 0:
        raise Mistake(
            "Your pipeline never asked the source that it was given. "
            "It was made for other data and kept: build it anew in every call."
        )


def check_counts(counts: RunAhead, *, batch_size: int, slots: int, why: str = "") -> None:
    """Hold the source's counts against those of exactly `slots` batches ahead.

    >>> check_counts(RunAhead((4, 8, 12)), batch_size=4, slots=0)

    **Arguments:**

    - `counts`: the source's, after 1, 2, 3, … batches were taken.
    - `batch_size`: elements a batch.
    - `slots`: the batches that should wait.
    - `why`: a sentence on what makes other counts, if it is known.

    **Raises:** `Mistake`.
    """
    if counts != expected_counts(batch_size, slots, len(counts)):
        raise Mistake(
            f"Your source has made {counts} elements after the consumer took "
            f"{up_to(len(counts))} batches of {batch_size}. That is not {slots} "
            f"{plural('batch', slots)} ahead. {why or 'Count what each stage holds.'}"
            f"{why_at_least(counts)}"
        )
