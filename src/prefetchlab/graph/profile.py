"""What TensorFlow's own profiler records while something runs, read as a timeline."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

# TensorFlow writes this format and ships its description, but tells no public way to read it.
from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XPlane, XSpace

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.timeline import Event, Timeline

_PICOSECONDS, _NANOSECONDS = 1e-12, 1e-9


def profile(run: Callable[[], object]) -> Timeline:
    """Run something under TensorFlow's profiler, and return what that recorded of the host.

    Each kind of event is a lane. Taking an element from a dataset in a Python loop is
    "IteratorGetNextOp::DoCompute", say, and within it "Iterator::Root::Map" is the part of a `map`
    at the end of the pipeline, with all the stages before it. `lane` around a step of yours adds a
    lane of that name. What works in the background, an asynchronous
    stage say, has lanes of its own, and lanes overlap each other.

    >>> from prefetchlab.graph import as_written
    >>> numbers = tf.data.Dataset.range(5).batch(2)
    >>> seen = profile(lambda: list(as_written(numbers)))
    >>> len(seen.lane("Iterator::Root::BatchV2"))  # three batches, and the end
    4

    **Arguments:**

    - `run`: is called once, without arguments.

    **Returns:** a `Timeline` in seconds from the first event. The names of lanes are those of the
    TensorFlow that is installed; other versions may have others.

    **Raises:** `InputError` if it cannot be called; TensorFlow's `AlreadyExistsError` while
    another profile is being recorded. What `run` raises comes through.
    """
    given.function("run", run)
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            run()
        space = XSpace()
        for path in Path(folder).rglob("*.xplane.pb"):
            space.MergeFromString(path.read_bytes())
    stamps = [stamp for plane in space.planes for stamp in _stamps(plane)]
    first_s = min((start_s for start_s, _, _ in stamps), default=0.0)
    seen: Counter[str] = Counter()
    events = []
    for start_s, duration_s, name in sorted(stamps):
        start_s -= first_s
        events.append(Event(start_s, start_s + duration_s, name, seen[name]))
        seen[name] += 1
    return Timeline.of(events)


def lane(name: str) -> AbstractContextManager[object]:
    """Let what is done in a `with` be an event of a lane of its own, in what `profile` records.

    >>> def work():
    ...     with lane("mine"):
    ...         pass
    >>> len(profile(work).lane("mine"))
    1

    **Arguments:**

    - `name`: the lane's.

    **Raises:** `InputError` if it is no text.
    """
    name = given.a(str, "name", name)
    trace: AbstractContextManager[object] = tf.profiler.experimental.Trace(name)
    return trace


def _stamps(plane: XPlane) -> Iterator[tuple[float, float, str]]:
    """Start and duration in seconds and the name of each event of the host."""
    if not plane.name.startswith("/host:CPU"):
        return
    for line in plane.lines:
        for event in line.events:
            name = plane.event_metadata[event.metadata_id].name
            start_s = line.timestamp_ns * _NANOSECONDS + event.offset_ps * _PICOSECONDS
            yield start_s, event.duration_ps * _PICOSECONDS, name
