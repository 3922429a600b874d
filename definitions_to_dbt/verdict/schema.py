"""The schema in which a change is tried: made, filled with some of production's raw records, and dropped again.

Production's own schema is read and never written.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from definitions_to_dbt.ddl import layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import source_table

_MARK = "Made by definitions-to-dbt verdict, and dropped by it."
_COPIED = sql.SQL("raw_id, raw_data, raw_bytes, ingested_at, source_system, source_file, run_id")


def make_schema(connection: psycopg.Connection, schema: str, production: str) -> None:
    """An empty schema. Raises ProblemError where one of the name is not ours to drop."""
    if schema == production:
        raise ProblemError(
            f"--schema is {schema}, which is production's", hint="Nothing was changed. Name another one: --schema ci"
        )
    drop_schema(connection, schema)
    name = sql.Identifier(schema)
    connection.execute(sql.SQL("create schema {}").format(name))
    connection.execute(sql.SQL("comment on schema {} is {}").format(name, sql.Literal(_MARK)))


def drop_schema(connection: psycopg.Connection, schema: str) -> None:
    """Drop it where it stands. Raises ProblemError where somebody else made it."""
    found = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [schema]
    ).fetchone()
    if found is None:
        return
    if found[0] != _MARK:
        raise ProblemError(
            f"the schema {schema} stands already, and no verdict made it",
            hint="Nothing was changed. Name another one with --schema, or drop it yourself.",
        )
    connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))


def copy_raw_records(
    connection: psycopg.Connection, models: Iterable[ObjectModel], schema: str, production: str, most: int
) -> dict[str, int]:
    """The newest raw records of each object, as production received them. How many, by table."""
    connection.execute(platform_ddl(schema).encode())
    copied: dict[str, int] = {}
    for model in models:
        connection.execute(layer3_ddl(model, schema).encode())
        theirs, ours = (sql.Identifier(place, source_table(model)) for place in (production, schema))
        if connection.execute("select to_regclass(%s)", [theirs.as_string(connection)]).fetchone() == (None,):
            continue
        done = connection.execute(
            sql.SQL(
                "insert into {ours} ({columns}) select {columns} from"
                " (select * from {theirs} order by raw_seq desc limit {most}) as newest order by raw_seq"
            ).format(ours=ours, theirs=theirs, columns=_COPIED, most=sql.Literal(most))
        )
        copied[model.table_name] = done.rowcount
    return copied
