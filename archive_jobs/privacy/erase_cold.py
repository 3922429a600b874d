"""Rows of a subject in files of the lake are left out of a new generation of their unit, which takes its place.

A file is never changed. What a unit holds beside the subject's rows is copied into a new file, proven row by row to be
all the rest, and committed in the old one's place; the old one is purged. A unit of which nothing is left is purged.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow.parquet as pq

from archive_jobs.copying.canonical import duckdb_digest
from archive_jobs.copying.content import read_content
from archive_jobs.copying.prove import parquet
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.archived_units import ArchivedUnit, manifest_columns, read_manifest
from archive_jobs.lake.commit_records import FencedOffError, change_states, emit_records, lock_guard
from archive_jobs.lake.json_beside import write_json
from archive_jobs.lake.publish import publish, settle, write_manifests
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import Attempt, LakeFile, UnarchivableError, abandon
from archive_jobs.moving.commit import activation
from archive_jobs.moving.noting import note_files, prepare
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.erase_hot import holds_in_the_way, require_no_hold
from archive_jobs.privacy.find_cold import ColdUnit, theirs
from archive_jobs.privacy.subjects import Subject
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier, quote_literal

_ROW_GROUP = 20_480
_INSERT = """
with old as (
    select schema_name, table_name, kind, lo, hi, part_day, case mode when 'keep' then 'keep' else 'delete' end as mode
    from archive_catalog.units where unit_id = %(old)s
),
-- What an attempt that came to nothing has left open is taken up; one that somebody is at is left to them.
waiting as (
    update archive_catalog.units as u set mode = old.mode from old
    where (u.schema_name, u.table_name, u.kind, u.lo, u.hi)
            = (old.schema_name, old.table_name, old.kind, old.lo, old.hi)
        and u.state = 'open' and not exists (
            select from archive_catalog.attempts as a where a.unit_id = u.unit_id and a.state in ('planned', 'prepared')
        )
    returning u.unit_id, u.generation, u.mode
),
made as (
    insert into archive_catalog.units (unit_id, schema_name, table_name, kind, lo, hi, part_day, generation, mode)
    select %(unit)s, schema_name, table_name, kind, lo, hi, part_day, (
        select max(u.generation) + 1 from archive_catalog.units as u
        where (u.schema_name, u.table_name, u.kind, u.lo, u.hi)
            = (old.schema_name, old.table_name, old.kind, old.lo, old.hi)
    ), mode
    from old where not exists (select from waiting)
    on conflict do nothing
    returning unit_id, generation, mode
),
unit as (select * from waiting union all select * from made),
attempt as (
    insert into archive_catalog.attempts
        (attempt_id, unit_id, state, predicate, fingerprint, definition_hash, policy_version, owner_key, tool_version,
            mode)
    select %(attempt)s, unit.unit_id, 'planned', 'false', a.fingerprint, a.definition_hash, a.policy_version, %(owner)s,
        a.tool_version, unit.mode
    from unit cross join archive_catalog.attempts as a where a.attempt_id = %(old_attempt)s
    returning 1
)
select unit.unit_id, unit.generation, unit.mode, a.fingerprint, a.policy_version, a.server_version_num, a.wal_lsn::text
from unit cross join attempt cross join archive_catalog.attempts as a where a.attempt_id = %(old_attempt)s
"""


def erase_unit(
    shop: Workshop, table: ArchivedTable, found: ColdUnit, subject: Subject, numbers: Sequence[int]
) -> dict[str, Any]:
    """Put a generation without the subject's rows in the unit's place. Returns what the certificate says of it."""
    worker = shop.worker()
    connection, engine, store = worker.connection, worker.proving, shop.store
    said: dict[str, Any] = {
        "table": table.table_name, "kind": table.kind, "unit": str(found.unit.unit_id), "rows_erased": found.rows,
        "rows_left": found.unit.rows - found.rows,
        "files": [{"path": path, "sha256": sha256} for path, sha256 in found.files],
    }  # fmt: skip
    successor: Attempt | None = None
    if found.unit.state == "active" and found.unit.rows > found.rows:
        successor = _plan(connection, shop, table, found.unit)
        try:
            _write(engine, store, successor, found, subject, numbers)
            fail_at("erase.cold.written.after")
            settle(successor)
            if table.policy.format == "json":
                write_json(engine, successor)
            if not note_files(connection, [successor]):
                raise UnarchivableError(successor.reason)
            publish(store, [successor])
            if successor.reason:
                raise UnarchivableError(successor.reason)
            write_manifests(store, [successor])
            prepare(connection, [successor])
            fail_at("erase.cold.prepared.after")
        except UnarchivableError as error:
            abandon(connection, successor, str(error))
            raise ProblemError(
                f"{found.unit.name}: a copy without the subject's rows could not be proven: {error}",
                hint="The unit stands as it was. Run `archive-jobs verify --deep`, then erase again.",
            ) from error
        said["superseded_by"] = str(successor.unit_id)
    try:
        not_before = _take_the_place(connection, table, found.unit, successor, subject, shop.settings.purge_grace)
    except FencedOffError as error:
        if successor is not None:
            abandon(connection, successor, str(error))
        raise ProblemError(
            f"{found.unit.name}: somebody has changed what counts meanwhile: {error}",
            hint="What was erased so far stays erased. Run the same command again.",
        ) from error
    said["files_deleted_from"] = not_before.isoformat()
    fail_at("erase.cold.committed.after")
    emit_records(connection, store, [table])
    fail_at("erase.cold.after")
    return said


def _plan(connection: Connection, shop: Workshop, table: ArchivedTable, old: ArchivedUnit) -> Attempt:
    attempt_id, unit_id = uuid.uuid4(), uuid.uuid4()
    given = {
        "unit": unit_id, "old": old.unit_id, "attempt": attempt_id, "old_attempt": old.attempt_id,
        "owner": shop.owner_key,
    }  # fmt: skip
    row = connection.execute(_INSERT.encode(), given).fetchone()
    if row is None:
        raise ProblemError(
            f"{old.name}: the same range is being archived now",
            hint="What was erased so far stays erased. Run the same command again when the archiver is done.",
        )
    unit_id, generation, mode, fingerprint, policy_version, server_version, wal_lsn = row
    columns = manifest_columns(read_manifest(shop.store, old))
    attempt = Attempt(
        table,
        attempt_id,
        unit_id,
        generation,
        old.lo.date(),
        old.lo,
        old.hi,
        "false",
        fingerprint,
        policy_version,
        mode,
    )
    attempt.columns, attempt.server_version, attempt.wal_lsn = columns, server_version, wal_lsn or "0/0"
    return attempt


def _write(
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    attempt: Attempt,
    found: ColdUnit,
    subject: Subject,
    numbers: Sequence[int],
) -> None:
    """Copy each file without the subject's rows, and prove that old = new + erased, row for row."""
    described = {file["path"]: file for file in read_manifest(store, found.unit)["files"]}
    for number, (path, sha256) in enumerate(found.files):
        old, staged = str(store.local(path, sha256)), store.staging / f"{attempt.attempt_id}.{number}.part"
        condition = theirs(engine, old, attempt.table, subject, numbers)
        said = {key.decode(): text.decode() for key, text in (pq.read_schema(old).metadata or {}).items()}
        said |= {"unit": str(attempt.unit_id), "attempt": str(attempt.attempt_id)}
        kept = {key: text for key, text in said.items() if key != "ARROW:schema"}
        metadata = ", ".join(f"{quote_identifier(key)}: {quote_literal(text)}" for key, text in kept.items())
        engine.execute(
            f"copy (select * from {parquet(old)} where ({condition}) is not true) to {quote_literal(str(staged))}"
            f" (format parquet, compression {attempt.table.policy.compression}, row_group_size {_ROW_GROUP},"
            f" kv_metadata {{{metadata}}})"
        )
        fail_at("erase.cold.copied.after")
        rows = _prove(engine, attempt, old, str(staged), condition)
        if not rows:
            staged.unlink()
            continue
        one = described[path]
        attempt.files.append(
            LakeFile(staged, date.fromisoformat(one["day"]), one.get("tenant"), rows, one["first"], one["last"],
                     content_sha256=read_content(staged).sha256)
        )  # fmt: skip
        attempt.rows += rows
    if attempt.rows != found.unit.rows - found.rows:
        raise UnarchivableError(f"{found.unit.rows} rows, {found.rows} to erase, {attempt.rows} left")


def _prove(engine: duckdb.DuckDBPyConnection, attempt: Attempt, old: str, new: str, condition: str) -> int:
    parts = {
        "old": parquet(old), "new": parquet(new), "erased": f"(select * from {parquet(old)} where {condition})",
    }  # fmt: skip
    sums = {
        name: [int(number or 0) for number in engine.execute(duckdb_digest(attempt.columns, rows)).fetchone() or ()]
        for name, rows in parts.items()
    }
    added = [new_sum + erased for new_sum, erased in zip(sums["new"], sums["erased"], strict=True)]
    if guarded("erase proof") and added != sums["old"]:
        raise UnarchivableError("what is left and what is erased do not add up to what was there")
    return sums["new"][0]


def _take_the_place(
    connection: Connection,
    table: ArchivedTable,
    old: ArchivedUnit,
    successor: Attempt | None,
    subject: Subject,
    grace: Duration,
) -> datetime:
    """One transaction: the new generation counts, the old one is to be purged. Holds are asked under the guard."""
    with connection.transaction():
        guard = lock_guard(connection, table.key)
        require_no_hold(holds_in_the_way(connection, table.schema, subject))
        not_before: datetime = one_row(connection, "select now() + %s::interval", (grace.text,))[0]
        changes = [old.change("purging", not_before=not_before, reason="erased")]
        if successor is not None:
            old_one = old.change("superseded", superseded_by=successor.unit_id, reason="erased")
            changes = [activation(successor), old_one, *changes]
        # Fenced off where another has superseded or restored the unit since it was read.
        change_states(connection, guard, changes)
        fail_at("erase.cold.flipped.after")
    return not_before
