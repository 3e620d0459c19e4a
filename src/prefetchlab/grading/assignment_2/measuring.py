"""Task 5: loading alone, training alone, and the epoch of both, with nothing traced in it."""

import re

from prefetchlab.grading.assignment_2.training import Training
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.student import StudentFunction
from prefetchlab.grading.values import plain_numbers, same
from prefetchlab.grading.words import plural


@for_test_cell
def three_times(answer: StudentFunction, *, numbers: int = 10, batch: int = 4) -> None:
    """Check the three times of an epoch that a student measures; the check moves the clock.

    >>> three_times(lambda batches, train, clock: (1, 2, 3))
    Traceback (most recent call last):
        ...
    prefetchlab...Mistake: Your function reads the clock 0 times. ...

    **Arguments:**

    - `answer`: the student's function of (batches, train, clock), to (loading, training, both).
    - `numbers`: how many an epoch has.
    - `batch`: numbers a batch.

    **Raises:** `Mistake` that names the mistake.
    """
    training = Training(numbers, batch)
    returned = answer(training.batches, training.train, training.clock)
    if training.reads < 2:
        raise Mistake(
            f"Your function reads the clock {training.reads} {plural('time', training.reads)}. "
            "A time lies between two readings of it."
        )
    wanted = "Return three numbers of seconds: loading alone, training alone, and both."
    got = plain_numbers(returned, wanted)
    if len(got) != 3:
        raise Mistake(f"{wanted} You return {len(got)}.")
    if training.in_python:
        raise Mistake(
            f"train ran in Python {training.in_python} {plural('time', training.in_python)}, "
            "without a graph. The task asks for the times of its tf.function."
        )
    loading, trained = numbers * Training.LOAD_S, numbers * Training.TRAIN_S
    right = {"loading alone": loading, "training alone": trained, "both": loading + trained}
    for (name, seconds), said in zip(right.items(), got, strict=True):
        if not same(said, seconds):
            raise Mistake(
                f"For an epoch of {numbers} numbers you say that {name} "
                f"{'take' if name == 'both' else 'takes'} {said:.6g} s. "
                f"{_fault(name, said, right, training, -(-numbers // batch))}"
            )
    _check_passes(training.log, -(-numbers // batch))


def _check_passes(log: str, batches: int) -> None:
    """Each of the three must lie between two readings of the clock, with nothing else in it."""
    passes = {"loading alone": "c*l", "training alone": "c*t", "both": "c*lc*t"}
    for name, each in passes.items():
        if not re.search(f"c((?:{each}){{{batches}}})+c", log):
            raise Mistake(
                f"No pass between two of your readings is {name}, as the task describes it. None "
                "of the three is calculated from the others."
            )


def _fault(
    name: str, said: float, right: dict[str, float], training: Training, batches: int
) -> str:
    seconds = right[name]
    if same(said, seconds / batches):
        return "That is one batch; the task asks for an epoch."
    for traces in range(1, training.traces + 1):
        times = f"It holds {traces} {plural('trace', traces)} of train"
        if same(said - traces * Training.TRACE_S, seconds):
            return f"{times}. Which calls need a trace of their own?"
        if any(same(said - traces * Training.TRACE_S, other) for other in right.values()):
            return f"{times}, and it is not what {name} would take without."
    if name == "training alone" and same(said, right["both"]):
        return "Batches are loaded within it. Where must they be before you read the clock?"
    if any(same(said, other) for other in right.values()):
        return "That is another of the three times."
    if said == 0:
        return "Nothing happened between your two readings of the clock."
    if any(same(said, epochs * seconds) for epochs in range(2, 101)):
        return "That is the time of several epochs. The task asks for that of one."
    if said < seconds:
        return "A part of the epoch lies outside of it. Time every batch once, the last one, too."
    return "What happens between your two readings of the clock, and what of it belongs there?"
