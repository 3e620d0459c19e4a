"""The None that may stand in an element where others have a tensor."""

from prefetchlab import given
from prefetchlab._tensorflow import tf

_NOTHING = type(tf.type_spec_from_value(None))  # TensorFlow has a public name for it since 2.21


def is_nothing(spec: tf.TypeSpec) -> bool:
    """Whether a part of an `element_spec` stands for None.

    >>> is_nothing(tf.type_spec_from_value(None)), is_nothing(tf.TensorSpec(()))
    (True, False)

    **Raises:** `InputError` if it is no `tf.TypeSpec`.
    """
    given.a(tf.TypeSpec, "spec", spec)
    return isinstance(spec, _NOTHING)
