"""What is due of each table, what stays hot and why, what forbids it. Reads; changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from archive_jobs.database import Connection, one_row
from archive_jobs.planning.days import between, day_expression, estimated_rows, following, midnight
from archive_jobs.planning.kept import without_copies
from archive_jobs.planning.preflight import refusals
from archive_jobs.planning.restored import leave_restored
from archive_jobs.planning.space import space_notes
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.tree import find_tree, instant
from archive_jobs.planning.units import COUNTED_BYTES, Slice, choose_units

__all__ = ["Slice", "TablePlan", "plan_table"]


@dataclass(frozen=True)
class TablePlan:
    """What would leave a table now, what stays and why. Numbers of rows are PostgreSQL's estimates unless exact."""

    table: ArchivedTable
    slices: tuple[Slice, ...]
    hot_rows: int
    table_bytes: int
    timeless_rows: int
    cutoff: datetime | None
    blocked_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    exact: bool = True

    @property
    def rows(self) -> int:
        """Rows that would be archived."""
        return sum(piece.rows for piece in self.slices)

    @property
    def bytes(self) -> int:
        """What those rows take in PostgreSQL: of whole relations all, of others by the average row."""
        return sum(piece.bytes for piece in self.slices)

    @property
    def modes(self) -> dict[str, int]:
        """How many units go in which way."""
        return dict(Counter(piece.mode for piece in self.slices))

    @property
    def unit_digests(self) -> list[str]:
        """What somebody agrees to who was shown the plan: each unit, in its way, with its rows where they are exact."""
        about = [self.table.key, self.table.casts_digest]
        return [
            hashlib.sha256(json.dumps([*about, *_said(piece), self.exact and piece.rows]).encode()).hexdigest()[:24]
            for piece in self.slices
        ]

    @property
    def digest(self) -> str:
        """All of them as one."""
        return hashlib.sha256(json.dumps(self.unit_digests).encode()).hexdigest()

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
            "modes": self.modes,
            "rows": self.rows,
            "bytes": self.bytes,
            "exact": self.exact,
            "first_day": str(self.slices[0].day) if self.slices else None,
            "last_day": str(self.slices[-1].day) if self.slices else None,
            "hot_rows": self.hot_rows,
            "rows_without_a_time": self.timeless_rows,
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "reason": self.reason,
            "partition_drop": self.table.policy.partition_drop,
            "blocked_by": list(self.blocked_by),
            "notes": list(self.notes),
            "unit_list": [piece.as_json() for piece in self.slices],
        }


def _said(piece: Slice) -> tuple[str, ...]:
    return (piece.lo.isoformat(), piece.hi.isoformat(), piece.mode, piece.predicate)


def plan_table(
    connection: Connection, table: ArchivedTable, as_of: datetime | None, *, exact: bool = False
) -> TablePlan:
    """Return what is due. `as_of` stands in for the database's clock where rows age by their own time column.

    Small tables are counted; of big ones the numbers are estimates, unless they are asked for exactly.
    """
    blocked = tuple(refusals(connection, table))
    if table.kind == "source":
        return _plan_source(connection, table, blocked)
    cutoff, first_kept = _cutoff(connection, table, as_of)
    tree = find_tree(connection, table)
    chosen = choose_units(connection, table, tree, first_kept, exact=exact)
    if table.policy.drop == "never":
        chosen.slices, same = without_copies(connection, table, chosen.slices)
        chosen.notes += [f"{same:,} copies are still what is hot"] if same else []
    hot = _hot_rows(connection, table, exact=chosen.exact)
    notes = [*table.policy_notes, *chosen.notes]
    if chosen.timeless:
        counts = ", ".join(f"{rows:,} {what}" for what, rows in sorted(chosen.timeless.items()))
        in_all = sum(chosen.timeless.values())
        notes.insert(0, f"{in_all:,} rows stay hot, as no unit can hold their {table.time_column}: {counts}")
    slices, restored = leave_restored(connection, table, chosen.slices)
    notes += [*restored, *space_notes(connection, table, tree, slices, hot)]
    return TablePlan(
        table, tuple(slices), hot, tree.bytes, sum(chosen.timeless.values()), cutoff, blocked, tuple(notes),
        chosen.exact,
    )  # fmt: skip


def _cutoff(connection: Connection, table: ArchivedTable, as_of: datetime | None) -> tuple[datetime, date]:
    """The instant before which rows are old, and the first day that is kept whole, in the column's zone."""
    policy = table.policy
    spans = [span.text for span in (policy.retention, policy.archive_after) if span is not None]
    if policy.drop == "never" and policy.archive_after is not None:
        spans = [policy.archive_after.text]  # nothing leaves, so the retention is of no concern
    cutoff: datetime = one_row(
        connection,
        "select min(coalesce(%s, now()) - span::interval) from unnest(%s::text[]) as span",
        (as_of, spans),
    )[0]
    return cutoff, cutoff.astimezone(ZoneInfo(table.time_zone)).date()


def _hot_rows(connection: Connection, table: ArchivedTable, *, exact: bool) -> int:
    query = f"select from {table.relation}"
    if exact:
        return int(one_row(connection, query.replace("select", "select count(*)", 1))[0])
    return estimated_rows(connection, [query])[0]


def _plan_source(connection: Connection, table: ArchivedTable, blocked: tuple[str, ...]) -> TablePlan:
    """Landed rows in no unit yet, by day of arrival; whether dbt has read them makes no difference."""
    size = one_row(connection, "select pg_total_relation_size(%s::regclass)", (table.relation,))[0]
    exact = size <= COUNTED_BYTES
    hot = _hot_rows(connection, table, exact=exact)
    after = table.policy.archive_after
    cutoff: datetime | None = None
    waiting = "archived_in is null"
    if after is not None and after.count:
        cutoff = one_row(connection, "select now() - %s::interval", (after.text,))[0]
        waiting += f" and ingested_at <= '{cutoff.isoformat()}'::timestamptz"
    found = connection.execute(
        f"select {day_expression(table)}, min(raw_seq), max(raw_seq), count(*) from {table.relation}"
        f" where {waiting} group by 1 order by 1".encode()
    ).fetchall()
    timeless = sum(rows for day, _, _, rows in found if day is None)
    notes = table.policy_notes
    if timeless:
        notes += (f"{timeless:,} rows stay hot, as no unit can hold their ingested_at",)
    slices = tuple(_raw_slice(table, waiting, size, hot, *row) for row in found if row[0] is not None)
    return TablePlan(table, slices, hot, size, timeless, cutoff, blocked, notes, exact)


def _raw_slice(
    table: ArchivedTable, waiting: str, size: int, hot: int, day: date, first: int, last: int, rows: int
) -> Slice:
    """A day's landed rows. The numbers keep out what lands while the unit is on its way."""
    end = following(day, "day")
    return Slice(
        table, day, instant(table, midnight(day)), instant(table, midnight(end)),
        f"raw_seq between {first} and {last} and {between(table, day, end)} and {waiting}", rows, "mark",
        bytes=size * rows // max(hot, rows), reason="landed and in no unit yet",
    )  # fmt: skip
