"""How much of each table is hot and cold, noted now and then: what the status page draws. Moves nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import structlog

from archive_jobs.database import Connection, one_row, session
from archive_jobs.keeping.status import status
from archive_jobs.planning.days import estimated_rows
from archive_jobs.planning.tables import ArchivedTable, Selection, archived_tables
from archive_jobs.planning.units import COUNTED_BYTES
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.serving.backend import Backend

# A partition or a chunk is a table of its own, whose size its parent does not tell.
_SIZE = """
with recursive tree as (
    select %s::regclass::oid as oid
    union all
    select i.inhrelid from pg_inherits as i inner join tree as t on i.inhparent = t.oid
)
select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from tree
"""
_POINTS_SHOWN = 400
log = structlog.get_logger("archive_jobs.serving")


@dataclass(frozen=True)
class Point:
    """How much there was at one moment; what was hot before anybody looked is not known.

    A raw record is archived at once and stays hot for days, and so does what is copied and kept: such rows are hot and
    cold, and the third number says how many.
    """

    at: datetime
    hot_rows: int | None
    hot_bytes: int | None
    cold_rows: int
    cold_bytes: int
    both_rows: int = 0


class Sampler:
    """A thread of its own, which notes every so often what there is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, backend: Backend) -> None:
        """Sample now and from now on."""
        self._thread = threading.Thread(target=self._run, args=(backend,), name="sampler", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Sample no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self, backend: Backend) -> None:
        while not self._stop.is_set():
            try:
                sample(backend)
            except (ProblemError, psycopg.Error, OSError) as error:
                log.warning("nothing was sampled", error=type(error).__name__)
            self._stop.wait(self._seconds)


def sample(backend: Backend) -> int:
    """Note what there is of each table that ages, unless another process just has; how many tables."""
    settings = backend.settings
    with session(settings) as connection:
        schema = settings.analytics_schema
        recent = "select max(sampled_at) > now() - %s * interval '1 second' from archive_catalog.table_samples"
        if one_row(connection, f"{recent} where schema_name = %s", (settings.sample_seconds / 2, schema))[0]:
            return 0
        known = {(one.table, one.kind): one for one in status(connection, schema)}
        tables = archived_tables(connection, backend.library, schema, Selection(), settings.default_format)
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(7310, hashtext(%s))", (f"samples {schema}",))
            for table in tables:
                hot, size = _hot(connection, table)
                one = known.get(table.key[1:])
                cold, cold_size, both = (one.rows, one.bytes, one.also_hot_rows) if one else (0, 0, 0)
                values = (*table.key, hot, size, cold, cold_size, min(hot, both))
                connection.execute(
                    "insert into archive_catalog.table_samples (schema_name, table_name, kind, hot_rows, hot_bytes,"
                    " cold_rows, cold_bytes, both_rows) values (%s, %s, %s, %s, %s, %s, %s, %s)",
                    values,
                )
        return len(tables)


def _hot(connection: Connection, table: ArchivedTable) -> tuple[int, int]:
    """Rows, counted where the table is small and else as PostgreSQL expects them, and bytes."""
    size = int(one_row(connection, _SIZE, (table.relation,))[0])
    if size > COUNTED_BYTES:
        return estimated_rows(connection, [f"select from {table.relation}"])[0], size
    return int(one_row(connection, f"select count(*) from {table.relation}")[0]), size


def history_of(connection: Connection, schema: str, table: str, kind: str) -> list[Point]:
    """What was sampled; before that, what had been archived by when, of what counts today."""
    found = connection.execute(
        "select sampled_at, hot_rows, hot_bytes, cold_rows, cold_bytes, both_rows from archive_catalog.table_samples"
        " where (schema_name, table_name, kind) = (%s, %s, %s) order by sampled_at desc limit %s",
        (schema, table, kind, _POINTS_SHOWN),
    ).fetchall()
    points = [Point(*row) for row in reversed(found)]
    first = points[0].at if points else datetime.now(UTC)
    before = connection.execute(
        "select u.active_from, (sum(sum(f.row_count)) over w)::bigint,"
        " (sum(sum(f.byte_count)) over w)::bigint"
        " from archive_catalog.units as u inner join archive_catalog.files as f on f.attempt_id = u.active_attempt"
        " where u.state = 'active' and (u.schema_name, u.table_name, u.kind) = (%s, %s, %s) and u.active_from < %s"
        " group by u.active_from window w as (order by u.active_from) order by 1",
        (schema, table, kind, first),
    ).fetchall()
    step = max(1, len(before) // _POINTS_SHOWN)
    return [*(Point(at, None, None, rows, size) for at, rows, size in before[::step]), *points]
