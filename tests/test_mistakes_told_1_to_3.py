"""What a student is told in assignments 1 to 3, where more than one thing could be said."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.grading import assignment_1, assignment_2, assignment_3
from prefetchlab.grading.assignment_1.labels import check_labels
from prefetchlab.grading.background import why_not_serial
from prefetchlab.grading.elements import check_batches
from prefetchlab.grading.folding import folded
from prefetchlab.grading.inputs import fresh_numbers, loader, photos
from prefetchlab.grading.mistake import Mistake
from prefetchlab.grading.structure import check_prefetch_after_batch
from prefetchlab.measure import Transform
from tests.test_grading_parts import reference_answer

pytestmark = pytest.mark.long


def always(returned: object) -> Callable[..., Any]:
    """An answer that returns this, whatever it is given."""
    return lambda *_: returned


# --- assignment 1 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "named"),
    [
        ([1], "are missing: 2 of 3"),
        ([1, 2, 3, 4], "labels that none of the images has"),
        ([1, 1, 2, 2, 2, 3], "come more than once: 2 of 3"),
        ([1, 3, 2], "in another order"),
    ],
)
def test_labels_that_differ_are_named(got: list[int], named: str) -> None:
    with pytest.raises(Mistake, match=named):
        check_labels(got, [1, 2, 3])


@pytest.mark.parametrize("count", [12, 5])
def test_a_count_that_no_split_can_be_checked_with_is_refused(count: int) -> None:
    with pytest.raises(Mistake, match="a multiple of 5, at least 10"):
        assignment_1.split(always(None), count=count)


def test_brightness_of_a_single_image_is_not_checked() -> None:
    with pytest.raises(Mistake, match="a count of at least 2"):
        assignment_1.augmented(lambda pictures: pictures, count=1)


COUNTS = {  # of 10 numbers in batches of 4, 3 times over, the last batch kept; right are 8, 9, 9
    0: {
        30: "That counts single numbers",
        9: "what does it know of where an epoch ends",
        7: "fill no whole batch, with drop = False",
        7.5: "There are no parts of an element",
        15: "Write the elements down",
    },
    1: {
        30: "That counts single numbers",
        8: "it sees the end of each epoch",
        6: "fill no whole batch, with drop = False",
        7.5: "There are no parts of an element",
        15: "Write the elements down",
    },
    2: {
        30: "That counts single numbers",
        15: "take gives no more than there is",
        5: "repeat begins it anew",
        6: "fill no whole batch, with drop = False",
        7.5: "There are no parts of an element",
        8: "Write the elements down",
    },
}


@pytest.mark.parametrize(
    ("place", "said", "named"),
    [(place, said, named) for place, each in COUNTS.items() for said, named in each.items()],
)
def test_a_wrong_count_of_elements_is_told_from_the_others(
    place: int, said: float, named: str
) -> None:
    counts: list[float] = [8, 9, 9]
    counts[place] = said
    with pytest.raises(Mistake, match=named):
        assignment_1.element_counts(always(counts), cases=[(10, 4, 3, False, 5)])


def one_call_each(numbers: tf.data.Dataset, epochs: int, note: Callable[[], None]) -> None:
    for _ in numbers.repeat(epochs):
        note()


def one_call_a_batch(numbers: tf.data.Dataset, epochs: int, note: Callable[[], None]) -> None:
    one_call_each(numbers.batch(4), epochs, note)


@pytest.mark.parametrize(
    ("snippet", "elements", "epochs", "said", "named"),
    [
        (one_call_a_batch, 7, 3, 6.5, "A number of calls is whole"),
        (one_call_a_batch, 7, 3, 21, "one call for each number in each epoch"),
        (one_call_a_batch, 7, 3, 7, "one call for each number in one epoch"),
        (one_call_a_batch, 7, 3, 0, "TensorFlow must call the function"),
        (one_call_a_batch, 7, 3, 3, "Is there a last batch that is not full"),
        (one_call_a_batch, 7, 3, 5, "Is there a last batch that is not full"),
        (one_call_a_batch, 7, 3, 2, "Look at what stands inside the loop"),
        (one_call_a_batch, 7, 1, 1, "Look at what stands inside the loop"),
        (one_call_a_batch, 3, 4, 1, "you say 1 call in A, .* Look at what stands inside the loop"),
        (one_call_a_batch, 7, 3, 8, "Python runs less often"),
        (one_call_each, 7, 3, 5, "What runs for each element there"),
        (one_call_each, 7, 3, 22, "Python runs less often"),
    ],
)
def test_a_wrong_count_of_calls_is_told_from_the_others(
    snippet: Any, elements: int, epochs: int, said: float, named: str
) -> None:
    snippets = {"A": snippet}
    with pytest.raises(Mistake, match=named):
        assignment_1.python_calls(always([said]), snippets, elements=elements, epochs=epochs)


ROWS = [("read", 4, 1, 10), ("decode", 9, 6, 20), ("resize", 10, 12, 95), ("batch", 12, 13, 100)]
ADDED = [4, 5, 1, 2]


@pytest.mark.parametrize(
    ("added", "costliest", "least", "named"),
    [
        ([4, 9, 10, 12], "decode", 6.5, "times of whole pipelines"),
        ([1, 5, 6, 1], "decode", 6.5, "That is the CPU work"),
        ([0, 5, 1, 2], "decode", 6.5, "The first number is wrong"),
        ([4, 5, 1], "decode", 6.5, "There are 4 stages"),
        ([4, 5, 1, 3], "decode", 6.5, "Compare each row with the row of the pipeline before it"),
        (None, "decode", 6.5, "The first thing must be a list of numbers"),
        (ADDED, "read", 6.5, "Another stage adds more time"),
        (ADDED, "batch", 6.5, "Its row is that of the whole pipeline"),
        (ADDED, ["decode"], 6.5, "Return one of the names"),
        (ADDED, "Decode", 6.5, "Return one of the names"),
        (ADDED, "decode", "6.5", "The third thing must be one number"),
        (ADDED, "decode", 6, "You spread the time"),
        (ADDED, "decode", 13, "the work of one core that does all"),
        (ADDED, "decode", 16, "You count work twice"),
        (ADDED, "decode", 7, "That is near"),
        (ADDED, "decode", 7.5, "Take the work of the whole pipeline"),
        (ADDED, "decode", 5.5, "Take the work of the whole pipeline"),
    ],
)
def test_a_wrong_cost_is_told_from_the_others(
    added: object, costliest: object, least: object, named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_1.stage_costs(always((added, costliest, least)), rows=ROWS, cores=2)


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        (lambda image: image.astype(np.float64), r"float64 of shape \(16, 16, 3\)"),
        (lambda image: image.ravel(), r"float32 of shape \(768,\)"),
    ],
)
def test_a_call_with_something_else_than_an_image_is_told(
    changed: Callable[[Any], Any], seen: str
) -> None:
    def build(pictures: tf.data.Dataset, function: Callable[[Any], Any]) -> tf.data.Dataset:
        def one(image: Any) -> Any:
            return function(changed(image)).reshape(image.shape)

        def mapped(image: Any, label: Any) -> Any:
            made = tf.numpy_function(one, [image], tf.float32)
            return tf.ensure_shape(made, image.shape), label

        return pictures.map(mapped)

    with pytest.raises(Mistake, match=f"was called with {seen}"):
        assignment_1.in_python(build)


# --- assignment 2 --------------------------------------------------------------------------------

WAITS = [1, 0, 3]


@pytest.mark.parametrize(
    ("waits", "share", "named"),
    [
        ([5, 1, 1], 0, "times in which training was busy"),
        ([2, 5, 1], 0, "times in which training was busy"),
        ([-1, 0, -3], 0, "Each has the wrong sign"),
        ([3, 5, 4], 0, "From one start to the next"),
        ([6, 1, 4], 0, "From one end to the next"),
        ([1.05, 0, 3], 0, "They are near"),
        ([1.1, 0, 3], 0, r"are \[1\.1, 0, 3\] s\. When did training end"),
        ([1, 2, 3, 4, 5], 0, r"\[1, 2, 3, 4, …\] s\. Those are 5 waits for 4 events"),
        (WAITS, 4 / 11 + 5e-5, "It is near"),
        (WAITS, 400 / 11, "That is percent"),
        (WAITS, 4 / 13, "the first one is in it"),
        (WAITS, 4 / 9, "You divide by the training alone"),
        (WAITS, 4 / 7, "You divide by the training alone"),
        (WAITS, 4, "their sum in seconds"),
        (WAITS, 7 / 11, "the part in which training was busy"),
        (WAITS, (1 / 6 + 3 / 4) / 3, "the mean of the shares"),
        (WAITS, 0.1, "Add the waits up"),
    ],
)
def test_a_wrong_wait_is_told_from_the_others(waits: list[float], share: float, named: str) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_2.waits(always((waits, share)), train=[(1, 3), (4, 9), (9, 10), (13, 14)])


LOADING, TRAINING, BOTH = 5 / 8, 4.5 / 8, 2.5 / 8
DRAW = "Draw the events on a line"
SHARES = {  # what is said of loading, of training, of both
    0: {
        5: "That is the time in seconds",
        62.5: "That is percent",
        5 / 9: "The whole does not begin at 0",
        6 / 8: "two loads run at once, you count",
        3 / 8: "the part of the time in which it is not so",
        5 / 6: "of this lane alone",
        TRAINING: DRAW,
        LOADING * TRAINING: DRAW,
    },
    1: {
        4.5: "That is the time in seconds",
        56.25: "That is percent",
        4.5 / 9: "The whole does not begin at 0",
        3.5 / 8: "the part of the time in which it is not so",
        4.5 / 6.5: "of this lane alone",
        6 / 8: DRAW,
        3 / 8: DRAW,
    },
    2: {
        2.5: "That is the time in seconds",
        31.25: "That is percent",
        2.5 / 9: "The whole does not begin at 0",
        3 / 8: "two loads run at once beside training",
        2.5 / 4.5: "a part of the less busy lane",
        TRAINING: "the less busy lane works while",
        LOADING * TRAINING: "The product of two shares",
        5.5 / 8: "the part of the time in which it is not so",
        2.5 / 6: DRAW,
        6 / 8: DRAW,
    },
}


@pytest.mark.parametrize(
    ("place", "said", "named"),
    [(place, said, named) for place, each in SHARES.items() for said, named in each.items()],
)
def test_a_wrong_share_is_told_from_the_others(place: int, said: float, named: str) -> None:
    shares = [LOADING, TRAINING, BOTH]
    shares[place] = said
    lanes: dict[str, Any] = {
        "load": [(1, 3), (2, 5), (6, 7)],
        "train": [(2.5, 4), (6, 9)],
    }
    with pytest.raises(Mistake, match=named):
        assignment_2.shares(always(shares), **lanes)


Rounds = tuple[Sequence[float], Sequence[float], Sequence[float]]
HALF_HIDDEN: Rounds = [3, 8, 4.25], [5, 2, 9], [7, 9.5, 12]
SERIAL: Rounds = [3, 8, 4.25], [5, 2, 9], [8.5, 9.5, 13]
BOUND: Rounds = [3, 8, 4.25], [5, 2, 9], [4.9, 8.5, 9.5]
IN_THE_WAY: Rounds = [3, 8, 4.25], [5, 2, 9], [9, 11, 14]
# The median of the steps is below that of training, and the median of the differences above 0.
DISTURBED: Rounds = [0.5, 0.5, 0.5], [1, 5, 6], [2, 4.9, 16]


@pytest.mark.parametrize(
    ("times", "numbers", "named"),
    [
        (HALF_HIDDEN, (12.5 / 3, 8, 2), "That is the mean of the rounds"),
        (HALF_HIDDEN, (4.5, 8, 2), "You take the medians first"),
        (HALF_HIDDEN, (2, 8, 2), "That is one round's number"),
        (HALF_HIDDEN, (4, 8, 2), "You subtract the wrong time"),
        (HALF_HIDDEN, (4.25, 8, 2), "That is loading alone"),
        (HALF_HIDDEN, (6, 8, 2), "What does each part of a step stand for"),
        (HALF_HIDDEN, (3, 22 / 3, 2), "That is the mean of the rounds"),
        (HALF_HIDDEN, (3, 5, 2), "You take the medians first"),
        (HALF_HIDDEN, (3, 9, 2), "That is one round's number"),
        (HALF_HIDDEN, (3, 10, 2), "That is what they take in turns"),
        (HALF_HIDDEN, (3, 3, 2), "which of the two does it wait for"),
        (HALF_HIDDEN, (3, 4, 2), "How long is a step if loading and training run"),
        (HALF_HIDDEN, (3, 8, 6.5 / 3), "That is the mean of the rounds"),
        (HALF_HIDDEN, (3, 8, 4.5), "You take the medians first"),
        (HALF_HIDDEN, (3, 8, 3), "That is one round's number"),
        (HALF_HIDDEN, (3, 8, 4), "You subtract the wrong time"),
        (HALF_HIDDEN, (3, 8, 4.25), "That is loading alone"),
        (DISTURBED, (0, 5, 1), "You take the medians first"),
        (DISTURBED, (-0.1, 5, 1), "You take the medians first"),
        (DISTURBED, (1, 5, 0), "You take the medians first"),
    ],
)
def test_a_wrong_number_of_a_verdict_is_told_from_the_others(
    times: Rounds, numbers: tuple[float, float, float], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_2.verdict(always((*numbers, "half hidden")), measured=[times])


@pytest.mark.parametrize(
    ("times", "word", "named"),
    [
        (HALF_HIDDEN, "training", "Compare each round with itself"),
        (HALF_HIDDEN, "loading", "The step is longer than either of the two alone"),
        (HALF_HIDDEN, "serial", "Compare the step with the sum round by round"),
        (HALF_HIDDEN, "in each other's way", "Compare the step with the sum round by round"),
        (IN_THE_WAY, "half hidden", "Compare the step with the sum round by round"),
        (SERIAL, "half hidden", "longer than the sum in every round, or shorter"),
        (SERIAL, "loading", "longer than the sum in every round, or shorter"),
        (BOUND, "loading", "Compare the medians of the two times alone"),
        (BOUND, "serial", "Is the step the longer one in every round"),
        (BOUND, ["training"], "Return one of these"),
    ],
)
def test_a_wrong_word_of_a_verdict_is_told_from_the_others(
    times: Rounds, word: object, named: str
) -> None:
    right = reference_answer("2-training-delays", "t3-verdict")["verdict"]
    with pytest.raises(Mistake, match=named):
        assignment_2.verdict(lambda *given: (*right(*given)[:3], word), measured=[times])


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ([2, 5], r"you return \[2, 5\]\. Those are 2 steps"),
        ([2, 5, 2.5], r"you return \[2, 5, 2\.5\]\. Those are 3 steps"),
        ([2, 5, 2.5, 3], r"you return \[2, 5, 2\.5, …\]\. From where to where"),
        ([1, 2, 1, 1], "That is training alone"),
        ([0, 8, 0, 8], "How finely can the type tell"),
        ([2, 5, 2.5, 3.505], "That is near"),
        ([2, 5, 2.5, 3.507], "From where to where"),
        ([2, 7, 9.5, 13], "Your times grow from step to step"),
        ([5, 10, 12.5, 16], "Your times grow from step to step"),
        ([3.25] * 4, "All your times are alike"),
    ],
)
def test_a_wrong_step_is_told_from_the_others(steps: list[float], named: str) -> None:
    def answer(batches: Any, device: Any, clock: Callable[[], float], _: int) -> list[float]:
        for batch in batches:
            device.train(batch)
            device.wait()
            clock()
        return steps

    loading, training = [2, 1, 3, 1.5, 2.5], [1, 1, 2, 1, 1]
    with pytest.raises(Mistake, match=named):
        assignment_2.step_times(answer, loading=loading, training=training)


@pytest.mark.parametrize(
    ("reads", "times", "named"),
    [
        (1, (2, 1, 3), r"reads the clock 1 time\."),
        (2, (3, 1, 3), "That is another of the three times"),
        (2, (2, 2, 3), "That is another of the three times"),
        (2, (2, 3, 3), "Batches are loaded within it"),
        (2, (0, 1, 3), "Nothing happened between"),
        (2, (2 / 3, 1, 3), "That is one batch"),
        (2, (4, 1, 3), "That is the time of several epochs"),
        (2, (200, 1, 3), "That is the time of several epochs"),
        (2, (202, 1, 3), "What happens between your two readings"),
        (2, (2.5, 1, 3), "What happens between your two readings"),
        (2, (1.5, 1, 3), "A part of the epoch lies outside"),
        (2, (2, 1, 3.5), r"you say that both take 3\.5 s"),
        (2, (2, 1, 3), "No pass between two of your readings is loading alone"),
    ],
)
def test_a_wrong_time_is_told_from_the_others(
    reads: int, times: tuple[float, float, float], named: str
) -> None:
    def answer(_batches: Any, _train: Any, clock: Callable[[], float]) -> Any:
        for _ in range(reads):
            clock()
        return times

    with pytest.raises(Mistake, match=named):
        assignment_2.three_times(answer)


Times = Mapping[str, list[int]]


@pytest.mark.parametrize(
    ("summary", "named"),
    [
        (lambda times: list(times), "Return a dict with one entry for each variant: old, new"),
        (lambda times: dict.fromkeys(["old"]), "Return a dict with one entry for each variant"),
        (lambda times: dict.fromkeys(times, (1, 2)), "You return 2"),
        (
            lambda times: {n: (np.median(t) + 0.25, min(t), max(t)) for n, t in times.items()},
            "The least and the most are right",
        ),
        (
            lambda times: {n: (np.median(t), min(t) - 1, max(t)) for n, t in times.items()},
            "Take the numbers of the rounds",
        ),
    ],
)
def test_a_wrong_summary_of_rounds_is_told_from_the_others(
    summary: Callable[[Times], object], named: str
) -> None:
    def compare(variants: list[str], rounds: int, measure: Callable[[str], int]) -> object:
        times = {name: [measure(name)][:0] for name in variants}
        for number in range(rounds):
            for name in variants[:: -1 if number % 2 else 1]:
                times[name].append(measure(name))
        return summary(times)

    with pytest.raises(Mistake, match=named):
        assignment_2.compare(compare, costs={"old": 20, "new": 18}, rounds=5)


def test_a_comparison_that_measures_nothing_is_refused() -> None:
    with pytest.raises(Mistake, match="You measured nothing"):
        assignment_2.compare(always({}), costs={"old": 20}, rounds=1)


def by_name(name: str) -> tf.data.Dataset:
    numbers = tf.data.Dataset.range(8)
    plain = numbers.batch(2)
    parallel = numbers.map(tf.negative, 2).map(tf.negative)
    return {"plain": plain, "parallel": parallel}[name]


@pytest.mark.parametrize(
    ("name", "returned", "named"),
    [
        ("plain", (False, ["injected", "injected"]), "Name each word once"),
        ("plain", (False, itertools.repeat("injected")), "Name each word once"),
        ("plain", (False, ["fused", "injected"]), "No MapAndBatch runs there"),
        ("plain", (False, ["parallel", "injected"]), "No ParallelMap runs there"),
        ("plain", (False, []), "TensorFlow did more there"),
        ("plain", ("yes", ["injected"]), "For plain the first one is 'yes'"),
        ("plain", (0, ["injected"]), "For plain the first one is 0"),
        ("plain", (False, "injected"), "For plain the second one is 'injected'"),
        ("plain", (False, {"injected": 1}), "For plain the second one is {'injected': 1}"),
        ("plain", (False, 1), "For plain the second one is 1"),
        ("parallel", (False, []), "A parallel map was written, and more than one runs"),
    ],
)
def test_a_wrong_baseline_is_told_from_the_others(name: str, returned: object, named: str) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_2.baseline(always(returned), {name: by_name(name)})


@pytest.mark.parametrize("words", [["injected"], ("injected",), {"injected"}, iter(["injected"])])
def test_words_come_in_any_sequence_or_set(words: object) -> None:
    assignment_2.baseline(always((np.False_, words)), {"plain": by_name("plain")})


NIGHT = [
    ("train", 10, 16),
    ("trace", 11, 14),
    ("save", 17, 19),
    ("save", 19, 19.5),
    ("stop", 20, 20.25),
]
SECONDS = {"train": 3, "trace": 3, "save": 2.5, "stop": 0.25}


@pytest.mark.parametrize(
    ("seconds", "rest", "lane", "named"),
    [
        (list(SECONDS.items()), 7.25, "trace", "Return three things"),
        (SECONDS | {"idle": 7.25}, 7.25, "trace", "Every lane of the log is a key"),
        (SECONDS | {"train": 6}, 7.25, "trace", "Within some of its events lie others"),
        (SECONDS | {"save": 0.5}, 7.25, "trace", "That is one event alone, and save has 2"),
        (SECONDS | {"train": 1}, 7.25, "trace", "That is how many events it has"),
        (SECONDS | {"train": -3}, 7.25, "trace", "It is less than nothing"),
        (SECONDS | {"train": 2}, 7.25, "trace", "It took longer"),
        (SECONDS | {"train": 0}, 7.25, "trace", "It took longer"),
        (SECONDS | {"train": 4}, 7.25, "trace", "It took less"),
        (SECONDS, 4.25, "trace", "you count the seconds within other events twice"),
        (SECONDS, 1.5, "trace", "where the function is told, not where the log does"),
        (SECONDS, -7.25, "trace", "From what do you subtract what"),
        (SECONDS, 15.25, "trace", "The clock does not say 0"),
        (SECONDS, 3, "trace", "How long is the night"),
        (SECONDS, 7.25, "Trace", "You name 'Trace' as the costliest lane. Return one of"),
        (SECONDS, 7.25, ["trace"], r"You name \['trace'\] as the costliest lane. Return one of"),
        (SECONDS, 7.25, "train", "The task asks for one of the others"),
        (SECONDS, 7.25, "save", "Another one took more seconds"),
    ],
)
def test_a_wrong_account_is_told_from_the_others(
    seconds: object, rest: float, lane: object, named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_2.account(always((seconds, rest, lane)), events=NIGHT, start=8, end=24)


@pytest.mark.parametrize(
    ("batches", "named"),
    [
        (
            [[0], [1], [2], [3], [0], [1], [2], [3]],
            "given 8 batches, .* ends in a batch of its own",
        ),
        ([[0, 1], [2], [3]], "given 3 batches, .* ends in a batch of its own"),
        ([[0, 1], [2, 3], [0, 1], [2, 3], [0]], "You train more than the epochs asked for"),
        ([[2, 1, 0], [3], [0, 1], [2, 3]], r"batches of \[3, 1\], and those of 4 .* are \[2, 2\]"),
        ([[0, 1], [2, 2], [0, 1], [3, 3]], "does not hold each number once"),
        ([[0, 1], [2, 3], [0, 1], [2, 2]], "does not hold each number once"),
    ],
)
def test_wrong_epochs_are_told_from_the_others(batches: list[list[int]], named: str) -> None:
    def answer(_numbers: Any, _load: Any, train: Callable[[Any], object], *_: int) -> None:
        for batch in batches:
            train(tf.constant(batch, tf.int64) * 10)

    with pytest.raises(Mistake, match=named):
        assignment_2.train_epochs(answer, numbers=4, batch=2, epochs=2)


def test_one_epoch_is_told_as_one() -> None:
    with pytest.raises(Mistake, match="In 1 epoch train was given 0 batches, and there are 3"):
        assignment_2.train_epochs(always(None), epochs=1)


# --- assignment 3 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pipeline", "count", "named"),
    [
        ((4, 0, 2), lambda n, batch, _, after: after * batch, "what the consumer has taken was"),
        ((4, 5, 2), lambda n, batch, before, after: (1 + n + after) * batch, "more samples than"),
        # Where a batch has as many samples as the buffer has slots, two misconceptions agree.
        ((4, 0, 4), lambda n, batch, _, after: (n + 1) * batch, "Fill in this row of the table"),
        ((4, 0, 3), lambda n, batch, _, after: (n + 1) * batch, "held one batch, however many"),
    ],
)
def test_a_count_is_put_down_to_the_one_misconception_that_gives_it(
    pipeline: tuple[int, int, int], count: Callable[..., int], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_3.source_count(count, pipelines=[pipeline])


@pytest.mark.parametrize(
    ("serial", "overlapped", "named"),
    [
        ([15, 5], [], "You pair a load with a wrong training"),
        ([9, 15], [], "You pair a load with a wrong training"),
        ([11, 12], [], "You pair a load with a wrong training"),
        ([9, 6], [], "You let load and train overlap"),
        ([4, 2], [], "You take the shorter of the two"),
        ([7, 7], [], "All your steps are alike"),
        ([9, 3], [], "Draw the two lanes"),
        ([13], [], "You return 1 step, and 3 batches have 2"),
        ([13, 8], [9, 3], "You pair a load with a wrong training"),
        ([13, 8], [5, 9], "You pair a load with a wrong training"),
        ([13, 8], [6, 9], "You pair a load with a wrong training"),
        ([13, 8], [13, 8], "You add load and train"),
        ([13, 8], [4, 2], "You take the shorter of the two"),
        ([13, 8], [9, 9], "All your steps are alike"),
        ([13, 8], [15, 5], "Draw the two lanes"),
    ],
)
def test_wrong_steps_are_told_from_the_others(
    serial: list[int], overlapped: list[int], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_3.step_times(
            lambda load, train, slots: overlapped if slots else serial,
            load=[5, 9, 2],
            train=[4, 6, 3],
        )


@pytest.mark.parametrize(
    ("case", "returned", "named"),
    [
        ((30, 20), (5 / 3, 10, 0), "Return two numbers"),
        ((30, 20), (10, 5 / 3), "Return the speed-up first"),
        ((30, 20), (1, 10), "1 means no gain at all"),
        ((30, 20), (1.7, 10), "That is near, and not exact"),
        ((30, 20), (2, 10), "That is near, and not exact"),
        ((30, 20), (2 / 3, 10), "what is gained beyond 1"),
        ((30, 20), (2.5, 10), "buys more than 2"),
        ((30, 20), (0.6, 10), "That is slower than before"),
        ((30, 20), (1.5, 10), "You divide one time by the other"),
        ((20, 30), (1.5, 0), "You divide one time by the other"),
        ((30, 20), (1.4, 10), "Divide the step with no slot by the step with one slot"),
        ((30, 10), (2, 20), "2 is the most that it can buy"),
        ((30, 20), (5 / 3, 0), "training still waits for a slow one"),
        ((30, 20), (5 / 3, 30), "That is the whole load"),
        ((30, 20), (5 / 3, 20), "the part of a load that training cannot cover"),
    ],
)
def test_a_wrong_gain_is_told_from_the_others(
    case: tuple[int, int], returned: tuple[float, ...], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_3.one_prefetch_buys(always(returned), cases=[case])


def test_a_loop_of_python_that_stops_at_once_has_not_read_the_whole_epoch() -> None:
    def train_epoch(batches: tf.data.Dataset, step: Callable[[Any], object]) -> int:
        for batch in batches.take(1):
            tf.function(step)(batch)
        return 1

    with pytest.raises(Mistake, match="runs in Python, outside the graph"):
        assignment_3.train_epoch(train_epoch)


# --- for all -------------------------------------------------------------------------------------


def test_nothing_is_said_of_a_graph_that_tensorflow_does_not_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> graph.Pipeline:
        raise InputError("no graph")

    monkeypatch.setattr(graph, "runs", refuse)
    assert why_not_serial(tf.data.Dataset.range(8).prefetch(1)) == ""


@pytest.mark.parametrize(("length", "told"), [(300, "x" * 300), (301, "x" * 300 + "…")])
def test_a_long_sentence_is_shortened(length: int, told: str) -> None:
    assert f"ValueError: {told}. Look at" in str(folded(ValueError("x" * length)))


def test_a_function_without_a_name_is_not_named() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        (lambda number: 1 // number)(0)
    told = str(folded(raised.value))
    assert f"of {__name__.rpartition('.')[2]}.py: (lambda number" in told


# --- the stages of a pipeline --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ([], "TensorFlow runs more stages of one name than you wrote"),
        (["ParallelMap"] * 2, "You name a stage more often than it was added"),
        (["Range", "ParallelMap", "ParallelMap"], "Those are all stages that run"),
        (["ParallelMap(2)"], "Give each stage's name alone"),
        (["ParallelMap", "Map"], "A stage in your list does not run at all"),
        (["ParallelMap", "Range"], "That is not what runs beyond what was written"),
        ("ParallelMap", "you return str. Return a list of names"),
        ({"ParallelMap"}, "you return set. Return a list of names"),
        (["ParallelMap", 1, None], "you return a list of NoneType and int"),
        (["ParallelMap"] * 100, "you return 100 names, or more"),
    ],
)
def test_wrong_names_of_stages_are_told_from_the_others(names: object, named: str) -> None:
    with pytest.raises(Mistake, match=named):
        assignment_3.added_by_tensorflow(always(names), {"parallel": by_name("parallel")})


def test_a_name_that_was_added_twice_is_wanted_twice() -> None:
    maps = tf.data.Dataset.range(8).map(tf.negative).map(tf.negative)
    with pytest.raises(Mistake, match="More than one stage of a name was added"):
        assignment_3.added_by_tensorflow(always(["ParallelMap"]), {"maps": maps})
    assignment_3.added_by_tensorflow(always(iter(["ParallelMap"] * 2)), {"maps": maps})


@pytest.mark.parametrize(
    ("build", "slots", "named"),
    [
        (lambda n: n.batch(4).prefetch(-1), 1, "Your buffer's size is AUTOTUNE"),
        (lambda n: n.prefetch(-1).batch(4), 1, "samples, not batches, and TensorFlow chooses"),
        (lambda n: n.prefetch(2).batch(4).prefetch(2), 2, "holds 2 samples more than it should"),
        (lambda n: n.prefetch(8).batch(4), 2, "8 samples, not 2 batches: .* counts may agree"),
        (lambda n: n.prefetch(8).batch(4), 1, "8 samples, not 8 batches: .* buffer counts the"),
        (lambda n: n.prefetch(1).batch(4), 1, "1 sample, not 1 batch:"),
        (lambda n: n.batch(4).unbatch().prefetch(2).batch(4), 2, "2 samples, not 2 batches"),
        (
            lambda n: n.batch(4).prefetch(1).prefetch(2),
            2,
            "2 prefetch stages, .* add up to 3 slots",
        ),
        (
            lambda n: n.batch(4).prefetch(0).prefetch(1),
            2,
            "2 prefetch stages, .* add up to 1 slot,",
        ),
        (lambda n: n.batch(4).prefetch(0), 1, "Your prefetch has a buffer of 0 slots"),
        (lambda n: n.batch(4).prefetch(1), 2, "Your buffer has 1 slot, and the task asks for 2"),
        (lambda n: n.batch(4).prefetch(1), 0, "Your buffer has 1 slot, and the task asks for 0"),
        (lambda n: n.batch(4), 1, "it returns a new one.$"),
        (lambda n: n.shuffle(8, 0).batch(4), 1, "What waits in a Shuffle is no answer"),
        (lambda n: tf.data.Dataset.range(8).batch(4), 1, "does not begin at the source"),
    ],
)
def test_a_buffer_that_is_not_the_wanted_one_is_told(
    build: Transform, slots: int, named: str
) -> None:
    pipeline = graph.written(build(fresh_numbers(8)))
    with pytest.raises(Mistake, match=named):
        check_prefetch_after_batch(pipeline, batch_size=4, slots=slots)


@pytest.mark.parametrize(
    ("build", "slots"),
    [
        (lambda n: n.prefetch(0).batch(4).prefetch(2), 2),
        (lambda n: n.batch(4).prefetch(1).prefetch(2), 3),
        (lambda n: n.batch(4).prefetch(0), 0),
        (lambda n: n.batch(4), 0),
    ],
)
def test_a_buffer_of_so_many_batches_is_right(build: Transform, slots: int) -> None:
    check_prefetch_after_batch(graph.written(build(fresh_numbers(8))), batch_size=4, slots=slots)


def optioned(dataset: tf.data.Dataset, **optimizations: bool) -> tf.data.Dataset:
    options = tf.data.Options()
    for name, value in optimizations.items():
        setattr(options.experimental_optimization, name, value)
    return dataset.with_options(options)


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda n: n.batch(4).prefetch(1), "You wrote a prefetch yourself"),
        (lambda n: n.map(tf.negative, 1).batch(4), "num_parallel_calls makes map work"),
        (lambda n: n.map(tf.negative).batch(4), "fused map and batch into .* No option is on"),
        (lambda n: n.map(tf.negative), "runs map as ParallelMap, .* No option is on"),
        (lambda n: n.batch(4), "injected a prefetch at its end. No option is on"),
        (lambda n: n.map(tf.negative).prefetch(0), r"prefetch\(0\) at the end does not stop that"),
        (
            lambda n: optioned(n.map(tf.negative).batch(4), inject_prefetch=False),
            "You stopped the injected prefetch alone",
        ),
        (
            lambda n: optioned(n.batch(4), map_and_batch_fusion=False),
            "You stopped the fusion alone",
        ),
        (lambda n: optioned(n.batch(4), noop_elimination=True), "The options on the pipeline that"),
        (lambda n: n.batch(4).prefetch(0), "^$"),
        (lambda n: graph.as_written(n.map(tf.negative).batch(4)), "^$"),
    ],
)
def test_what_works_in_the_background_is_told(build: Transform, named: str) -> None:
    assert re.search(named, why_not_serial(build(tf.data.Dataset.range(8))))


# --- what a pipeline gives -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda n, load: n.map(load), r"hold \[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …\] images"),
        (lambda n, load: n.map(load).batch(13), r"hold \[13\] images, and batch_size is 6"),
        (lambda n, load: n.batch(6), "does not give pairs"),
        (lambda n, load: n.map(lambda one: load(one)[::-1]).batch(6), "does not give pairs"),
        (lambda n, load: n.map(lambda one: (*load(one), one)).batch(6), "does not give pairs"),
        (lambda n, load: n.map(load).batch(6).batch(1), "does not give pairs"),
        (
            lambda n, load: n.map(load).map(lambda i, m: (i[tf.newaxis], m)).batch(6),
            "does not give pairs",
        ),
        (
            lambda n, load: n.map(lambda one: load(tf.cast(one, tf.int32))).batch(6),
            "Your numbers are int32, and load gives int64",
        ),
        (
            lambda n, load: n.map(load).map(lambda i, m: (tf.cast(i, tf.float32), m)).batch(6),
            "Your images are float32, and load gives uint8",
        ),
        (
            lambda n, load: n.map(load).map(lambda i, m: (255 - i, m)).batch(6),
            r"The image of number \d+ is not the one that load gives",
        ),
    ],
)
def test_batches_that_differ_are_named(build: Callable[..., object], named: str) -> None:
    load, numbers = loader(photos()), fresh_numbers(13)
    with pytest.raises(Mistake, match=named):
        check_batches(build(numbers, load), numbers, load, 6)


def test_twelve_sizes_are_shown_in_full() -> None:
    load, numbers = loader(photos()), fresh_numbers(12)
    with pytest.raises(Mistake, match=r"hold \[(1, ){11}1\] images"):
        check_batches(numbers.map(load).batch(1), numbers, load, 4)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError(), "Your code raised ValueError. Look at what your function takes"),
        (ValueError("No. "), "Your code raised ValueError: No. Look at what your function takes"),
        (NotImplementedError("not yet"), "Your code raised NotImplementedError: not yet. Look at"),
        (NotImplementedError(), "There is no answer yet"),
    ],
)
def test_what_was_raised_becomes_a_sentence(error: Exception, told: str) -> None:
    assert str(folded(error)).startswith(told)
