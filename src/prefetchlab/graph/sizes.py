"""How many elements a dataset says that it has."""

from prefetchlab import given
from prefetchlab._tensorflow import tf


def of_known_size(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Let a dataset whose size nobody can tell, that of a generator say, know it.

    >>> spec = tf.TensorSpec((), tf.int64)
    >>> source = tf.data.Dataset.from_generator(lambda: range(3), output_signature=spec)
    >>> int(source.cardinality()), int(of_known_size(source, 3).cardinality())
    (-2, 3)

    **Arguments:**

    - `dataset`: the pipeline; it stays as it is.
    - `size`: its number of elements. TensorFlow raises an error at its end if there are others.

    **Raises:** `InputError` if it is no dataset, or the size is not whole or below 0.
    """
    given.dataset("dataset", dataset)
    size = given.whole("size", size, least=0)
    return dataset.apply(tf.data.experimental.assert_cardinality(size))
