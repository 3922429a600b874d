"""Bring an archived unit's rows back into PostgreSQL's own types and compare them, before any table sees them.

The rows go by COPY into a temporary table of the session. PostgreSQL's own text of each row there and DuckDB's text of
each row in the file, whose SHA-256 was checked before, must have the same digests: nothing was lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from archive_jobs.copying.canonical import duckdb_digest, postgres_digest
from archive_jobs.copying.prove import canonical_text, lake_casts, rows_of
from archive_jobs.database import Connection, one_row
from archive_jobs.keeping.archived_units import ArchivedUnit, manifest_columns, read_manifest
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.ledger import count_erased, erased_keys
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

LOADED = "pg_temp.archived_rows"
LINE = "_archived_line"

# Unique indexes over plain columns; a row is in the way where it agrees in all columns of one of them.
_UNIQUE = """
select array_agg(a.attname::text order by place) from pg_index as i
cross join unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, place)
inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indrelid = %s::regclass and i.indisunique and i.indpred is null and i.indexprs is null
group by i.indexrelid
"""
_TODAY = """
select attname::text, format_type(atttypid, atttypmod), attnotnull, attidentity <> '' or attgenerated <> '',
    attgenerated <> ''
from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


@dataclass(frozen=True)
class LoadedUnit:
    """A unit whose rows stand in the session's temporary table, line by line as in its files."""

    table: ArchivedTable
    unit: ArchivedUnit
    manifest: dict[str, Any]
    columns: tuple[LakeColumn, ...]
    files: tuple[Path, ...]

    @property
    def rows(self) -> str:
        """The loaded rows under their lake casts."""
        return f"select {lake_casts(self.columns)} from {LOADED}"

    def digest(self, connection: Connection, lines: str = "true") -> tuple[Any, ...]:
        """Count and order-free digests of the loaded rows on these lines."""
        return one_row(connection, postgres_digest(self.columns, f"{self.rows} where {lines}", with_md5=False))


@contextmanager
def loaded(
    connection: Connection, engine: duckdb.DuckDBPyConnection, store: Store, table: ArchivedTable, unit: ArchivedUnit
) -> Iterator[LoadedUnit]:
    """Load the unit for as long as the block lasts. Raises ProblemError where a byte or a value differs."""
    manifest = read_manifest(store, unit)
    # What is sealed is opened, and has the table's columns again.
    columns = table.columns if table.is_sealed else manifest_columns(manifest)
    files = tuple(store.local(file["path"], file["sha256"]) for file in manifest["files"])
    found = LoadedUnit(table, unit, manifest, columns, files)
    typed = ", ".join(f"null::{c.pg_type.sql} as {quote_identifier(c.name)}" for c in columns)
    with connection.transaction():
        connection.execute(f"create temp table archived_rows as select {typed} limit 0".encode())
        connection.execute(f"alter table {LOADED} add {LINE} bigint generated always as identity primary key".encode())
    try:
        with connection.transaction():
            # Whoever was erased stays erased: their records are left out before anything is inserted.
            erased = erased_keys(connection, table.schema) if table.is_sealed else []
            for said, file in zip(manifest["files"], files, strict=True):
                _load_file(connection, engine, found, said, file, erased)
            connection.execute(f"analyze {LOADED}".encode())
        yield found
    finally:
        if not connection.closed:
            connection.execute(f"drop table {LOADED}".encode())


def _load_file(
    connection: Connection,
    engine: duckdb.DuckDBPyConnection,
    loaded: LoadedUnit,
    said: dict[str, Any],
    file: Path,
    erased: Sequence[str],
) -> None:
    before = one_row(connection, f"select coalesce(max({LINE}), 0) from {LOADED}")[0]
    names = ", ".join(quote_identifier(column.name) for column in loaded.columns)
    relation = rows_of(loaded.columns, file, erased=erased)
    expected = said["rows"] - count_erased(engine, str(file), erased)
    try:
        with connection.cursor().copy(f"copy {LOADED} ({names}) from stdin (format csv)".encode()) as copy:
            for piece in canonical_text(engine, loaded.columns, relation, for_restore=True):
                copy.write(piece)
        archived = engine.execute(duckdb_digest(loaded.columns, relation)).fetchone()
    except (duckdb.Error, psycopg.DataError) as error:
        raise _unlike(loaded, said["path"], str(error).splitlines()[0]) from error
    rows = f"{loaded.rows} where {LINE} > {before}"
    count, _, _, *md5s = one_row(connection, postgres_digest(loaded.columns, rows, with_md5=True))
    if count != expected:
        raise _unlike(loaded, said["path"], f"expected {expected} rows, found {count}")
    if archived is None or [int(part) for part in archived] != [count, *map(int, md5s)]:
        raise _unlike(loaded, said["path"], f"PostgreSQL writes other values than the file holds: {archived}, {md5s}")


def _unlike(loaded: LoadedUnit, path: str, found: str) -> ProblemError:
    return ProblemError(
        f"{loaded.unit.name}: {path} does not come back as it was archived: {found}",
        hint="Nothing was changed. Run `archive-jobs verify --deep`.",
    )


def lines_in_the_way(connection: Connection, loaded: LoadedUnit, *more: str | None) -> list[int]:
    """Lines whose key a row of the table has already: that row is newer, it came after this one had left.

    `more` are further conditions over `cold` under which a line does not come back.
    """
    known = {column.name for column in loaded.columns}
    keys = [key for (key,) in connection.execute(_UNIQUE, (loaded.table.relation,)) if set(key) <= known]
    clashes = [
        f"exists (select from {loaded.table.relation} as hot where "
        + " and ".join(f"hot.{quote_identifier(name)} = cold.{quote_identifier(name)}" for name in key)
        + ")"
        for key in keys
    ]
    clashes += [condition for condition in more if condition is not None]
    if not clashes:
        return []
    among = " union ".join(f"select {LINE} from {LOADED} as cold where {clash}" for clash in clashes)
    found = connection.execute(f"{among} order by 1".encode())
    return [line for (line,) in found]


def insert_statement(connection: Connection, loaded: LoadedUnit, lines: str, added: dict[str, str]) -> str:
    """One statement that puts lines into the table and returns count and digests of what now stands there.

    `added` gives columns a value of their own. Raises ProblemError where the table no longer has a column.
    """
    today = {name: rest for name, *rest in connection.execute(_TODAY, (loaded.table.relation,))}
    gone = [column.name for column in loaded.columns if column.name not in today]
    if gone:
        raise ProblemError(
            f"{loaded.unit.name}: {loaded.table.name} no longer has the column {', '.join(gone)}, whose values would be"
            " lost",
            hint="Nothing was changed. Add the column again, or read it with `archive-jobs retrieve`.",
        )
    values = {c.name: quote_identifier(c.name) for c in loaded.columns if not today[c.name][3]}
    # A column that came later is null in every archived row, as readers of the archive see it.
    later = [name for name, (_, not_null, own, _) in today.items() if name not in values and not (not_null or own)]
    values |= dict.fromkeys(later, "null") | added
    names = ", ".join(quote_identifier(name) for name in values)
    returned = ", ".join(
        f"{c.reloaded(_as_archived(c, today[c.name][0]))} as {quote_identifier(c.name)}" for c in loaded.columns
    )
    return (
        f"with restored as (insert into {loaded.table.relation} ({names}) overriding system value"
        f" select {', '.join(values.values())} from {LOADED} where {lines} order by {LINE} returning {returned})\n"
        + postgres_digest(loaded.columns, "select * from restored", with_md5=False)
    )


def _as_archived(column: LakeColumn, type_today: str) -> str:
    """The value under the type it was archived as: a type that was widened since writes it otherwise."""
    name = quote_identifier(column.name)
    return name if type_today == column.pg_type.catalogue_name else f"{name}::{column.pg_type.sql}"
