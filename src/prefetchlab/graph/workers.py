"""What each of several workers gets of a dataset, as TensorFlow shares it among them."""

from typing import Literal, get_args

from tensorflow.python.data.experimental.ops.distribute import _AutoShardDataset

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError

Policy = Literal["AUTO", "FILE", "DATA", "OFF"]


def of_worker(
    dataset: tf.data.Dataset, worker: int, workers: int, policy: Policy = "AUTO"
) -> tf.data.Dataset:
    """The dataset as one of several workers gets it under a strategy, without starting any.

    It is the transformation that a `MultiWorkerMirroredStrategy` makes in each worker. A batch is
    not made smaller here, as the strategy does besides.

    >>> numbers = tf.data.Dataset.range(5)
    >>> [list(map(int, of_worker(numbers, worker, 2, "DATA"))) for worker in (0, 1)]
    [[0, 2, 4], [1, 3]]

    **Arguments:**

    - `dataset`: what each worker is given.
    - `worker`: which one, from 0.
    - `workers`: how many there are.
    - `policy`: the name of a `tf.data.experimental.AutoShardPolicy`: by file, by element, by file
      where a stage reads files, as `TFRecordDataset` does ("AUTO"), or not at all.

    **Raises:** `InputError` if it is no dataset, no policy's name, or there is no such worker.
    TensorFlow's own errors come when the dataset is made or iterated, too few files for example.
    """
    given.dataset("dataset", dataset)
    given.one_of("policy", policy, get_args(Policy))
    workers = given.whole("workers", workers, least=1)
    worker = given.whole("worker", worker, least=0)
    if worker >= workers:
        raise InputError(f"worker: there is no worker {worker} of {workers}; they count from 0")
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = getattr(
        tf.data.experimental.AutoShardPolicy, policy
    )
    return _AutoShardDataset(dataset.with_options(options), workers, worker, workers)
