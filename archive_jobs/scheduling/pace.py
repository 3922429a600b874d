"""How fast a run may go, and when it has to wait or end. Asked between units, and told of each batch of rows.

Moves no rows itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive_jobs.database import Connection, one_row
from archive_jobs.scheduling.pauses import current_pause
from archive_jobs.scheduling.stopping import Stop
from archive_jobs.scheduling.window import Window, parse_window
from archive_jobs.settings import ArchiveSettings

_LOOK_AGAIN_SECONDS = 0.5
# Rows that are being removed are locked meanwhile: a replica that hangs may not hold whoever wants them for ever.
_LONGEST_BREATH_SECONDS = 30.0
# What the removal of a block's rows writes at most: its full image, and as much again for the rows and their indexes.
_WAL_OF_A_BLOCK = 16_384
# A receiver that only keeps the log has nothing to replay.
_LAG = """
select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn, sent_lsn))), 0)::bigint
from pg_stat_replication
"""
# What is inserted, not what is written: a transaction's own log may stay in the server's buffers until it commits.
_WAL = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"


@dataclass(frozen=True)
class Limits:
    """What a run may use of the server; None is as much as there is."""

    rows_per_second: float | None = None
    wal_per_second: float | None = None  # bytes, of everybody's
    replication_lag: int | None = None  # bytes that the slowest replica has still to replay
    window: Window | None = None
    # False where somebody else calls again later, as the worker's queue does.
    waits: bool = True


def limits_of(settings: ArchiveSettings, *, waits: bool = True) -> Limits:
    """What the settings allow. Raises ProblemError for a window that is none."""
    window = parse_window(settings.window, settings.window_zone) if settings.window else None
    wal, lag = settings.max_wal_per_second, settings.max_replication_lag
    return Limits(settings.max_rows_per_second, wal, lag, window, waits)


def closed_window(limits: Limits) -> str | None:
    """Why nothing may be archived at this time of the day, if that is so."""
    window, now = limits.window, datetime.now(UTC)
    if window is None or window.is_open(now):
        return None
    return f"outside the window {window}; it opens at {window.next_opening(now):%Y-%m-%d %H:%M %Z}"


class Pace:
    """Shared by all threads of a run. `go_on` returns when the next unit may be taken, False where none may be."""

    def __init__(
        self,
        connection: Connection | None = None,
        schema: str = "",
        limits: Limits | None = None,
        stop: Stop | None = None,
        said: Callable[[str], None] | None = None,
    ) -> None:
        self._connection, self._schema = connection, schema
        self.limits, self._stop = limits or Limits(), Stop() if stop is None else stop
        self._say = said or (lambda _: None)
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._next_turn = time.monotonic()
        self._asking = threading.Lock()
        self._wal: tuple[float, int] | None = None
        # Why the run ended before everything was done.
        self.ended: str | None = None

    def go_on(self) -> bool:
        """Wait for pause, window, rate and replicas; False once the run has to end."""
        if self._connection is None:
            return not self._stop
        with self._lock:
            while not self._stop and self.ended is None:
                waiting = self._seconds_to_wait(self._connection)
                if waiting <= 0:
                    return True
                self._stop.wait(min(waiting, _LOOK_AGAIN_SECONDS))
            if self._stop:
                self.ended = self.ended or "it was told to stop"
            return False

    def passed(self, rows: int) -> None:
        """Note that rows have gone: the next unit may have to wait for them."""
        if self.limits.rows_per_second:
            with self._turn:
                self._next_turn = max(self._next_turn, time.monotonic()) + rows / self.limits.rows_per_second

    def streamed(self, rows: int) -> None:
        """Note that rows have come, in the middle of a unit, and wait as long as they should have taken."""
        self.passed(rows)
        # Not under the lock by which units wait: a pause holds nobody who has a snapshot open.
        if self.limits.rows_per_second and (early := self._next_turn - time.monotonic()) > 0:
            self._say(f"at {self.limits.rows_per_second:,.0f} rows a second")
            self._stop.wait(early)

    @property
    def blocks_at_once(self) -> int | None:
        """How many blocks' rows may be removed before the log is looked at again; None where it need not be."""
        limits = [limit for limit in (self.limits.wal_per_second, self.limits.replication_lag) if limit is not None]
        return max(1, int(min(limits) // _WAL_OF_A_BLOCK)) if limits else None

    def breathe(self) -> None:
        """Between two pieces of a unit that are removed: wait until log and replicas allow the next, for a while."""
        until = time.monotonic() + _LONGEST_BREATH_SECONDS
        while self._connection is not None and not self._stop and time.monotonic() < until:
            waiting = self._seconds_for_log(self._connection)
            if waiting <= 0:
                return
            # Not under the lock by which units wait: this one has its rows locked.
            self._stop.wait(min(waiting, _LOOK_AGAIN_SECONDS))

    def _seconds_to_wait(self, connection: Connection) -> float:
        if pause := current_pause(connection, self._schema):
            return self._hold(str(pause))
        if closed := closed_window(self.limits):
            return self._hold(closed)
        if (early := self._next_turn - time.monotonic()) > 0:
            self._say(f"at {self.limits.rows_per_second:,.0f} rows a second")
            return early
        return self._seconds_for_log(connection)

    def _seconds_for_log(self, connection: Connection) -> float:
        with self._asking:
            return self._wal_seconds(connection) or self._lag_seconds(connection)

    def _hold(self, why: str) -> float:
        if not self.limits.waits:
            self.ended = why
        self._say(why)
        return _LOOK_AGAIN_SECONDS

    def _wal_seconds(self, connection: Connection) -> float:
        limit = self.limits.wal_per_second
        if not limit:
            return 0
        now, written = time.monotonic(), int(one_row(connection, _WAL)[0])
        if self._wal is None:
            self._wal = (now, written)
        since, before = self._wal
        early = (written - before) / limit - (now - since)
        if early > 0:
            self._say(f"at {limit:,.0f} bytes of WAL a second")
            return early
        # What was not used in the past is not saved up: a quiet hour is no leave for a burst.
        self._wal = (now, written)
        return 0

    def _lag_seconds(self, connection: Connection) -> float:
        limit = self.limits.replication_lag
        if limit is None:
            return 0
        lag = int(one_row(connection, _LAG)[0])
        if lag <= limit:
            return 0
        self._say(f"a replica is {lag:,} bytes behind; waiting for {limit:,}")
        return _LOOK_AGAIN_SECONDS
