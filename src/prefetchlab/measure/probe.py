"""Count how far a pipeline runs ahead of its consumer: whole numbers, and no clock."""

from collections.abc import Iterable
from numbers import Integral
from typing import Protocol

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure.loop_forms import FORMS, Form, Hold
from prefetchlab.measure.loops import Loop, loop_of_kind
from prefetchlab.measure.source import (
    SOURCE_SIZE,
    CountingSource,
    SourceEndedError,
    with_threads_of_its_own,
)

_LARGER_SIZE = 8192  # for what a pipeline holds that a smaller source cannot fill


class Transform(Protocol):
    """Builds a pipeline on a source: it takes a dataset and returns one."""

    def __call__(self, source: tf.data.Dataset, /) -> tf.data.Dataset:
        """Return the pipeline; `source` gives int64 scalars."""


class RunAhead(tuple[int, ...]):
    """The counts that `run_ahead` gives: a tuple that says whether it is exact.

    >>> RunAhead((2, 3, 4)), RunAhead((8, 12, 16), at_least=True)
    ((2, 3, 4), at least (8, 12, 16))

    Attributes:
        at_least: whether TensorFlow chooses a parallelism in this pipeline, the size of a buffer
            within it, or which of several calls comes first; whether a pass over the source was
            given up, by `take` for example, where a stage works in the background; or whether
            Python may go over the source in a generator. Then the counts depend on the cores and on
            the moment. They are lower bounds for this run; another may begin with fewer.
    """

    at_least: bool

    def __new__(cls, counts: Iterable[int], *, at_least: bool = False) -> "RunAhead":
        """Make the tuple of `counts`, one for each element taken."""
        made = super().__new__(cls, counts)
        made.at_least = at_least
        return made

    def __repr__(self) -> str:
        """The tuple, and in words that it is a lower bound."""
        return f"at least {tuple(self)}" if self.at_least else super().__repr__()


def run_ahead(
    build: Transform, *, taken: int = 3, loop: Loop = "eager", as_written: bool = True
) -> RunAhead:
    """Count how many elements the source has made after the consumer took 1, 2, 3, ….

    The consumer takes one element and holds still until the pipeline has come to rest. What the
    source has made by then is the count. Elements above those taken wait somewhere, or a stage has
    dropped or joined them, as `filter` and `batch` do. It does not say that a prefetch holds them:
    a `shuffle` holds some, too, and overlaps nothing.

    >>> run_ahead(lambda source: source)
    (1, 2, 3)
    >>> run_ahead(lambda source: source.prefetch(2))
    (3, 4, 5)
    >>> run_ahead(lambda source: source, as_written=False)  # TensorFlow injects a prefetch
    (2, 3, 4)

    A consumer that holds still lets a last prefetch whose size TensorFlow chooses keep one slot.
    Where one finds it full and later empty, TensorFlow doubles it; the counts do not show that.

    While it is counted, the pipeline has at least two threads of its own. Without them, on one
    core, a graph loop whose body blocks its thread leaves the pipeline none to run ahead with.

    **Arguments:**

    - `build`: takes a dataset of int64 scalars 0, 1, 2, … and returns the pipeline to probe. It may
      be called several times. Elements that it reads itself are not counted.
    - `taken`: how many elements the consumer takes, from 1.
    - `loop`: "eager" for a Python loop, "graph" for a `for` over the dataset inside a
      `tf.function`. `run_ahead_by_loop` counts other loops.
    - `as_written`: run what you wrote, as `graph.as_written` does. If False, TensorFlow's rewrites
      apply.

    **Returns:** a `RunAhead`, one count for each element taken. On Linux it is exact on one core
    and on a busy machine, and behind stages that take seconds. A stage that suddenly takes four
    times as long as any before is missed where the system does not tell what its threads do, or
    where that stage waits for a thread that worked before the call, as one of a process pool does.
    Counts that depend on what TensorFlow chooses, a parallelism for example, are marked as lower
    bounds. Where a stage draws by chance or reads a clock, each call counts one run, and nothing
    marks it. From a `cache` in a file that is whole already, nothing of the source is read.

    **Raises:** `InputError` if an argument is wrong, inside a `tf.function`, under
    `enable_op_determinism`; if `build` returns no dataset, one that is copied to a device or one
    with too few elements; if it reads thousands of elements before it gives one, or never comes to
    rest. Threads that do not belong to it may be the cause, those of a server or of a pipeline that
    still fills its buffers. What a stage raises comes through. A pipeline that goes on for ever
    without the source and gives nothing, `cache().repeat()` before a filter say, is not stopped.
    """
    visit_each = loop_of_kind(loop)

    def form(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
        visit_each(dataset, lambda _: hold(), count)

    return run_ahead_in(form, build, taken=taken, as_written=as_written)


def run_ahead_by_loop(
    build: Transform, *, taken: int = 3, as_written: bool = False
) -> dict[str, RunAhead]:
    """Count as `run_ahead` does, in each form of loop that people write.

    >>> counts = run_ahead_by_loop(lambda source: source)
    >>> counts["tf.function: for x in dataset"], counts["tf.function: for x in iter(dataset)"]
    ((1, 2, 3), (2, 3, 4))

    **Arguments:** those of `run_ahead`. TensorFlow's rewrites apply here, if you do not say
    otherwise; and the pipeline must end, because `reduce` goes through all of it.

    **Returns:** the counts by form: who runs the loop, and its line.

    **Raises:** `InputError`, as `run_ahead` does.
    """
    return {
        name: run_ahead_in(form, build, taken=taken, as_written=as_written)
        for name, form in FORMS.items()
    }


def run_ahead_in(
    loop: Form, build: Transform, *, taken: int = 3, as_written: bool = True
) -> RunAhead:
    """Count as `run_ahead` does, in a loop of your own.

    >>> def by_pairs(dataset, hold, count):
    ...     for _ in dataset.batch(2).take(count):
    ...         hold()
    >>> run_ahead_in(by_pairs, lambda source: source)
    (2, 4, 6)

    **Arguments:** those of `run_ahead`, and:

    - `loop`: a function of (dataset, hold, count). It goes over the dataset, and calls `hold` where
      the body of the loop would train, at least `count` times.

    **Raises:** `InputError`, as `run_ahead` does.
    """
    given.function("loop", loop)
    taken = _number_taken(taken)
    _check_process()
    source, dataset = _on_source(build, SOURCE_SIZE, as_written)
    try:
        counts = _counted(loop, source, dataset, taken)
    except SourceEndedError:
        _check_keeps_no_file(dataset)
        source, dataset = _on_source(build, _LARGER_SIZE, as_written)
        counts = _counted(loop, source, dataset, taken)
    return RunAhead(counts, at_least=_depends_on_the_moment(build, as_written, source))


def _on_source(
    build: Transform, size: int, as_written: bool
) -> tuple[CountingSource, tf.data.Dataset]:
    """A source of its own for one count, and the pipeline on it."""
    source = CountingSource(size)
    dataset = with_threads_of_its_own(_built(build, source.dataset, as_written))
    source.leave_out_what_was_read()
    return source, dataset


def _number_taken(taken: object) -> int:
    if not isinstance(taken, Integral) or isinstance(taken, bool) or taken < 1:
        raise InputError(f"taken: {taken!r} is no number of elements; give 1 or more")
    return int(taken)


def _check_keeps_no_file(dataset: tf.data.Dataset) -> None:
    """What the smaller source gave is in the file now: of a larger one nothing would be read."""
    if graph.keeps_a_file(dataset):
        raise InputError(
            f"build: its pipeline read {SOURCE_SIZE} elements to their end and keeps them in a "
            "file, so they cannot be counted again; leave the file of cache out"
        )


def _check_process() -> None:
    if not tf.executing_eagerly():
        raise InputError("run_ahead: it cannot count inside a tf.function; call it outside")
    if graph.has_op_determinism():
        raise InputError(
            "run_ahead: enable_op_determinism is on, and so TensorFlow runs no stage ahead of the "
            "Python source that counts; count in a process without it"
        )


def _counted(form: Form, source: CountingSource, dataset: tf.data.Dataset, taken: int) -> list[int]:
    counts: list[int] = []
    refused: list[InputError] = []

    def hold_still() -> None:
        if refused or len(counts) == taken:
            return
        try:
            counts.append(source.settled())
        except InputError as error:  # raised through a graph, it would become another error
            refused.append(error)

    form(dataset, hold_still, taken)
    if refused:
        raise refused[0]
    if len(counts) < taken:
        refusal = SourceEndedError if source.ended else InputError
        raise refusal(
            f"build: its pipeline gave {len(counts)} elements, and {taken} were to be taken; "
            "let it give more"
        )
    return counts


def _built(build: Transform, source: tf.data.Dataset, as_written: bool) -> tf.data.Dataset:
    if not callable(build):
        raise InputError(
            f"build: {build!r} is no function; give one that takes a dataset and returns one"
        )
    dataset = build(source)
    if not isinstance(dataset, tf.data.Dataset):
        raise InputError(
            f"build: it returned {type(dataset).__name__}, not a tf.data.Dataset; "
            "return the dataset that each transformation gives you"
        )
    if graph.is_on_device(dataset):
        raise InputError(
            "build: its pipeline is copied to a device, and what runs there cannot be counted; "
            "return the dataset before the copy"
        )
    return graph.as_written(dataset) if as_written else dataset


def _depends_on_the_moment(build: Transform, as_written: bool, source: CountingSource) -> bool:
    """Whether another run may count otherwise.

    TensorFlow may choose something. A pass over the source that is given up may end what works in
    the background, however far that has come. And where Python goes over the source, that is a
    pipeline of its own, with a prefetch that `as_written` does not reach.
    """
    dataset = _built(build, tf.data.Dataset.range(_LARGER_SIZE), as_written)
    try:
        return (
            graph.is_sized_at_run_time(dataset)
            or (source.cut and graph.works_ahead(dataset))
            or (source.made > 0 and _may_be_read_by_python(dataset))
        )
    except InputError:  # TensorFlow does not show its graph
        return True


def _may_be_read_by_python(dataset: tf.data.Dataset) -> bool:
    return graph.has_generator(dataset) or not graph.reads_range(dataset, _LARGER_SIZE)
