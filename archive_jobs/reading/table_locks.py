"""The locks a reader takes before its snapshot. Without them it would miss what is dropped or rewritten then.

PostgreSQL shows a snapshot the rows that were deleted since, but not the rows of a partition or chunk that was
dropped since: they are in no snapshot any more. Nor are those of a table that ALTER TABLE has rewritten since, as it
does when a column is widened: to an older snapshot such a table is empty. A table that is locked is neither.
"""

from __future__ import annotations

import re

from archive_jobs.database import Connection
from definitions_to_dbt.sql import quote_identifier

# Longer than a commit holds its lock; readers wait, the archiver does not.
_PATIENCE = "60s"

# A hypertable is a plain table whose chunks inherit from it.
_TABLES = """
select c.relname::text, c.relkind = 'p' from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege(c.oid, 'select')
order by 1
"""


def reader_locks(control: Connection, schema: str, about: str = "") -> list[str]:
    """Statements for the start of a transaction: LOCK TABLE itself takes no snapshot.

    `about` is a text in which the tables that are read are named; without it all tables are locked.
    """
    found = control.execute(_TABLES, (schema,)).fetchall()
    words = {word.lower() for word in re.findall(r"\w+", about)}
    named = [(name, alone) for name, alone in found if not about or _is_named(name, words)]
    if not named:
        return []
    return [f"set local lock_timeout = '{_PATIENCE}'", *(_lock(schema, name, alone=alone) for name, alone in named)]


def _is_named(table: str, words: set[str]) -> bool:
    """By its own name, or by one that is made of it, as history_<table>; a table's raw records go by its name too."""
    return any(
        name == table or name.endswith(f"_{table}") or name.startswith(f"{table}_")
        for word in words
        for name in (word, f"source_{word}")
    )


def _lock(schema: str, table: str, *, alone: bool) -> str:
    """A partition is dropped under its table's lock, a chunk under its own: LOCK TABLE takes that of heirs too."""
    only = "only " if alone else ""
    return f"lock table {only}{quote_identifier(schema)}.{quote_identifier(table)} in access share mode"
