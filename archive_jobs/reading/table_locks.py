"""The locks a reader takes before its snapshot. Without them it would miss what is dropped just afterwards.

PostgreSQL shows a snapshot the rows that were deleted since, but not the rows of a partition or chunk that was
dropped since: they are in no snapshot any more. A table that is locked cannot lose one.
"""

from __future__ import annotations

import re

from archive_jobs.database import Connection
from definitions_to_dbt.sql import quote_identifier

# Longer than a commit holds its lock; readers wait, the archiver does not.
_PATIENCE = "60s"

_PARTITIONED = """
select c.relname::text, true from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind = 'p' and not c.relispartition and has_table_privilege(c.oid, 'select')
"""
_HYPERTABLES = """
select hypertable_name::text, false from timescaledb_information.hypertables
where hypertable_schema = %s
    and has_table_privilege(format('%%I.%%I', hypertable_schema, hypertable_name), 'select')
"""


def reader_locks(control: Connection, schema: str, about: str = "") -> list[str]:
    """Statements for the start of a transaction: LOCK TABLE itself takes no snapshot.

    `about` is a text in which the tables that are read are named; without it all tables are locked that are cut.
    """
    found = control.execute(_PARTITIONED, (schema,)).fetchall()
    known = control.execute("select to_regclass('timescaledb_information.hypertables') is not null").fetchone()
    if known == (True,):
        found += control.execute(_HYPERTABLES, (schema,)).fetchall()
    words = {word.lower() for word in re.findall(r"\w+", about)}
    named = [(name, alone) for name, alone in found if not about or _is_named(name, words)]
    if not named:
        return []
    return [f"set local lock_timeout = '{_PATIENCE}'", *(_lock(schema, name, alone=alone) for name, alone in named)]


def _is_named(table: str, words: set[str]) -> bool:
    return any(word == table or word.endswith(f"_{table}") or word.startswith(f"{table}_") for word in words)


def _lock(schema: str, table: str, *, alone: bool) -> str:
    """A partition is dropped under its table's lock, a chunk under its own: LOCK TABLE takes those too."""
    only = "only " if alone else ""
    return f"lock table {only}{quote_identifier(schema)}.{quote_identifier(table)} in access share mode"
