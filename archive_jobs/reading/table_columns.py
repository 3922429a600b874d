"""Which columns the tables and views of a schema have, in the snapshot in which it is asked. Reads no row of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.platform_columns import LAYER_2
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.types import stored_type
from definitions_to_dbt.widening import change_of

_TODAY = "Read with today's definitions; a service that runs reads them when it is started."
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


def require_own_name(control: Connection, schema: str, model: ObjectModel) -> None:
    """Raise ProblemError where no table has the name because it has another one since: it would read as empty."""
    names = f"{quote_identifier(schema)}.former_names"
    asked = "select coalesce(has_table_privilege(to_regclass(%s), 'select'), false)"
    if not guarded("own name") or not one_row(control, asked, (names,))[0]:
        return
    query = f"select table_name from {names} where name = %s and table_name <> name"
    found = control.execute(query.encode(), (model.table_name,)).fetchone()
    if found is not None:
        raise ProblemError(
            f"{model.table_name} is called {found[0]} in the database, the definition at hand is an older one",
            hint=f"Nothing was read. {_TODAY}",
        )


def require_fitting(model: ObjectModel, columns: Columns) -> None:
    """Raise ProblemError where the table is of another definition: a service that goes on, a folder that is not pulled.

    Where it holds more than this one says DuckDB would round what does not fit. Where columns have other names, those
    of this one would be null in newer files.
    """
    missing = [c.name for c in lake_columns(model, "analytics") if not {c.name, c.formerly} & columns.keys()]
    others = missing and sorted(columns.keys() - {c.name for c in model.columns} - {c.name for c in LAYER_2})
    if others and guarded("other columns"):
        raise ProblemError(
            f"{model.table_name} has {', '.join(others)} in the database, and no {', '.join(missing)} as the definition"
            " at hand says",
            hint=f"Nothing was read, as values would be missing. {_TODAY} Where yours are: run `dbt build`.",
        )
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
                hint=f"Nothing was read, as values would be rounded. {_TODAY}",
            )
