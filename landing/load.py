"""Land one file: its records and its line in the ledger of loads, in one transaction, once.

hash the file -> make the table -> [ claim (object, hash) in ingestion_runs -> COPY -> close the line ] commit
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import source_table
from definitions_to_dbt.postgres import server_problems
from landing.change_id import key_reader
from landing.copy_rows import LoadFields, RawCopy
from landing.file_format import NOTHING_LANDED, FileFormat, format_by_name
from landing.json_rows import JsonRows
from landing.layer3 import ensure_layer3
from landing.raw_row import Row
from landing.read_csv import read_csv
from landing.read_json import read_json
from landing.read_ndjson import read_ndjson
from landing.source_file import Progress, SourceFile

_FROM_DEBEZIUM = ("debezium", "debezium_unwrapped")
# A second load of the same file waits here until the first has committed (then nothing comes back) or failed.
_CLAIM = """
    insert into {runs} (entity, status, source_file, file_sha256, file_bytes)
    values (%(code)s, 'loading', %(file)s, %(sha256)s, %(bytes)s)
    on conflict (entity, file_sha256) do nothing
    returning id, started_at
"""
_CLOSE = "update {runs} set status = 'loaded', stats_json = %s, finished_at = clock_timestamp() where id = %s"
_EARLIER = "select id, stats_json, started_at from {runs} where entity = %s and file_sha256 = %s"


@dataclass(frozen=True)
class LoadResult:
    """What became of one file. `is_new` is False where the same bytes had landed before, and nothing was done."""

    file: str
    object: str
    run_id: uuid.UUID
    is_new: bool
    records: int
    unreadable: int
    bytes: int
    ingested_at: datetime
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, for `--json`."""
        return asdict(self) | {"run_id": str(self.run_id), "ingested_at": self.ingested_at.isoformat()}


@dataclass(frozen=True)
class _Load:
    connection: psycopg.Connection
    obj: ObjectModel
    source: SourceFile
    schema: str
    source_system: str
    ingested_at: datetime | None
    started: float

    def statement(self, text: LiteralString) -> sql.Composed:
        """The statement on this schema's ledger."""
        return sql.SQL(text).format(runs=sql.Identifier(self.schema, "ingestion_runs"))


def load_file(
    connection: psycopg.Connection,
    obj: ObjectModel,
    path: Path | str,
    *,
    schema: str = "analytics_service",
    file_format: FileFormat | str | None = None,
    source_system: str | None = None,
    ingested_at: datetime | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Land the file's records in `source_<table>`, all or none, and once however often it is called.

    `ingested_at` (with a time zone) is the clock by which the records age, default now. `source_system`
    defaults to the definition's. `progress` is called with the number of bytes read since the last call.
    Inside a transaction of the caller it is a part of that: the caller commits.
    Raises ProblemError for a file that cannot be landed and a server that cannot take it.
    """
    started = time.monotonic()
    path = Path(path)
    file_format = FileFormat(file_format) if file_format else format_by_name(path)
    if file_format is FileFormat.DEBEZIUM and obj.source.format not in _FROM_DEBEZIUM:
        raise ProblemError(
            f"{path}: expected an object that Debezium tells of, {obj.code} has the source format {obj.source.format}",
            hint=f"{NOTHING_LANDED} Set source.format to {' or '.join(_FROM_DEBEZIUM)} in its definition.",
        )
    source = SourceFile(path, file_format, progress)
    load = _Load(connection, obj, source, schema, source_system or obj.source.system, ingested_at, started)
    sha256 = source.sha256()
    with server_problems(NOTHING_LANDED):
        ensure_layer3(connection, obj, schema)
        with connection.transaction():
            return _land(load, sha256)


def _land(load: _Load, sha256: str) -> LoadResult:
    name = os.fsencode(load.source.path).decode(errors="replace")
    claim = {"code": load.obj.code, "file": name, "sha256": sha256, "bytes": load.source.bytes}
    claimed = load.connection.execute(load.statement(_CLAIM), claim).fetchone()
    if claimed is None:
        return _landed_before(load, sha256, name)
    run_id, now = claimed
    fields = LoadFields(load.ingested_at or now, load.source_system, name, run_id)
    records, unreadable = _copy(load, fields)
    load.source.check_unchanged(sha256)
    seconds = time.monotonic() - load.started
    stats = {
        "records": records,
        "unreadable": unreadable,
        "format": load.source.file_format.value,
        "source_system": load.source_system,
        "ingested_at": fields.ingested_at.isoformat(),
        "seconds": round(seconds, 3),
    }
    load.connection.execute(load.statement(_CLOSE), [Jsonb(stats), run_id])
    size = load.source.bytes
    return LoadResult(name, load.obj.code, run_id, True, records, unreadable, size, fields.ingested_at, seconds)


def _landed_before(load: _Load, sha256: str, name: str) -> LoadResult:
    found = load.connection.execute(load.statement(_EARLIER), [load.obj.code, sha256]).fetchone()
    if found is None:
        raise ProblemError(f"{name}: another load of the same file was undone", hint="Run the command again.")
    run_id, stats, started_at = found
    ingested_at = datetime.fromisoformat(stats["ingested_at"]) if "ingested_at" in stats else started_at
    counts = (int(stats.get("records", 0)), int(stats.get("unreadable", 0)))
    seconds = time.monotonic() - load.started
    return LoadResult(name, load.obj.code, run_id, False, *counts, load.source.bytes, ingested_at, seconds)


def _copy(load: _Load, fields: LoadFields) -> tuple[int, int]:
    """Send all rows of the file; return how many there were and how many of them cannot be read."""
    records = unreadable = 0
    with RawCopy(load.connection, load.schema, source_table(load.obj), fields) as copy:
        for rows in _read(load, copy):
            if rows:
                copy.write(rows)
            records += len(rows)
            unreadable += sum(raw_data is None for _, raw_data, _ in rows)
    if records == 0 and load.source.file_format in (FileFormat.NDJSON, FileFormat.DEBEZIUM):
        raise ProblemError(f"{load.source.path}: expected records, found only blank lines", hint=NOTHING_LANDED)
    return records, unreadable


def _read(load: _Load, copy: RawCopy) -> Iterator[list[Row]]:
    key = key_reader(load.obj)
    json_rows = JsonRows(key, copy.server_accepts_json)
    match load.source.file_format:
        case FileFormat.NDJSON:
            return read_ndjson(load.source, json_rows)
        case FileFormat.JSON:
            return read_json(load.source, json_rows)
        case FileFormat.DEBEZIUM:
            return (read_json if load.source.is_array else read_ndjson)(load.source, json_rows)
        case FileFormat.CSV:
            return read_csv(load.source, load.obj, key)
        case FileFormat.PARQUET:
            # Its library takes 60 MB and a third of a second: only for those who need it.
            from landing.read_parquet import read_parquet

            return read_parquet(load.source, key)
