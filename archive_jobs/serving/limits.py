"""How much one tenant may ask: requests a minute, of all processes together; retrievals at once, of this one."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive_jobs.database import Connection
from archive_jobs.serving.problems import ApiError

# What is left of a share's requests grows with time, to no more than those of a minute.
_LEASE = """
with known as (
    select least(%(most)s, s.remaining + extract(epoch from clock_timestamp() - s.at) * %(most)s / 60) as remaining
    from archive_catalog.api_shares as s where (s.schema_name, s.share) = (%(schema)s, %(share)s) for update
)
insert into archive_catalog.api_shares as s (schema_name, share, remaining, granted, at)
select %(schema)s, %(share)s, remaining - least(%(wanted)s, floor(remaining)), least(%(wanted)s, floor(remaining)),
    clock_timestamp()
from (select coalesce((select remaining from known), %(most)s) as remaining) as now
on conflict (schema_name, share) do update
set remaining = excluded.remaining, granted = excluded.granted, at = excluded.at
returning granted
"""
# A process takes so many of a minute's requests at once, and gives back none: the others have that many fewer.
_BLOCKS = 20
_KEPT_SECONDS = 60.0


def too_many(what: str, seconds: float) -> ApiError:
    """Come back later."""
    return ApiError(429, "too-many", what, headers={"Retry-After": str(max(1, math.ceil(seconds)))})


def lease_requests(connection: Connection, schema: str, share: str, most: int, wanted: int) -> int:
    """Take up to so many of the requests that a share has left, of all processes; none where it has none."""
    said = {"schema": schema, "share": share, "most": most, "wanted": wanted}
    row = connection.execute(_LEASE, said).fetchone()
    return int(row[0]) if row else 0


class Limits:
    """Shares of tenants. `lease` is asked for some of a share's requests, and says how many it has given."""

    def __init__(
        self, per_minute: int, at_once: int, lease: Callable[[str, int], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._per_minute, self._at_once, self._lease, self._clock = per_minute, at_once, lease, clock
        self._lock = threading.Lock()
        self._running: dict[str, int] = defaultdict(int)
        # What this process has of each share's requests, and until when.
        self._kept: dict[str, tuple[int, float]] = {}

    def take_kept(self, share: str) -> bool:
        """Count a request against what this process has; False where it has nothing left."""
        with self._lock:
            kept, until = self._kept.get(share, (0, 0.0))
            if kept < 1 or until < self._clock():
                return False
            self._kept[share] = kept - 1, until
            return True

    def take_request(self, share: str) -> None:
        """Count a request. Raises ApiError where the share has had its requests of the minute. Asks the database."""
        if self.take_kept(share):
            return
        granted = self._lease(share, max(1, self._per_minute // _BLOCKS))
        if granted < 1:
            raise too_many(f"more than {self._per_minute} requests a minute", 60 / self._per_minute)
        with self._lock:
            now = self._clock()
            kept, until = self._kept.get(share, (0, 0.0))
            self._kept[share] = granted - 1 + (kept if until >= now else 0), now + _KEPT_SECONDS

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
