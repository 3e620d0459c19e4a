"""What this package needs and students do not have: nbgrader."""

from prefetchlab.errors import InputError

try:
    import nbgrader  # noqa: F401 - to see whether it is there
except ImportError:
    raise InputError(
        "nbgrader: not installed; install it: pip install 'prefetchlab[assignments]'"
    ) from None
