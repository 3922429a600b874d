"""Drop raw records from Layer 3: only those processed, archived in a unit verified since, and old enough."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
from psycopg import errors

from archive_jobs.catalogue import write_event
from archive_jobs.copying.canonical import duckdb_digest, postgres_digest
from archive_jobs.copying.prove import rows_of
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.holds import holds_on
from archive_jobs.lake.publish import require_intact
from archive_jobs.lake.store import Store
from archive_jobs.monitoring.telling import moved
from archive_jobs.moving.attempt import UnarchivableError
from archive_jobs.planning.policy_table import in_force, latest_policies
from archive_jobs.planning.tables import ArchivedTable


@dataclass(frozen=True)
class Drop:
    """Raw rows of one unit that may go."""

    table: ArchivedTable
    unit_id: uuid.UUID
    rows: int
    lo: datetime
    hi: datetime
    cutoff: datetime

    @property
    def predicate(self) -> str:
        """The rows, in literals."""
        return (
            f"archived_in = '{self.unit_id}'::uuid and processed"
            f" and ingested_at >= '{self.lo.isoformat()}'::timestamptz"
            f" and ingested_at < least('{self.hi.isoformat()}'::timestamptz, '{self.cutoff.isoformat()}'::timestamptz)"
        )


def drops_due(connection: Connection, table: ArchivedTable) -> list[Drop]:
    """The rows that may go by now, by unit. The database's clock decides; nothing moves it."""
    retention = table.policy.retention
    if table.kind != "source" or retention is None or table.policy.drop == "never":
        return []
    cutoff = one_row(connection, "select now() - %s::interval", (retention.text,))[0]
    found = connection.execute(
        f"select u.unit_id, count(*), u.lo, u.hi from {table.relation} r"
        " join archive_catalog.units u on u.unit_id = r.archived_in and u.state = 'active'"
        " where r.processed and r.ingested_at < %s and coalesce(u.keep_until < now(), true)"
        " group by u.unit_id order by u.lo".encode(),
        (cutoff,),
    )
    return [Drop(table, unit_id, rows, lo, hi, cutoff) for unit_id, rows, lo, hi in found]


def rows_waiting(connection: Connection, table: ArchivedTable) -> int:
    """Raw rows old enough to go that dbt has not processed yet."""
    retention = table.policy.retention
    if retention is None:
        return 0
    query = f"select count(*) from {table.relation} where not processed and ingested_at < now() - %s::interval"
    return int(one_row(connection, query, (retention.text,))[0])


def drop(connection: Connection, engine: duckdb.DuckDBPyConnection, store: Store, due: Drop) -> int:
    """Remove the rows in a transaction of their own; return how many went.

    Raises UnarchivableError when the file or the rows are not what they were: nothing is removed then.
    """
    _verify_again(connection, store, due)
    try:
        connection.execute("begin isolation level repeatable read")
        connection.execute(f"lock table {due.table.relation} in row exclusive mode".encode())
        fail_at("drop.begin.after")
        removed = _remove(connection, engine, store, due)
        connection.execute("commit")
    except (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable) as error:
        connection.execute("rollback")
        raise UnarchivableError(f"its rows are being changed: {str(error).splitlines()[0]}") from error
    except psycopg.IntegrityError as error:
        connection.execute("rollback")
        raise UnarchivableError(f"rows of other tables refer to it: {str(error).splitlines()[0]}") from error
    except BaseException:
        if not connection.closed:
            connection.execute("rollback")
        raise
    fail_at("drop.commit.after")
    moved("dropped", due.table, due.unit_id, removed)
    return removed


def _verify_again(connection: Connection, store: Store, due: Drop) -> None:
    """Read the unit's files once more: what is about to be the only copy must be whole."""
    files = _files(connection, due)
    if not files:
        raise UnarchivableError("its unit is no longer active")
    for path, sha256 in files:
        require_intact(store, path, sha256)
    connection.execute(
        "update archive_catalog.units set verified_at = clock_timestamp() where unit_id = %s", (due.unit_id,)
    )


def _files(connection: Connection, due: Drop) -> list[tuple[str, str]]:
    query = "select path, sha256 from archive_catalog.readable_files where unit_id = %s"
    return connection.execute(query, (due.unit_id,)).fetchall()


def _remove(connection: Connection, engine: duckdb.DuckDBPyConnection, store: Store, due: Drop) -> int:
    connection.execute(
        "select 1 from archive_catalog.table_guards where (schema_name, table_name, kind) = (%s, %s, %s) for share",
        due.table.key,
    )
    unit = connection.execute(
        "select u.row_count, a.digest_0, a.digest_1 from archive_catalog.units u"
        " join archive_catalog.attempts a on a.attempt_id = u.active_attempt"
        " where u.unit_id = %s and u.state = 'active' and u.verified_at >= u.active_from"
        " and coalesce(u.keep_until < now(), true) for update of u",
        (due.unit_id,),
    ).fetchone()
    if unit is None:
        raise UnarchivableError("its unit is no longer active and verified")
    _require_same_policy(connection, due)
    for hold in holds_on(connection, due.table.key, due.lo, due.hi):
        raise UnarchivableError(f"{hold.name} forbids it")
    found = one_row(connection, postgres_digest(due.table.columns, due.table.rows(due.predicate), with_md5=True))
    if found[:3] != tuple(unit):
        _require_archived(connection, engine, store, due, found, unit[0])
    removed = connection.execute(f"delete from {due.table.relation} where {due.predicate}".encode()).rowcount
    fail_at("drop.delete.after")
    if removed != found[0]:
        raise UnarchivableError(f"{found[0]} rows were to go, PostgreSQL removed {removed}")
    connection.execute(
        "update archive_catalog.units set dropped_rows = dropped_rows + %s, dropped_at = now() where unit_id = %s",
        (removed, due.unit_id),
    )
    write_event(connection, "dropped", due.table, unit_id=due.unit_id, rows=removed)
    return removed


def _require_same_policy(connection: Connection, due: Drop) -> None:
    """Whoever sets a policy changes the guard row, which is locked: none can be set meanwhile."""
    table = due.table
    standing = in_force(table.model, table.kind, latest_policies(connection, table.schema)).policy
    obeyed = (table.policy.drop, table.policy.retention)
    if guarded("drop.policy") and (standing is None or (standing.drop, standing.retention) != obeyed):
        raise UnarchivableError("its policy was changed meanwhile; the next run obeys the new one")


def _require_archived(
    connection: Connection,
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    due: Drop,
    found: tuple[object, ...],
    rows: int,
) -> None:
    """Compare the rows with the same ones in the files: with all, or where some stay or went before with a part."""
    files = [store.local(path, sha256) for path, sha256 in _files(connection, due)]
    relation = rows_of(due.table.columns, *files)
    if found[0] != rows:
        engine.register("raw_numbers", _numbers(connection, due))
        relation = f"(select * from {relation} where raw_seq in (select raw_seq from raw_numbers))"
    archived = engine.execute(duckdb_digest(due.table.columns, relation)).fetchone()
    in_postgres = (found[0], int(str(found[3] or 0)), int(str(found[4] or 0)))
    if archived is None or (archived[0], int(archived[1] or 0), int(archived[2] or 0)) != in_postgres:
        raise UnarchivableError("its rows differ from what was archived; they were edited after they landed")


def _numbers(connection: Connection, due: Drop) -> pa.Table:
    """The rows' numbers, eight bytes each."""
    query = f"copy (select raw_seq from {due.table.relation} where {due.predicate}) to stdout"
    with connection.cursor().copy(query.encode()) as copy:
        text = b"".join(copy)
    return pa.table({"raw_seq": np.fromstring(text, np.int64, sep="\n")})
