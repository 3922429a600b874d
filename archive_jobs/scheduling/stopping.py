"""Stop when told to: at once between units, and within ten seconds in the middle of one.

SIGTERM and Ctrl-C let the units at hand be finished or left where the next run takes them up. What takes longer than
the grace is left as it is, by ending the process: every step of a unit can be killed. The exit status is 128 plus the
signal: 143 for SIGTERM, 130 for Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GRACE_SECONDS = 8.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether somebody has asked to stop. Waiting on it ends when somebody does."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.signal = 0
        self._then: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        return self._asked.is_set()

    @property
    def exit_status(self) -> int:
        """What the process ends with."""
        return 128 + self.signal

    def ask(self, number: int = signal.SIGTERM) -> None:
        """Ask to stop; further asking changes nothing."""
        self.signal = self.signal or number
        self._asked.set()
        for then in self._then:
            then()

    def then(self, call: Callable[[], None]) -> None:
        """Have this called when somebody asks."""
        self._then.append(call)

    def wait(self, seconds: float) -> bool:
        """Wait; True as soon as somebody has asked."""
        return self._asked.wait(seconds)


@contextmanager
def stopping(grace_seconds: float = GRACE_SECONDS) -> Iterator[Stop]:
    """A Stop that SIGTERM and Ctrl-C ask. A second signal, or the end of the grace, ends the process on the spot."""
    stop = Stop()
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    # Python runs handlers in the main thread, which may be in a long call of DuckDB; the pipe is written at once.
    before = [(number, signal.signal(number, lambda *_: None)) for number in _SIGNALS]
    woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(ours, stop, grace_seconds), daemon=True, name="stopping")
    watcher.start()
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before:
            signal.signal(number, handler)
        theirs.close()
        watcher.join()
        ours.close()


def _watch(pipe: socket.socket, stop: Stop, grace_seconds: float) -> None:
    while data := pipe.recv(1):
        number = data[0]
        if number not in _SIGNALS:
            continue
        print(f"stopping: finishing what is at hand, for {grace_seconds:.0f} s at most", file=sys.stderr, flush=True)
        stop.ask(number)
        pipe.settimeout(grace_seconds)
        try:
            while (again := pipe.recv(1)) and again[0] not in _SIGNALS:
                pass
            if not again:
                return
        except TimeoutError:
            pass
        print("stopped in the middle of a unit; the next run takes it up", file=sys.stderr, flush=True)
        os._exit(stop.exit_status)
