"""Commit records: what became of each unit, in order, each holding the hash of the one before.

The record's text is made and numbered in the transaction that changes what counts, under the table's guard row.
The object in the lake is written after it, from that text; whatever is missing can be written again.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.delta import derive_delta, is_kept_up
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.errors import ProblemError

TableKey = tuple[str, str, str]  # schema, table, kind


# What may become of a unit, and from what.
BEFORE: dict[str, tuple[str, ...]] = {
    "active": ("open",),
    "superseded": ("active",),
    "restored": ("active",),
    "purging": ("active", "superseded", "restored"),
    "purged": ("purging",),
}

_CHANGE = """
with guard as (
    update archive_catalog.table_guards set last_commit_seq = %(seq)s, last_record_sha256 = %(sha256)s
    where (schema_name, table_name, kind) = (%(schema)s, %(table)s, %(kind)s) returning 1
),
attempt as (
    update archive_catalog.attempts set
        state = %(state)s,
        finished_at = %(now)s,
        commit_xid = case when %(state)s = 'active' then %(xid)s::xid8 else commit_xid end
    where attempt_id = %(attempt)s and state = any(%(attempt_before)s) returning attempt_id
),
unit as (
    update archive_catalog.units set
        state = %(state)s,
        active_attempt = %(attempt)s,
        row_count = %(rows)s,
        active_from = case when %(state)s = 'active' then %(now)s else active_from end,
        superseded_by = coalesce(%(superseded_by)s, superseded_by),
        mode = case when %(state)s = 'active' then coalesce(%(mode)s, mode) else mode end,
        keep_until = coalesce(%(keep_until)s, keep_until),
        purge_not_before = coalesce(%(not_before)s, purge_not_before)
    where unit_id = %(unit)s and state = any(%(before)s) returning unit_id
),
record as (
    insert into archive_catalog.commits (schema_name, table_name, kind, commit_seq, unit_id, attempt_id, state,
        manifest_sha256, previous_sha256, record_sha256, record, committed_at)
    values (%(schema)s, %(table)s, %(kind)s, %(seq)s, %(unit)s, %(attempt)s, %(state)s,
        %(manifest)s, %(previous)s, %(sha256)s, %(record)s, %(now)s) returning 1
)
select (select count(*) from attempt), (select count(*) from unit), (select count(*) from record),
    (select count(*) from guard)
"""


class FencedOffError(Exception):
    """Somebody else has decided what becomes of this unit."""


@dataclass(frozen=True)
class CommitRecord:
    """One link of a table's chain."""

    folder: str
    schema: str
    commit_seq: int
    text: str

    @property
    def sha256(self) -> str:
        """What the next record holds."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """Where the record stands in the lake."""
        return record_path(self.schema, self.folder, self.commit_seq)


@dataclass(frozen=True)
class Change:
    """What becomes of one unit. What is None stays as it is, and does not stand in the record."""

    unit_id: uuid.UUID
    attempt_id: uuid.UUID
    state: str
    rows: int
    manifest_path: str
    manifest_sha256: str
    superseded_by: uuid.UUID | None = None
    keep_until: datetime | None = None
    not_before: datetime | None = None
    reason: str | None = None
    # How the rows left PostgreSQL; with `keep` they are still there as well.
    mode: str | None = None


@dataclass(frozen=True)
class Guard:
    """A table's guard row, locked until the transaction ends: nobody else can change what counts meanwhile."""

    key: TableKey
    last_seq: int
    last_sha256: str | None
    now: datetime
    xid: str


def lock_guard(connection: Connection, key: TableKey) -> Guard:
    """Lock the table's guard row in the caller's transaction. Whoever changes what counts does this first."""
    row = connection.execute(
        "select last_commit_seq, last_record_sha256, now(), pg_current_xact_id()::text"
        " from archive_catalog.table_guards where (schema_name, table_name, kind) = (%s, %s, %s) for update",
        key,
    ).fetchone()
    if row is None:
        raise LookupError(f"{'.'.join(key)} has no guard row")
    return Guard(key, *row)


def change_states(connection: Connection, guard: Guard, changes: Sequence[Change]) -> list[CommitRecord]:
    """Change what counts, all of it in the caller's transaction: units, attempts, records, chain.

    The records' objects are written by `emit_records` after the commit. Raises FencedOffError where a unit is not
    what it must be for its change; the caller rolls back then.
    """
    records: list[CommitRecord] = []
    last_seq, last_sha256 = guard.last_seq, guard.last_sha256
    for change in changes:
        record = _next_record(guard, change, last_seq, last_sha256)
        _store_change(connection, guard, change, record, last_sha256)
        records.append(record)
        last_seq, last_sha256 = record.commit_seq, record.sha256
    return records


def supersede(connection: Connection, guard: Guard, new: Change, olds: Sequence[Change]) -> list[CommitRecord]:
    """Make a prepared unit count in the place of others: readers see either them or it."""
    replaced = [replace(old, state="superseded", superseded_by=new.unit_id) for old in olds]
    return change_states(connection, guard, [new, *replaced])


def _store_change(
    connection: Connection, guard: Guard, change: Change, record: CommitRecord, previous_sha256: str | None
) -> None:
    before = BEFORE[change.state]
    schema, table, kind = guard.key
    changed = connection.execute(
        _CHANGE.encode(),
        {
            "state": change.state, "before": list(before), "now": guard.now, "xid": guard.xid,
            "attempt_before": ["prepared" if state == "open" else state for state in before],
            "attempt": change.attempt_id, "unit": change.unit_id, "rows": change.rows,
            "superseded_by": change.superseded_by, "keep_until": change.keep_until, "not_before": change.not_before,
            "mode": change.mode, "seq": record.commit_seq, "sha256": record.sha256, "record": record.text,
            "previous": previous_sha256, "manifest": change.manifest_sha256,
            "schema": schema, "table": table, "kind": kind,
        },
    ).fetchone()  # fmt: skip
    if changed != (1, 1, 1, 1):
        raise FencedOffError(
            f"unit {change.unit_id} of {schema}.{table} ({kind}) cannot become {change.state}: expected it to be"
            f" {' or '.join(before)}, found something else"
        )


def record_path(schema: str, folder: str, commit_seq: int) -> str:
    """The lake path of a record. Raw archives have a chain of their own, in a folder named source_<table>."""
    return f"{schema}/_commits/{folder}/{commit_seq}.json"


def record_folder(text: str, kind: str, table_name: str) -> str:
    """Where a record stands: under the name its table had when it was written, which a rename does not change."""
    found = re.search(r'"table": "([a-z0-9_]+)"', text)
    name = found[1] if found else table_name
    return f"source_{name}" if kind == "source" else name


def _next_record(guard: Guard, change: Change, last_seq: int, last_sha256: str | None) -> CommitRecord:
    schema, table, kind = guard.key
    said = {
        "superseded_by": change.superseded_by and str(change.superseded_by),
        "keep_until": change.keep_until and change.keep_until.isoformat(),
        "not_before": change.not_before and change.not_before.isoformat(),
        "reason": change.reason,
        "mode": change.mode,
    }
    body = {
        "record": 1,
        "schema": schema,
        "table": table,
        "kind": kind,
        "commit_seq": last_seq + 1,
        "unit": str(change.unit_id),
        "attempt": str(change.attempt_id),
        "state": change.state,
        "rows": change.rows,
        "manifest": {"path": change.manifest_path, "sha256": change.manifest_sha256},
        "committed_at": guard.now.isoformat(),
        "previous_sha256": last_sha256,
        **{key: value for key, value in said.items() if value is not None},
    }
    folder = f"source_{table}" if kind == "source" else table
    return CommitRecord(folder, schema, last_seq + 1, json.dumps(body, sort_keys=True) + "\n")


def emit_records(connection: Connection, store: Store, tables: Sequence[ArchivedTable]) -> int:
    """Write the tables' records that the lake does not have yet; return how many. Safe to repeat at any time.

    A record that is there already must be the same, or somebody else writes into this lake.
    """
    emitted = 0
    for table in {table.key: table for table in tables}.values():
        waiting = connection.execute(
            "select commit_seq, record from archive_catalog.commits where emitted_at is null"
            " and (schema_name, table_name, kind) = (%s, %s, %s) order by commit_seq",
            table.key,
        ).fetchall()
        if waiting:
            fail_at("record.before")
            for commit_seq, text in waiting:
                folder = record_folder(text, table.kind, table.table_name)
                _put(store, CommitRecord(folder, table.schema, commit_seq, text))
            store.sync()
            fail_at("record.after")
            if is_kept_up(store, table):
                derive_delta(connection, store, table)
            connection.execute(
                "update archive_catalog.commits set emitted_at = now() where emitted_at is null"
                " and (schema_name, table_name, kind) = (%s, %s, %s) and commit_seq = any(%s)",
                (*table.key, [commit_seq for commit_seq, _ in waiting]),
            )
            fail_at("record.marked.after")
            emitted += len(waiting)
    return emitted


def _put(store: Store, record: CommitRecord) -> None:
    content = record.text.encode()
    try:
        store.put(record.path, content)
    except FileExistsError:
        if store.read(record.path) != content:
            raise lake_is_ahead(store.url(record.path), record.commit_seq - 1) from None


def require_lake_is_not_ahead(connection: Connection, store: Store, tables: Sequence[ArchivedTable]) -> None:
    """Raise ProblemError where the lake goes on after this database's last commit: it is a copy, or was set back.

    A copy may have everything in common with the original, its identifier too; only what came after tells them apart.
    """
    for table in {table.key: table for table in tables}.values():
        last_seq = _last_seq(connection, table.key)
        path = record_path(table.schema, table.folder, last_seq + 1)
        try:
            store.read(path)
        except FileNotFoundError:
            continue
        # Asked again: another run here may have just written it.
        if _last_seq(connection, table.key) == last_seq:
            raise lake_is_ahead(store.url(path), last_seq)


def _last_seq(connection: Connection, key: tuple[str, str, str]) -> int:
    asked = (
        "select last_commit_seq from archive_catalog.table_guards where (schema_name, table_name, kind) = (%s, %s, %s)"
    )
    found = connection.execute(asked, key).fetchone()
    return found[0] if found else 0


def lake_is_ahead(place: str, last_seq: int) -> ProblemError:
    """Another database has written on where this one stopped, or this one has lost its catalogue."""
    if last_seq == 0:
        return ProblemError(
            f"{place} is in the lake, and this database has no catalogue of it: expected the units that were archived",
            hint="Nothing was changed. Run `archive-jobs catalog rebuild`; for a copy of a database, or another one,"
            " set ARCHIVE_URL to a lake of its own.",
        )
    return ProblemError(
        f"{place} was not written by this database, whose last commit record is {last_seq}: it is a copy of the one"
        " that writes into this lake, or was set back to an earlier time",
        hint="Nothing was changed, and what this database reads stays right. A copy needs a lake of its own: set"
        " ARCHIVE_URL. For one that was set back see docs/41_the_lake.md.",
    )
