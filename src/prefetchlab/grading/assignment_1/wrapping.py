"""Task 5: a stage that must stay Python, and keeps shape and type."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefetchlab._tensorflow import tf
from prefetchlab.grading.assignment_1.labels import check_labels
from prefetchlab.grading.assignment_1.sources import pictures
from prefetchlab.grading.assignment_1.specs import check_spec
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.elements import first_elements
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.words import plural


class _Noting:
    """A function that only NumPy can compute, and what it saw."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.calls = 0
        self.traced = False
        self._shape = shape
        self._refused: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, image: Any) -> NDArray[np.float32]:
        """Each value becomes the share of the image's values that are no larger."""
        if isinstance(image, tf.Tensor) and not hasattr(image, "numpy"):
            self.traced = True
            raise TypeError("a tensor that has no values yet")
        values = np.asarray(image)
        with self._lock:
            self.calls += 1
            if values.shape != self._shape or values.dtype != np.float32:
                self._refused.append(f"{values.dtype} of shape {values.shape}")
        return ranked(values)

    def check_was_given_images(self) -> None:
        """Check that it saw one image at a time."""
        if self._refused:
            raise Mistake(
                f"The function was called with {self._refused[0]}, and an image is float32 of "
                f"shape {self._shape}. Call it with one image, as the dataset gives it."
            )


def ranked(image: NDArray[Any]) -> NDArray[np.float32]:
    """Each value becomes the share of the image's values that are no larger.

    >>> ranked(np.array([0.5, 0.1]))
    array([1. , 0.5], dtype=float32)
    """
    places = np.searchsorted(np.sort(image, axis=None), image, side="right")
    return (places / image.size).astype(np.float32)


@for_test_cell
def in_python(
    build: StudentFunction, *, count: int = 7, shape: tuple[int, int, int] = (16, 16, 3)
) -> None:
    """Check that a function of NumPy runs once for each element, and that nothing is forgotten.

    >>> in_python(lambda pictures, function: pictures)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: In one epoch of 7 images the function ran 0 times. ...

    **Arguments:**

    - `build`: the student's function of (pictures, function), to a dataset.
    - `count`: how many images to try.
    - `shape`: of each image.

    **Raises:** `Mistake` that names the mistake.
    """
    function, source = _Noting(shape), pictures(count, shape)
    dataset = _built(build, source, function)
    if function.calls:
        raise Mistake(
            f"The function ran {_times(function.calls)} before a loop asked for anything. It runs "
            "when an element is read: look for a call, or a loop, outside of what you map."
        )
    unseen = "TensorFlow does not see what Python returns. Tell it, of the"
    look = [f"{unseen} {part} that came in." for part in ("image", "label")]
    check_spec(dataset, source.element_spec, look=look)
    came = first_elements(dataset, count + 3)
    function.check_was_given_images()
    check_labels([int(label) for _, label in came], list(range(count)))
    if function.calls != count:
        raise Mistake(
            f"In one epoch of {count} images the function ran {_times(function.calls)}. "
            "Call it once for each image."
        )
    first_elements(dataset, count + 3)
    if function.calls != 2 * count:
        raise Mistake(
            f"In two epochs of {count} images the function ran {_times(function.calls)}. Call it "
            "once for each image in each epoch: look for what keeps the results of the first."
        )
    for (image, label), (given, _) in zip(came, source.as_numpy_iterator(), strict=True):
        if not np.array_equal(image, ranked(given)):
            raise Mistake(
                f"The image with label {label} is not what the function returns for it. Hand its "
                "result on as it is."
            )


def _times(count: int) -> str:
    return f"{count} {plural('time', count)}"


def _built(build: StudentFunction, source: tf.data.Dataset, function: _Noting) -> Any:
    try:
        return build(source, function)
    except Exception:
        if function.traced:
            raise Mistake(
                "The function was called while TensorFlow traced yours, with a tensor that has no "
                "values yet. Let TensorFlow call it for each element."
            ) from None
        raise
