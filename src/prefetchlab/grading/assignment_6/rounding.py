"""Tell a result that was rounded from one that is wrong."""

ROUNDED = "That is the right result, but rounded. Results must not be rounded."


def is_rounded(got: float, right: float) -> bool:
    """Whether this is the right number with some places cut off.

    >>> is_rounded(0.33, 1 / 3), is_rounded(0.34, 1 / 3)
    (True, False)
    """
    return any(abs(got - round(right, places)) < 1e-12 for places in range(1, 9))
