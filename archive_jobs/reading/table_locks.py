"""The locks a reader takes before its snapshot. Without them it would miss what is dropped or rewritten then.

PostgreSQL shows a snapshot the rows that were deleted since, but not the rows of a partition or chunk that was
dropped since: they are in no snapshot any more. Nor are those of a table that ALTER TABLE has rewritten since, as it
does when a column is widened: to an older snapshot such a table is empty. A table that is locked is neither.

TimescaleDB looks for a chunk's rows where they are now, not where they were in the snapshot: of a chunk that was
compressed, decompressed or compressed anew since, it leaves some out. Who compresses takes an EXCLUSIVE lock, which
ACCESS SHARE does not keep off and ROW SHARE does. A role that may only SELECT is not let take it; what it reads is to
be looked at by `has_all_its_parts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from archive_jobs.catalogue import catalogue_exists, require_present
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.planning.preflight import require_primary, standby
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import lake_view
from definitions_to_dbt.sql import quote_identifier, quote_literal

# Longer than a commit holds its lock; readers wait, the archiver does not.
_PATIENCE = "60s"

# A hypertable is a plain table whose chunks inherit from it.
_TABLES = """
select
    c.relname::text,
    c.relkind = 'p',
    c.relkind = 'r' and c.relhassubclass,
    has_table_privilege(c.oid, 'update, delete, truncate' || case
        when current_setting('server_version_num')::int >= 170000 then ', maintain' else ''
    end)
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
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
        (select json_agg(json_build_array(name, is_partitioned, has_heirs, may_hold) order by name)
            from ({tables}) as found (name, is_partitioned, has_heirs, may_hold))
    """


CATALOGUE_AND_TABLES = _catalogue_and(_NAMED)


@dataclass(frozen=True)
class ReadTable:
    """A table whose rows may be read."""

    name: str
    is_partitioned: bool
    # As a hypertable has its chunks.
    has_heirs: bool
    # In a mode that keeps off who compresses.
    may_hold: bool


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
    locks = [_lock(schema, table) for table in tables]
    return [f"set local lock_timeout = '{_PATIENCE}'", *locks] if locks else []


def unheld(tables: Iterable[ReadTable]) -> frozenset[str]:
    """Those whose chunks may be compressed meanwhile."""
    return frozenset(table.name for table in tables if table.has_heirs and not table.may_hold)


def look_at_parts(control: Connection, schema: str, table: str) -> str:
    """A condition for a query of an unheld table: an error where one of its chunks is not as it was in the snapshot.

    Raises ProblemError where the schema has no function that would look.
    """
    function = f"{quote_identifier(schema)}.has_all_its_parts"
    if one_row(control, "select to_regprocedure(%s) is null", (f"{function}(text)",))[0]:
        user = control.info.user
        raise ProblemError(
            f"expected a right by which {user} may keep chunks of {schema}.{table} from being compressed while it reads"
            " them; it may only select, and rows of such a chunk would be left out without a word",
            hint=f"Nothing was read. Run `grant maintain on {schema}.{table} to {user}` (before PostgreSQL 17: `grant"
            " update`), or `dbt run`, which makes a function that notices.",
        )
    return f"(select {function}({quote_literal(table)}))"


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


def _lock(schema: str, table: ReadTable) -> str:
    """A partition is dropped under its table's lock, a chunk under its own: LOCK TABLE takes that of heirs too."""
    only = "only " if table.is_partitioned else ""
    mode = "row share" if table.has_heirs and table.may_hold and guarded("chunk lock") else "access share"
    return f"lock table {only}{quote_identifier(schema)}.{quote_identifier(table.name)} in {mode} mode"
