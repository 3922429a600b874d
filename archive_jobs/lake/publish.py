"""Give a proven file its name in the lake, check it there, and write down what the attempt wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from archive_jobs.copying.content import DEFINITION
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.objects import VersionChangedError
from archive_jobs.lake.statistics import column_statistics
from archive_jobs.lake.store import Store, file_sha256, sync_path
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.attempt import TOOL_VERSION, Attempt, LakeFile, UnarchivableError
from archive_jobs.planning.tables import ArchivedTable

_LEVELS = {"year": 1, "month": 2, "day": 3, "ingestion_date": 3}


def settle(attempt: Attempt) -> None:
    """Make the staged files last, then take their size and their SHA-256 from a second read."""
    for file in attempt.files:
        sync_path(file.staged)
    fail_at("export.fsync.after")
    for file in attempt.files:
        file.bytes, file.sha256 = file.staged.stat().st_size, file_sha256(file.staged)
        withheld = [attempt.table.model.subject_column or ""]
        file.statistics = column_statistics(file.staged, attempt.stored_columns, withheld)
        file.path = f"{partition_folder(attempt.table, file)}/{attempt.attempt_id}-{file.sha256[:16]}.parquet"


def partition_folder(table: ArchivedTable, file: LakeFile) -> str:
    """The lake folder of a file. No text from a user stands in it: a tenant goes by an opaque number."""
    day = file.day
    levels = [f"part_year={day.year:04}", f"part_month={day.month:02}", f"part_day={day.day:02}"]
    kept = levels[: _LEVELS[table.policy.partition_by]]
    tenant = [f"part_tenant={file.tenant}"] if file.tenant is not None else []
    return "/".join([table.schema, table.kind, table.table_name, *tenant, *kept])


@step("publish")
def publish(store: Store, attempts: Sequence[Attempt]) -> None:
    """Name the files, make the names last, and read the bytes back. Raises OSError; a taken name stops everything."""
    for attempt in attempts:
        fail_at("publish.link.before")
        for file in attempt.files:
            file.etag = store.publish(file.staged, file.path)
            if file.beside is not None:
                store.publish(file.beside.staged, file.beside.path)
        fail_at("publish.link.after")
    store.sync()
    fail_at("publish.fsync.after")
    for attempt in attempts:
        for file in attempt.files:
            try:
                found = store.sha256(file.path, file.etag)
            except VersionChangedError as error:
                attempt.reason = str(error)
                continue
            if guarded("readback") and found != file.sha256:
                attempt.reason = f"{file.path}: expected SHA-256 {file.sha256}, found {found}"
            file.staged.unlink(missing_ok=True)
            if file.beside is not None:
                file.beside.staged.unlink(missing_ok=True)
    fail_at("publish.verify.after")


def remove_published(store: Store, attempt: Attempt) -> None:
    """Remove what an attempt gave a name. Only where it can never count: its names are nobody else's."""
    for file in attempt.files:
        if file.path:
            store.delete(file.path)
        if file.beside is not None:
            store.delete(file.beside.path)
    store.delete(manifest_path(attempt))


def manifest_path(attempt: Attempt) -> str:
    """Where its manifest stands in the lake."""
    return f"{attempt.table.schema}/_manifests/{attempt.table.folder}/{attempt.attempt_id}.json"


@step("manifest")
def write_manifests(store: Store, attempts: Sequence[Attempt]) -> None:
    """Write one create-only manifest per attempt."""
    for attempt in attempts:
        fail_at("publish.manifest.before")
        content = json.dumps(_manifest(attempt), indent=1, ensure_ascii=False).encode()
        attempt.manifest_path = manifest_path(attempt)
        attempt.manifest_sha256 = hashlib.sha256(content).hexdigest()
        store.put(attempt.manifest_path, content)
    store.sync()
    fail_at("publish.manifest.after")


def _manifest(attempt: Attempt) -> dict[str, Any]:
    table = attempt.table
    return {
        "manifest": 1,
        "tool": TOOL_VERSION,
        "written_at": datetime.now(UTC).isoformat(),
        "schema": table.schema,
        "table": table.table_name,
        "kind": table.kind,
        "relation": table.relation_name,
        "unit": str(attempt.unit_id),
        "attempt": str(attempt.attempt_id),
        "generation": attempt.generation,
        "mode": attempt.mode,
        "bounds": {
            "time_column": table.time_column,
            "lo": attempt.lo.isoformat(),
            "hi": attempt.hi.isoformat(),
            "predicate": attempt.predicate,
        },
        "rows": attempt.rows,
        "files": [_described(file) for file in attempt.files],
        "content_sha256": attempt.content_sha256,
        "content_digest": DEFINITION,
        "columns": [
            {"name": c.name, "postgresql_type": c.pg_type.sql, "cast": c.expression, "lake_type": c.lake_type}
            for c in attempt.stored_columns
        ],
        "types": table.travelling.types,
        "sorted_by": list(attempt.sorted_by),
        "snapshot": {
            "name": attempt.snapshot,
            "wal_lsn": attempt.wal_lsn,
            "server_version_num": attempt.server_version,
        },
        "definition": {"code": table.model.code, "hash": table.model.definition_hash},
        "policy": table.policy.model_dump(mode="json", exclude_none=True),
        "policy_version": attempt.policy_version,
        "fingerprint": attempt.fingerprint,
    }


def _described(file: LakeFile) -> dict[str, Any]:
    described: dict[str, Any] = {
        "path": file.path,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "rows": file.rows,
        "day": file.day.isoformat(),
        "content_sha256": file.content_sha256,
        "first": file.first,
        "last": file.last,
        "statistics": file.statistics,
    }
    if file.beside is not None:
        said = {"path": file.beside.path, "sha256": file.beside.sha256, "bytes": file.beside.bytes}
        described["beside"] = [{"format": "ndjson, gzip", **said}]
    return described if file.tenant is None else {"tenant": file.tenant, **described}


def require_intact(store: Store, path: str, sha256: str) -> None:
    """Raise UnarchivableError unless the object's bytes are the ones that were proven."""
    try:
        found = store.sha256(path)
    except FileNotFoundError:
        raise UnarchivableError(f"{path} is gone from the lake") from None
    if found != sha256:
        raise UnarchivableError(f"{path}: expected SHA-256 {sha256}, found {found}")
