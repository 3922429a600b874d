"""Purge what the archive need not keep any longer, in two phases: first it stops counting, after a grace it is gone.

Between the two lie all readers that have begun before. Holds are looked at in both, under the table's guard row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.archived_units import ArchivedUnit, units_of
from archive_jobs.keeping.holds import holds_on
from archive_jobs.lake.commit_records import FencedOffError, Guard, change_states, emit_records, lock_guard
from archive_jobs.lake.json_beside import beside
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.errors import ProblemError

_GREATEST_SKEW = timedelta(minutes=5)

# Kept so long after the last of its rows and after it was archived, whichever is later; in calendar years. The law's
# minimum of today and of the day it was archived both hold. A unit that another took the place of goes once that one
# was verified.
_DUE = """
select u.unit_id, greatest(
        since + %(kept)s::interval,
        since + %(minimum)s::interval,
        since + nullif(p.policy ->> 'legal_minimum', 'immediate')::interval
    ) as due
from archive_catalog.units as u
cross join lateral (select greatest(u.hi, u.active_from) as since) as base
inner join archive_catalog.attempts as a on u.active_attempt = a.attempt_id
left join archive_catalog.policies as p
    on (p.schema_name, p.table_name, p.kind, p.version) = (u.schema_name, u.table_name, u.kind, a.policy_version)
where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, %(kind)s)
    and u.state in ('active', 'superseded', 'restored')
"""
_REPLACED = """
select u.unit_id from archive_catalog.units as u
inner join archive_catalog.units as s on u.superseded_by = s.unit_id
where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, %(kind)s) and u.state = 'superseded'
    and (s.state <> 'active' or s.verified_at >= s.active_from)
"""


class HeldError(Exception):
    """A legal hold keeps the unit; the message says which."""


@dataclass
class Expired:
    """What is due or waiting, what was done, and what a hold keeps."""

    table: ArchivedTable
    due: list[ArchivedUnit] = field(default_factory=list)
    waiting: list[ArchivedUnit] = field(default_factory=list)
    begun: int = 0
    purged: int = 0
    bytes: int = 0
    held: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "schema": self.table.schema, "table": self.table.table_name, "kind": self.table.kind,
            "due": [unit.as_json() for unit in self.due],
            "waiting": [
                {**unit.as_json(), "not_before": unit.purge_not_before and unit.purge_not_before.isoformat()}
                for unit in self.waiting
            ],
            "begun": self.begun, "purged": self.purged, "purged_bytes": self.bytes, "held": self.held,
        }  # fmt: skip


def require_right_clocks(connection: Connection) -> None:
    """Raise ProblemError where this machine's clock and the server's differ: one of them would purge too early."""
    told = one_row(connection, "select clock_timestamp(), coalesce(max(committed_at), '-infinity') <= clock_timestamp()"
                   " from archive_catalog.commits")  # fmt: skip
    here = datetime.now(UTC)
    if abs(told[0] - here) > _GREATEST_SKEW or not told[1]:
        raise ProblemError(
            f"the clocks differ: {here.isoformat()} here, {told[0].isoformat()} in PostgreSQL"
            + ("" if told[1] else ", which is before its last archive commit"),
            hint="Nothing was purged. Set the clock that is wrong, then run the command again.",
        )


def find_due(connection: Connection, table: ArchivedTable) -> Expired:
    """What may go by now, and what waits for its files to be deleted. Changes nothing."""
    policy, (schema, name, kind) = table.policy, table.key
    values = {
        "schema": schema, "table": name, "kind": kind,
        "kept": policy.archive_retention and policy.archive_retention.text,
        "minimum": policy.legal_minimum and policy.legal_minimum.text,
    }  # fmt: skip
    due: set[Any] = {unit for (unit,) in connection.execute(_REPLACED.encode(), values)}
    if policy.archive_retention is not None:
        query = f"select unit_id from ({_DUE}) as found where due <= now()"
        due |= {unit for (unit,) in connection.execute(query.encode(), values)}
    found = Expired(table)
    found.due = [u for u in units_of(connection, table.key, ["active", "superseded", "restored"]) if u.unit_id in due]
    found.waiting = units_of(connection, table.key, ["purging"])
    found.held = [
        f"{unit.name}: {hold.name}"
        for unit in [*found.due, *found.waiting]
        for hold in holds_on(connection, unit.key, unit.lo, unit.hi)
    ]
    return found


def expire(connection: Connection, store: Store, table: ArchivedTable, grace: Duration) -> Expired:
    """Let what is due stop counting, and delete the files of what has waited long enough."""
    found = find_due(connection, table)
    found.held = []
    for unit in found.due:
        try:
            begin_purge(connection, unit, grace, "its retention is over", table)
            found.begun += 1
        except (HeldError, FencedOffError) as error:
            found.held.append(f"{unit.name}: {error}")
    # What has stopped counting must be known in the lake before the first of its files is missing there.
    emit_records(connection, store, [table])
    finish_purges(connection, store, table, found)
    return found


def begin_purge(
    connection: Connection, unit: ArchivedUnit, grace: Duration, reason: str, table: ArchivedTable | None = None
) -> None:
    """The unit stops counting; its files stay for readers that have begun. Raises HeldError, FencedOffError."""
    with connection.transaction():
        guard = _lock(connection, unit)
        if table is not None and table.kind == "source" and unit.dropped_rows < unit.rows:
            _require_dropped(connection, table, unit)
        not_before = one_row(connection, "select now() + %s::interval", (grace.text,))[0]
        change_states(connection, guard, [unit.change("purging", not_before=not_before, reason=reason)])
        write_event(connection, "purging", key=unit.key, unit_id=unit.unit_id, not_before=not_before, reason=reason)
        fail_at("expire.flip.after")
    fail_at("expire.after")


def finish_purges(connection: Connection, store: Store, table: ArchivedTable, found: Expired) -> None:
    """Delete the files of the units whose grace is over, and note it."""
    for unit in units_of(connection, table.key, ["purging"]):
        try:
            found.bytes += _finish_purge(connection, store, unit)
            found.purged += 1
        except _TooEarlyError:
            continue
        except (HeldError, FencedOffError) as error:
            found.held.append(f"{unit.name}: {error}")
    emit_records(connection, store, [table])
    fail_at("purge.records.after")


class _TooEarlyError(Exception):
    """The grace is not over."""


def _finish_purge(connection: Connection, store: Store, unit: ArchivedUnit) -> int:
    with connection.transaction():
        guard = _lock(connection, unit)
        files = _files(connection, unit)
        if not one_row(connection, "select %s::timestamptz <= now()", (unit.purge_not_before,))[0]:
            raise _TooEarlyError
        # Deleting cannot be undone and is done first: dying here leaves the unit as it is, and it is done again.
        for path, _ in files:
            store.delete(beside(path))
            store.delete(path)
        fail_at("purge.deleted.after")
        change_states(connection, guard, [unit.change("purged")])
        freed = sum(size for _, size in files)
        write_event(connection, "purged", key=unit.key, unit_id=unit.unit_id, files=len(files), bytes=freed)
        fail_at("purge.flip.after")
    fail_at("purge.after")
    return freed


def _lock(connection: Connection, unit: ArchivedUnit) -> Guard:
    """Lock guard, attempt and unit, in the order of a commit. Raises unless the unit is as it was and not held."""
    guard = lock_guard(connection, unit.key)
    row = connection.execute(
        "select a.state, u.state from archive_catalog.attempts as a"
        " join archive_catalog.units as u on u.active_attempt = a.attempt_id"
        " where a.attempt_id = %s and u.unit_id = %s for update of a, u",
        (unit.attempt_id, unit.unit_id),
    ).fetchone()
    if row != (unit.state, unit.state):
        raise FencedOffError(f"it is {row[1] if row else 'gone'}, no longer {unit.state}")
    fail_at("expire.guard.after")
    for hold in holds_on(connection, unit.key, unit.lo, unit.hi):
        raise HeldError(f"{hold.name} keeps it")
    return guard


def _require_dropped(connection: Connection, table: ArchivedTable, unit: ArchivedUnit) -> None:
    """Readers skip raw records that are marked as archived: without their unit they would be nowhere."""
    query = f"select count(*) from {table.relation} where archived_in = %s"
    rows = one_row(connection, query, (unit.unit_id,))[0]
    if guarded("expire.dropped") and rows:
        raise HeldError(f"{rows} of its records are still in {table.name}")


def _files(connection: Connection, unit: ArchivedUnit) -> Sequence[tuple[str, int]]:
    found: list[tuple[str, int]] = connection.execute(
        "select path, byte_count from archive_catalog.files where attempt_id = %s", (unit.attempt_id,)
    ).fetchall()
    return found
