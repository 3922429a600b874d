"""Keep the rows of a unit cold that lost to newer ones: files with just these rows, which take the unit's place.

They are written, proven and published like any unit's; they begin to count in the transaction that puts the other rows
back. A run that dies before leaves an attempt whose predicate is met by no row: it can only be abandoned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from archive_jobs.copying.canonical import duckdb_digest, postgres_digest
from archive_jobs.copying.content import read_content
from archive_jobs.copying.export import staging_file
from archive_jobs.copying.prove import parquet, rows_of
from archive_jobs.database import one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.reload import LINE, LOADED, LoadedUnit
from archive_jobs.lake.publish import publish, settle, write_manifests
from archive_jobs.moving.attempt import Attempt, LakeFile, UnarchivableError, abandon, plan_attempts
from archive_jobs.moving.noting import note_files, prepare
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.units import Slice
from definitions_to_dbt.sql import quote_identifier, quote_literal

_MET_BY_NO_ROW = "false"


def write_residual(worker: Worker, rows: LoadedUnit, lines: Sequence[int]) -> Attempt:
    """Publish the rows on these lines as a unit of their own, prepared. Raises UnarchivableError where that fails."""
    unit, table = rows.unit, rows.table
    piece = Slice(table, unit.lo.date(), unit.lo, unit.hi, _MET_BY_NO_ROW, len(lines))
    planned = plan_attempts(worker.connection, [piece], worker.shop.owner_key, unit.policy_version)
    if not planned:
        raise UnarchivableError("rows of the same range are being archived just now")
    attempt = planned[0]
    try:
        _fill(worker, rows, attempt, lines)
    except (UnarchivableError, OSError, duckdb.Error) as error:
        abandon(worker.connection, attempt, f"the residual cannot be written: {error}")
        raise UnarchivableError(f"the rows that lost to newer ones cannot be written: {error}") from error
    return attempt


def _fill(worker: Worker, rows: LoadedUnit, attempt: Attempt, lines: Sequence[int]) -> None:
    connection = worker.connection
    attempt.columns = rows.columns
    query = "select pg_current_wal_lsn()::text, current_setting('server_version_num')::int"
    attempt.wal_lsn, attempt.server_version = one_row(connection, query)
    attempt.rows = len(lines)
    chosen = f"{LINE} = any('{{{','.join(map(str, lines))}}}')"
    attempt.digests = rows.digest(connection, chosen)[1:]
    for number, (said, source, first, last) in enumerate(_places(rows)):
        mine = [line - first for line in lines if first <= line < last]
        if mine:
            staged = staging_file(worker.store.staging, attempt, number)
            _copy_lines(worker.proving, source, mine, staged, rows.table.policy.compression, attempt)
            attempt.files.append(_described(worker, rows, said, staged, mine, first))
    settle(attempt)
    _prove(worker, rows, attempt, chosen)
    fail_at("residual.staged.after")
    if not note_files(connection, [attempt]):
        raise UnarchivableError(attempt.reason)
    publish(worker.store, [attempt])
    if attempt.reason:
        raise UnarchivableError(attempt.reason)
    write_manifests(worker.store, [attempt])
    prepare(connection, [attempt])
    fail_at("residual.prepared.after")


def _places(rows: LoadedUnit) -> Iterator[tuple[dict[str, Any], Path, int, int]]:
    """Each file with the lines it was loaded to: the first, and the first that is not its own any more."""
    first = 1
    for said, source in zip(rows.manifest["files"], rows.files, strict=True):
        yield said, source, first, first + said["rows"]
        first += said["rows"]


def _copy_lines(
    engine: duckdb.DuckDBPyConnection,
    source: Path,
    lines: Sequence[int],
    target: Path,
    compression: str,
    attempt: Attempt,
) -> None:
    said = {key.decode(): value.decode() for key, value in (pq.read_metadata(source).metadata or {}).items()}
    said |= {"unit": str(attempt.unit_id), "attempt": str(attempt.attempt_id)}
    said.pop("ARROW:schema", None)
    metadata = ", ".join(f"{quote_identifier(key)}: {quote_literal(value)}" for key, value in said.items())
    relation = parquet(source).replace("hive_partitioning = false", "hive_partitioning = false, file_row_number = true")
    engine.execute("create or replace temp table residual_lines as select unnest(?::bigint[]) as line", [list(lines)])
    engine.execute(
        f"copy (select * exclude (file_row_number) from {relation} where file_row_number in (from residual_lines)"
        f" order by file_row_number) to {quote_literal(str(target))}"
        f" (format parquet, compression {compression}, kv_metadata {{{metadata}}})"
    ).fetchall()
    engine.execute("drop table residual_lines")


def _described(
    worker: Worker, rows: LoadedUnit, said: dict[str, Any], staged: Path, lines: Sequence[int], first: int
) -> LakeFile:
    column = quote_identifier(rows.table.time_column)
    chosen = ",".join(str(first + line) for line in lines)
    low, high = one_row(
        worker.connection,
        f"select min({column})::text, max({column})::text from {LOADED} where {LINE} = any('{{{chosen}}}')",
    )
    return LakeFile(staged, date.fromisoformat(said["day"]), said.get("tenant"), len(lines), low, high)


def _prove(worker: Worker, rows: LoadedUnit, attempt: Attempt, chosen: str) -> None:
    """PostgreSQL's text of the loaded rows and a fresh reader's text of the new files must have the same digests."""
    expected = one_row(worker.connection, postgres_digest(rows.columns, f"{rows.rows} where {chosen}", with_md5=True))
    relation = rows_of(rows.columns, *(file.staged for file in attempt.files))
    found = worker.proving.execute(duckdb_digest(rows.columns, relation)).fetchone() or ()
    if guarded("residual.proof") and [int(one or 0) for one in found] != [expected[0], *map(int, expected[3:])]:
        raise UnarchivableError("their file does not read back as they are")
    for file in attempt.files:
        file.content_sha256 = read_content(file.staged).sha256
