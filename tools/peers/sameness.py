"""Whether contenders make the same images: then their work is the same, too."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prefetchlab.errors import InputError
from prefetchlab.progress import Progress
from tools.peers.runners import Runner
from tools.peers.work import BATCH, Images, Pixels, with_pillow

# Levels of 255, the mean over the image that differs most. Rounding alone made 0.16 here. Without
# smoothing it was 2.3, and with TensorFlow's default transform 1.1; that would be other work.
BOUND = 0.5
# Levels of 255, any one value: rounding makes 1. It tells what is wrong in few places, at an edge.
FURTHEST = 4
_BATCHES = 2


def difference(made: Pixels, wanted: Pixels) -> float:
    """The mean absolute difference of the pixels of the image that differs most, in levels of 255.

    Images of another number or size differ as much as can be.
    """
    if made.shape != wanted.shape:
        return 255.0
    apart = np.abs(made.astype(int) - wanted.astype(int))
    return float(apart.mean(axis=(1, 2, 3)).max())


def refuse_other_images(name: str, made: Pixels, wanted: Pixels) -> float:
    """The difference of two sets of images.

    **Raises:** `InputError` with one line if it is above `BOUND`, or any value is off by more than
        `FURTHEST`.
    """
    apart = difference(made, wanted)
    if apart > BOUND:
        raise _other(name, f"differ from Pillow's by {apart:.2f} levels of 255", BOUND)
    furthest = int(np.abs(made.astype(int) - wanted.astype(int)).max())
    if furthest > FURTHEST:
        raise _other(name, f"differ from Pillow's in one place by {furthest} levels", FURTHEST)
    return apart


def _other(name: str, what: str, bound: float) -> InputError:
    return InputError(
        f"{name}: its images {what}, and at most {bound:g} is allowed; so its work is not the same"
    )


def differences(
    runners: Sequence[Runner], images: Images, progress: Progress | None = None
) -> dict[str, float]:
    """By contender, how far the first images are from those that Pillow makes, in levels of 255.

    **Raises:** `InputError` with one line for a contender that makes others.
    """
    wanted = np.stack([with_pillow(path) for path in images.files[: _BATCHES * BATCH]])
    files = [images.folder / f"{number}.npy" for number in range(len(runners))]
    for runner, file in zip(runners, files, strict=True):  # all of them import at once
        runner.order("pixels", file=str(file), batches=_BATCHES)
    found = {}
    for done, (runner, file) in enumerate(zip(runners, files, strict=True)):
        name = runner.contender.name
        if progress:
            progress(f"compare the images of {name}", done, len(runners))
        runner.answer()
        found[name] = refuse_other_images(name, _stored(file), wanted)
    return found


def _stored(file: Path) -> Pixels:
    pixels: Pixels = np.load(file)
    return pixels
