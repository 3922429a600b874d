"""Which columns the tables and views of a schema have, in the snapshot in which it is asked. Reads no row of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.types import stored_type
from definitions_to_dbt.widening import change_of

# Name -> type, as PostgreSQL writes it.
Columns = Mapping[str, str]


def columns_query(schema: str, relations: str) -> str:
    """What PostgreSQL is asked, as text that can stand beside other statements in one message.

    Of both it is told the SQL: literals, or the parameters of a prepared statement.
    """
    return (
        "select c.relname::text, json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        f" where n.nspname = {schema} and c.relname = any({relations}) and c.relkind in ('r', 'p', 'v') group by 1"
    )


def columns_found(relations: Iterable[str], rows: Iterable[tuple[str, Columns]]) -> dict[str, Columns]:
    """The answer: of each relation its columns; none of one that is not there."""
    found = dict(rows)
    return {name: found.get(name, {}) for name in relations}


def columns_of(control: Connection, schema: str, relations: Iterable[str]) -> dict[str, Columns]:
    """Ask now."""
    names = list(relations)
    return columns_found(names, control.execute(columns_query("%s", "%s").encode(), (schema, names)).fetchall())


def require_no_wider(model: ObjectModel, columns: Columns) -> None:
    """Raise ProblemError where the table holds more than this definition says: DuckDB would round what does not fit.

    Somebody has widened the table since the definition was read: a service that goes on, a folder that is not pulled.
    """
    for column in lake_columns(model, "analytics"):
        stored = columns.get(column.name)
        if stored is None or stored == column.pg_type.catalogue_name or column.is_protected:
            continue
        own = stored_type(stored)
        is_wider = own.lake_type != column.lake_type and change_of(column.pg_type, own, "UTC").verdict == "widening"
        if is_wider and guarded("wider"):
            raise ProblemError(
                f"{model.table_name}.{column.name} is {stored} in the database, the definition at hand says"
                f" {column.pg_type.sql}: it is an older one",
                hint="Nothing was read, as values would be rounded. Read with today's definitions; a service that runs"
                " reads them when it is started.",
            )
