"""One thread that wakes whoever has a deadline: a thread for each would take longer to begin than many a question."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Alarms:
    """Deadlines of this process. What is called at one must not take long: the others wait for it meanwhile."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call it after so long, unless what is returned was called before."""
        with self._changed:
            number, at = next(self._numbers), time.monotonic() + seconds
            heapq.heappush(self._due, (at, number, call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)
                self._thread.start()
            elif self._due[0][1] == number:
                self._changed.notify()
        return lambda: self._cancel(number)

    def _cancel(self, number: int) -> None:
        with self._changed:
            self._cancelled.add(number)
            # Most are cancelled long before they are due.
            if len(self._cancelled) * 2 > len(self._due):
                self._due = [one for one in self._due if one[1] not in self._cancelled]
                heapq.heapify(self._due)
                self._cancelled.clear()

    def _run(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        """Wait for the next deadline."""
        with self._changed:
            while True:
                if not self._due:
                    self._changed.wait()
                elif (seconds := self._due[0][0] - time.monotonic()) > 0:
                    self._changed.wait(seconds)
                else:
                    _, number, call = heapq.heappop(self._due)
                    if number not in self._cancelled:
                        return call
                    self._cancelled.discard(number)


ALARMS = Alarms()
