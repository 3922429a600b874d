"""The Layer 3 table of an object: made from the definition where it is missing, so that landing needs no dbt run."""

from __future__ import annotations

import psycopg
from psycopg import errors

from definitions_to_dbt.ddl import layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import source_table
from definitions_to_dbt.platform_columns import LAYER_3

_COLUMNS = """
    select count(*) from pg_attribute
    where attrelid = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text))
        and attname = any(%(columns)s) and not attisdropped
"""


def ensure_layer3(connection: psycopg.Connection, obj: ObjectModel, schema: str) -> None:
    """Create the schema, the ledger of loads and the object's raw table, unless they are there.

    The DDL runs only when something is missing, because its locks would wait for every load in progress.
    """
    if _is_there(connection, obj, schema):
        return
    with connection.transaction():
        # The lock that platform_ddl takes too: whoever waited for it finds the work done.
        connection.execute("select pg_advisory_xact_lock(hashtextextended('platform:' || %s, 0))", [schema])
        if not _is_there(connection, obj, schema):
            _create(connection, obj, schema)


def _create(connection: psycopg.Connection, obj: ObjectModel, schema: str) -> None:
    try:
        connection.execute((platform_ddl(schema) + layer3_ddl(obj, schema)).encode())
    except (errors.UndefinedColumn, errors.WrongObjectType, errors.InvalidTableDefinition) as error:
        raise ProblemError(
            f"{schema}.{source_table(obj)} is not the raw table of {obj.code}: {str(error).splitlines()[0]}",
            hint="Nothing was changed. Rename that table, or set ANALYTICS_SCHEMA to another schema.",
        ) from error


def _is_there(connection: psycopg.Connection, obj: ObjectModel, schema: str) -> bool:
    raw_columns = [column.name for column in LAYER_3]
    wanted = {
        source_table(obj): raw_columns,
        f"{source_table(obj)}__lake": ["raw_seq"],
        "ingestion_runs": ["id"],
    }
    with connection.transaction():
        return all(
            connection.execute(_COLUMNS, {"schema": schema, "table": table, "columns": columns}).fetchone()
            == (len(columns),)
            for table, columns in wanted.items()
        )
