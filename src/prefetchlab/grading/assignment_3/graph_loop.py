"""Task 9: a loop inside a `tf.function` that must not wait for its data."""

import numbers
from typing import Any

import numpy as np

from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.counts import TAKEN
from prefetchlab.grading.epoch import Epoch, SlowSource, TrainEpoch, run
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import up_to
from prefetchlab.measure import CountingSource


@for_test_cell
def train_epoch(loop: TrainEpoch, *, batch_size: int = 2, batches: int = 12) -> None:
    """Check a training loop inside a `tf.function` that must not wait for its data.

    >>> train_epoch(lambda batches, step: [step(batch) for batch in batches])
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your loop, or the step in it, runs in Python, outside ...

    **Arguments:**

    - `loop`: the student's function of (batches, step), which returns the number of steps. It may
      be a Python function that calls a `tf.function`: where the loop runs decides.
    - `batch_size`: elements a batch.
    - `batches`: batches an epoch, more than a small buffer holds.

    **Raises:** `Mistake` that names the mistake.
    """
    epoch = Epoch(CountingSource(), batch_size, batches)
    steps = run(loop, epoch)
    epoch.check_visits()
    _check_steps(steps, batches)
    _check_runs_ahead(epoch)
    _check_loads_meanwhile(loop)


def _check_steps(steps: Any, batches: int) -> None:
    shown = steps.numpy() if hasattr(steps, "numpy") else steps
    if not isinstance(shown, numbers.Real | np.generic) or shown != batches:
        raise Mistake(
            f"The loop made {batches} steps, and train_epoch returns {str(shown)[:40]}. "
            "Return one number: a step for every batch."
        )


def _check_runs_ahead(epoch: Epoch) -> None:
    """At least one batch ahead: AUTOTUNE, or a graph that takes early, may keep a few more."""
    ahead = {taken: made // epoch.batch_size - taken for taken, made in epoch.made.items()}
    first = tuple(epoch.made[taken] for taken in range(1, TAKEN + 1))
    found = (
        f"Its source has made {first} elements after {up_to(TAKEN)} batches of {epoch.batch_size} "
        "were taken"
    )
    if max(ahead.values()) <= 0:
        raise Mistake(
            f"Your loop loads nothing ahead. {found}: a for over a dataset inside a tf.function "
            "makes its body a stage of the pipeline, and the prefetch that TensorFlow injects "
            "stands behind the body. A prefetch of 0 slots changes nothing, nor does one whose "
            "result is dropped."
        )
    if first[0] >= epoch.batch_size * epoch.batches:
        raise Mistake(
            f"Your loop holds the whole epoch. {found}, and there are no more: "
            "one batch ahead is enough, and each further one costs memory."
        )
    if max(ahead[taken] for taken in range(1, TAKEN + 1)) > epoch.batches // 2:
        raise Mistake(
            f"Your loop holds most of the epoch. {found}, of {epoch.batches} batches in all: "
            "half of them are the most that the task allows, and one is enough."
        )
    for taken, more in ahead.items():
        if more <= 0:
            raise Mistake(
                f"Your loop runs ahead, but not at every batch: after {taken} batches of "
                f"{epoch.batch_size} its source has made {epoch.made[taken]} elements, and no "
                "batch waits. Put the prefetch behind all that you loop over."
            )


def _check_loads_meanwhile(loop: TrainEpoch) -> None:
    """Refuse a loop that only takes early: nothing is loaded while a step runs.

    Where loading is slow, a producer of its own makes elements after a step has begun. On a machine
    so busy that it has made them before anybody looks, a slower source tells.
    """
    for pause_s in (0.02, 0.15):
        epoch = Epoch(SlowSource(pause_s), batch_size=2, batches=TAKEN + 1)
        run(loop, epoch)
        epoch.check_visits()
        if epoch.made_meanwhile:
            return
    if epoch.made[1] <= epoch.batch_size:
        raise Mistake(
            f"In an epoch of {epoch.batches} batches your loop loads nothing ahead. Choose a size "
            "that holds for any number of batches."
        )
    raise Mistake(
        "Your loop takes its batches early, and loads none while a step runs: all that waits was "
        "made before the step began. Let something else make the next batch meanwhile: a prefetch."
    )
