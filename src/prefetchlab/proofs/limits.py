"""What one proof may take of a machine, so that a careless one fails alone."""

import resource

GIB = 2**30
MEMORY = 8 * GIB  # bytes that it may ask for; on 2 cores each proof of the course stands with half
FILE = GIB  # bytes of one file
OPEN_FILES = 1024


def take_no_more() -> None:
    """Limit memory, the size of a file, and the number of open ones, for whatever it starts, too.

    What goes beyond fails with an exception of Python's own. No limit is raised. Each process has
    them for itself: many processes may take many times as much.
    """
    for kind, most in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, before = resource.getrlimit(kind)
        limit = most if before == resource.RLIM_INFINITY else min(most, before)
        resource.setrlimit(kind, (limit, limit))
