"""A source of numbers, and what the tests map and filter."""

from prefetchlab._tensorflow import tf


def numbers() -> tf.data.Dataset:
    """Long enough that no stage ends while a test looks."""
    return tf.data.Dataset.range(64)


def plus_one(element: tf.Tensor) -> tf.Tensor:
    return element + 1


def is_even(element: tf.Tensor) -> tf.Tensor:
    return element % 2 == 0
