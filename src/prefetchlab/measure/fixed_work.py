"""A fixed piece of plain work: the time that it takes tells how fast a core is just now."""

import random
import time
import zlib
from statistics import median
from threading import Thread

_PIECES = 7  # about two milliseconds each
# Half-random bytes: to compress them is steady work for the core and needs little memory.
_BLOCK = bytes(byte & 15 for byte in random.Random(0).randbytes(1 << 16))


def fixed_work_s() -> float:
    """How long one piece of the fixed work takes now, in seconds: the median of seven in a row.

    It never changes and reads nothing, so it takes longer only where the core is slower or shared.
    A single interruption does not move the median.

    >>> fixed_work_s() > 0
    True
    """
    return median(threads_s(1, pieces=1) for _ in range(_PIECES))


def threads_s(threads: int, *, pieces: int) -> float:
    """Time so many threads at once, each of which does so many pieces of the fixed work.

    >>> threads_s(2, pieces=1) > 0
    True

    **Returns:** until the last of them is done, in seconds.
    """

    def work() -> None:
        for _ in range(pieces):
            zlib.compress(_BLOCK)  # zlib lets other Python threads run meanwhile

    others = [Thread(target=work) for _ in range(threads - 1)]
    start = time.perf_counter()
    for thread in others:
        thread.start()
    work()
    for thread in others:
        thread.join()
    return time.perf_counter() - start
