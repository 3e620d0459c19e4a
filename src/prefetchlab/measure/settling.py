"""Wait until a pipeline has come to rest, however long its stages take."""

import time
from collections.abc import Callable

from prefetchlab.errors import InputError
from prefetchlab.measure.threads import Threads

PATIENCE_S = 60.0
_POLL_S = 0.005
_QUIET_POLLS = 3  # one would do, were all threads seen at one instant
_SLOWER = 4  # how much longer than any before a stage may take, where its threads cannot be seen
_LEAST_S = 1.0


class Settling:
    """Waits until nothing in this process makes progress any more.

    Where Linux tells what each thread does, the wait ends when every thread of the pipeline waits
    to be woken: no duration decides. Some threads cannot be judged, because they worked before the
    pipeline did. Where there are such, four times the longest pause that this pipeline has shown
    must pass as well. Elsewhere that alone must do, and at least a second.

    >>> made = iter([1, 2] + [3] * 1000)
    >>> Settling().wait(lambda: next(made))
    3
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        """Note what this process does already, before the pipeline begins.

        **Arguments:**

        - `patience_s`: how long something may work without progress, in seconds.
        """
        self._threads = Threads()
        self._patience_s = patience_s
        self._moved_s = time.monotonic()
        self._longest_pause_s = 0.0
        self._began = False

    def begin(self) -> None:
        """Note that the pipeline begins now: what went before was no pause of its own.

        What goes before a later pass over the source is one.
        """
        if not self._began:
            self._began = True
            self._moved_s = time.monotonic()

    def wait(self, progress: Callable[[], int]) -> int:
        """Wait for rest, and give the progress made by then.

        **Arguments:**

        - `progress`: a number that grows as the pipeline works.

        **Raises:** `InputError` if something still works and no progress is made for `patience_s`.
        """
        seen, quiet = progress(), 0
        self._note_move()
        while quiet < _QUIET_POLLS:
            time.sleep(_POLL_S)
            works, now = self._works(), progress()
            quiet = 0 if works or now != seen else quiet + 1
            if now != seen:
                seen = now
                self._note_move()
            if self._since_move_s() > self._patience_s:
                raise InputError(
                    f"the pipeline: a thread still works, and in {self._patience_s:g} s the source "
                    "made nothing, so how far it runs ahead cannot be told; make its stages "
                    "faster, or count in a process in which nothing else runs"
                )
        self._moved_s = time.monotonic()  # a rest is no pause
        return seen

    def _works(self) -> bool:
        works = self._threads.any_works()
        if works is None:
            return self._pauses(_LEAST_S)
        return works or (self._threads.leaves_some_out and self._pauses(0.0))

    def _pauses(self, least_s: float) -> bool:
        """Whether what looks like rest may be one more pause of a slow stage."""
        return self._since_move_s() < max(least_s, _SLOWER * self._longest_pause_s)

    def _since_move_s(self) -> float:
        return time.monotonic() - self._moved_s

    def _note_move(self) -> None:
        self._longest_pause_s = max(self._longest_pause_s, self._since_move_s())
        self._moved_s = time.monotonic()
