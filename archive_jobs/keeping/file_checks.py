"""Check files against the catalogue: every byte, and every value where asked for, a few files at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from archive_jobs.catalogue import write_event
from archive_jobs.copying.content import read_content
from archive_jobs.database import Connection
from archive_jobs.keeping.archived_units import manifest_columns
from archive_jobs.lake.store import Store

READABLE = """
select u.unit_id::text, u.kind, u.table_name, f.path, f.sha256, f.byte_count, f.row_count, f.content_sha256,
    a.manifest_path, a.manifest_sha256, f.verified_at
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
inner join archive_catalog.files as f on f.attempt_id = a.attempt_id
where u.state = 'active' and u.schema_name = %s
"""
_NOTE_FILES = "update archive_catalog.files set verified_at = now() where path = any(%s)"
# A unit was checked when the last of its files was: as long ago as the file that waits longest.
_NOTE_UNITS = """
update archive_catalog.units as u set verified_at = checked.verified_at
from (
    select f.unit_id, min(f.verified_at) as verified_at
    from archive_catalog.units as own
    inner join archive_catalog.files as f on f.attempt_id = own.active_attempt
    where own.unit_id = any(%s::uuid[])
    group by f.unit_id having bool_and(f.verified_at is not null)
) as checked
where u.unit_id = checked.unit_id
"""
_AT_ONCE = 500
_MOST_TOLD = 20


@dataclass
class Verified:
    """How much was read, and every fault found."""

    files: int = 0
    bytes: int = 0
    rows: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)


def check_files(
    connection: Connection,
    store: Store,
    rows: Sequence[tuple[Any, ...]],
    *,
    deep: bool,
    progress: Callable[[int, int], None],
) -> Verified:
    """Check files as `READABLE` lists them, and note when each was found whole. A fault is noted as an event too."""
    found = Verified()
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            checks = list(pool.map(lambda row: _file_faults(store, row, deep=deep), part))
            whole = [row for row, faults in zip(part, checks, strict=True) if not faults]
            with connection.transaction():
                connection.execute(_NOTE_FILES, ([row[3] for row in whole],))
                connection.execute(_NOTE_UNITS.encode(), (sorted({row[0] for row in whole}),))
            found.files += len(part)
            found.bytes += sum(row[5] for row in part)
            found.rows += sum(row[6] for row in part)
            found.faults += [fault for faults in checks for fault in faults]
            progress(found.files, len(rows))
    return found


def tell_of_faults(connection: Connection, found: Verified, *, by: str) -> None:
    """Leave a trace that outlasts the command's output."""
    if found.faults:
        write_event(connection, "damage_found", by=by, faults=len(found.faults), first=found.faults[:_MOST_TOLD])


def _file_faults(store: Store, row: tuple[Any, ...], *, deep: bool) -> list[str]:
    _, _, _, path, sha256, _, rows, content_sha256, manifest_path, manifest_sha256, _ = row
    told = [damage(store, path, sha256), damage(store, manifest_path, manifest_sha256)]
    if told[1] is None:
        told += [damage(store, *one) for one in _beside(store, manifest_path, path)]
    faults = [fault for fault in told if fault is not None]
    if deep and not faults:
        faults += _value_faults(store, path, sha256, manifest_path, rows, content_sha256)
    return faults


def _beside(store: Store, manifest_path: str, path: str) -> list[tuple[str, str]]:
    """The files for people that stand beside a Parquet file, and what their SHA-256 was."""
    manifest = json.loads(store.read(manifest_path))
    return [
        (one["path"], one["sha256"])
        for file in manifest["files"]
        if file["path"] == path
        for one in file.get("beside", ())
    ]


def damage(store: Store, path: str, sha256: str) -> str | None:
    try:
        found = store.sha256(path)
    except FileNotFoundError:
        return f"{store.url(path)}: missing"
    except OSError as error:
        return f"{store.url(path)}: cannot be read: {error.strerror or error}"
    return None if found == sha256 else f"{store.url(path)}: damaged, expected SHA-256 {sha256}, found {found}"


def _value_faults(
    store: Store,
    path: str,
    sha256: str,
    manifest_path: str,
    rows: int,
    content_sha256: str,
) -> Iterator[str]:
    """Read every value, and the columns its manifest states, as an outsider without the definitions would."""
    try:
        columns = [column.name for column in manifest_columns(json.loads(store.read(manifest_path)))]
        content = read_content(store.local(path, sha256))
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        yield f"{store.url(path)}: cannot be read: {str(error).splitlines()[0]}"
        return
    if list(content.columns) != columns:
        yield f"{store.url(path)}: expected the columns {', '.join(columns)}, found {', '.join(content.columns)}"
    if content.rows != rows:
        yield f"{store.url(path)}: expected {rows} rows, found {content.rows}"
    if content.sha256 != content_sha256:
        yield f"{store.url(path)}: expected content {content_sha256}, found {content.sha256}"
