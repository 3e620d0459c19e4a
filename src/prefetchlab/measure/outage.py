"""What a loop gets when a worker of a tf.data service is killed in the middle."""

import contextlib
import itertools
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from prefetchlab import given, graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import POLICIES, Policy
from prefetchlab.measure.delivered import signed
from prefetchlab.service import Cluster

_BACK_S = 60.0  # a loop asks a worker that is gone less and less often
_FILLED_S = 1.0  # meanwhile the workers make what they have room for
_LOAD_S = 0.005  # of an element: long enough for both workers to take part


@dataclass(frozen=True)
class Outage:
    """What a loop got before and after a worker was killed, and after it had come back.

    Attributes:
        count: how many elements the source has.
        before: what had come when a worker was killed: the one that made the last of these.
        after: what came then, until nothing came any more.
        waited: whether the loop then waited on, without an end and without an error.
        later: what came when the worker had been started again at its address.
        ended: whether the loop then came to its end.
    """

    count: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    waited: bool
    later: tuple[int, ...]
    ended: bool

    @property
    def missing(self) -> tuple[int, ...]:
        """Elements that had not come when the loop waited, in order."""
        return tuple(sorted({*range(self.count)} - {*self.before, *self.after}))

    @property
    def lost(self) -> tuple[int, ...]:
        """Elements that never came, in order."""
        return tuple(sorted({*self.missing} - {*self.later}))

    @property
    def doubled(self) -> tuple[int, ...]:
        """Elements that came more than once in all, in order."""
        times = Counter((*self.before, *self.after, *self.later))
        return tuple(sorted(element for element, often in times.items() if often > 1))


def outage(
    cluster: Cluster,
    policy: Policy,
    *,
    count: int = 200,
    after: int = 40,
    patience_s: float = 5.0,
) -> Outage:
    """Kill the worker that a loop has its last element from, and start it again when all is still.

    Each element of the source waits 5 ms on its worker.

    **Arguments:**

    - `cluster`: the service, with at least two workers that run.
    - `policy`: which elements a worker makes; see `Cluster.distribute`.
    - `count`: how many elements the source has.
    - `after`: after how many elements the worker is killed.
    - `patience_s`: for how long nothing must have come, in seconds, to say that the loop waits.

    **Returns:** an `Outage`.

    **Raises:** `InputError` if a number is out of bounds, or fewer elements come than `after`; the
    error that the loop gets, if it gets one.
    """
    given.a(Cluster, "cluster", cluster)
    given.one_of("policy", policy, POLICIES)
    count = given.whole("count", count, least=2)
    after = given.whole("after", after, least=1, most=count - 1)
    patience_s = given.seconds("patience_s", patience_s)
    source = signed(graph.slowed(tf.data.Dataset.range(count), _LOAD_S))
    loop = _Loop(cluster.distribute(source, policy), pause_after=after)
    before = [*itertools.islice(loop.until_still(_BACK_S), after)]
    if len(before) < after:
        raise InputError(f"after: {len(before)} elements came, and no more; give fewer")
    time.sleep(_FILLED_S)
    worker = cluster.pids.index(before[-1][1])
    cluster.kill(worker)
    loop.go_on()
    then = [*loop.until_still(patience_s)]
    waited = not loop.ended
    cluster.restart(worker)
    later = [*loop.until_still(_BACK_S)]
    return Outage(count, _numbers(before), _numbers(then), waited, _numbers(later), loop.ended)


def _numbers(pairs: list[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(number for number, _ in pairs)


class _Loop:
    """A loop in a thread of its own, so that one can give up on an element that does not come.

    Attributes:
        ended: whether it came to its end.
    """

    def __init__(self, dataset: tf.data.Dataset, *, pause_after: int) -> None:
        """Start it; after so many elements it holds still until `go_on`."""
        self.ended = False
        self._came: queue.Queue[tuple[int, int] | tf.errors.OpError | None] = queue.Queue()
        self._go_on = threading.Event()
        self.go_on = self._go_on.set
        threading.Thread(target=self._run, args=(dataset, pause_after), daemon=True).start()

    def _run(self, dataset: tf.data.Dataset, pause_after: int) -> None:
        try:
            for taken, (number, pid) in enumerate(dataset, start=1):
                self._came.put((int(number), int(pid)))
                if taken == pause_after:
                    self._go_on.wait()
            self._came.put(None)
        except tf.errors.OpError as error:
            self._came.put(error)

    def until_still(self, patience_s: float) -> Iterator[tuple[int, int]]:
        """What comes until the end, or until nothing comes for so long, in seconds.

        **Raises:** the error that the loop got, if it got one.
        """
        with contextlib.suppress(queue.Empty):
            while not self.ended:
                came = self._came.get(timeout=patience_s)
                if isinstance(came, tf.errors.OpError):
                    raise came
                if came is None:
                    self.ended = True
                else:
                    yield came
