"""Task 4: a brightness that is drawn anew for each image, in each epoch."""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.grading.assignment_1.labels import check_labels
from prefetchlab.grading.assignment_1.sources import pictures
from prefetchlab.grading.assignment_1.specs import check_spec
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

Changes = NDArray[np.float64]  # of brightness, by epoch and image

MOST = 0.2  # how much lighter or darker an image may become
_EPOCHS = 5
_LEAST_DRAWS = 40  # so that none is below -MOST / 4, or none above MOST / 4, once in 10^8 runs
_EXACT = 1e-5  # how far float32 may bring apart what one number was added to, with a wide margin
_ALIKE = 1e-6  # it rounds the mean over an image by less than a tenth of this
_BY_CHANCE = 1e-7  # how often a right answer may be refused because draws came near to each other


@for_test_cell
def augmented(
    build: StudentFunction, *, count: int = 8, shape: tuple[int, int, int] = (16, 16, 3)
) -> None:
    """Check that each image gets a brightness of its own in each epoch, and nothing else changes.

    >>> augmented(lambda pictures: pictures)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: No image is changed. ...

    **Arguments:**

    - `build`: the student's function from a dataset of (image, label) to another.
    - `count`: how many images to try, at least 2.
    - `shape`: of each image.

    **Raises:** `Mistake` that names the mistake.
    """
    if count < 2:
        raise Mistake("Call this check with a count of at least 2: it compares images.")
    source = pictures(count, shape)
    dataset = build(source)
    if isinstance(dataset, tf.data.Dataset) and (called := graph.python_calls(dataset)):
        raise Mistake(
            f"Your pipeline calls {called[0]}: Python runs for each element. The task asks for "
            "TensorFlow's operations alone."
        )
    look = "The change of brightness keeps every size: look for what forgets or changes it."
    check_spec(dataset, source.element_spec, look=[look, look])
    _check_changes(_changes(dataset, source))
    _check_bounds(build(pictures(count, shape, low=0.0, high=1.0)), count)


def _changes(dataset: tf.data.Dataset, source: tf.data.Dataset) -> Changes:
    """The change of each image in each epoch; the source is far from the bounds."""
    given = [(image, int(label)) for image, label in source.as_numpy_iterator()]
    images, labels = [image for image, _ in given], [label for _, label in given]
    changes = []
    for _ in range(max(_EPOCHS, math.ceil(_LEAST_DRAWS / len(given)))):
        came = list(itertools.islice(dataset.as_numpy_iterator(), len(given) + 3))
        check_labels([int(label) for _, label in came], labels)
        changes.append([_change(new, old) for (new, _), old in zip(came, images, strict=True)])
    return np.array(changes)


def _change(new: NDArray[Any], old: NDArray[Any]) -> float:
    differences = new.astype(np.float64) - old
    if not np.ptp(differences) <= _EXACT:  # NaN is refused, too
        raise Mistake(
            "The values of one image are changed by different amounts. One number is drawn for an "
            "image, and added to all its values; what then lies in the bounds stays as it is."
        )
    return float(differences.mean())


def _check_changes(changes: Changes) -> None:
    if np.abs(changes).max() <= _EXACT:
        raise Mistake("No image is changed. Look at what your function returns.")
    _check_draws(changes)
    if np.abs(changes).max() > MOST + _EXACT:
        raise Mistake(
            f"An image is changed by {changes.flat[np.abs(changes).argmax()]:.2f}, and "
            f"{MOST} is the most, up or down. Look at the bounds of what you draw."
        )
    if np.abs(changes).max() < MOST / 2:
        raise Mistake(
            f"No change in {changes.size} is larger than {np.abs(changes).max():.1g}, and they may "
            f"go up to {MOST}. Look at the bounds of what you draw."
        )
    if changes.min() > -MOST / 4 or changes.max() < MOST / 4:
        way = "lighter" if changes.min() > -MOST / 4 else "darker"
        raise Mistake(
            f"Your images become {way} alone. The change lies between {-MOST} and {MOST}: look at "
            "the bounds of what you draw."
        )
    repeats = int((np.diff(np.sort(changes, axis=None)) <= _ALIKE).sum())
    if repeats > _most_repeats(changes.size):
        raise Mistake(
            f"There are {changes.size} images in {len(changes)} epochs, and "
            f"{changes.size - repeats} different changes of brightness. Draw a number of its own "
            "for each image, in each epoch."
        )


def _most_repeats(draws: int) -> int:
    """How many of so many draws may lie by chance as near to the next as if they were the same.

    Of sorted draws each lies within `_ALIKE` of the next with a probability of at most `draws`
    times `_ALIKE` / (2 `MOST`); twice as much allows for rounding. More than the result come with
    a probability below `_BY_CHANCE`, by Chernoff's bound, which holds for gaps as for independent
    events: where one gap is small, the others are larger.

    >>> [_most_repeats(draws) for draws in (40, 115, 1000)]
    [3, 4, 22]
    """
    expected = draws**2 * _ALIKE / MOST
    more = math.ceil(expected) + 1
    while more - expected + more * math.log(expected / more) > math.log(_BY_CHANCE):
        more += 1
    return more - 1


_BEGINS_ANEW = (
    "Look for what begins anew with each pass: a seed (here, or set for the whole notebook: that "
    "one stays until you restart the kernel), a count, or a draw that was made before."
)


def _check_draws(changes: Changes) -> None:
    """Refuse what is drawn too seldom, and say how it is."""
    epochs_alike = bool((np.ptp(changes, axis=0) <= _EXACT).all())
    images_alike = bool((np.ptp(changes, axis=1) <= _EXACT).all())
    epochs = f"In {len(changes)} epochs"
    if epochs_alike and images_alike:
        raise Mistake(
            f"{epochs} every image is changed by the same amount. If you draw a number, Python "
            "draws it once, while the pipeline is built, and not for each element."
        )
    if epochs_alike:
        raise Mistake(
            f"{epochs} each image comes in one version: the changes differ from image to image and "
            f"repeat in each epoch. {_BEGINS_ANEW}"
        )
    if images_alike:
        raise Mistake(
            "Within an epoch all images are changed by the same amount: you draw once an epoch. "
            "Draw once an image."
        )
    if bool((np.ptp(np.sort(changes, axis=1), axis=0) <= _EXACT).all()):
        raise Mistake(
            f"Each epoch brings the same {changes.shape[1]} changes, now on one image and now on "
            f"another. {_BEGINS_ANEW}"
        )


def _check_bounds(dataset: tf.data.Dataset, count: int) -> None:
    epochs = math.ceil(_LEAST_DRAWS / count)  # so that some image is cut off at each end
    images = [
        image
        for _ in range(epochs)
        for image, _ in itertools.islice(dataset.as_numpy_iterator(), count)
    ]
    low, high = min(map(np.min, images)), max(map(np.max, images))
    if not (low >= 0 and high <= 1):  # NaN is refused, too
        raise Mistake(
            f"Your values go from {low:.2f} to {high:.2f}, and an image has values from 0 to 1. "
            "Where a change leads out of that, cut it off."
        )
    if low > 0.01 or high < 0.99:
        raise Mistake(
            "Dark and light images are made to fit by more than a cut. Add the change, and cut off "
            "what lies below 0 or above 1."
        )
