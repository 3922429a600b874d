"""Commit records: what became of each unit, in order, each holding the hash of the one before.

The record's text is made and numbered in the transaction that changes what counts, under the table's guard row.
The object in the lake is written after it, from that text; whatever is missing can be written again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import Attempt
from archive_jobs.planning.tables import ArchivedTable


@dataclass(frozen=True)
class CommitRecord:
    """One link of a table's chain."""

    folder: str
    schema: str
    commit_seq: int
    text: str

    @property
    def sha256(self) -> str:
        """What the next record holds."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """Where the record stands in the lake."""
        return record_path(self.schema, self.folder, self.commit_seq)


def record_path(schema: str, folder: str, commit_seq: int) -> str:
    """The lake path of a record. Raw archives have a chain of their own, in a folder named source_<table>."""
    return f"{schema}/_commits/{folder}/{commit_seq}.json"


def record_folder(text: str, kind: str, table_name: str) -> str:
    """Where a record stands: under the name its table had when it was written, which a rename does not change."""
    found = re.search(r'"table": "([a-z0-9_]+)"', text)
    name = found[1] if found else table_name
    return f"source_{name}" if kind == "source" else name


def next_record(
    attempt: Attempt, state: str, last_seq: int, last_sha256: str | None, committed_at: datetime
) -> CommitRecord:
    """The record of a change of state, to be stored in the transaction that makes the change."""
    table = attempt.table
    body = {
        "record": 1,
        "schema": table.schema,
        "table": table.table_name,
        "kind": table.kind,
        "commit_seq": last_seq + 1,
        "unit": str(attempt.unit_id),
        "attempt": str(attempt.attempt_id),
        "state": state,
        "rows": attempt.rows,
        "manifest": {"path": attempt.manifest_path, "sha256": attempt.manifest_sha256},
        "committed_at": committed_at.isoformat(),
        "previous_sha256": last_sha256,
    }
    return CommitRecord(table.folder, table.schema, last_seq + 1, json.dumps(body, sort_keys=True) + "\n")


def emit_records(connection: Connection, store: Store, tables: Sequence[ArchivedTable]) -> int:
    """Write the tables' records that the lake does not have yet; return how many. Safe to repeat at any time.

    A record that is there already must be the same, or somebody else writes into this lake.
    """
    emitted = 0
    for table in {table.key: table for table in tables}.values():
        waiting = connection.execute(
            "select commit_seq, record from archive_catalog.commits where emitted_at is null"
            " and (schema_name, table_name, kind) = (%s, %s, %s) order by commit_seq",
            table.key,
        ).fetchall()
        if waiting:
            fail_at("record.before")
            for commit_seq, text in waiting:
                folder = record_folder(text, table.kind, table.table_name)
                _put(store, CommitRecord(folder, table.schema, commit_seq, text))
            store.sync()
            fail_at("record.after")
            connection.execute(
                "update archive_catalog.commits set emitted_at = now() where emitted_at is null"
                " and (schema_name, table_name, kind) = (%s, %s, %s) and commit_seq = any(%s)",
                (*table.key, [commit_seq for commit_seq, _ in waiting]),
            )
            fail_at("record.marked.after")
            emitted += len(waiting)
    return emitted


def _put(store: Store, record: CommitRecord) -> None:
    content = record.text.encode()
    try:
        store.put(record.path, content)
    except FileExistsError:
        if store.read(record.path) != content:
            raise ForeignRecordError(record.path) from None


class ForeignRecordError(Exception):
    """The lake holds a commit record that this database did not write."""
