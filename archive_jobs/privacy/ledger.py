"""Who was erased, as every reader has to honour it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from archive_jobs.copying.prove import parquet
from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.privacy.sealing import is_sealed


def erased_keys(connection: Connection, schema: str) -> list[str]:
    """Keys that were destroyed: their records are gone, though their bytes stand in files."""
    found = connection.execute(
        "select key_id::text from archive_catalog.subject_keys where schema_name = %s and wrapped_key is null",
        (schema,),
    )
    return [key_id for (key_id,) in found]


def count_erased(engine: duckdb.DuckDBPyConnection, file: str, erased: Sequence[str]) -> int:
    """How many records of a file nobody can open any more."""
    if not erased or not is_sealed(file):
        return 0
    query = f"select count(*) from {parquet(file)} where sealed_key in (select unnest(?::varchar[]))"
    row = engine.execute(query, [list(erased)]).fetchone()
    return int(row[0]) if row else 0


def erased_of_kind(connection: Connection, schema: str, kind: str) -> dict[str, str]:
    """Who was erased, or is being erased, of the people named by this table.column: digest -> digest of the token."""
    if connection.execute("select to_regclass('archive_catalog.erasures')").fetchone() == (None,):
        return {}
    found = connection.execute(
        "select subject_digest, token_digest from archive_catalog.erasures"
        " where schema_name = %s and subject_kind = %s and state in ('erasing', 'erased')",
        (schema, kind),
    )
    return dict(found.fetchall())


def is_erasing(connection: Connection, schema: str) -> bool:
    """True while an erasure that was begun is not finished: what it has not come to yet must not move."""
    if not guarded("erasing"):
        return False
    query = "select 1 from archive_catalog.erasures where schema_name = %s and state = 'erasing' limit 1"
    return connection.execute(query, (schema,)).fetchone() is not None
