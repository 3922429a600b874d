"""Choose which days of which tables leave PostgreSQL. Reads; changes nothing.

Bounds are computed once and written out as literals, so that export, proof and delete use the very same words:
nothing in them depends on a clock, a time zone or a session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from archive_jobs.database import Connection, one_row
from archive_jobs.planning.preflight import refusals
from archive_jobs.planning.tables import ArchivedTable, time_literal
from definitions_to_dbt.sql import quote_identifier

_FIRST_DAY, _LAST_DAY = date(1, 1, 2), date(9999, 12, 30)  # what a Python date can hold, less a day for zones


@dataclass(frozen=True)
class Slice:
    """One day of one table, half-open, as literals. `lo` and `hi` are UTC instants."""

    table: ArchivedTable
    day: date
    lo: datetime
    hi: datetime
    predicate: str
    rows: int


@dataclass(frozen=True)
class TablePlan:
    """What would leave a table now, what stays and why."""

    table: ArchivedTable
    slices: tuple[Slice, ...]
    hot_rows: int
    table_bytes: int
    timeless_rows: int
    cutoff: datetime | None
    blocked_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Rows that would be archived."""
        return sum(piece.rows for piece in self.slices)

    @property
    def bytes(self) -> int:
        """What those rows take in PostgreSQL, by the table's average row."""
        return self.table_bytes * self.rows // self.hot_rows if self.hot_rows else 0

    @property
    def reason(self) -> str:
        """Why these rows are due."""
        if self.table.kind == "source":
            return "landed and not archived yet"
        retention = self.table.policy.retention
        return f"{self.table.time_column} is older than {retention.text if retention else '?'}"

    def as_json(self) -> dict[str, Any]:
        """The plan as plain values."""
        return {
            "schema": self.table.schema,
            "table": self.table.table_name,
            "kind": self.table.kind,
            "units": len(self.slices),
            "rows": self.rows,
            "bytes": self.bytes,
            "first_day": str(self.slices[0].day) if self.slices else None,
            "last_day": str(self.slices[-1].day) if self.slices else None,
            "hot_rows": self.hot_rows,
            "rows_without_a_time": self.timeless_rows,
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "reason": self.reason,
            "blocked_by": list(self.blocked_by),
            "notes": list(self.notes),
        }


def plan_table(connection: Connection, table: ArchivedTable, as_of: datetime | None) -> TablePlan:
    """Return what is due. `as_of` stands in for the database's clock where rows age by their own time column."""
    blocked = tuple(refusals(connection, table))
    size, hot = one_row(
        connection,
        "select pg_table_size(%s::regclass) + coalesce((select sum(pg_table_size(inhrelid)) from pg_inherits"
        f" where inhparent = %s::regclass), 0)::bigint, (select count(*) from {table.relation})",
        (table.relation, table.relation),
    )
    if table.kind == "source":
        cutoff, slices, timeless = _source_slices(connection, table)
    else:
        cutoff, slices, timeless = _analytics_slices(connection, table, as_of)
    notes = table.policy_notes
    if timeless:
        notes += (f"{timeless} rows stay hot: {table.time_column} is null, infinite or out of range",)
    return TablePlan(table, tuple(slices), hot, size, timeless, cutoff, blocked, notes)


def _analytics_slices(
    connection: Connection, table: ArchivedTable, as_of: datetime | None
) -> tuple[datetime, list[Slice], int]:
    policy = table.policy
    spans = [span.text for span in (policy.retention, policy.archive_after) if span is not None]
    cutoff: datetime = one_row(
        connection,
        "select min(coalesce(%s, now()) - span::interval) from unnest(%s::text[]) as span",
        (as_of, spans),
    )[0]
    first_kept = cutoff.astimezone(ZoneInfo(table.time_zone)).date()
    counted = _rows_by_day(connection, table)
    due = [(day, rows) for day, rows in counted.items() if day is not None and day < first_kept]
    slices = [_day_slice(table, day, rows) for day, rows in sorted(due)]
    # A day that a zone has skipped, as Samoa did with 2011-12-30, has no instants: its rows stay hot.
    held = [piece for piece in slices if piece.lo < piece.hi]
    skipped = sum(piece.rows for piece in slices if piece.lo >= piece.hi)
    return cutoff, held, counted.get(None, 0) + skipped


def _rows_by_day(connection: Connection, table: ArchivedTable) -> dict[date | None, int]:
    """Rows by day of the time column; None stands for those whose time no slice can hold."""
    found = connection.execute(f"select {_day(table)}, count(*) from {table.relation} group by 1".encode())
    return dict(found.fetchall())


def _day(table: ArchivedTable) -> str:
    column = quote_identifier(table.time_column)
    wall = f"{column} at time zone 'UTC'" if table.time_base == "timestamptz" else column
    low, high = time_literal(table, str(_FIRST_DAY).zfill(10)), time_literal(table, str(_LAST_DAY))
    return f"case when {column} >= {low} and {column} < {high} then ({wall})::date end"


def _day_slice(table: ArchivedTable, day: date, rows: int) -> Slice:
    column = quote_identifier(table.time_column)
    following = day + timedelta(days=1)
    low, high = time_literal(table, day.isoformat()), time_literal(table, following.isoformat())
    return Slice(
        table,
        day,
        _instant(table, day),
        _instant(table, following),
        f"{column} >= {low} and {column} < {high}",
        rows,
    )


def _instant(table: ArchivedTable, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(table.time_zone)).astimezone(UTC)


def _source_slices(connection: Connection, table: ArchivedTable) -> tuple[datetime | None, list[Slice], int]:
    """Landed rows in no unit yet, by day of arrival; whether dbt has read them makes no difference."""
    after = table.policy.archive_after
    cutoff: datetime | None = None
    waiting = "archived_in is null"
    if after is not None and after.count:
        cutoff = one_row(connection, "select now() - %s::interval", (after.text,))[0]
        waiting += f" and ingested_at <= '{cutoff.isoformat()}'::timestamptz"
    found = connection.execute(
        f"select {_day(table)}, min(raw_seq), max(raw_seq), count(*) from {table.relation}"
        f" where {waiting} group by 1 order by 1".encode()
    ).fetchall()
    timeless = sum(rows for day, _, _, rows in found if day is None)
    slices = []
    for day, first, last, rows in found:
        if day is not None:
            piece = _day_slice(table, day, rows)
            predicate = f"raw_seq between {first} and {last} and {piece.predicate} and {waiting}"
            slices.append(Slice(table, day, piece.lo, piece.hi, predicate, rows))
    return cutoff, slices, timeless
