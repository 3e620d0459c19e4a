"""Refuse what is no dataset."""

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError


def check_dataset(dataset: object) -> None:
    """Check that a dataset can be asked for its pipeline.

    >>> check_dataset(5)
    Traceback (most recent call last):
        ...
    prefetchlab...InputError: dataset: int is no tf.data.Dataset; give the pipeline itself

    **Raises:** `InputError` if it is none, or if a `tf.function` is being traced.
    """
    given.dataset("dataset", dataset)
    if not tf.executing_eagerly():
        raise InputError(
            "dataset: its graph cannot be read inside a tf.function; ask outside of it"
        )
