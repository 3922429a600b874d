"""The one transaction that removes a unit's rows and makes its files count. Both happen or neither does."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict

import psycopg
from psycopg import errors

from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.copying.tuples import OLDEST, tuples_of
from archive_jobs.database import Connection, connect, first_line, is_about_rows, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.commit_records import Change, FencedOffError, Guard, lock_guard, supersede
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.attempt import Attempt, UnarchivableError, fingerprint
from archive_jobs.moving.events import tell
from archive_jobs.moving.removal import hold_alone, hold_still, remove, require_same_bounds
from archive_jobs.moving.still_due import require_still_due
from archive_jobs.planning.obstacles import obstacles
from archive_jobs.scheduling.pace import Pace
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

_RETRIED = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)

# Two commits of one table would only make each other fail on its guard row.
_turns: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)


@step("commit")
def commit(connection: Connection, attempt: Attempt, settings: ArchiveSettings, pace: Pace | None = None) -> None:
    """Remove the unit's rows from the table, as its mode says, and make its files count.

    Raises UnarchivableError when rows have come, changed or gone since the export: nothing is changed then.
    """
    with _turns[attempt.table.key]:
        for tried in range(1, settings.commit_tries + 1):
            try:
                _commit_once(connection, attempt, settings, tried, pace)
                attempt.outcome = "active"
                return
            except _RETRIED as error:
                if tried == settings.commit_tries:
                    raise UnarchivableError(f"its rows are being changed: {first_line(error)}") from error
                time.sleep(random.uniform(0, 0.05 * 2**tried))


def _commit_once(
    connection: Connection, attempt: Attempt, settings: ArchiveSettings, tried: int, pace: Pace | None
) -> None:
    try:
        connection.execute("begin isolation level repeatable read")
        hold_still(connection, attempt, tried, settings.lock_timeout)
        _take_turns_with_dbt(connection, attempt)
        fail_at("commit.begin.after")
        xid = _remove_and_flip(connection, attempt, pace)
    except psycopg.IntegrityError as error:
        connection.execute("rollback")
        raise UnarchivableError(f"rows of other tables refer to it: {first_line(error)}") from error
    except (errors.FeatureNotSupported, errors.InvalidColumnReference) as error:
        connection.execute("rollback")
        raise UnarchivableError(f"its chunk was compressed since the export: {first_line(error)}") from error
    except BaseException as error:
        if not connection.closed:
            connection.execute("rollback")
        if isinstance(error, psycopg.Error) and not isinstance(error, _RETRIED) and is_about_rows(error):
            raise UnarchivableError(f"PostgreSQL cannot remove it: {first_line(error)}") from error
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


def _remove_and_flip(connection: Connection, attempt: Attempt, pace: Pace | None) -> str:
    _require_prepared(connection, attempt)
    fail_at("commit.attempt.after")
    guard = _lock_guard(connection, attempt)
    fail_at("commit.guard.after")
    leaf = require_same_bounds(connection, attempt)
    _require_same_rows(connection, attempt)
    fail_at("commit.digest.after")
    hold_alone(connection, attempt)
    fail_at("commit.alone.after")
    remove(connection, attempt, leaf, pace)
    fail_at("commit.remove.after")
    tell(connection, "archived", [attempt])
    supersede(connection, guard, activation(attempt), _copies_beside(connection, attempt))
    fail_at("commit.flip.after")
    return guard.xid


def activation(attempt: Attempt) -> Change:
    """The change that makes a prepared attempt count."""
    return Change(
        attempt.unit_id,
        attempt.attempt_id,
        "active",
        attempt.rows,
        attempt.manifest_path,
        attempt.manifest_sha256,
        mode=attempt.mode,
    )


def _copies_beside(connection: Connection, attempt: Attempt) -> list[Change]:
    """Older copies of rows that stayed hot (`drop: never`): whatever becomes of the rows now takes their place.

    Also of one that reaches further, as a month does when days leave: the rest of it is copied or moved again.
    """
    found = connection.execute(
        "select u.unit_id, a.attempt_id, u.row_count, a.manifest_path, a.manifest_sha256"
        " from archive_catalog.units as u"
        " inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt"
        " where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s) and u.state = 'active' and u.mode = 'keep'"
        " and u.lo < %s and u.hi > %s order by u.lo for update of u",
        (*attempt.table.key, attempt.hi, attempt.lo),
    ).fetchall()
    return [Change(unit, one, "superseded", rows, path, sha256) for unit, one, rows, path, sha256 in found]


def _require_prepared(connection: Connection, attempt: Attempt) -> None:
    row = connection.execute(
        "select state from archive_catalog.attempts where attempt_id = %s for update", (attempt.attempt_id,)
    ).fetchone()
    if guarded("7b") and (row is None or row[0] != "prepared"):
        raise FencedOffError(f"{attempt.name}: the attempt is {row[0] if row else 'gone'}, no longer prepared")


def _lock_guard(connection: Connection, attempt: Attempt) -> Guard:
    guard = lock_guard(connection, attempt.table.key)
    if guarded("7c") and fingerprint(connection, attempt.table) != attempt.fingerprint:
        raise UnarchivableError("the table's columns have changed since the export")
    if guarded("preflight"):
        for reason in obstacles(connection, attempt.table):
            raise UnarchivableError(f"since the plan, {reason}")
    require_still_due(connection, attempt)
    return guard


def _require_same_rows(connection: Connection, attempt: Attempt) -> None:
    """The rows that would leave now must be the very tuples that went over the wire, or have the same content.

    Raises UnarchivableError.
    """
    found, same = _compared(connection, attempt)
    if guarded("7d") and not same:
        raise UnarchivableError(f"rows have come, changed or gone since the export: {attempt.rows} then, {found} now")


def _compared(connection: Connection, attempt: Attempt) -> tuple[int, bool]:
    table = attempt.table
    if attempt.tuples is not None and _tuples_still_differ(connection, attempt):
        found = tuples_of(connection, attempt.relation, attempt.condition)
        return found.rows, found == attempt.tuples if guarded("identity") else found.rows == attempt.rows
    in_postgres = table.rows(attempt.condition, relation=attempt.relation)
    rows, *digests = one_row(connection, postgres_digest(table.columns, in_postgres, with_md5=False))
    return rows, (rows, tuple(digests)) == (attempt.rows, attempt.digests)


def _tuples_still_differ(connection: Connection, attempt: Attempt) -> bool:
    """False where so many transactions have passed that an old number may have come again."""
    passed = one_row(
        connection,
        "select pg_snapshot_xmax(pg_current_snapshot())::text::numeric - %s::numeric",
        (attempt.snapshot_xid or "0",),
    )[0]
    return bool(passed < OLDEST)


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
