"""Task 7: a training part that is shuffled anew, and a validation part that nobody trains on."""

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefetchlab._tensorflow import tf
from prefetchlab.grading.assignment_1.sources import pictures
from prefetchlab.grading.assignment_1.specs import check_pair
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction

_LEAST = 10
_MANY = 40


class _Given:
    """Pictures of two classes, and the places of those that were read.

    Half of them have the one label, half the other: no split by label holds a fifth.
    """

    def __init__(self, count: int) -> None:
        given = pictures(count, (2, 2, 3))
        halves = np.arange(count, dtype=np.int64) % 2
        self.classes = np.random.default_rng().permutation(halves)
        self.read = list[int]()
        self._places = {image.tobytes(): int(place) for image, place in given.as_numpy_iterator()}
        self.dataset = given.map(self._with_class)

    def _with_class(self, image: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        label = tf.numpy_function(self._class_of, [place], tf.int64)
        return image, tf.ensure_shape(label, [])

    def _class_of(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        self.read.append(int(place))
        return np.asarray(self.classes[int(place)])

    def places(self, part: Any) -> list[int]:
        """The places of the pictures in one epoch, in the order in which they come."""
        most = 2 * len(self.classes) + 1
        came: Iterable[Any]
        if part.element_spec == self.dataset.element_spec:  # all at once is quicker
            came = zip(*next(part.batch(most).as_numpy_iterator(), ((), ())), strict=True)
        else:
            came = itertools.islice(part.as_numpy_iterator(), most)
        return [self._place(image, label) for image, label in came]

    def _place(self, image: NDArray[Any], label: NDArray[Any]) -> int:
        if np.ndim(label) != 0:
            raise Mistake("Your elements are batches; single pairs (image, label) are wanted.")
        place = self._places.get(image.tobytes())
        if place is None or self.classes[place] != label:
            raise Mistake(
                "One of your parts gives a pair (image, label) that was not given. Hand each on "
                "as it is."
            )
        return place

    def read_for_the_first(self, part: tf.data.Dataset) -> set[int]:
        """The places of what was read before the part gave its first picture.

        A map that follows tells: what TensorFlow may put after it, to run ahead, changes nothing.
        """
        read = list[set[int]]()

        def see(label: NDArray[Any]) -> NDArray[Any]:
            read.append(set(self.read))
            return label

        seen = part.map(lambda image, label: tf.numpy_function(see, [label], label.dtype))
        next(seen.as_numpy_iterator(), None)
        return read[0] if read else set()


@dataclass(frozen=True)
class _Epoch:
    """The places of the pictures of one epoch, in the order in which they came."""

    training: list[int]
    validation: list[int]


@for_test_cell
def split(build: StudentFunction, *, count: int = 40) -> None:
    """Check a split over several epochs: no leak, nothing lost, and training in a new order.

    >>> split(lambda pictures, count: (pictures, pictures.take(count // 5)))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: In epoch 1 your training part holds all 40 images, ...

    **Arguments:**

    - `build`: the student's function of (pictures, count), to (training, validation).
    - `count`: how many pictures there are, a multiple of 5, at least 10.

    **Raises:** `Mistake` that names the mistake.
    """
    if count % 5 or count < _LEAST:
        raise Mistake(f"Call this check with a count that is a multiple of 5, at least {_LEAST}.")
    given = _Given(count)
    parts = build(given.dataset, count)
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise Mistake("Return two datasets: the training part, and the validation part.")
    for part in parts:
        check_pair(part)
    read = given.read_for_the_first(parts[0])
    passes = 4 if count >= _MANY else 12  # few images are mixed by chance as if they were not
    epochs = [_Epoch(*(given.places(part) for part in parts)) for _ in range(passes)]
    for number, epoch in enumerate(epochs, start=1):
        _check_epoch(epoch, number, given.classes)
    _check_validation(epochs)
    _check_orders([epoch.training for epoch in epochs])
    _check_buffer(epochs[0].training, read)
    _check_mixes([epoch.training for epoch in epochs])


def _check_epoch(epoch: _Epoch, number: int, classes: NDArray[np.int64]) -> None:
    count, trained, validated = len(classes), set(epoch.training), set(epoch.validation)
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
            f"{sizes[1]}. {_SIZES} {_by_label(trained, classes)}".rstrip()
        )
    if len(trained | validated) != count:
        raise Mistake(
            f"Only {len(trained | validated)} of {count} images come in epoch {number}: others "
            "come twice. Look for a repeat, or for two parts that count in different orders."
        )


_SIZES = "Validation gets a fifth, and training all others, each once an epoch."
_LEAK = (
    "Each part is a pass of its own: does what stands in front of the split give both passes the "
    "same order?"
)


def _by_label(trained: Collection[int], classes: NDArray[np.int64]) -> str:
    """A sentence for a training part that holds all pictures with a label, or none of them."""
    held = np.isin(np.arange(len(classes)), list(trained))
    if all(len(set(held[classes == label])) == 1 for label in (0, 1)):
        return (
            "The labels are classes, and many images have the same: a label tells no image from "
            "another."
        )
    return ""


def _check_validation(epochs: list[_Epoch]) -> None:
    validated = [epoch.validation for epoch in epochs]
    if len({frozenset(places) for places in validated}) > 1:
        raise Mistake(
            "Within each epoch the parts are apart, but your validation part holds other images in "
            f"another epoch, and training has seen them before. {_LEAK}"
        )
    if any(places != validated[0] for places in validated):
        raise Mistake(
            "Your validation part comes in another order in each epoch. It needs no shuffle: look "
            "where yours stands."
        )


def _check_orders(trained: list[list[int]]) -> None:
    """Refuse few orders; 12 epochs of 8 images have 7 by chance less than once in 10^9 runs."""
    orders = len(set(map(tuple, trained)))
    if orders <= len(trained) // 2:
        raise Mistake(
            f"In {len(trained)} epochs your training part comes in "
            f"{'the same order' if orders == 1 else f'{orders} orders'}, and each epoch is to have "
            "an order of its own. Is there a shuffle, is its result used, and does it begin anew?"
        )


def _check_buffer(trained: list[int], read: Collection[int]) -> None:
    """Refuse a buffer that gives an image before it has seen all."""
    if unread := len(set(trained) - set(read)):
        raise Mistake(
            f"When your training part gives its first image, it has read {len(trained) - unread} "
            f"of its {len(trained)}, and what it has not read never comes first. Look at the size "
            "of the buffer."
        )


def _check_mixes(trained: list[list[int]]) -> None:
    """Refuse a buffer that is far too small, where all was read before.

    An image from the second half then never comes early. A right answer looks so once in 10^8 runs,
    with 8 images in 12 epochs; with more images, or 32 in 4 epochs, less often.
    """
    order = sorted(trained[0])
    late = set(order[len(order) // 2 :])
    early = len(order) // 4
    if not any(place in late for places in trained for place in places[:early]):
        raise Mistake(
            f"Your training part is mixed within short stretches alone: in {len(trained)} epochs "
            f"none of the first {early} images comes from the second half of what was given. Look "
            "at the size of the buffer."
        )
