"""Task 7: a training part that is shuffled anew, and a validation part that nobody trains on."""

import itertools
from dataclasses import dataclass
from typing import Any

from prefetchlab.grading.assignment_1.sources import pictures
from prefetchlab.grading.assignment_1.specs import check_pair
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

EPOCHS = 4


@dataclass(frozen=True)
class _Epoch:
    """The labels of one epoch, in the order in which they came."""

    training: list[int]
    validation: list[int]


@for_test_cell
def split(build: StudentFunction, *, count: int = 40) -> None:
    """Check a split over several epochs: no leak, nothing lost, and training in a new order.

    >>> split(lambda pictures, count: (pictures.skip(count // 5), pictures.take(count // 5)))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your training part comes in the same order in each epoch, ...

    **Arguments:**

    - `build`: the student's function of (pictures, count), to (training, validation).
    - `count`: how many pictures there are, a multiple of 5.

    **Raises:** `Mistake` that names the mistake.
    """
    parts = build(pictures(count, (2, 2, 3)), count)
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise Mistake("Return two datasets: the training part, and the validation part.")
    for part in parts:
        check_pair(part)
    epochs = [_Epoch(*(_labels(part, count) for part in parts)) for _ in range(EPOCHS)]
    for number, epoch in enumerate(epochs, start=1):
        _check_epoch(epoch, number, count)
    _check_over_epochs(epochs, count)


def _labels(part: Any, count: int) -> list[int]:
    return [int(label) for _, label in itertools.islice(part.as_numpy_iterator(), 2 * count + 1)]


def _check_epoch(epoch: _Epoch, number: int, count: int) -> None:
    trained, validated = set(epoch.training), set(epoch.validation)
    if len(epoch.training) == len(trained) == count:
        raise Mistake(
            f"In epoch {number} your training part holds all {count} images, those for validation, "
            "too. It is what is left without them."
        )
    if leaked := len(trained & validated):
        raise Mistake(
            f"In epoch {number}, {leaked} of {len(validated)} images for validation are in the "
            f"training part, too. {_LEAK}"
        )
    sizes = len(epoch.training), len(epoch.validation)
    if max(sizes) > 2 * count:
        raise Mistake(
            f"Of {count} images one of your parts gives more than {2 * count}. Each image comes "
            "once an epoch: look for a repeat."
        )
    if sizes == (count // 5, count - count // 5):
        raise Mistake("Your parts are the wrong way round: return the training part first.")
    if sizes != (count - count // 5, count // 5):
        raise Mistake(
            f"Of {count} images your training part gives {sizes[0]}, and your validation part "
            f"{sizes[1]}. Validation gets a fifth, and training all others, each once an epoch."
        )
    if len(trained | validated) != count:
        raise Mistake(
            f"Only {len(trained | validated)} of {count} images come in epoch {number}: others "
            "come twice. Look for a repeat, or for two parts that count in different orders."
        )


_LEAK = (
    "Each part is a pass of its own: does what stands in front of the split give both passes the "
    "same order?"
)


def _check_over_epochs(epochs: list[_Epoch], count: int) -> None:
    validated = [epoch.validation for epoch in epochs]
    if len({frozenset(labels) for labels in validated}) > 1:
        raise Mistake(
            "Within each epoch the parts are apart, but your validation part holds other images in "
            f"another epoch, and training has seen them before. {_LEAK}"
        )
    if any(labels != validated[0] for labels in validated):
        raise Mistake(
            "Your validation part comes in another order in each epoch. It needs no shuffle: look "
            "where yours stands."
        )
    trained = [epoch.training for epoch in epochs]
    if any(labels == trained[0] for labels in trained[1:]):
        raise Mistake(
            "Your training part comes in the same order in each epoch, and each is to have an "
            "order of its own. Is there a shuffle, is its result used, and does it begin anew?"
        )
    _check_mixes(trained)


def _check_mixes(trained: list[list[int]]) -> None:
    """Refuse a buffer that is far too small: an image from the second half never comes early."""
    order = sorted(trained[0])
    late = set(order[len(order) // 2 :])
    early = len(order) // 4
    if not any(label in late for labels in trained for label in labels[:early]):
        raise Mistake(
            f"Your training part is mixed within short stretches alone: in {len(trained)} epochs "
            f"none of the first {early} images comes from the second half of what was given. Look "
            "at the size of the buffer."
        )
