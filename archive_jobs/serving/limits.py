"""How much one tenant may ask of this process: requests in a minute, and retrievals at once."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive_jobs.serving.problems import ApiError


def too_many(what: str, seconds: float) -> ApiError:
    """Come back later."""
    return ApiError(429, "too-many", what, headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class Limits:
    """Shares of tenants. `clock` is told by tests."""

    def __init__(self, per_minute: int, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._at_once, self._clock = per_minute, at_once, clock
        self._lock = threading.Lock()
        self._running: dict[str, int] = defaultdict(int)
        # What is left of each share's requests, and when that was so.
        self._left: dict[str, tuple[float, float]] = {}

    def take_request(self, share: str) -> None:
        """Count a request. Raises ApiError where the share has had its requests of the minute."""
        with self._lock:
            now = self._clock()
            left, then = self._left.get(share, (float(self._per_minute), now))
            left = min(self._per_minute, left + (now - then) * self._per_minute / 60)
            is_over = left < 1
            self._left[share] = (left if is_over else left - 1, now)
        if is_over:
            raise too_many(f"more than {self._per_minute} requests a minute", (1 - left) * 60 / self._per_minute)

    @contextmanager
    def running(self, share: str) -> Iterator[None]:
        """Count what runs. Raises ApiError where as much as may be is running already."""
        with self._lock:
            if self._running[share] >= self._at_once:
                raise too_many(f"{self._at_once} requests are being answered already", 1)
            self._running[share] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[share] -= 1
