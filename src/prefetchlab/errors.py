"""The one exception that the laboratory raises for bad input."""


class InputError(ValueError):
    """Something the reader gave is wrong: one line that says what, where, and what to do.

    The command line prints the message alone and exits with 2; it shows no traceback for it.

    >>> str(InputError("data/train-00.tfrecord: not found; make it: prefetchlab data make data"))
    'data/train-00.tfrecord: not found; make it: prefetchlab data make data'
    """
