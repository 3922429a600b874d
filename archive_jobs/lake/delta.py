"""A Delta table over the archive's own Parquet files, for Spark, Fabric and Databricks. Derived: commit records decide.

Entry N of the log says what commit record N+1 said, so an entry can be made again at any time and comes out the same.
No file is copied: an entry names the files a unit has, or no longer has. It is create-only, as everything here.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.errors import ProblemError

_DELTA_TYPES = {
    "BOOLEAN": "boolean", "SMALLINT": "short", "INTEGER": "integer", "BIGINT": "long", "FLOAT": "float",
    "DOUBLE": "double", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "TIMESTAMPTZ": "timestamp",
    "VARCHAR": "string", "BLOB": "binary", "UUID": "binary",
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
# Somebody's VACUUM must not take files for rubbish that another reader of the lake still counts on.
_FOR_EVER = {
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.logRetentionDuration": "interval 36500 days",
}


@dataclass(frozen=True)
class DeltaState:
    """How far a table's log is."""

    url: str
    version: int
    written: int


def delta_root(table: ArchivedTable) -> str:
    """The lake folder that is the Delta table: the one its files lie in."""
    return f"{table.schema}/{table.kind}/{table.table_name}"


def entry_path(table: ArchivedTable, commit_seq: int) -> str:
    """Where the entry of a commit record stands."""
    return f"{delta_root(table)}/_delta_log/{commit_seq - 1:020}.json"


def derive_delta(connection: Connection, store: Store, table: ArchivedTable) -> DeltaState:
    """Write the entries that are missing. Raises ProblemError where somebody else has written into the log."""
    last = int(
        one_row(
            connection,
            "select coalesce(max(commit_seq), 0) from archive_catalog.commits"
            " where (schema_name, table_name, kind) = (%s, %s, %s)",
            table.key,
        )[0]
    )
    first = _first_missing(store, table, last)
    if first <= last:
        fields = _fields_of(store, table, first - 1)
        for commit_seq, group in _grouped(_records_from(connection, table, first)):
            if commit_seq >= first:
                fields = _write(store, table, commit_seq, group, fields)
        store.sync()
        fail_at("delta.after")
    return DeltaState(store.url(delta_root(table)), last - 1, last - first + 1)


def is_kept_up(store: Store, table: ArchivedTable) -> bool:
    """Whether the table has a log: by its policy, or because somebody asked for one with `archive-jobs delta`."""
    if table.policy.format == "delta":
        return True
    try:
        return bool(_said_by(store, table, 1).get("commitSeq") == 1)
    except (FileNotFoundError, ValueError):
        return False  # none, or somebody else's, of whom nothing is asked


def remove_delta(store: Store, table: ArchivedTable) -> int:
    """Remove the log, so that it can be derived afresh. The files stay. Return how many entries went."""
    names = [*store.names(f"{delta_root(table)}/_delta_log")]
    # The newest first: what is left after a crash is a shorter log, not one with a hole.
    for name in sorted(names, reverse=True):
        store.delete(name)
    return len(names)


def _records_from(connection: Connection, table: ArchivedTable, first: int) -> list[dict[str, Any]]:
    """The records from this one on, and those of its transaction before it."""
    found = connection.execute(
        "select c.record from archive_catalog.commits as c, archive_catalog.commits as f"
        " where (c.schema_name, c.table_name, c.kind) = (%s, %s, %s)"
        " and (f.schema_name, f.table_name, f.kind, f.commit_seq) = (%s, %s, %s, %s)"
        " and (c.commit_seq >= f.commit_seq or c.committed_at = f.committed_at) order by c.commit_seq",
        (*table.key, *table.key, first),
    )
    return [json.loads(text) for (text,) in found]


def _grouped(records: Sequence[dict[str, Any]]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Each record's number with what its entry says: the last of a transaction speaks for all of it.

    A unit and the one it replaces change together; a reader between two entries would see both or neither.
    """
    for _, found in groupby(records, key=lambda record: str(record["committed_at"])):
        together = list(found)
        for record in together[:-1]:
            yield int(record["commit_seq"]), []
        yield int(together[-1]["commit_seq"]), together


def _first_missing(store: Store, table: ArchivedTable, last: int) -> int:
    """Entries are written in order, so the log ends where the first is missing: looked for from the end."""
    step, known = 1, last
    while known > 0 and not _is_there(store, table, known):
        known, step = max(0, known - step), step * 2
    # Between what is there and what is not, one by one.
    while known < last and _is_there(store, table, known + 1):
        known += 1
    return known + 1


def _is_there(store: Store, table: ArchivedTable, commit_seq: int) -> bool:
    try:
        _fields_of(store, table, commit_seq)
    except FileNotFoundError:
        return False
    return True


def _fields_of(store: Store, table: ArchivedTable, commit_seq: int) -> list[dict[str, Any]]:
    """The columns as of an entry, which each entry says once more. Raises ProblemError where it is not ours."""
    if commit_seq == 0:
        return []
    said = _said_by(store, table, commit_seq)
    if said.get("commitSeq") != commit_seq:
        raise _not_ours(store, table, commit_seq)
    fields: list[dict[str, Any]] = said["fields"]
    return fields


def _said_by(store: Store, table: ArchivedTable, commit_seq: int) -> dict[str, Any]:
    first_line = store.read(entry_path(table, commit_seq)).partition(b"\n")[0]
    said: dict[str, Any] = json.loads(first_line).get("commitInfo", {})
    return said


def _write(
    store: Store, table: ArchivedTable, commit_seq: int, group: list[dict[str, Any]], before: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    manifests = [(record, _manifest(store, record)) for record in group if record["state"] != "purged"]
    fields = before
    for record, manifest in manifests:
        if record["state"] == "active":
            fields = _merged(fields, manifest["columns"])
    at = _milliseconds(group[-1]["committed_at"]) if group else 0
    info = {"operation": "ARCHIVE", "timestamp": at, "commitSeq": commit_seq, "fields": fields}
    actions: list[dict[str, Any]] = [{"commitInfo": info}]
    if fields != before or commit_seq == 1:
        actions += _shape(table, fields, at)
    actions += [action for record, manifest in manifests for action in _changes(table, record, manifest, at)]
    content = "".join(json.dumps(action, sort_keys=True) + "\n" for action in actions).encode()
    try:
        store.put(entry_path(table, commit_seq), content)
    except FileExistsError:
        if store.read(entry_path(table, commit_seq)) != content:
            raise _not_ours(store, table, commit_seq) from None
    return fields


def _manifest(store: Store, record: dict[str, Any]) -> dict[str, Any]:
    place = record["manifest"]
    content = store.read(place["path"])
    if hashlib.sha256(content).hexdigest() != place["sha256"]:
        raise ProblemError(
            f"{store.url(place['path'])} is damaged: its SHA-256 is not the one committed",
            hint="The archive is whole but for it; the Delta table is behind. Run `archive-jobs verify`.",
        )
    manifest: dict[str, Any] = json.loads(content)
    return manifest


def _merged(before: Sequence[dict[str, Any]], columns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The columns of all files so far, each under its newest type. Delta has no time of day: such columns stay out."""
    types = {field["name"]: field["type"] for field in before}
    for column in columns:
        delta_type = _delta_type(column["lake_type"])
        # One file may hold as text what the type cannot: that says nothing about the others.
        if delta_type is not None and (delta_type != "string" or column["name"] not in types):
            types[column["name"]] = delta_type
    return [{"name": name, "type": found, "nullable": True, "metadata": {}} for name, found in types.items()]


def _delta_type(lake_type: str) -> str | None:
    if found := _DECIMAL.fullmatch(lake_type):
        return f"decimal({found[1]},{found[2]})"
    return _DELTA_TYPES.get(lake_type)


def _shape(table: ArchivedTable, fields: list[dict[str, Any]], at: int) -> list[dict[str, Any]]:
    has_local_times = any(field["type"] == "timestamp_ntz" for field in fields)
    features = ["timestampNtz"] if has_local_times else []
    protocol = (
        {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}
        if features
        else {"minReaderVersion": 1, "minWriterVersion": 2}
    )
    metadata = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, delta_root(table))),
        "name": table.table_name,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": [],
        "configuration": _FOR_EVER,
        "createdTime": at,
    }
    return [{"protocol": protocol}, {"metaData": metadata}]


def _changes(
    table: ArchivedTable, record: dict[str, Any], manifest: dict[str, Any], at: int
) -> Iterator[dict[str, Any]]:
    for file in manifest["files"]:
        path = _inside(table, file["path"])
        if record["state"] == "active":
            yield {
                "add": {
                    "path": path, "partitionValues": {}, "size": file["bytes"], "modificationTime": at,
                    "dataChange": True, "stats": json.dumps({"numRecords": file["rows"]}),
                }
            }  # fmt: skip
        else:
            yield {"remove": {"path": path, "deletionTimestamp": at, "dataChange": True}}


def _inside(table: ArchivedTable, path: str) -> str:
    root = delta_root(table) + "/"
    if not path.startswith(root):
        raise ProblemError(
            f"{path} lies outside of the Delta table {root}: the table was renamed",
            hint="The archive is complete. A Delta table cannot hold files of two folders: state format parquet.",
        )
    return path.removeprefix(root)


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _not_ours(store: Store, table: ArchivedTable, commit_seq: int) -> ProblemError:
    return ProblemError(
        f"{store.url(entry_path(table, commit_seq))} was written by somebody else: the Delta table is only to be read",
        hint=f"The archive is complete. Run `archive-jobs delta {table.table_name} --rebuild --yes`.",
    )
