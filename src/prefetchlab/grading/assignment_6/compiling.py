"""Task 1, second part: a compiled loop in front of whose body two elements wait."""

from prefetchlab import graph
from prefetchlab.grading.assignment_6.fronting import STAGES
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.epoch import Epoch, TrainEpoch, run
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.words import plural
from prefetchlab.measure import CountingSource

SLOTS = 2  # how many must wait


@for_test_cell
def train(loop: TrainEpoch, *, stage: str = "", batch_size: int = 2, batches: int = 12) -> None:
    """Check a compiled loop in front of which exactly two batches wait, whatever the pipeline.

    >>> from prefetchlab._tensorflow import tf
    >>> @tf.function
    ... def nothing_ahead(dataset, step):
    ...     for batch in dataset:
    ...         step(batch)
    >>> train(nothing_ahead)
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: While the step on batch 1 runs, 0 batches wait, and 2 should. ...

    **Arguments:**

    - `loop`: the student's function of (dataset, step).
    - `stage`: a stage to put between source and batch: a key of `STAGES` that TensorFlow does not
      run in the background; none if empty.
    - `batch_size`: elements a batch.
    - `batches`: batches in all.

    **Raises:** `Mistake` that names the mistake.
    """
    epoch = Epoch(CountingSource(), batch_size, batches)
    if stage:  # behind the batch, so that nothing is fused
        epoch.dataset = graph.of_known_size(STAGES[stage](epoch.dataset), batches)
    run(loop, epoch)
    epoch.check_visits()
    for taken, made in sorted(epoch.made.items()):
        waiting = made // batch_size - taken
        if waiting != min(SLOTS, batches - taken):
            raise Mistake(
                f"While the step on batch {taken} runs, {waiting} {plural('batch', waiting)} "
                f"{'waits' if waiting == 1 else 'wait'}, and {SLOTS} should. {_fault(waiting)}"
            )


def _fault(waiting: int) -> str:
    if waiting <= 0:
        return (
            "The body of a for over a dataset becomes a stage of the pipeline, and what TensorFlow "
            "injects comes behind it. What can you write in front of it? (A result that is dropped "
            "changes nothing.)"
        )
    if waiting < SLOTS:
        return (
            "Is that the prefetch that TensorFlow injects, or one that you wrote? Look at its size."
        )
    return "Count what each stage that you added holds, and look at its size."
