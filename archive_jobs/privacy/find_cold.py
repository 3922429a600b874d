"""Rows of a subject in files of the lake: found by value, by token, or by the sealed record they are of. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from archive_jobs.copying.prove import parquet
from archive_jobs.database import Connection
from archive_jobs.keeping.archived_units import ArchivedUnit, units_of
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealing import is_sealed
from archive_jobs.privacy.subjects import Subject
from definitions_to_dbt.sql import quote_identifier, quote_literal


@dataclass
class ColdUnit:
    """A unit that holds rows of the subject, and how many."""

    unit: ArchivedUnit
    rows: int
    files: list[tuple[str, str]] = field(default_factory=list)  # path, sha256


def sealed_numbers(connection: Connection, store: Store, table: ArchivedTable, keys: Collection[str]) -> list[int]:
    """The raw records sealed under these keys, by raw_seq: what to look for where nothing else tells the subject."""
    if not keys:
        return []
    numbers: list[int] = []
    for unit in units_of(connection, table.key, ("active", "superseded", "restored")):
        for path, sha256 in files_of(connection, unit):
            local = store.local(path, sha256)
            if is_sealed(str(local)):
                read = pq.read_table(
                    local, columns=["raw_seq", "sealed_key"], filters=[("sealed_key", "in", list(keys))]
                )
                numbers += [int(number) for number in read["raw_seq"].to_numpy()]
    return sorted(set(numbers))


def units_with(
    connection: Connection,
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    table: ArchivedTable,
    subject: Subject,
    numbers: Sequence[int],
) -> Iterator[ColdUnit]:
    """Units whose files hold rows of the subject in the clear or under their token; those that no longer count too."""
    for unit in units_of(connection, table.key, ("active", "superseded", "restored")):
        files = files_of(connection, unit)
        rows = sum(_count(engine, store, table, subject, numbers, *file) for file in files)
        if rows:
            yield ColdUnit(unit, rows, files)


def files_of(connection: Connection, unit: ArchivedUnit) -> list[tuple[str, str]]:
    found = connection.execute(
        "select path, sha256 from archive_catalog.files where attempt_id = %s order by path", (unit.attempt_id,)
    )
    return [(path, sha256) for path, sha256 in found]


def _count(
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    table: ArchivedTable,
    subject: Subject,
    numbers: Sequence[int],
    path: str,
    sha256: str,
) -> int:
    local = str(store.local(path, sha256))
    condition = theirs(engine, local, table, subject, numbers)
    row = engine.execute(f"select count(*) from {parquet(local)} where {condition}").fetchone()
    return int(row[0]) if row else 0


def theirs(
    engine: duckdb.DuckDBPyConnection, file: str, table: ArchivedTable, subject: Subject, numbers: Sequence[int]
) -> str:
    """The rows of the subject in a file, which may be older than today's definition: by value, by token, by record."""
    column = table.model.column(str(table.model.subject_column))
    schema = pq.read_schema(file)
    named = [name for name in (column.name, column.renamed_from) if name in schema.names]
    told = []
    known = [text for text in (subject.value, subject.token) if text is not None]
    for name in named if known else ():
        quoted = quote_identifier(name)
        if pa.types.is_string(schema.field(name).type) or pa.types.is_large_string(schema.field(name).type):
            told.append(f"{_as_told(quoted, column.pg_type.base)} in ({', '.join(map(quote_literal, known))})")
        else:
            lake_type = column.pg_type.lake_type
            told.append(f"{quoted} = try_cast({quote_literal(known[0])} as {lake_type})")
    if numbers and "_raw_seq" in schema.names:
        engine.register("erased_numbers", pa.table({"raw_seq": pa.array(numbers, pa.int64())}))
        # Another's row may come of a record that tells of both; a mask or nothing at all names nobody.
        nobody = " and ".join(f"coalesce({quote_identifier(name)}::varchar like '%***', true)" for name in named)
        told.append(f"(_raw_seq in (select raw_seq from erased_numbers) and {nobody or 'true'})")
    return f"({' or '.join(told)})" if told else "false"


def _as_told(name: str, base: str) -> str:
    """A number that was kept as text, without noughts at its end: 7.00 and 7 are one person."""
    if base != "numeric":
        return name
    return f"case when contains({name}, '.') then rtrim(rtrim({name}, '0'), '.') else {name} end"
