"""Recalled copies that stand: listed, and dropped when their time is over or somebody in them is erased."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import errors

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.times import Interval
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier, quote_literal


@dataclass(frozen=True)
class Copy:
    """A recalled copy that stands."""

    recall_id: uuid.UUID
    schema: str
    table: str
    kind: str
    recalled_schema: str
    lo: datetime | None
    hi: datetime | None
    rows: int
    recalled_at: datetime
    recalled_by: str
    expires_at: datetime

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        times = {name: value and value.isoformat() for name, value in (("lo", self.lo), ("hi", self.hi))}
        return {
            "schema": self.schema, "table": self.table, "kind": self.kind, "recalled_schema": self.recalled_schema,
            **times, "rows": self.rows, "recalled_at": self.recalled_at.isoformat(), "recalled_by": self.recalled_by,
            "expires_at": self.expires_at.isoformat(),
        }  # fmt: skip


_COPIES = """
select recall_id, schema_name, table_name, kind, recalled_schema, lo, hi, row_count, recalled_at, recalled_by,
    expires_at
from archive_catalog.recalls where schema_name = %s and dropped_at is null order by expires_at
"""


def list_copies(connection: Connection, schema: str) -> list[Copy]:
    """The copies that stand of a schema's archive, the first to go first."""
    return [Copy(*row) for row in connection.execute(_COPIES.encode(), (schema,))]


def mark(recall_id: uuid.UUID) -> str:
    """What stands at a schema of ours, so that one that somebody else has made under its name is never dropped."""
    return f"recall {recall_id}: a checked copy of archived rows, dropped by archive-jobs when its time is over"


def note_copy(
    connection: Connection,
    table: ArchivedTable,
    schema: str,
    interval: Interval,
    expires_at: datetime,
    *,
    is_scratch: bool = False,
) -> uuid.UUID:
    """Make an empty schema and note it, both or neither."""
    recall_id, quoted = uuid.uuid4(), quote_identifier(schema)
    with connection.transaction():
        try:
            connection.execute(f"create schema {quoted}".encode())
        except errors.DuplicateSchema:
            raise ProblemError(
                f"the schema {schema} is there already",
                hint="Nothing was changed. Name another; where it is a copy, `archive-jobs recalls --drop` drops it.",
            ) from None
        connection.execute(f"comment on schema {quoted} is {quote_literal(mark(recall_id))}".encode())
        connection.execute(
            "insert into archive_catalog.recalls (recall_id, schema_name, table_name, kind, recalled_schema, lo, hi,"
            " units, row_count, expires_at, is_scratch, schema_oid) values"
            " (%s, %s, %s, %s, %s, %s, %s, 0, 0, %s, %s, %s::regnamespace)",
            (recall_id, *table.key, schema, interval.start, interval.end, expires_at, is_scratch, quoted),
        )
    return recall_id


def drop_copies(connection: Connection, schema: str) -> list[str]:
    """Drop the copies whose time is over. One that somebody reads just now waits for the next run."""
    due = connection.execute(
        "select recall_id from archive_catalog.recalls where schema_name = %s and dropped_at is null"
        " and expires_at <= now() order by expires_at",
        (schema,),
    ).fetchall()
    return _drop(connection, [recall_id for (recall_id,) in due], "its time is over", patient=False)


def drop_scratch(connection: Connection, schema: str, table_name: str) -> list[str]:
    """Drop what commands that died have left of a table. The caller holds the lock that they held."""
    found = connection.execute(
        "select recall_id from archive_catalog.recalls where (schema_name, table_name) = (%s, %s) and is_scratch"
        " and dropped_at is null",
        (schema, table_name),
    ).fetchall()
    return _drop(connection, [recall_id for (recall_id,) in found], "its replay has ended", patient=False)


def drop_copies_of(connection: Connection, schema: str, table_name: str) -> list[str]:
    """Drop every copy of a table in the caller's transaction: somebody whose rows may be in it is being erased."""
    found = connection.execute(
        "select recall_id from archive_catalog.recalls where (schema_name, table_name) = (%s, %s)"
        " and dropped_at is null order by recall_id for update",
        (schema, table_name),
    ).fetchall()
    return _drop(connection, [recall_id for (recall_id,) in found], "somebody was erased", patient=True)


def drop_copy(connection: Connection, schema: str, name: str) -> str:
    """Drop one copy now. Raises ProblemError where there is none of this name."""
    known = {copy.recalled_schema: copy.recall_id for copy in list_copies(connection, schema)}
    if name not in known:
        raise ProblemError(
            f"no recalled copy is called {name}; known: {', '.join(known) or 'none'}", hint="Nothing was changed."
        )
    return _drop(connection, [known[name]], "somebody asked for it", patient=True)[0]


def _drop(connection: Connection, recalls: Sequence[uuid.UUID], because: str, *, patient: bool) -> list[str]:
    dropped = []
    for recall_id in recalls:
        try:
            with connection.transaction():
                dropped += _drop_one(connection, recall_id, because)
                fail_at("unrecall.dropped.after")
        except errors.LockNotAvailable:
            if patient:
                raise
    fail_at("unrecall.after")
    return dropped


def _drop_one(connection: Connection, recall_id: uuid.UUID, because: str) -> list[str]:
    row = connection.execute(
        "select recalled_schema, schema_oid, schema_name, table_name, kind from archive_catalog.recalls"
        " where recall_id = %s and dropped_at is null for update skip locked",
        (recall_id,),
    ).fetchone()
    if row is None:
        return []
    name, number, *key = row
    # By its number: one that somebody else has made since under this name is not ours, one that was renamed is.
    ours = connection.execute("select nspname::text from pg_namespace where oid = %s", (number,)).fetchone()
    if ours is not None:
        connection.execute(f"drop schema {quote_identifier(ours[0])} cascade".encode())
    connection.execute(
        "update archive_catalog.recalls set dropped_at = now(), dropped_because = %s where recall_id = %s",
        (because, recall_id),
    )
    write_event(connection, "recall_dropped", key=(key[0], key[1], key[2]), recalled_schema=name, because=because)
    return [name]


def require_no_copy(connection: Connection, schema: str) -> None:
    """Raise ProblemError where the schema is itself a recalled copy: its rows are archived already."""
    row = connection.execute(
        "select table_name from archive_catalog.recalls where recalled_schema = %s and dropped_at is null", (schema,)
    ).fetchone()
    if row is not None:
        raise ProblemError(
            f"the schema {schema} is a recalled copy of {row[0]}: its rows count in the archive already",
            hint="Nothing was changed. Set ANALYTICS_SCHEMA to the schema of the platform.",
        )
