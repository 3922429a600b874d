"""Whether dbt has a batch of a table in hand, and whether it is a replay, which has noted what is archived of its keys.

Reads only.
"""

from __future__ import annotations

from archive_jobs.database import Connection
from definitions_to_dbt.sql import quote_identifier

_OPEN = "select batch_id from {schema}.transform_batches where table_name = %s and state = 'open'"
_KNOWS_REPLAYS = "select 1 from pg_attribute where attrelid = to_regclass(%s) and attname = 'replay_id'"


def open_replay(connection: Connection, schema: str, table_name: str) -> int | None:
    """The batch of a replay that dbt has not closed yet. Ask it under the table's guard row."""
    return _open(connection, schema, table_name, f"{_OPEN} and replay_id is not null")


def open_batch(connection: Connection, schema: str, table_name: str) -> int | None:
    """The batch that dbt has not closed yet, be it at work or dead."""
    return _open(connection, schema, table_name, _OPEN)


def _open(connection: Connection, schema: str, table_name: str, query: str) -> int | None:
    quoted = quote_identifier(schema)
    if connection.execute(_KNOWS_REPLAYS, (f"{quoted}.transform_batches",)).fetchone() is None:
        return None
    found = connection.execute(query.format(schema=quoted).encode(), (table_name,)).fetchone()
    return None if found is None else int(found[0])
