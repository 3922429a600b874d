"""Write the rows of a snapshot as Parquet into the staging folder: one file per unit, sorted.

The control connection holds the snapshot and takes the digest in it; DuckDB copies the very same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.copying.engine import enter_snapshot, postgres_query
from archive_jobs.copying.fallback import choose_lake_types
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.moving.attempt import TOOL_VERSION, Attempt, LakeFile
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealing import place_of_unit, sealed_rows, sealing_problem
from definitions_to_dbt.sql import quote_identifier, quote_literal

# A row group is held in memory whole, by two threads at once: DuckDB's own 122,880 rows of 1 kB fill the default limit.
_ROW_GROUP = 20_480


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database, held open by the control connection."""

    name: str
    wal_lsn: str
    server_version: int


@contextmanager
def held_snapshot(control: Connection, locks: Sequence[str] = ()) -> Iterator[Snapshot]:
    """Export a snapshot that lasts as long as the block. `locks` are statements that come before it is taken."""
    control.execute("begin isolation level repeatable read read only")
    try:
        for statement in locks:
            control.execute(statement.encode())
        row = one_row(
            control,
            "select pg_export_snapshot(), pg_current_wal_lsn()::text, current_setting('server_version_num')::int",
        )
        fail_at("export.snapshot.after")
        yield Snapshot(*row)
    finally:
        if not control.closed:
            control.execute("rollback")


def export(control: Connection, engine: duckdb.DuckDBPyConnection, attempts: Sequence[Attempt], staging: Path) -> None:
    """Write each attempt's rows to its staging file. Attempts that cannot be are marked with a reason.

    Raises OSError where the staging folder cannot take the file.
    """
    with held_snapshot(control) as snapshot:
        for attempt in attempts:
            take_digest(control, attempt, snapshot)
            if not attempt.reason:
                attempt.files = [_only_file(control, attempt, staging)]
        enter_snapshot(engine, snapshot.name)
        try:
            for attempt in attempts:
                if not attempt.reason:
                    _write(engine, attempt, snapshot)
        finally:
            engine.execute("rollback")


def take_digest(control: Connection, attempt: Attempt, snapshot: Snapshot) -> None:
    """Note how many rows the unit has and their digests, as PostgreSQL sees them in the snapshot."""
    table = attempt.table
    rows, digest_0, digest_1, high, low = one_row(
        control,
        postgres_digest(table.columns, table.rows(attempt.predicate, relation=attempt.relation), with_md5=True),
    )
    attempt.rows, attempt.digests = rows, (digest_0, digest_1)
    attempt.md5s = (int(high or 0), int(low or 0))
    attempt.snapshot, attempt.wal_lsn = snapshot.name, snapshot.wal_lsn
    attempt.server_version = snapshot.server_version
    if rows == 0:
        attempt.reason = "no rows are left in it"
    else:
        choose_lake_types(control, attempt)


def staging_file(staging: Path, attempt: Attempt, number: int = 0) -> Path:
    """Where an attempt's file is written before it has a name in the lake."""
    return staging / f"{attempt.attempt_id}.{number}.part"


def staged_files(staging: Path, attempt: Attempt) -> list[Path]:
    """What an attempt has written to the staging folder and not removed yet."""
    return sorted(staging.glob(f"{attempt.attempt_id}.*"))


def _only_file(control: Connection, attempt: Attempt, staging: Path) -> LakeFile:
    column = quote_identifier(attempt.table.time_column)
    first, last = one_row(
        control, f"select min({column})::text, max({column})::text from {attempt.relation} where {attempt.predicate}"
    )
    return LakeFile(staging_file(staging, attempt), attempt.day, None, attempt.rows, first, last)


def _write(engine: duckdb.DuckDBPyConnection, attempt: Attempt, snapshot: Snapshot) -> None:
    fail_at("export.write.before")
    try:
        engine.execute(copy_statement(attempt, attempt.files[0].staged)).fetchall()
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from error
    except duckdb.Error as error:
        attempt.reason = sealing_problem(error) or f"DuckDB cannot copy it: {str(error).splitlines()[0]}"
        engine.execute("rollback")
        enter_snapshot(engine, snapshot.name)
    fail_at("export.write.after")


def copy_statement(attempt: Attempt, target: Path) -> str:
    """The DuckDB statement that copies a unit's rows from PostgreSQL into one Parquet file."""
    table = attempt.table
    selected = ", ".join(f"{_name(c.name)}::{c.lake_type} as {_name(c.name)}" for c in attempt.stored_columns)
    rows = postgres_query(table.rows(attempt.predicate, attempt.columns, relation=attempt.relation))
    if table.is_sealed:
        place = place_of_unit(table.schema, table.table_name, str(attempt.unit_id))
        with_subject = postgres_query(table.rows_with_subject(attempt.predicate, relation=attempt.relation))
        rows = sealed_rows(with_subject, attempt.stored_columns, table.subject_kind, place)
    order = ", ".join(_name(name) for name in table.order)
    return (
        f"copy (select {selected} from {rows} order by {order})"
        f" to {quote_literal(str(target))}"
        f" (format parquet, compression {table.policy.compression}, row_group_size {_ROW_GROUP},"
        f" kv_metadata {{{_metadata(attempt)}}})"
    )


def _metadata(attempt: Attempt) -> str:
    """What the file says of itself, so that it can be told apart and restored without the catalogue."""
    table = attempt.table
    values = {
        "unit": str(attempt.unit_id),
        "attempt": str(attempt.attempt_id),
        "schema": table.schema,
        "table": table.table_name,
        "kind": table.kind,
        "postgresql_types": postgresql_types(table),
        **postgresql_type_definitions(table),
        "definition_hash": table.model.definition_hash,
        "tool": TOOL_VERSION,
    }
    return ", ".join(f"{_name(key)}: {quote_literal(value)}" for key, value in values.items())


def postgresql_types(table: ArchivedTable) -> str:
    """A JSON object of each column's PostgreSQL type: what a restore casts back to."""
    return json.dumps({column.name: column.pg_type.sql for column in table.columns}, ensure_ascii=False)


def postgresql_type_definitions(table: ArchivedTable) -> dict[str, str]:
    """Under its name: a JSON object of what the types are that are not PostgreSQL's own. Nothing where none are."""
    types = table.travelling.types
    return {"postgresql_type_definitions": json.dumps(types, ensure_ascii=False)} if types else {}


def _name(name: str) -> str:
    return quote_identifier(name)
