"""The one transaction that removes a unit's rows and makes its file count. Both happen or neither does."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import errors

from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.database import Connection, connect, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.commit_records import next_record
from archive_jobs.moving.attempt import Attempt, UnarchivableError, fingerprint
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

_RETRIED = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)

_FLIP = """
with attempt as (
    update archive_catalog.attempts set state = 'active', commit_xid = %(xid)s::xid8, finished_at = %(now)s
    where attempt_id = %(attempt)s and state = 'prepared' returning attempt_id
),
unit as (
    update archive_catalog.units
    set state = 'active', active_attempt = %(attempt)s, row_count = %(rows)s, active_from = %(now)s
    where unit_id = %(unit)s and state = 'open' returning unit_id
),
guard as (
    update archive_catalog.table_guards set last_commit_seq = %(seq)s, last_record_sha256 = %(sha256)s
    where (schema_name, table_name, kind) = (%(schema)s, %(table)s, %(kind)s) returning 1
),
record as (
    insert into archive_catalog.commits (schema_name, table_name, kind, commit_seq, unit_id, attempt_id, state,
        manifest_sha256, previous_sha256, record_sha256, record, committed_at)
    values (%(schema)s, %(table)s, %(kind)s, %(seq)s, %(unit)s, %(attempt)s, 'active',
        %(manifest)s, %(previous)s, %(sha256)s, %(record)s, %(now)s) returning 1
)
select (select count(*) from attempt) + (select count(*) from unit)
    + (select count(*) from guard) + (select count(*) from record)
"""

# Two commits of one table would only make each other fail on its guard row.
_turns: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)


class FencedOffError(Exception):
    """Somebody else has decided what becomes of this attempt."""


@dataclass(frozen=True)
class _Guard:
    last_seq: int
    last_sha256: str | None
    now: datetime
    xid: str


def commit(connection: Connection, attempt: Attempt, settings: ArchiveSettings) -> None:
    """Remove the unit's rows from the table (or mark raw ones) and make its file count.

    Raises UnarchivableError when rows have come, changed or gone since the export: nothing is changed then.
    """
    with _turns[attempt.table.key]:
        for tried in range(1, settings.commit_tries + 1):
            try:
                _commit_once(connection, attempt, settings)
                attempt.outcome = "active"
                return
            except _RETRIED as error:
                if tried == settings.commit_tries:
                    raise UnarchivableError(f"its rows are being changed: {_first_line(error)}") from error
                time.sleep(random.uniform(0, 0.05 * 2**tried))


def _commit_once(connection: Connection, attempt: Attempt, settings: ArchiveSettings) -> None:
    try:
        # LOCK TABLE takes no snapshot: whatever the transaction sees is as new as the lock.
        connection.execute("begin isolation level repeatable read")
        connection.execute(f"lock table {attempt.table.relation} in row exclusive mode".encode())
        _take_turns_with_dbt(connection, attempt)
        fail_at("commit.begin.after")
        xid = _remove_and_flip(connection, attempt)
    except psycopg.IntegrityError as error:
        connection.execute("rollback")
        raise UnarchivableError(f"rows of other tables refer to it: {_first_line(error)}") from error
    except BaseException:
        if not connection.closed:
            connection.execute("rollback")
        raise
    try:
        connection.execute("commit")
        fail_at("commit.reply.lost")
    except _RETRIED:
        raise
    except (psycopg.OperationalError, ConnectionError):
        _resolve(settings, attempt, xid)
    fail_at("commit.after")


def _take_turns_with_dbt(connection: Connection, attempt: Attempt) -> None:
    """dbt's claim and close update the same raw rows in an order of their own: without turns, one would be killed."""
    if attempt.table.kind == "source":
        name = f"raw:{attempt.table.schema}.{attempt.table.table_name}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def _remove_and_flip(connection: Connection, attempt: Attempt) -> str:
    _require_prepared(connection, attempt)
    fail_at("commit.attempt.after")
    guard = _lock_guard(connection, attempt)
    fail_at("commit.guard.after")
    _require_same_rows(connection, attempt)
    fail_at("commit.digest.after")
    _remove_rows(connection, attempt)
    fail_at("commit.remove.after")
    _flip(connection, attempt, guard)
    fail_at("commit.flip.after")
    return guard.xid


def _require_prepared(connection: Connection, attempt: Attempt) -> None:
    row = connection.execute(
        "select state from archive_catalog.attempts where attempt_id = %s for update", (attempt.attempt_id,)
    ).fetchone()
    if guarded("7b") and (row is None or row[0] != "prepared"):
        raise FencedOffError(f"{attempt.name}: the attempt is {row[0] if row else 'gone'}, no longer prepared")


def _lock_guard(connection: Connection, attempt: Attempt) -> _Guard:
    row = connection.execute(
        "select last_commit_seq, last_record_sha256, now(), pg_current_xact_id()::text"
        " from archive_catalog.table_guards where (schema_name, table_name, kind) = (%s, %s, %s) for update",
        attempt.table.key,
    ).fetchone()
    if row is None:
        raise LookupError(f"{attempt.table.name} has no guard row")
    if guarded("7c") and fingerprint(connection, attempt.table) != attempt.fingerprint:
        raise UnarchivableError("the table's columns have changed since the export")
    return _Guard(*row)


def _require_same_rows(connection: Connection, attempt: Attempt) -> None:
    table = attempt.table
    found = one_row(connection, postgres_digest(table.columns, table.rows(attempt.predicate), with_md5=False))
    if guarded("7d") and found != (attempt.rows, *attempt.digests):
        raise UnarchivableError(
            f"rows have come, changed or gone since the export: {attempt.rows} then, {found[0]} now"
        )


def _remove_rows(connection: Connection, attempt: Attempt) -> None:
    """Analytics rows are deleted; raw ones are marked with their unit and dropped after their own retention."""
    relation = attempt.table.relation
    parameters: tuple[Any, ...] | None = None
    if attempt.table.kind == "source":
        # The predicate holds `archived_in is null`: what is set once never changes.
        statement = f"update {relation} set archived_in = %s where {attempt.predicate}"
        parameters = (attempt.unit_id,)
    else:
        statement = f"delete from {relation} where {attempt.predicate}"
    removed = connection.execute(statement.encode(), parameters).rowcount
    if guarded("7e") and removed != attempt.rows:
        raise UnarchivableError(f"{attempt.rows} rows were to leave, PostgreSQL removed {removed}")


def _flip(connection: Connection, attempt: Attempt, guard: _Guard) -> None:
    table = attempt.table
    record = next_record(attempt, "active", guard.last_seq, guard.last_sha256, guard.now)
    changed = connection.execute(
        _FLIP.encode(),
        {
            "xid": guard.xid, "now": guard.now, "attempt": attempt.attempt_id, "unit": attempt.unit_id,
            "rows": attempt.rows, "seq": record.commit_seq, "sha256": record.sha256, "record": record.text,
            "previous": guard.last_sha256, "manifest": attempt.manifest_sha256,
            "schema": table.schema, "table": table.table_name, "kind": table.kind,
        },
    ).fetchone()  # fmt: skip
    if changed != (4,):
        raise FencedOffError(f"{attempt.name}: expected 4 catalogue rows to change, found {changed}")


def _resolve(settings: ArchiveSettings, attempt: Attempt, xid: str) -> None:
    """The reply to COMMIT is lost: ask the primary what became of the transaction. Nothing is tidied before."""
    with connect(settings) as asking:
        # Waits for the row lock of a server process that may still be at it.
        row = asking.execute(
            "select state from archive_catalog.attempts where attempt_id = %s for update",
            (attempt.attempt_id,),
        ).fetchone()
        status = one_row(asking, "select pg_xact_status(%s::xid8)", (xid,))[0]
    if row == ("active",) and status in ("committed", None):
        return
    if row == ("prepared",) and status in ("aborted", None):
        raise ProblemError(
            f"{attempt.name}: PostgreSQL closed the connection before the commit",
            hint="The rows are still in PostgreSQL. Run `archive-jobs run` again: it takes the unit up where it was.",
        )
    raise ProblemError(
        f"{attempt.name}: the commit's fate is unknown (attempt {row}, transaction {xid} {status})",
        hint="Nothing is tidied up. Run `archive-jobs reconcile` once the server answers again.",
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
