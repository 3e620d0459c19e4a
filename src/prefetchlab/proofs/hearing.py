"""Let Ctrl-C reach this process again: what the server of proofs imports last, by its name.

The server begins with Ctrl-C held back, so that none interrupts its imports. One that came by then
is dropped, because the process that waits for the server has heard it, too.
"""

import signal

_before = signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
signal.signal(signal.SIGINT, _before)
