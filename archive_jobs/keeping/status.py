"""What the catalogue says of each table: how much is cold, how fresh, what failed. Reads only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection
from archive_jobs.scheduling.pauses import current_pause
from archive_jobs.scheduling.window import Window

_STATUS = """
with cold as (
    select u.schema_name, u.table_name, u.kind, count(distinct u.unit_id) as units, sum(f.row_count) as cold_rows,
        sum(f.byte_count) as cold_bytes, sum(f.row_count) filter (where u.mode = 'keep') as kept_rows,
        min(u.lo) as lo, max(u.hi) as hi, min(u.verified_at) as oldest_check,
        bool_and(u.verified_at is not null) as all_checked, max(u.active_from) as last_archived,
        count(distinct u.unit_id) filter (where u.generation > 1) as late_units
    from archive_catalog.units as u
    inner join archive_catalog.files as f on f.attempt_id = u.active_attempt
    where u.state = 'active'
    group by 1, 2, 3
),
dropped as (
    select schema_name, table_name, kind, sum(dropped_rows) as dropped_rows,
        sum(dropped_rows) filter (where state = 'active') as dropped_of_active,
        count(*) filter (where keep_until > now()) as restored, count(*) filter (where state = 'purging') as purging
    from archive_catalog.units group by 1, 2, 3
),
tries as (
    select u.schema_name, u.table_name, u.kind,
        count(*) filter (where a.state in ('planned', 'prepared')) as in_flight,
        count(*) filter (where a.state in ('abandoned', 'sweeping', 'swept')) as abandoned,
        count(*) filter (where a.state in ('abandoned', 'sweeping', 'swept') and u.state = 'open') as held_back,
        (array_agg(a.reason order by a.created_at desc) filter (where a.reason is not null))[1] as last_reason
    from archive_catalog.attempts as a inner join archive_catalog.units as u on a.unit_id = u.unit_id
    group by 1, 2, 3
)
select g.schema_name, g.table_name, g.kind, coalesce(c.units, 0), coalesce(c.cold_rows, 0)::bigint,
    coalesce(c.cold_bytes, 0)::bigint, coalesce(d.dropped_rows, 0)::bigint, c.lo, c.hi, c.last_archived,
    case when c.all_checked then c.oldest_check end, g.last_commit_seq,
    coalesce(t.in_flight, 0), coalesce(t.abandoned, 0), coalesce(t.held_back, 0), t.last_reason,
    case when g.kind = 'analytics' then
        greatest(extract(epoch from now() - (p.policy ->> 'retention')::interval - c.hi), 0)::float8
    end,
    coalesce(e.failures, '[]'), coalesce(c.late_units, 0), coalesce(d.restored, 0), coalesce(d.purging, 0),
    case
        when g.kind = 'source' then greatest(coalesce(c.cold_rows, 0) - coalesce(d.dropped_of_active, 0), 0)
        else coalesce(c.kept_rows, 0)
    end::bigint
from archive_catalog.table_guards as g
left join cold as c using (schema_name, table_name, kind)
left join dropped as d using (schema_name, table_name, kind)
left join tries as t using (schema_name, table_name, kind)
left join lateral (
    select policy from archive_catalog.policies as p
    where (p.schema_name, p.table_name, p.kind) = (g.schema_name, g.table_name, g.kind) order by p.version desc limit 1
) as p on true
left join lateral (
    select jsonb_agg(jsonb_build_object('at', happened_at, 'event', event, 'reason', details ->> 'reason')) as failures
    from (
        select e.happened_at, e.event, e.details from archive_catalog.events as e
        where (e.schema_name, e.table_name, e.kind) = (g.schema_name, g.table_name, g.kind)
            and e.event in ('failed', 'job_failed')
        order by e.event_id desc limit 3
    ) as latest
) as e on true
where g.schema_name = %s
order by 3 desc, 2
"""


@dataclass(frozen=True)
class TableStatus:
    """One table of one kind. `verified_at` is the oldest check, null while any unit was never checked."""

    schema: str
    table: str
    kind: str
    units: int
    rows: int
    bytes: int
    dropped_rows: int
    first: datetime | None
    last: datetime | None
    last_archived: datetime | None
    verified_at: datetime | None
    revision: int
    in_flight: int
    abandoned: int
    held_back: int
    last_reason: str | None
    # How far the last archived day is behind what the retention lets go, in seconds; null for raw records.
    lag_seconds: float | None
    last_failures: list[dict[str, Any]]
    # Units of what came after their range was archived; put back and kept; waiting for their files to be deleted.
    late_units: int
    restored_units: int
    purging_units: int
    # Of `rows`: those that also stand in PostgreSQL, as raw records do until they are dropped, and copies always.
    also_hot_rows: int
    # Of the whole schema: who has paused it, and when its window opens, if it is not open now.
    paused: str | None = None
    next_window: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The status as plain values; times in ISO 8601."""
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}


def status(connection: Connection, schema: str, window: Window | None = None) -> list[TableStatus]:
    """Return the status of every table that was ever archived; none before the first run."""
    if not catalogue_exists(connection):
        return []
    pause, now = current_pause(connection, schema), datetime.now(UTC)
    opening = window.next_opening(now) if window and not window.is_open(now) else None
    found = connection.execute(_STATUS.encode(), (schema,)).fetchall()
    said = str(pause) if pause else None
    return [replace(TableStatus(*row), paused=said, next_window=opening) for row in found]
