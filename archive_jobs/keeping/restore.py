"""Put a range back into PostgreSQL exactly as it was, unit by unit, and keep it there until a given time.

Analytics: the rows are loaded, compared and inserted, and the unit stops counting, all in one transaction. Rows that
lost to a newer version, hot or archived, stay cold, in a residual unit that takes the old one's place in the same
transaction.
Raw records: those dropped come back marked with their unit, which goes on counting; readers skip marked rows.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import errors

from archive_jobs.catalogue import write_event
from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.database import Connection, connect, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.archived_units import ArchivedUnit, units_of
from archive_jobs.keeping.moved_events import beaten_elsewhere, can_move, mark_places_left, no_batch_begins
from archive_jobs.keeping.newer_elsewhere import NewerElsewhere
from archive_jobs.keeping.reload import LINE, LoadedUnit, insert_statement, lines_in_the_way, loaded
from archive_jobs.keeping.residual import write_residual
from archive_jobs.keeping.room_for_rows import make_partition, make_platform_partitions
from archive_jobs.lake.commit_records import FencedOffError, change_states, emit_records, lock_guard
from archive_jobs.monitoring.telling import moved
from archive_jobs.moving.attempt import Attempt, UnarchivableError, abandon
from archive_jobs.moving.commit import activation
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.replayed import open_batch, open_replay
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.ledger import is_erasing
from archive_jobs.privacy.token_keys import tokens_in_key
from archive_jobs.times import Interval
from definitions_to_dbt.errors import ProblemError

# How long restored rows stay when nobody says it.
KEPT_BY_DEFAULT = "30 days"
_RETRIED = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, errors.UniqueViolation)
_INSERT_TRIGGERS = """
select distinct tgname::text from pg_trigger where tgrelid = %s::regclass and not tgisinternal and tgenabled <> 'D'
    and tgtype & 4 > 0 and tgfoid::regproc::text not like '%%timescaledb%%'
"""


@dataclass
class Restored:
    """What came back, what stayed cold and why."""

    table: ArchivedTable
    asked: Interval
    units: list[ArchivedUnit]
    keep_until: datetime
    rows: int = 0
    done: int = 0
    # Rows that stay cold because a newer version of them is in the table, or archived at another place.
    lost: int = 0
    kept_cold: list[str] = field(default_factory=list)

    @property
    def interval(self) -> Interval:
        """The range of whole units."""
        return Interval(min(u.lo for u in self.units), max(u.hi for u in self.units)) if self.units else self.asked

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        whole = self.interval
        return {
            "schema": self.table.schema, "table": self.table.table_name, "kind": self.table.kind,
            "asked": str(self.asked), "start": whole.start and whole.start.isoformat(),
            "end": whole.end and whole.end.isoformat(), "units": [unit.as_json() for unit in self.units],
            "keep_until": self.keep_until.isoformat(), "restored_units": self.done, "restored_rows": self.rows,
            "rows_with_a_newer_version": self.lost,
            "kept_cold": self.kept_cold,
        }  # fmt: skip


def plan_restore(
    connection: Connection, table: ArchivedTable, interval: Interval, keep_until: datetime | None
) -> Restored:
    """The whole units that hold rows of the range, the newest generation of a range first. Changes nothing."""
    now, until = one_row(
        connection, "select now(), coalesce(%s::timestamptz, now() + %s::interval)", (keep_until, KEPT_BY_DEFAULT)
    )
    if until <= now:
        raise ProblemError(
            f"expected a --keep-until to come, found {until.isoformat()}; it is {now.isoformat()}",
            hint="Nothing was changed. Rows kept until a time gone by would be archived again by the next run.",
        )
    found = units_of(connection, table.key, ["active"], interval)
    # Rows of a copy that is kept beside the table have never left it.
    return Restored(table, interval, [unit for unit in found if unit.mode != "keep"], until)


def restore(worker: Worker, planned: Restored, progress: Callable[[int, int], None]) -> Restored:
    """Restore the units one by one. What cannot come back stays cold and is named; nothing is half done."""
    table, connection = planned.table, worker.connection
    _require_no_triggers(connection, table)
    _require_own_keys(table)
    make_platform_partitions(connection, table, planned.units)
    newer = NewerElsewhere(worker, table, planned.units)
    for number, unit in enumerate(planned.units, start=1):
        try:
            with loaded(connection, worker.proving, worker.store, table, unit) as rows:
                restored = _restore_unit(worker, rows, newer, planned.keep_until)
            if restored:
                moved("restored", table, unit.unit_id, restored)
            planned.rows += restored
            planned.done += restored > 0
            planned.lost += unit.rows - restored if table.kind == "analytics" else 0
        except (FencedOffError, _NotNowError) as error:
            planned.kept_cold.append(f"{unit.name}: {error}")
        progress(number, len(planned.units))
    emit_records(connection, worker.store, [table])
    fail_at("restore.records.after")
    return planned


class _ChangedError(Exception):
    """Somebody changed the table meanwhile: it is tried again."""


class _NotNowError(Exception):
    """This unit cannot come back now. It stays cold; the message says why."""


def _restore_unit(worker: Worker, rows: LoadedUnit, newer: NewerElsewhere, keep_until: datetime) -> int:
    for tried in range(1, worker.settings.commit_tries + 1):
        last = tried == worker.settings.commit_tries
        try:
            return _try_once(worker, rows, newer, keep_until)
        except errors.CheckViolation as error:
            # No partition takes the rows.
            if last or not make_partition(worker.connection, rows.table, rows.unit):
                raise _NotNowError(str(error).splitlines()[0]) from error
        except (*_RETRIED, _ChangedError) as error:
            if last:
                raise _NotNowError(f"its rows are being changed: {str(error).splitlines()[0]}") from error
            time.sleep(random.uniform(0, 0.05 * 2**tried))
        except psycopg.IntegrityError as error:
            raise _NotNowError(str(error).splitlines()[0]) from error
    raise LookupError("no try is the last one")


def _try_once(worker: Worker, rows: LoadedUnit, newer: NewerElsewhere, keep_until: datetime) -> int:
    connection = worker.connection
    if rows.table.kind == "source":
        return _in_one_transaction(connection, rows, lambda: _put_back_raw(connection, rows, keep_until))
    newer.bring_up_to_date()
    clashing = lines_in_the_way(connection, rows, beaten_elsewhere(rows), newer.beats("cold"))
    if len(clashing) == rows.unit.rows:
        return 0
    try:
        residual = write_residual(worker, rows, clashing) if clashing else None
    except UnarchivableError as error:
        raise _NotNowError(str(error)) from error
    try:
        with no_batch_begins(connection, rows.table):
            return _in_one_transaction(
                connection, rows, lambda: _put_back(connection, rows, newer, keep_until, clashing, residual)
            )
    except Exception as error:
        if residual is not None:
            with connect(worker.settings) as tidying:
                abandon(tidying, residual, f"the restore it was for was not done: {error}")
        raise


def _in_one_transaction(connection: Connection, rows: LoadedUnit, put_back: Callable[[], int]) -> int:
    try:
        connection.execute("begin isolation level repeatable read")
        connection.execute(f"lock table {rows.table.relation} in row exclusive mode".encode())
        fail_at("restore.begin.after")
        # Before the unit's own row, as everybody does: else two would wait for each other.
        lock_guard(connection, rows.table.key)
        _require_active(connection, rows.unit)
        if is_erasing(connection, rows.table.schema):
            raise _NotNowError("somebody is being erased; finish it with `archive-jobs erase --again --yes`")
        batch = open_replay(connection, rows.table.schema, rows.table.table_name)
        if rows.table.kind == "analytics" and batch is not None:
            raise _NotNowError(f"batch {batch} replays records of it; run `dbt build`, which closes it")
        # What dbt is just writing is not seen here, nor by it what comes back.
        if can_move(rows.table) and (batch := open_batch(connection, rows.table.schema, rows.table.table_name)):
            raise _NotNowError(f"batch {batch} of it is open; wait for dbt, or run `dbt build`, which closes it")
        fail_at("restore.attempt.after")
        restored = put_back()
        connection.execute("commit")
    except BaseException:
        if not connection.closed:
            connection.execute("rollback")
        raise
    fail_at("restore.after")
    return restored


def _require_active(connection: Connection, unit: ArchivedUnit) -> None:
    row = connection.execute(
        "select a.state, u.state from archive_catalog.attempts as a"
        " join archive_catalog.units as u on u.active_attempt = a.attempt_id"
        " where a.attempt_id = %s and u.unit_id = %s for update of a, u",
        (unit.attempt_id, unit.unit_id),
    ).fetchone()
    if row != ("active", "active"):
        raise FencedOffError(f"it is {row[1] if row else 'gone'}, no longer active")


def _put_back(
    connection: Connection,
    rows: LoadedUnit,
    newer: NewerElsewhere,
    keep_until: datetime,
    clashing: list[int],
    residual: Attempt | None,
) -> int:
    guard = lock_guard(connection, rows.table.key)
    fail_at("restore.guard.after")
    if guarded("restore.residual"):
        beaten = lines_in_the_way(connection, rows, beaten_elsewhere(rows), newer.beats("cold"))
        if beaten != clashing or not newer.is_up_to_date():
            raise _ChangedError("newer versions of its rows have come or gone")
    lines = f"{LINE} <> all('{{{','.join(map(str, clashing))}}}')"
    expected = rows.digest(connection, lines)
    found = one_row(connection, insert_statement(connection, rows, lines, {}))
    fail_at("restore.insert.after")
    _require_same(expected, found, rows.unit.rows - len(clashing))
    left = mark_places_left(connection, rows, lines)
    gone = rows.unit.change("restored", keep_until=keep_until, superseded_by=residual and residual.unit_id)
    change_states(connection, guard, [activation(residual), gone] if residual is not None else [gone])
    write_event(
        connection, "restored", rows.table, unit_id=rows.unit.unit_id, rows=found[0], keep_until=keep_until,
        kept_cold=len(clashing), places_left=left,
    )  # fmt: skip
    fail_at("restore.flip.after")
    return int(found[0])


def _put_back_raw(connection: Connection, rows: LoadedUnit, keep_until: datetime) -> int:
    """Bring back the records that were dropped. Those still there are the same ones and stay as they are.

    dbt has had them all: they come back as processed, under a batch that never was, so that none is claimed again.
    """
    lock_guard(connection, rows.table.key)
    fail_at("restore.guard.after")
    unit, relation = rows.unit, rows.table.relation
    missing = f"not exists (select from {relation} as hot where hot.raw_seq = archived_rows.raw_seq)"
    added = {"archived_in": f"'{unit.unit_id}'::uuid", "processed": "true", "batch_id": "0"}
    expected = rows.digest(connection, missing)
    found = one_row(connection, insert_statement(connection, rows, missing, added))
    fail_at("restore.insert.after")
    _require_same(expected, found, expected[0])
    marked = f"archived_in = '{unit.unit_id}'::uuid"
    standing = one_row(connection, postgres_digest(rows.columns, rows.table.rows(marked), with_md5=False))
    if guarded("restore.digest") and standing != rows.digest(connection):
        raise _NotNowError("records of it that are still in the table were edited after they landed")
    connection.execute(
        "update archive_catalog.units set keep_until = %s, dropped_rows = greatest(dropped_rows - %s, 0)"
        " where unit_id = %s",
        (keep_until, found[0], unit.unit_id),
    )
    write_event(connection, "restored", rows.table, unit_id=unit.unit_id, rows=found[0], keep_until=keep_until)
    fail_at("restore.flip.after")
    return int(found[0])


def _require_same(expected: tuple[Any, ...], found: tuple[Any, ...], rows: int) -> None:
    """What now stands in the table must be what was loaded, whatever triggers and types made of it."""
    if guarded("restore.digest") and (found != expected or found[0] != rows):
        raise _NotNowError(
            f"the table makes other rows of them: expected {rows} rows, digest {expected}, found {found}"
        )


def _require_no_triggers(connection: Connection, table: ArchivedTable) -> None:
    triggers = [name for (name,) in connection.execute(_INSERT_TRIGGERS, (table.relation,))]
    if triggers:
        raise ProblemError(
            f"{table.name}: the trigger {', '.join(triggers)} acts on rows that come in, as if they were new",
            hint="Nothing was changed. Disable the trigger for the restore, then run it again.",
        )


def _require_own_keys(table: ArchivedTable) -> None:
    """The archive has a token where the table has the value: dbt would take the two for different objects."""
    tokens = tokens_in_key(table.model) if table.kind == "analytics" and guarded("restore.tokens") else []
    if tokens:
        raise ProblemError(
            f"{table.name}: {', '.join(tokens)} is part of its key and archived as a token. A row that came back would"
            " stand beside the one that its next record makes",
            hint="Nothing was changed. `archive-jobs replay` makes the rows again of their raw records; `archive-jobs"
            " recall` shows them as they were archived.",
        )
