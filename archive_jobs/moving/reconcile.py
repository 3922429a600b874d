"""Finish or undo what runs that died have left. Attempts of runs that live are never touched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archive_jobs.copying.export import staged_files
from archive_jobs.copying.tuples import Tuples
from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.commit_records import emit_records
from archive_jobs.lake.json_beside import beside
from archive_jobs.lake.publish import manifest_path, require_intact
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import Attempt, LakeFile, UnarchivableError, abandon
from archive_jobs.moving.orphans import Orphans
from archive_jobs.moving.owners import IS_ALIVE, remove_what_the_dead_left
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.replaying.copies import drop_copies

_ORPHAN_AGE_SECONDS = 24 * 3600

# An owner lives as long as its session holds its advisory lock.
_UNFINISHED = f"""
select a.attempt_id, a.unit_id, u.generation, u.part_day, u.lo, u.hi, a.predicate, a.fingerprint, a.policy_version,
    a.state, a.row_count, a.digest_0, a.digest_1, a.manifest_path, a.manifest_sha256, a.owner_key,
    case when u.kind = 'source' then 'mark' else a.mode end, coalesce(a.relations, '{{}}'),
    a.tuples_sum, a.tuples_xor, coalesce(a.snapshot_xid::text, '')
from archive_catalog.attempts as a
inner join archive_catalog.units as u on a.unit_id = u.unit_id
where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s)
    and (a.state in ('abandoned', 'sweeping') or (
        a.state in ('planned', 'prepared') and not {IS_ALIVE.format(key="a.owner_key")}
    ))
order by a.created_at
"""


@dataclass
class Reconciled:
    """What was found and done."""

    resumed: int = 0
    abandoned: int = 0
    swept: int = 0
    records: int = 0
    # Recalled copies whose time was over.
    copies: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    # Looked for by the command alone: it lists the lake.
    orphans: Orphans = field(default_factory=Orphans)


def reconcile(worker: Worker, tables: Sequence[ArchivedTable]) -> Reconciled:
    """Resume prepared attempts of dead runs, abandon their planned ones, sweep the files that count for nothing."""
    done = Reconciled()
    for table in tables:
        for row in worker.connection.execute(_UNFINISHED.encode(), table.key).fetchall():
            _settle(worker, table, row, done)
    done.records = emit_records(worker.connection, worker.store, tables)
    done.copies = drop_copies(worker.connection, worker.settings.analytics_schema)
    remove_orphans(worker.connection, worker.store)
    return done


def _settle(worker: Worker, table: ArchivedTable, row: tuple[Any, ...], done: Reconciled) -> None:
    attempt, state, owner = _attempt(table, row), row[9], row[15]
    if state == "prepared" and _adopt(worker, attempt, owner):
        try:
            attempt.files = _noted_files(worker, attempt)
            for file in attempt.files:
                require_intact(worker.store, file.path, file.sha256)
            worker.commit_all([attempt])
        except UnarchivableError as error:
            abandon(worker.connection, attempt, str(error))
        if attempt.outcome == "active":
            done.resumed += 1
            return
    elif state == "planned":
        abandon(worker.connection, attempt, "its run died")
        done.abandoned += 1
    sweep(worker.connection, worker.store, attempt)
    done.swept += 1


def _attempt(table: ArchivedTable, row: tuple[Any, ...]) -> Attempt:
    attempt = Attempt(table, *row[:9])
    attempt.rows, attempt.digests = row[10] or 0, None if row[11] is None else (row[11], row[12])
    attempt.tuples = None if row[18] is None else Tuples(attempt.rows, int(row[18]), row[19])
    attempt.snapshot_xid = row[20]
    attempt.manifest_path, attempt.manifest_sha256 = row[13] or "", row[14] or ""
    attempt.mode, attempt.relations = row[16], tuple(row[17])
    return attempt


def _noted_files(worker: Worker, attempt: Attempt) -> list[LakeFile]:
    found = worker.connection.execute(
        "select path, part_day, part_tenant, row_count, first_time, last_time, byte_count, sha256, content_sha256,"
        " coalesce(etag, '') from archive_catalog.files where attempt_id = %s order by part_day, path",
        (attempt.attempt_id,),
    )
    nowhere = worker.store.staging / "published"
    return [
        LakeFile(nowhere, day, tenant, rows, first, last, size, sha256, content_sha256, path, etag)
        for path, day, tenant, rows, first, last, size, sha256, content_sha256, etag in found
    ]


def _adopt(worker: Worker, attempt: Attempt, owner: int) -> bool:
    """Make the attempt this run's own; False where another run was faster."""
    changed = worker.connection.execute(
        "update archive_catalog.attempts set owner_key = %s where attempt_id = %s and state = 'prepared'"
        " and owner_key = %s",
        (worker.shop.owner_key, attempt.attempt_id, owner),
    ).rowcount
    return changed == 1


def sweep(connection: Connection, store: Store, attempt: Attempt) -> None:
    """Remove what an abandoned attempt wrote. A committer that holds the row makes this pass on.

    The state is set first and committed: an attempt that is being swept can never be committed any more.
    """
    changed = connection.execute(
        "update archive_catalog.attempts set state = 'sweeping' where attempt_id = ("
        " select attempt_id from archive_catalog.attempts where attempt_id = %s"
        " and state in ('abandoned', 'sweeping') for update skip locked)",
        (attempt.attempt_id,),
    ).rowcount
    if not changed:
        return
    fail_at("sweep.marked.after")
    for file in staged_files(store.staging, attempt):
        file.unlink(missing_ok=True)
    # Every name was written down before it was given.
    noted = "select path from archive_catalog.files where attempt_id = %s"
    for (path,) in connection.execute(noted, (attempt.attempt_id,)).fetchall():
        store.delete(beside(path))
        store.delete(path)
    store.delete(manifest_path(attempt))
    fail_at("sweep.deleted.after")
    with connection.transaction():
        connection.execute("delete from archive_catalog.files where attempt_id = %s", (attempt.attempt_id,))
        connection.execute(
            "update archive_catalog.attempts set state = 'swept', finished_at = now()"
            " where attempt_id = %s and state = 'sweeping'",
            (attempt.attempt_id,),
        )
    fail_at("sweep.after")


def remove_orphans(connection: Connection, store: Store) -> None:
    """Remove old staging files whose attempt is over. Their names are numbers nobody will use again."""
    remove_what_the_dead_left(connection, store.staging)
    for file in sorted(store.staging.glob("*.part")):
        is_old = file.stat().st_mtime < time.time() - _ORPHAN_AGE_SECONDS
        if is_old and not _is_in_flight(connection, file.name.partition(".")[0]):
            file.unlink(missing_ok=True)


def _is_in_flight(connection: Connection, attempt_id: str) -> bool:
    query = "select 1 from archive_catalog.attempts where attempt_id::text = %s and state in ('planned', 'prepared')"
    return connection.execute(query, (attempt_id,)).fetchone() is not None
