"""Whose job is next: tenants one after the other, and of each tenant one job at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Jobs that wait, by the share they count against. One tenant's long ones keep nobody else's waiting."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._at_work: set[str] = set()
        self._changed = threading.Condition()
        self._is_closed = False

    def add(self, share: str, job: T) -> None:
        """It waits behind those of its share."""
        with self._changed:
            self._waiting.setdefault(share, deque()).append(job)
            self._changed.notify()

    def take(self) -> tuple[str, T] | None:
        """Wait for the next job; None where there will be none. `done` or `put_back` says that it is over."""
        with self._changed:
            while not self._is_closed:
                share = next((one for one, jobs in self._waiting.items() if jobs and one not in self._at_work), None)
                if share is not None:
                    self._at_work.add(share)
                    self._waiting.move_to_end(share)
                    return share, self._waiting[share].popleft()
                self._changed.wait()
            return None

    def done(self, share: str) -> None:
        """The share's next one may be taken."""
        with self._changed:
            self._at_work.discard(share)
            if not self._waiting.get(share):
                self._waiting.pop(share, None)
            self._changed.notify()

    def put_back(self, share: str, job: T) -> None:
        """It could not be begun: it is the first of its share again, and other shares come before it."""
        with self._changed:
            self._waiting.setdefault(share, deque()).appendleft(job)
            self._at_work.discard(share)
            self._changed.notify()

    def close(self) -> None:
        """Give out no more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
