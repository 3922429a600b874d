"""The locks a reader takes before its snapshot. Without them it would miss what is dropped or rewritten then.

PostgreSQL shows a snapshot the rows that were deleted since, but not the rows of a partition or chunk that was
dropped since: they are in no snapshot any more. Nor are those of a table that ALTER TABLE has rewritten since, as it
does when a column is widened: to an older snapshot such a table is empty. A table that is locked is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from archive_jobs.catalogue import catalogue_exists, require_present
from archive_jobs.database import Connection, one_row
from archive_jobs.planning.preflight import require_primary, standby
from definitions_to_dbt.names import lake_view
from definitions_to_dbt.sql import quote_identifier

# Longer than a commit holds its lock; readers wait, the archiver does not.
_PATIENCE = "60s"

# A hypertable is a plain table whose chunks inherit from it.
_TABLES = """
select c.relname::text, c.relkind = 'p' from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s and c.relkind in ('r', 'p') and not c.relispartition
    and has_table_privilege(c.oid, 'select')
"""
# By an index, in a schema of thousands of tables and views.
_NAMED = f"{_TABLES} and c.relname = any(%(names)s::text[])"


def _catalogue_and(tables: str) -> str:
    """In one question: a reader of one day spends more time on the way to PostgreSQL than in it."""
    return f"""
        pg_is_in_recovery(),
        array(select array[part, sha256] from archive_catalog.installed),
        exists (select from archive_catalog.commits where schema_name = %(schema)s),
        (select json_agg(json_build_array(name, is_partitioned) order by name)
            from ({tables}) as found (name, is_partitioned))
    """


CATALOGUE_AND_TABLES = _catalogue_and(_NAMED)


@dataclass(frozen=True)
class ReadTable:
    """A table whose rows may be read."""

    name: str
    is_partitioned: bool


def tables_read(control: Connection, schema: str, about: str = "") -> tuple[bool, list[ReadTable]]:
    """The tables that are named in the text; without one, all tables of the schema.

    Before them, whether the catalogue has commits of the schema. Raises ProblemError where an older version made it,
    and on a standby.
    """
    asked = {"schema": schema, "names": names_in(about)}
    tables = _NAMED if about else _TABLES
    try:
        is_standby, installed, has_commits, found = one_row(control, f"select {_catalogue_and(tables)}", asked)
        if is_standby:
            raise standby("reading")
        require_present(installed)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        # Nothing was ever archived, or by a version that kept less.
        require_primary(control, "reading")
        catalogue_exists(control)
        has_commits, found = False, control.execute(f"{tables} order by 1".encode(), asked).fetchall()
    return has_commits, [ReadTable(*row) for row in found or ()]


def reader_locks(schema: str, tables: Iterable[ReadTable]) -> list[str]:
    """Statements for the start of a transaction: LOCK TABLE itself takes no snapshot."""
    locks = [_lock(schema, table.name, alone=table.is_partitioned) for table in tables]
    return [f"set local lock_timeout = '{_PATIENCE}'", *locks] if locks else []


def relations_of(tables: Iterable[ReadTable]) -> list[str]:
    """What the rows of these tables may stand in."""
    return sorted({name for table in tables for name in relations_behind(table.name)})


def relations_behind(table: str) -> list[str]:
    """The same of a name, be there such a table or not."""
    return [table, f"source_{table}", lake_view(table)]


def names_in(about: str) -> list[str]:
    """Whatever table a word may stand for.

    By its own name, or by one that is made of it, as history_<table>; a table's raw records go by its name too.
    """
    found: set[str] = set()
    for word in {word.lower() for word in re.findall(r"\w+", about)}:
        parts = f"source_{word}".split("_")
        found |= {"_".join(parts[first:]) for first in range(len(parts))}
        found |= {"_".join(parts[first:last]) for first in (0, 1) for last in range(first + 1, len(parts))}
    return sorted(found)


def _lock(schema: str, table: str, *, alone: bool) -> str:
    """A partition is dropped under its table's lock, a chunk under its own: LOCK TABLE takes that of heirs too."""
    only = "only " if alone else ""
    return f"lock table {only}{quote_identifier(schema)}.{quote_identifier(table)} in access share mode"
