"""The tf.data service: its two kinds of servers, and a pipeline that they run."""

import re
from typing import Any, Literal, get_args

from tensorflow.python.data.experimental.ops import testing

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

Policy = Literal["OFF", "DYNAMIC", "FILE", "DATA", "FILE_OR_DATA", "HINT"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
# By these each worker has a share by its number, so the dispatcher must know all beforehand.
SHARES: tuple[Policy, ...] = ("FILE", "DATA", "FILE_OR_DATA", "HINT")

_service = tf.data.experimental.service
_ADDRESS = re.compile(r"[^\s:/]+:[0-9]+")
_LAST_PORT = 65535
_PATIENCE_MS = 60_000  # TensorFlow's own is an hour


class Dispatcher:
    """A dispatcher of the tf.data service in this process, and who has registered with it.

    >>> dispatcher = Dispatcher()
    >>> dispatcher.address.startswith("localhost:"), dispatcher.workers
    (True, 0)

    Attributes:
        address: "host:port", where workers and loops find it.
    """

    def __init__(self, *, named: int = 0, port: int = 0, journal: str | None = None) -> None:
        """Start it.

        **Arguments:**

        - `named`: how many workers it is told of beforehand, all on this machine. Policies that cut
          the data into one share a worker need that.
        - `port`: 0 takes a free one.
        - `journal`: a folder in which it notes what it does, so that one that is started again on
          it goes on; None for no such notes.

        **Raises:** `InputError` for what is no number of workers, no port, or no folder's name.
        """
        named, port = given.whole("named", named, least=0), _port(port)
        if journal is not None:
            journal = str(given.path("journal", journal))
        config = _service.DispatcherConfig(
            port=port,
            worker_addresses=["localhost:%port%"] * named or None,
            work_dir=journal,
            fault_tolerant_mode=journal is not None,
        )
        self._server = _service.DispatchServer(config)
        self.address = self._server.target.split("://")[1]

    @property
    def workers(self) -> int:
        """How many workers have registered."""
        return int(self._server._num_workers())


class Worker:
    """A worker of the tf.data service in this process.

    >>> dispatcher = Dispatcher()
    >>> Worker(dispatcher.address).address.startswith("localhost:")
    True

    Attributes:
        address: "host:port", where loops take elements from it.
    """

    def __init__(self, dispatcher: str, *, port: int = 0) -> None:
        """Start it, and register it.

        **Arguments:**

        - `dispatcher`: the dispatcher's address, "host:port".
        - `port`: 0 takes a free one.

        **Raises:** `InputError` for what is no address or no port. It waits for a minute for a
        dispatcher that does not answer.
        """
        config = _service.WorkerConfig(
            dispatcher_address=_address(dispatcher),
            port=_port(port),
            dispatcher_timeout_ms=_PATIENCE_MS,
        )
        self._server = _service.WorkerServer(config)
        self.address = str(self._server._address)


def _port(port: int) -> int:
    return given.whole("port", port, least=0, most=_LAST_PORT)


def _address(dispatcher: str) -> str:
    """The address of a dispatcher; for what is none, TensorFlow would look without end."""
    if not isinstance(dispatcher, str) or not _ADDRESS.fullmatch(dispatcher):
        raise InputError(f"dispatcher: {dispatcher!r} is no address; give host:port")
    return dispatcher


def distribute(
    dataset: tf.data.Dataset,
    dispatcher: str,
    policy: Policy,
    **options: Any,
) -> tf.data.Dataset:
    """The elements of a pipeline as the workers of a tf.data service make them.

    **Arguments:**

    - `dataset`: what each worker is to run.
    - `dispatcher`: the dispatcher's address, "host:port".
    - `policy`: which elements a worker makes, one of `POLICIES`.
    - `options`: what `tf.data.experimental.service.distribute` takes besides, `job_name` say.

    **Returns:** a dataset; a loop over it asks the workers.

    **Raises:** `InputError` for an unknown policy, for what is no address, or if it is no dataset.
    """
    given.dataset("dataset", dataset)
    dispatcher = _address(dispatcher)
    given.one_of("policy", policy, POLICIES)
    chosen = _service.ShardingPolicy[policy]
    return dataset.apply(_service.distribute(chosen, f"grpc://{dispatcher}", **options))


def slowed(dataset: tf.data.Dataset, wait_s: float) -> tf.data.Dataset:
    """Let each element come `wait_s` seconds later, in an operation of TensorFlow.

    A wait in Python (`workloads.slow_source`) cannot be sent to another process; this one can.

    >>> [int(element) for element in slowed(tf.data.Dataset.range(3), 0.001)]
    [0, 1, 2]

    **Arguments:**

    - `dataset`: any pipeline.
    - `wait_s`: how long each element waits, in seconds, from 0.

    **Raises:** `InputError` if it is no dataset, or no time.
    """
    given.dataset("dataset", dataset)
    return dataset.apply(testing.sleep(round(given.seconds("wait_s", wait_s) * 1e6)))
