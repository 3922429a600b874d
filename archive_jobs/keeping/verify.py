"""Read the lake again and say whether it is what the catalogue says: files, manifests, commit chain, values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import duckdb

from archive_jobs.copying.engine import open_engine
from archive_jobs.copying.prove import read_evidence
from archive_jobs.database import Connection
from archive_jobs.keeping.archived_units import manifest_columns
from archive_jobs.lake.commit_records import record_folder, record_path
from archive_jobs.lake.store import Store
from archive_jobs.settings import ArchiveSettings

_FILES = """
select u.unit_id::text, u.kind, u.table_name, f.path, f.sha256, f.byte_count, f.row_count, f.content_sha256,
    a.manifest_path, a.manifest_sha256
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
inner join archive_catalog.files as f on f.attempt_id = a.attempt_id
where u.state = 'active' and u.schema_name = %s
order by f.path
"""
_CHAIN = """
select kind, table_name, commit_seq, previous_sha256, record_sha256, record from archive_catalog.commits
where schema_name = %s order by kind, table_name, commit_seq
"""


@dataclass
class Verified:
    """How much was read, and every fault found."""

    files: int = 0
    bytes: int = 0
    rows: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)


def verify(
    connection: Connection,
    settings: ArchiveSettings,
    store: Store,
    *,
    deep: bool,
    progress: Callable[[int, int], None],
) -> Verified:
    """Check every readable file's SHA-256 and every chain; `deep` also reads every value again."""
    found = Verified()
    rows = connection.execute(_FILES.encode(), (settings.analytics_schema,)).fetchall()
    whole: set[str] = set()
    damaged: set[str] = set()
    engine = open_engine(settings, store.staging / "spill") if deep else None
    with ThreadPoolExecutor(2) as pool:
        checks = pool.map(lambda row: _file_faults(store, engine, row), rows)
        for done, (row, faults) in enumerate(zip(rows, checks, strict=True), start=1):
            found.files, found.bytes, found.rows = found.files + 1, found.bytes + row[5], found.rows + row[6]
            found.faults += faults
            (damaged if faults else whole).add(row[0])
            progress(done, len(rows))
    if engine is not None:
        engine.close()
    connection.execute(
        "update archive_catalog.units set verified_at = now() where unit_id = any(%s::uuid[])",
        (sorted(whole - damaged),),
    )
    chain = connection.execute(_CHAIN.encode(), (settings.analytics_schema,)).fetchall()
    found.records = len(chain)
    found.faults += _chain_faults(store, settings.analytics_schema, chain)
    return found


def _file_faults(store: Store, engine: duckdb.DuckDBPyConnection | None, row: tuple[Any, ...]) -> list[str]:
    _, _, _, path, sha256, _, rows, content_sha256, manifest_path, manifest_sha256 = row
    faults = [
        fault
        for fault in (_damage(store, path, sha256), _damage(store, manifest_path, manifest_sha256))
        if fault is not None
    ]
    if engine is not None and not faults:
        faults += _value_faults(store, engine.cursor(), path, sha256, manifest_path, rows, content_sha256)
    return faults


def _damage(store: Store, path: str, sha256: str) -> str | None:
    try:
        found = store.sha256(path)
    except FileNotFoundError:
        return f"{store.url(path)}: missing"
    except OSError as error:
        return f"{store.url(path)}: cannot be read: {error.strerror or error}"
    return None if found == sha256 else f"{store.url(path)}: damaged, expected SHA-256 {sha256}, found {found}"


def _value_faults(
    store: Store,
    engine: duckdb.DuckDBPyConnection,
    path: str,
    sha256: str,
    manifest_path: str,
    rows: int,
    content_sha256: str,
) -> Iterator[str]:
    """Read every value under the types its manifest states, as an outsider without the definitions would."""
    try:
        columns = manifest_columns(json.loads(store.read(manifest_path)))
        evidence = read_evidence(engine, columns, store.local(path, sha256))
    except (duckdb.Error, ValueError, KeyError) as error:
        yield f"{store.url(path)}: cannot be read: {str(error).splitlines()[0]}"
        return
    if evidence.rows != rows:
        yield f"{store.url(path)}: expected {rows} rows, found {evidence.rows}"
    if evidence.content_sha256 != content_sha256:
        yield f"{store.url(path)}: expected content {content_sha256}, found {evidence.content_sha256}"


def _chain_faults(store: Store, schema: str, chain: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    previous: dict[tuple[str, str], tuple[int, str]] = {}
    for kind, table, commit_seq, previous_sha256, record_sha256, text in chain:
        folder = record_folder(text, kind, table)
        place = store.url(record_path(schema, folder, commit_seq))
        last_seq, last_sha256 = previous.get((kind, table), (0, None))
        if (commit_seq, previous_sha256) != (last_seq + 1, last_sha256):
            yield f"{place}: the chain is broken between {last_seq} and {commit_seq}"
        if hashlib.sha256(text.encode()).hexdigest() != record_sha256:
            yield f"{place}: the catalogue's copy of the record was changed"
        previous[(kind, table)] = (commit_seq, record_sha256)
        fault = _damage(store, record_path(schema, folder, commit_seq), record_sha256)
        if fault is not None:
            yield fault
